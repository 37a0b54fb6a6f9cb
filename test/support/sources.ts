import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "@babel/parser";
import type { Expression, Node } from "@babel/types";
import { globSync } from "tinyglobby";
import { packageRoot } from "./project-directory.ts";

/** A module of the sources. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly program: Node;
}

/** Modules below the folders, without examples, benchmarks and the pages' scripts. */
export function sourceFiles(folders: readonly string[]): Source[] {
  const patterns = folders.map((folder) => `${folder}/**/*.ts`);
  const ignore = ["**/*.d.ts", "**/node_modules/**", "handlers/examples/**", "scripts/bench/**", "infra/**/page/**"];
  return globSync(patterns, { cwd: packageRoot, ignore })
    .toSorted()
    .map((path) => {
      const text = readFileSync(join(packageRoot, path), "utf8");
      return { path, text, program: parse(text, { sourceType: "module", plugins: ["typescript"] }).program };
    });
}

/** All nodes of a syntax tree, in the order of the text. */
export function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    for (const one of Array.isArray(value) ? value : [value]) if (isNode(one)) yield* nodesOf(one);
  }
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    "start" in value &&
    !("value" in value && String(value.type).startsWith("Comment"))
  );
}

/** The text of a string or a template, in which `…` stands for what is put in; `undefined` for any other expression. */
export function messageIn(expression: Node | undefined): string | undefined {
  if (expression?.type === "StringLiteral") return expression.value;
  if (expression?.type === "TemplateLiteral") return expression.quasis.map(({ value }) => value.cooked).join("…");
  if (expression?.type !== "BinaryExpression" || expression.operator !== "+") return undefined;
  return [expression.left, expression.right].map((side) => messageIn(side) ?? "…").join("");
}

/** A call of a function, a method or a constructor: its name, and its first and its last argument if they are texts. */
export interface Call {
  readonly callee: string;
  readonly first: string | undefined;
  readonly last: string | undefined;
}

export function calls({ program }: Source): Call[] {
  return [...nodesOf(program)].flatMap((node) => {
    if (node.type !== "NewExpression" && node.type !== "CallExpression") return [];
    const [first, last] = [node.arguments[0], node.arguments.at(-1)];
    return [{ callee: nameOf(node.callee), first: messageIn(first), last: messageIn(last) }];
  });
}

function nameOf(callee: Expression | Node): string {
  if (callee.type === "Identifier") return callee.name;
  if (callee.type !== "MemberExpression") return "";
  if (callee.property.type === "Identifier") return callee.property.name;
  return callee.property.type === "PrivateName" ? `#${callee.property.id.name}` : "";
}

/** All texts of a module, those within templates too. */
export function literals({ program }: Source): string[] {
  return [...nodesOf(program)].flatMap((node) => {
    if (node.type === "StringLiteral") return [node.value];
    return node.type === "TemplateElement" ? [node.value.cooked ?? ""] : [];
  });
}

/** The classes of a module that extend another. */
export function classes({ program }: Source): { readonly name: string; readonly parent: string }[] {
  return [...nodesOf(program)].flatMap((node) => {
    if (node.type !== "ClassDeclaration" || node.superClass?.type !== "Identifier") return [];
    return [{ name: node.id?.name ?? "", parent: node.superClass.name }];
  });
}
