import type { Shape } from "../../sdk/graph/graph.ts";
import { appended, literal, readStep } from "./expression.ts";
import { mayHaveAnyMark } from "./given-value.ts";

/**
 * The JSONata of what is wrong with an answer, each as a text with its path, what is expected and what was received: a
 * list, which is empty if nothing is.
 * @param value the JSONata that reads the answer
 */
export function answerProblems(value: string, shape: Shape | undefined): string {
  const marks = `${mayHaveAnyMark(value)} ? ["it has a field with the name of one of Lambent's marks, as $stored: send plain data"] : []`;
  return `$append(${marks}, ${problemsAt(value, shape ?? {}, literal("it"), 0)})`;
}

/** @param path JSONata of the text that names the value */
function problemsAt(
  value: string,
  { type, fields = {}, optional = [], items }: Shape,
  path: string,
  depth: number,
): string {
  if (type === undefined) return "[]";
  const wrong = `[${path} & ${literal(` must be of type ${type}, not `)} & ($exists(${value}) ? $type(${value}) : "missing")]`;
  const inner = type === "array" ? ofItems(value, items, path, depth) : ofFields(value, fields, optional, path, depth);
  return `($type(${value}) != "${type}" or $not($exists(${value})) ? ${wrong} : ${inner})`;
}

function ofFields(
  value: string,
  shapes: Readonly<Record<string, Shape>>,
  optional: readonly string[],
  path: string,
  depth: number,
): string {
  const all = Object.entries(shapes).map(([name, shape]) => {
    const field = readStep(value, name);
    const problems = problemsAt(field, shape, `${path} & ${literal(`.${name}`)}`, depth);
    if (optional.includes(name)) return `($exists(${field}) and ${field} != null ? ${problems} : [])`;
    return shape.type === undefined
      ? `($exists(${field}) ? [] : [${path} & ${literal(`.${name} is missing`)}])`
      : problems;
  });
  return appended(all.filter((one) => one !== "[]"));
}

function ofItems(value: string, shape: Shape | undefined, path: string, depth: number): string {
  if (shape?.type === undefined) return "[]";
  const [item, index] = [`$item${depth}`, `$index${depth}`];
  const inner = problemsAt(item, shape, `${path} & "[" & $string(${index}) & "]"`, depth + 1);
  // A text for each element, since $map keeps lists apart.
  return `[$map(${value}, function(${item}, ${index}) { $join(${inner}, "; ") })[$ != ""]]`;
}
