import { keyOf, nodeIn, nodesIn, type SyntaxNode } from "./syntax.ts";

/** One step from a value to a part of it, as a pattern such as `{ a: [b, ...c] }` takes it. */
export type Step =
  | { readonly kind: "field"; readonly key: string }
  /** What is left of an object, and the name or pattern that gets it. */
  | { readonly kind: "rest"; readonly without: readonly (string | undefined)[]; readonly into: SyntaxNode }
  | { readonly kind: "other" };

/** The steps from a pattern's value to that of a part of the pattern; `undefined` if it is no part of it. */
export function stepsTo(target: SyntaxNode, pattern: SyntaxNode): Step[] | undefined {
  if (pattern === target) return [];
  switch (pattern.type) {
    case "AssignmentPattern":
      return within(target, nodeIn(pattern, "left"), []);
    case "TSParameterProperty":
      return within(target, nodeIn(pattern, "parameter"), []);
    case "RestElement":
      return within(target, nodeIn(pattern, "argument"), [{ kind: "other" }]);
    case "ObjectPattern":
      return first(nodesIn(pattern, "properties"), (property) => {
        if (property.type === "RestElement") {
          const into = nodeIn(property, "argument") ?? property;
          const without = nodesIn(pattern, "properties").flatMap((one) =>
            one === property || !one ? [] : [keyOf(one)],
          );
          return within(target, into, [{ kind: "rest", without, into }]);
        }
        const key = keyOf(property);
        const step: Step = key === undefined ? { kind: "other" } : { kind: "field", key };
        return within(target, nodeIn(property, "value"), [step]);
      });
    case "ArrayPattern":
      return first(nodesIn(pattern, "elements"), (element, index) =>
        within(target, element, element.type === "RestElement" ? [] : [{ kind: "field", key: String(index) }]),
      );
    default:
      return undefined;
  }
}

function within(target: SyntaxNode, pattern: SyntaxNode | undefined, before: readonly Step[]): Step[] | undefined {
  const steps = pattern === undefined ? undefined : stepsTo(target, pattern);
  return steps === undefined ? undefined : [...before, ...steps];
}

function first(
  nodes: readonly (SyntaxNode | undefined)[],
  find: (node: SyntaxNode, index: number) => Step[] | undefined,
): Step[] | undefined {
  for (const [index, node] of nodes.entries()) {
    const found = node === undefined ? undefined : find(node, index);
    if (found !== undefined) return found;
  }
  return undefined;
}
