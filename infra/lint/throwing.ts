import { childrenOf, isFunction, nodeIn, nodesIn, unwrapped, type SyntaxNode } from "./syntax.ts";
import type { Value } from "./value.ts";

/** What throws nothing by itself. */
const QUIET: ReadonlySet<string> = new Set([
  "ArrayExpression",
  "BlockStatement",
  "ConditionalExpression",
  "EmptyStatement",
  "ExpressionStatement",
  "Identifier",
  "IfStatement",
  "Literal",
  "LogicalExpression",
  "ObjectExpression",
  "Property",
  "ReturnStatement",
  "VariableDeclaration",
  "VariableDeclarator",
]);

/** Whether a statement may throw while a workflow is traced, other than by what Lambent itself refuses. */
export function mayThrow(written: SyntaxNode, of: (expression: SyntaxNode | undefined) => Value | undefined): boolean {
  const node = unwrapped(written);
  if (isFunction(node) || node.type.startsWith("TS")) return false; // a type
  if (node.type === "MemberExpression") return of(nodeIn(node, "object")) === undefined;
  if (node.type === "AwaitExpression") {
    const awaited = nodeIn(node, "argument");
    return of(awaited)?.kind !== "ref" || awaited === undefined || mayThrow(awaited, of);
  }
  if (node.type === "CallExpression") {
    const callee = nodeIn(node, "callee");
    const called = of(callee);
    if (called?.kind === "export" && called.name === "fail") return true;
    if (callee === undefined || !["caller", "export", "overriding"].includes(called?.kind ?? "")) return true;
    // What is given to `conditional` is called at once.
    const given = nodesIn(node, "arguments").map((one) =>
      one !== undefined && isFunction(one) ? nodeIn(one, "body") : one,
    );
    return [callee, ...given].some((one) => one !== undefined && mayThrow(one, of));
  }
  return !QUIET.has(node.type) || childrenOf(node).some((child) => mayThrow(child, of));
}
