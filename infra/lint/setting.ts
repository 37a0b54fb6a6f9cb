import type { Bindings, Variable } from "./bindings.ts";
import { nodeIn, nodesIn, type SyntaxNode } from "./syntax.ts";

/**
 * Whether a variable is certain to be set before it is read somewhere: a statement above the reading, of a block around
 * it, sets it whatever happens.
 */
export function isSetBefore(bindings: Bindings, variable: Variable, use: SyntaxNode): boolean {
  const writes = new Set(variable.references.filter((one) => one.isWrite()).map(({ identifier }) => identifier));
  function isSetAbove(node: SyntaxNode): boolean {
    const outer = bindings.parentOf(node);
    if (outer === undefined || outer.type === "FunctionDeclaration") return false; // which may be called above its place
    const above = statementsOf(outer);
    return above.slice(0, Math.max(0, above.indexOf(node))).some((one) => sets(one, writes)) || isSetAbove(outer);
  }
  return isSetAbove(use);
}

function statementsOf(node: SyntaxNode): SyntaxNode[] {
  const field = node.type === "SwitchCase" ? "consequent" : "body";
  return nodesIn(node, field).filter((one) => one !== undefined);
}

/** Whether nothing comes after a statement unless it has set one of these names. */
function sets(statement: SyntaxNode, names: ReadonlySet<SyntaxNode>): boolean {
  switch (statement.type) {
    case "VariableDeclaration":
      return nodesIn(statement, "declarations").some((one) => {
        const id = one === undefined || nodeIn(one, "init") === undefined ? undefined : nodeIn(one, "id");
        return id !== undefined && names.has(id);
      });
    case "ExpressionStatement": {
      const assignment = nodeIn(statement, "expression");
      const left = assignment === undefined ? undefined : nodeIn(assignment, "left");
      return assignment?.["operator"] === "=" && left !== undefined && names.has(left);
    }
    case "BlockStatement":
      return statementsOf(statement).some((one) => sets(one, names));
    case "IfStatement":
      return ["consequent", "alternate"].every((field) => {
        const branch = nodeIn(statement, field);
        return branch !== undefined && (sets(branch, names) || ends(branch));
      });
    default:
      return false;
  }
}

/** Whether nothing comes after a statement within its function. */
export function ends(statement: SyntaxNode | undefined): boolean {
  switch (statement?.type) {
    case "ReturnStatement":
    case "ThrowStatement":
      return true;
    case "BlockStatement":
      return ends(statementsOf(statement).at(-1));
    case "IfStatement":
      return ends(nodeIn(statement, "consequent")) && ends(nodeIn(statement, "alternate"));
    default:
      return false;
  }
}
