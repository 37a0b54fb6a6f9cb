/**
 * Rules for ESLint and oxlint that tell what cannot be done with a Ref.
 * @module
 */

import type { ScopeManager } from "./bindings.ts";
import type { Mistake } from "./messages.ts";
import { mistakesIn } from "./mistakes.ts";
import type { SyntaxNode } from "./syntax.ts";

// What is used of ESLint's API for rules, which oxlint has too. Its own types would make it a dependency.

interface SourceCode {
  readonly ast: object;
  readonly scopeManager: object | null;
}

interface RuleContext {
  readonly sourceCode: SourceCode;
  report(problem: { readonly node: object; readonly message: string }): void;
}

interface Rule {
  readonly meta: { readonly type: "problem"; readonly docs: { readonly description: string }; readonly schema: [] };
  create(context: RuleContext): { Program(): void };
}

interface LintPlugin {
  readonly meta: { readonly name: string };
  readonly rules: Readonly<Record<Mistake["rule"], Rule>>;
  readonly configs: { readonly recommended: object };
}

/** By source: both rules report what is found at once. */
const found = new WeakMap<SourceCode, readonly Mistake[]>();

function mistakesOf(source: SourceCode): readonly Mistake[] {
  const known = found.get(source);
  if (known !== undefined) return known;
  // Each parser has types of its own for nodes and scopes; these read what all of them have.
  const { ast, scopeManager } = source as unknown as { ast: SyntaxNode; scopeManager: ScopeManager | null };
  const mistakes = scopeManager === null ? [] : mistakesIn(ast, scopeManager);
  found.set(source, mistakes);
  return mistakes;
}

function rule(name: Mistake["rule"], description: string): Rule {
  return {
    meta: { type: "problem", docs: { description }, schema: [] },
    create: ({ sourceCode, report }) => ({
      Program() {
        for (const mistake of mistakesOf(sourceCode)) {
          if (mistake.rule === name) report({ node: mistake.node, message: mistake.message });
        }
      },
    }),
  };
}

const RULES: LintPlugin["rules"] = {
  "no-ref-condition": rule("no-ref-condition", "Refs and Conditions are always true while a workflow is traced"),
  "no-ref-misuse": rule("no-ref-misuse", "What cannot do with a Ref what it says"),
};
const META: LintPlugin["meta"] = { name: "lambent" };

/**
 * Rules for ESLint (flat config) and oxlint (`jsPlugins`): what `serverless package` and `serverless offline` tell of a
 * workflow's function, in editors. `configs.recommended` is for ESLint's list of configurations.
 * @example
 * // eslint.config.js
 * import lambent from "lambent/lint";
 *
 * export default [lambent.configs.recommended];
 */
const plugin: LintPlugin = {
  meta: META,
  rules: RULES,
  configs: {
    recommended: {
      name: "lambent/recommended",
      plugins: { lambent: { meta: META, rules: RULES } },
      rules: { "lambent/no-ref-condition": "error", "lambent/no-ref-misuse": "warn" },
    },
  },
};

export default plugin;
