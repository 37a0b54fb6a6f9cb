import type { Bindings } from "./bindings.ts";
import { nodeIn, nodesIn, printed, unwrapped, type SyntaxNode } from "./syntax.ts";

/** Functions of JavaScript that give a text, a number or a truth. */
const MAKERS: ReadonlySet<string> = new Set(["String", "Number", "Boolean", "parseInt", "parseFloat", "Date.now"]);

/**
 * Whether an expression is certain to be no Ref and to hold none, so that a Ref is never the same as it.
 * @param writtenAt the value that a member of an object has, if that is certain
 * @param within the expressions that it is part of
 */
export function isPlain(
  written: SyntaxNode | undefined,
  bindings: Bindings,
  writtenAt: (member: SyntaxNode) => SyntaxNode | undefined,
  within: readonly SyntaxNode[] = [],
): boolean {
  function isPlainPart(part: SyntaxNode | undefined): boolean {
    const isCircle = written !== undefined && within.includes(written); // `const a = a`, which fails when it runs
    return !isCircle && isPlain(part, bindings, writtenAt, written === undefined ? within : [...within, written]);
  }
  function isConstant(name: SyntaxNode): boolean {
    const variable = bindings.variableOf(name);
    if (variable === undefined) return ["undefined", "NaN", "Infinity"].includes(String(name["name"]));
    const [definition, ...others] = variable.defs;
    const isConst = others.length === 0 && definition?.type === "Variable" && definition.parent?.["kind"] === "const";
    const value = isConst ? nodeIn(definition.node, "init") : undefined; // a loop's variable has none
    return value !== undefined && nodeIn(definition?.node ?? value, "id") === definition?.name && isPlainPart(value);
  }
  if (written === undefined) return true; // a hole
  const node = unwrapped(written);
  switch (node.type) {
    case "Literal":
    case "TemplateLiteral":
    case "BinaryExpression":
    case "UnaryExpression":
      return true;
    case "ArrayExpression":
      return nodesIn(node, "elements").every((one) => one?.type !== "SpreadElement" && isPlainPart(one));
    case "ConditionalExpression":
      return ["consequent", "alternate"].every((field) => isPlainPart(nodeIn(node, field)));
    case "Identifier":
      return isConstant(node);
    case "CallExpression": {
      const callee = nodeIn(node, "callee");
      const text = callee === undefined ? "" : printed(callee);
      return MAKERS.has(text) && isOfGlobal(callee, bindings);
    }
    case "MemberExpression": {
      if (printed(node).startsWith("process.env.") && isOfGlobal(node, bindings)) return true;
      if (isOfEnum(node, bindings)) return true;
      const value = writtenAt(node);
      return value !== undefined && isPlainPart(value);
    }
    default:
      return false;
  }
}

function isOfGlobal(node: SyntaxNode | undefined, bindings: Bindings): boolean {
  if (node?.type === "MemberExpression") return isOfGlobal(nodeIn(node, "object"), bindings);
  return node !== undefined && bindings.isGlobal(node, String(node["name"]));
}

/** Whether it is `Name.member` of an enum of the module. */
function isOfEnum(member: SyntaxNode, bindings: Bindings): boolean {
  const object = nodeIn(member, "object");
  return (
    object?.type === "Identifier" &&
    bindings.nodes.some(
      (one) => one.type === "TSEnumDeclaration" && printed(nodeIn(one, "id") ?? one) === object["name"],
    )
  );
}
