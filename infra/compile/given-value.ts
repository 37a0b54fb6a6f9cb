import { FILE, GIVEN, MARKS, PLAIN, VALUE } from "../../sdk/values/wire.ts";
import type { Division } from "./divisions.ts";
import { firstOf, literal } from "./expression.ts";

/** What no caller may write. The mark of a Date, a Map and the like gives no rights: it is data like any other. */
const KEPT = MARKS.filter((mark) => mark !== VALUE);

/**
 * The JSONata of a value that a caller gave, as data: what has something in it that looks like a mark is put into
 * `$given`, which tasks read word for word. What the state machine takes apart stays open to it, and only its parts are
 * put into `$given`. No recursion over the value: it may be as large and as deep as an input can be.
 * @param given the JSONata that reads the value; nothing may come out of it
 * @param division where the state machine takes it apart
 */
export function asData(given: string, division: Division | undefined): string {
  return dataAt(given, division, 0);
}

function dataAt(given: string, division: Division | undefined, depth: number): string {
  const value = `$given${depth}`;
  const whole = `{${literal(GIVEN)}: ${value}}`;
  const marked = division === undefined ? whole : dividedAt(value, division, whole, depth);
  return `(${value} := ${given}; ${mayHaveMarks(value, KEPT)} ? ${marked} : ${value})`;
}

/** An object or a list of the same form, with data in it. An object that is itself like a mark is not taken apart. */
function dividedAt(value: string, division: Division, whole: string, depth: number): string {
  const [part, step] = [`$part${depth}`, `$step${depth}`];
  const own = Object.entries(division.steps).filter(
    ([, inner]) => inner !== undefined || division.elements !== undefined,
  );
  const parts = firstOf(
    own.map(([key, inner]) => {
      const isIndex = /^(0|[1-9]\d*)$/.test(key);
      return [`${isIndex ? `$string(${step})` : step} = ${literal(key)}`, dataAt(part, inner, depth + 1)];
    }),
    dataAt(part, division.elements, depth + 1),
  );
  // $map alone keeps elements that are lists apart, and [] keeps one element a list.
  const list = `$map(${value}, function(${part}, ${step}) { ${parts} })[]`;
  const object = `$merge($each(${value}, function(${part}, ${step}) { {${step}: ${parts}} }))`;
  const isLike = `$count($keys(${value})) = 1 and $keys(${value})[0] in ${literal(MARKS)}`;
  return `$type(${value}) = "array" ? ${list} : ${isLike} ? ${whole} : ${object}`;
}

/** Whether some object in a value has a field with the name of a mark: by its text, which takes no time to speak of. */
function mayHaveMarks(value: string, marks: readonly string[]): string {
  const names = marks.map((mark) => mark.replace("$", "")).join("|");
  return `$type(${value}) in ["object", "array"] and $contains($string(${value}), /"\\$(${names})"\\s*:/)`;
}

/**
 * The JSONata of a value as a caller would write it, for the execution of another state machine, which takes it for data:
 * of what is in `$plain` and `$given` what is in it. What has neither, as nearly all has, is not looked through.
 * It calls {@link DATA_TAKER} by the name {@link TAKES_DATA}.
 * @param whatIsFile a message that fails the state if there is a file in the value; absent: files are taken
 */
export function asCaller(value: string, whatIsFile: string | undefined): string {
  const noFiles =
    whatIsFile === undefined
      ? ""
      : `$not($marked) and ${mayHaveMarks("$value", [FILE])} ? $error(${literal(whatIsFile)}) : `;
  return `($value := ${value}; $marked := ${mayHaveMarks("$value", [PLAIN, GIVEN])}; ${noFiles}$marked ? ${TAKES_DATA}($value) : $value)`;
}

export const TAKES_DATA = "$data";

/** JSONata of a function that takes data out of its marks. */
export const DATA_TAKER: string =
  `function($one) { $type($one) = "array" ? ($count($one) = 0 ? [] : $map($one, function($item) { $data($item) })[]) : ` +
  `$type($one) != "object" or $count($keys($one)) = 0 ? $one : ` +
  `$count($keys($one)) = 1 and $exists($lookup($one, ${literal(GIVEN)})) ? $lookup($one, ${literal(GIVEN)}) : ` +
  `($fields := $count($keys($one)) = 1 and $exists($lookup($one, ${literal(PLAIN)})) ? $lookup($one, ${literal(PLAIN)}) : $one; ` +
  `$count($keys($fields)) = 0 ? {} : $merge($each($fields, function($field, $key) { {$key: $data($field)} }))) }`;

/** Whether there may be a mark in a value. */
export function mayHaveAnyMark(value: string): string {
  return mayHaveMarks(value, MARKS);
}

/** Whether there may be a mark in a value that does not stand for a file. */
export function mayHaveOtherMarks(value: string): string {
  return mayHaveMarks(
    value,
    KEPT.filter((mark) => mark !== FILE),
  );
}
