import type { ScopeManager } from "./bindings.ts";
import type { Mistake } from "./messages.ts";
import { mistakesIn } from "./mistakes.ts";
import { parserOptions } from "./parser-options.ts";
import { analyze, parse } from "./parser.ts";
import { childFields, type SyntaxNode } from "./syntax.ts";
import type { ImportedValue } from "./imports.ts";

/** A mistake and its place in a file, as compilers print it. */
export interface PlacedMistake extends Pick<Mistake, "severity" | "workflow" | "message"> {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** The mistakes in the text of one module, as {@link mistakesIn} finds them; none in one that does not parse. */
export function sourceMistakes(path: string, text: string, imported?: ImportedValue): PlacedMistake[] {
  const parsed = parseSource(path, text);
  if (parsed === undefined) return [];
  return mistakesIn(parsed.program, parsed.scopes, imported)
    .map(({ node, ...mistake }) => ({ ...mistake, ...placeOf(node) }))
    .toSorted((left, right) => left.line - right.line || left.column - right.column);
}

/** Where a node begins, as compilers print it. */
export function placeOf({ loc }: SyntaxNode): { line: number; column: number } {
  return { line: loc?.start.line ?? 1, column: (loc?.start.column ?? 0) + 1 };
}

/** The tree of a module, and what its names stand for; `undefined` if it does not parse. */
export function parseSource(path: string, text: string): { program: SyntaxNode; scopes: ScopeManager } | undefined {
  const { plugins = [], ...options } = parserOptions(path);
  try {
    const parsed = parse(text, { ...options, ranges: true, plugins: [...plugins, "estree"] });
    // With the plugin "estree" the tree is one of ESTree, which the parser's types do not tell.
    const program = parsed.program as unknown as SyntaxNode;
    const scopes = analyze(parsed.program as unknown as Parameters<typeof analyze>[0], {
      ecmaVersion: 2024,
      sourceType: "module",
      fallback: (node) => childFields(node as unknown as SyntaxNode), // nodes of TypeScript, which it does not know
    });
    return { program, scopes: scopes as unknown as ScopeManager }; // of which this reads a part, by its own types of nodes
  } catch {
    return undefined; // esbuild reports what does not parse
  }
}
