import type { Shape, ShapeType } from "../../sdk/graph/graph.ts";
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

/** Of a list whose elements are all wrong, the first are enough. */
const PROBLEM_CHARACTERS = 4_000;

/** The JSONata of a text that tells of problems. */
export function toldProblems(problems: string): string {
  return `$substring($join(${problems}, "; "), 0, ${PROBLEM_CHARACTERS})`;
}

/** Characters of the JSONata of one value: a definition has a megabyte for all that it does, and this is twice in it. */
const LONGEST_CHECK = 50_000;

/**
 * Characters of the JSON of a value whose lists are looked through. An expression takes some 5 µs for each: of a larger
 * value the schema alone, in the task, looks at the elements.
 */
const LOOKED_THROUGH = 65_536;

/**
 * The same of any value by its shape. What is too much for a state machine, it leaves to the task that looks at all.
 * @param name what the value is called, which its paths begin with
 * @param longest characters that the JSONata may have
 */
export function shapeProblems(value: string, shape: Shape, name: string, longest: number = LONGEST_CHECK): string {
  const place = { path: literal(name), depth: 0, isSecret: isSecretName(name) };
  const all = problemsAt(value, shape, place);
  const outermost = problemsAt(value, shape.type === undefined ? {} : { type: shape.type }, place);
  if (all.length > longest) return outermost;
  return hasMany(shape) ? `($length($string(${value})) > ${LOOKED_THROUGH} ? ${outermost} : ${all})` : all;
}

/** Whether there may be any number of parts in a value. */
function hasMany({ properties = {}, additionalProperties, items }: Shape): boolean {
  return items !== undefined || typeof additionalProperties === "object" || Object.values(properties).some(hasMany);
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
  const given = types.includes("integer") ? shown(value, place) : `($exists(${value}) ? $type(${value}) : "missing")`;
  const wrong = `[${place.path} & ${literal(` must be of type ${types.join(" or ")}, not `)} & ${given}]`;
  return `(${isOfType(value, types)} ? ${within} : ${wrong})`;
}

/** What is missing has no type, and is of none. JSONata puts off the right side of `and` until the left one holds. */
function isOfType(value: string, types: readonly ShapeType[]): string {
  const simple = types.filter((type) => type !== "integer");
  const [only] = simple;
  const isSimple = simple.length === 1 ? `$type(${value}) = "${only}"` : `$type(${value}) in ${literal(simple)}`;
  if (simple.length === types.length) return isSimple;
  const isWhole = `$type(${value}) = "number" and $floor(${value}) = ${value}`;
  return only === undefined ? isWhole : `${isSimple} or ${isWhole}`;
}

/** All elements of several lists. In parentheses, JSONata puts the elements of a list into the one around it. */
function listed(lists: readonly string[]): string {
  const [first = NONE, ...others] = lists;
  return others.length === 0 ? first : `[${lists.map((list) => `(${list})`).join(", ")}]`;
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
  return [`(${value} in ${literal(choices)} ? ${NONE} : [${path} & ${expected} & ${shown(value, place)}])`];
}

function ofBounds(value: string, shape: Shape, place: Place): string[] {
  const { path } = place;
  const { type, minimum, exclusiveMinimum, maximum, exclusiveMaximum, minItems, maxItems, minLength } = shape;
  const isNumber = type === "number" || type === "integer" ? "" : `$type(${value}) = "number" and `;
  const isList = type === "array" ? "" : `$type(${value}) = "array" and `;
  const [number, list] = [`${isNumber}${value}`, `${isList}$count(${value})`];
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
  const known = fields.filter((one) => one !== NONE);
  if (additionalProperties === undefined) return known;
  const [field, key] = [`$field${depth}`, `$key${depth}`];
  const problems =
    additionalProperties === false
      ? `[${path} & " has no field " & ${key}]`
      : problemsAt(field, additionalProperties, {
          path: `${path} & "." & ${key}`,
          depth: depth + 1,
          isSecret: true, // the field may have any name
        });
  if (problems === NONE) return known;
  const isKnown = `${key} in ${literal(Object.keys(properties))}`;
  return [...known, `[$each(${value}, function(${field}, ${key}) { ${isKnown} ? "" : ${joined(problems)} })[$ != ""]]`];
}

/** A text for each part, since $map and $each keep lists apart. */
function joined(problems: string): string {
  return `$join(${problems}, "; ")`;
}

function ofItems(value: string, shape: Shape, { path, depth, isSecret }: Place): string[] {
  const [item, index] = [`$item${depth}`, `$index${depth}`];
  const within = { path: `${path} & "[" & $string(${index}) & "]"`, depth: depth + 1, isSecret };
  const problems = problemsAt(item, shape, within);
  if (problems === NONE) return [];
  return [`[$map(${value}, function(${item}, ${index}) { ${joined(problems)} })[$ != ""]]`];
}
