import type { Bindings } from "./bindings.ts";
import { childrenOf, isWrapper, keyOf, nodeIn, nodesIn, type SyntaxNode } from "./syntax.ts";

/** Methods of lists that call a function, and leave the list as it is if that does. */
export const CALLERS: ReadonlySet<string> = new Set(
  "every filter find findIndex findLast findLastIndex flatMap forEach map reduce reduceRight some toSorted".split(" "),
);

/** Methods of lists that leave the list as it is. */
export const READERS: ReadonlySet<string> = new Set(
  "at concat entries flat includes indexOf join keys lastIndexOf slice toReversed toSpliced values with".split(" "),
);

/** Functions of JavaScript that change none of what they get; by `*`, all of an object. */
const READING: ReadonlySet<string> = new Set(
  "Boolean Number String structuredClone console.* JSON.stringify Array.isArray Array.from Object.entries Object.is Object.keys Object.values".split(
    " ",
  ),
);

/** Whether a call is one of JavaScript's own functions that change none of what they get. */
export function isReading(call: SyntaxNode, bindings: Bindings): boolean {
  const callee = nodeIn(call, "callee");
  const isMethod = callee?.type === "MemberExpression";
  const object = isMethod ? nodeIn(callee, "object") : callee;
  const name = String(object?.["name"]);
  if (!bindings.isGlobal(object, name)) return false;
  const text = isMethod ? `${name}.${keyOf(callee)}` : name;
  // What JSON.stringify may call gets all objects.
  if (text === "JSON.stringify")
    return nodesIn(call, "arguments").every((one, i) => i === 0 || one?.type === "Literal");
  return READING.has(text) || (isMethod && READING.has(`${name}.*`));
}

/** Whether something is written to a member, or it is deleted. */
export function isTarget(member: SyntaxNode, bindings: Bindings): boolean {
  const parent = bindings.parentOf(member);
  switch (parent?.type) {
    case "AssignmentExpression":
    case "AssignmentPattern":
    case "ForOfStatement":
    case "ForInStatement":
      return nodeIn(parent, "left") === member;
    case "UpdateExpression":
    case "ArrayPattern":
    case "RestElement":
      return true;
    case "UnaryExpression":
      return parent["operator"] === "delete";
    case "Property":
      return nodeIn(parent, "key") !== member && bindings.parentOf(parent)?.type === "ObjectPattern";
    default:
      return parent !== undefined && isWrapper(parent) && isTarget(parent, bindings);
  }
}

/** Whether `this` stands outside of classes: it may be the object whose method is called. */
export function hasLooseThis(bindings: Bindings): boolean {
  return bindings.nodes.some(
    (node) =>
      node.type === "ThisExpression" && bindings.around(node, ({ type }) => type.startsWith("Class")) === undefined,
  );
}

export function usesThis(node: SyntaxNode): boolean {
  return contains(node, ({ type }) => type === "ThisExpression" || type === "Super");
}

export function usesArguments(fn: SyntaxNode): boolean {
  return contains(fn, (node) => node.type === "Identifier" && node["name"] === "arguments");
}

/** Whether a function sees none of what it is given after its first parameters. */
export function takesAtMost(fn: SyntaxNode, count: number): boolean {
  const params = nodesIn(fn, "params");
  return params.length <= count && !params.some((one) => one?.type === "RestElement") && !usesArguments(fn);
}

function contains(node: SyntaxNode, fits: (inner: SyntaxNode) => boolean): boolean {
  return childrenOf(node).some((child) => fits(child) || contains(child, fits));
}
