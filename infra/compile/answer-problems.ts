import type { Shape } from "../../sdk/graph/graph.ts";
import { isSecretName } from "../../sdk/values/validate.ts";
import { literal, readStep } from "./expression.ts";
import { mayHaveAnyMark } from "./given-value.ts";

/**
 * The JSONata of what is wrong with an answer, each as a text with its path, what is expected and what was received: a
 * list, which is empty if nothing is.
 * @param value the JSONata that reads the answer
 */
export function answerProblems(value: string, shape: Shape | undefined): string {
  const marks = `${mayHaveAnyMark(value)} ? ["it has a field with the name of one of Lambent's marks, as $stored: send plain data"] : []`;
  return `$append(${marks}, ${shapeProblems(value, shape ?? {}, "it")})`;
}

/**
 * The same of any value by its shape.
 * @param name what the value is called, which its paths begin with
 */
export function shapeProblems(value: string, shape: Shape, name: string): string {
  return problemsAt(value, shape, { path: literal(name), depth: 0, isSecret: isSecretName(name) });
}

/** Where a value is: JSONata of the text that names it, within how many lists, and whether messages may repeat it. */
interface Place {
  readonly path: string;
  readonly depth: number;
  readonly isSecret: boolean;
}

const NONE = "[]";

function problemsAt(value: string, shape: Shape, place: Place): string {
  const within = listed([
    ...ofChoices(value, shape, place),
    ...ofBounds(value, shape, place),
    ...ofParts(value, shape, place),
  ]);
  const { type } = shape;
  if (type === undefined) return within;
  const types = [type].flat();
  const isOfType = types.map((one) => (one === "integer" ? isWhole(value) : `$type(${value}) = "${one}"`)).join(" or ");
  const given = types.includes("integer") ? shown(value, place) : `($exists(${value}) ? $type(${value}) : "missing")`;
  const wrong = `[${place.path} & ${literal(` must be of type ${types.join(" or ")}, not `)} & ${given}]`;
  return `($not($exists(${value})) or $not(${isOfType}) ? ${wrong} : ${within})`;
}

/** JSONata puts off the right side of `and` until the left one holds. */
function isWhole(value: string): string {
  return `($type(${value}) = "number" and $floor(${value}) = ${value})`;
}

function listed(lists: readonly string[]): string {
  return lists.reduce((before, next) => (before === NONE ? next : `$append(${before}, ${next})`), NONE);
}

/** Characters of a value that a message repeats. */
const SHOWN = 40;

function shown(value: string, { isSecret }: Place): string {
  if (isSecret) return `($exists(${value}) ? "a " & $type(${value}) : "missing")`;
  return `($exists(${value}) ? $substring($string(${value}), 0, ${SHOWN}) : "missing")`;
}

function ofChoices(value: string, { enum: choices }: Shape, place: Place): string[] {
  const { path } = place;
  if (choices === undefined) return [];
  const expected = literal(` must be ${choices.map(literal).join(" or ")}, not `);
  return [
    `($exists(${value}) and ${value} in ${literal(choices)} ? ${NONE} : [${path} & ${expected} & ${shown(value, place)}])`,
  ];
}

function ofBounds(value: string, shape: Shape, place: Place): string[] {
  const { path } = place;
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum, minItems, maxItems, minLength } = shape;
  const [number, list] = [`$type(${value}) = "number" and ${value}`, `$type(${value}) = "array" and $count(${value})`];
  const bounds: readonly (readonly [bound: number | undefined, wrong: string, expected: string, given: string])[] = [
    [minimum, `${number} <`, "at least ", shown(value, place)],
    [exclusiveMinimum, `${number} <=`, "more than ", shown(value, place)],
    [maximum, `${number} >`, "at most ", shown(value, place)],
    [exclusiveMaximum, `${number} >=`, "less than ", shown(value, place)],
    [minItems, `${list} <`, "a list of at least ", `$count(${value})`],
    [maxItems, `${list} >`, "a list of at most ", `$count(${value})`],
  ];
  const problems = bounds.flatMap(([bound, wrong, expected, given]) =>
    bound === undefined
      ? []
      : [`(${wrong} ${bound} ? [${path} & ${literal(` must be ${expected}${bound}, not `)} & ${given}] : ${NONE})`],
  );
  if (minLength === undefined) return problems;
  return [...problems, `(${value} = "" ? [${path} & ${literal(" must be a text, not an empty one")}] : ${NONE})`];
}

function ofParts(value: string, { type, items, ...shape }: Shape, place: Place): string[] {
  if (type === "array") return items === undefined ? [] : ofItems(value, items, place);
  return type === "object" ? ofFields(value, shape, place) : [];
}

function ofFields(
  value: string,
  { properties = {}, required = [], additionalProperties }: Shape,
  { path, depth, isSecret }: Place,
): string[] {
  const fields = Object.entries(properties).map(([name, shape]) => {
    const field = readStep(value, name);
    const problems = problemsAt(field, shape, {
      path: `${path} & ${literal(`.${name}`)}`,
      depth,
      isSecret: isSecret || isSecretName(name),
    });
    if (!required.includes(name)) return problems === NONE ? NONE : `($exists(${field}) ? ${problems} : ${NONE})`;
    if (shape.type !== undefined || shape.enum !== undefined) return problems;
    return `($exists(${field}) ? ${problems} : [${path} & ${literal(`.${name} is missing`)}])`;
  });
  if (additionalProperties !== false) return fields.filter((one) => one !== NONE);
  const others = `$filter($keys(${value}), function($key) { $not($key in ${literal(Object.keys(properties))}) })`;
  const unknown = `[$map(${others}, function($key) { ${path} & " has no field " & $key })]`;
  return [...fields.filter((one) => one !== NONE), unknown];
}

function ofItems(value: string, shape: Shape, { path, depth, isSecret }: Place): string[] {
  const [item, index] = [`$item${depth}`, `$index${depth}`];
  const within = { path: `${path} & "[" & $string(${index}) & "]"`, depth: depth + 1, isSecret };
  const problems = problemsAt(item, shape, within);
  if (problems === NONE) return [];
  // A text for each element, since $map keeps lists apart.
  return [`[$map(${value}, function(${item}, ${index}) { $join(${problems}, "; ") })[$ != ""]]`];
}
