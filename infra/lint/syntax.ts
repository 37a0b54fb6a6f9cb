import { isObject } from "../../sdk/base/json.ts";

/** A node of a syntax tree in the form of ESTree, as far as it is read here. Every parser has its own types for them. */
export interface SyntaxNode {
  readonly type: string;
  readonly loc?: { readonly start: { readonly line: number; readonly column: number } } | null;
  readonly range?: readonly [number, number];
  readonly [field: string]: unknown;
}

function isNode(value: unknown): value is SyntaxNode {
  return isObject(value) && "type" in value && typeof value.type === "string";
}

/** The node in a field; `undefined` if there is none. */
export function nodeIn(node: SyntaxNode, field: string): SyntaxNode | undefined {
  const value = node[field];
  return isNode(value) ? value : undefined;
}

/** The nodes in a field that is a list; `undefined` for a hole, as in `[, a]`. */
export function nodesIn(node: SyntaxNode, field: string): (SyntaxNode | undefined)[] {
  const value = node[field];
  return Array.isArray(value) ? value.map((one: unknown) => (isNode(one) ? one : undefined)) : [];
}

/** Fields that lead upward, or to what is no syntax. */
const ASIDE: ReadonlySet<string> = new Set(["parent", "loc", "range", "tokens", "comments", "extra"]);

/** The names of a node's fields that may have its children. */
export function childFields(node: SyntaxNode): string[] {
  return Object.keys(node).filter((field) => !ASIDE.has(field) && !/comments$/i.test(field));
}

export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  return childFields(node).flatMap((field) => [node[field]].flat().filter(isNode));
}

export function isFunction({ type }: SyntaxNode): boolean {
  return type === "FunctionDeclaration" || type === "FunctionExpression" || type === "ArrowFunctionExpression";
}

const WRAPPERS: ReadonlySet<string> = new Set([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSNonNullExpression",
  "TSTypeAssertion",
  "TSInstantiationExpression",
  "ParenthesizedExpression",
  "ChainExpression",
]);

export function isWrapper({ type }: SyntaxNode): boolean {
  return WRAPPERS.has(type);
}

/** The expression within parentheses, a chain with `?.`, and TypeScript's `as`, `satisfies`, `!` and the like. */
export function unwrapped(node: SyntaxNode): SyntaxNode {
  const inner = WRAPPERS.has(node.type) ? nodeIn(node, "expression") : undefined;
  return inner === undefined ? node : unwrapped(inner);
}

/** The name of an identifier, or a literal's text or number; `undefined` for anything else. */
export function nameOf(node: SyntaxNode | undefined): string | undefined {
  if (node?.type === "Identifier") return String(node["name"]);
  const value = node?.type === "Literal" ? node["value"] : undefined;
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** The name that a property, a member access or a method has, if it is written there. */
export function keyOf(node: SyntaxNode): string | undefined {
  const key = nodeIn(node, node.type === "MemberExpression" ? "property" : "key");
  return node["computed"] === true && key?.type === "Identifier" ? undefined : nameOf(key);
}

/** The argument at a place of a call; `undefined` if there is none, or what is spread may be in its place. */
export function argumentAt(call: SyntaxNode, index: number): SyntaxNode | undefined {
  const given = nodesIn(call, "arguments").slice(0, index + 1);
  return given.some((one) => one?.type === "SpreadElement") ? undefined : given[index];
}

/** An expression in a few words, for messages. */
export function printed(written: SyntaxNode): string {
  const node = unwrapped(written);
  switch (node.type) {
    case "Identifier":
      return String(node["name"]);
    case "AssignmentExpression":
      return printed(nodeIn(node, "left") ?? node);
    case "ThisExpression":
      return "this";
    case "MemberExpression": {
      const object = printed(nodeIn(node, "object") ?? node);
      const key = keyOf(node);
      if (key === undefined) return `${object}[…]`;
      if (/^\d+$/.test(key)) return `${object}[${key}]`;
      return /^[\w$]+$/.test(key) ? `${object}.${key}` : `${object}[${JSON.stringify(key)}]`;
    }
    case "CallExpression": {
      const callee = nodeIn(node, "callee");
      return callee === undefined ? "…" : `${printed(callee)}(…)`;
    }
    case "TaggedTemplateExpression": {
      const tag = nodeIn(node, "tag");
      return tag === undefined ? "…" : `${printed(tag)}\`…\``;
    }
    case "Literal":
      return String(node["raw"] ?? node["value"]);
    default:
      return "…";
  }
}
