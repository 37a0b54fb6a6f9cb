import { keyOf, nodeIn, nodesIn, type SyntaxNode } from "./syntax.ts";

/** The value of a property of an object, or of a static member of a class, that nothing written after it replaces. */
export function propertyOf(node: SyntaxNode, key: string): SyntaxNode | undefined {
  const body = nodeIn(node, "body");
  const members = body === undefined ? nodesIn(node, "properties") : nodesIn(body, "body");
  const member = members.findLast((one) => one === undefined || keyOf(one) === key || keyOf(one) === undefined);
  if (member === undefined || keyOf(member) === undefined) return undefined;
  const kind = member["kind"];
  const isPlain = kind === "init" || kind === "method" || kind === undefined;
  return isPlain && (body === undefined || member["static"] === true) ? nodeIn(member, "value") : undefined;
}
