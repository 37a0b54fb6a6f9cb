import type { Expression, Reference, Test } from "../../sdk/graph/graph.ts";
import { isObject, type Json } from "../../sdk/base/json.ts";
import { ABSENT, VALUE } from "../../sdk/values/wire.ts";

/** What stands for a field that turns out to be missing at run time. */
export type Missing = "absent" | "null";

/** An expression as a JSON template: literals as they are, Refs as `{% … %}`. */
export function template(expression: Expression, missing: Missing): Json {
  switch (expression.kind) {
    case "literal":
      return literalTemplate(expression.value);
    case "ref":
      return query(readOr(expression, missing));
    case "object":
      return Object.fromEntries(
        Object.entries(expression.fields).map(([key, field]) => [key, template(field, missing)]),
      );
    case "list":
      // A list keeps its length: as in JSON, what is missing in it is null.
      return expression.items.map((item) => template(item, item.kind === "ref" ? "null" : missing));
  }
}

/** As {@link template}, for each of some named expressions. */
export function templates(fields: Readonly<Record<string, Expression>>, missing: Missing): Record<string, Json> {
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, template(field, missing)]));
}

/** ASL's mark of a JSONata expression. */
export function query(jsonata: string): string {
  return `{% ${jsonata} %}`;
}

/** What stands side by side in an expression without halves. */
const FEW = 16;

/**
 * Expressions with an operator between them, as `and`. An operator nests all that is to the left of it, and AWS evaluates
 * what is nested 100 deep at most, so many are put together by halves of halves.
 */
export function joined(parts: readonly string[], operator: string): string {
  if (parts.length <= FEW) return parts.join(` ${operator} `);
  return halves(parts, (some) => `(${joined(some, operator)})`).join(` ${operator} `);
}

/** What is computed where a condition holds. */
export type Case = readonly [condition: string, value: string];

/** The value of the first case whose condition holds; of many cases it is first asked in which half that is. */
export function firstOf(cases: readonly Case[], otherwise: string): string {
  if (cases.length <= FEW) {
    return cases.reduceRight((others, [condition, value]) => `${condition} ? ${value} : (${others})`, otherwise);
  }
  const middle = Math.ceil(cases.length / 2);
  const [before, [, last] = ["", otherwise]] = [cases.slice(0, middle - 1), cases[middle - 1]];
  const isBefore = joined(
    cases.slice(0, middle).map(([condition]) => `(${condition})`),
    "or",
  );
  return `${isBefore} ? (${firstOf(before, last)}) : (${firstOf(cases.slice(middle), otherwise)})`;
}

/** Both halves of a list, each as what `make` makes of it. */
function halves<T>(parts: readonly T[], make: (some: readonly T[]) => string): [string, string] {
  const middle = Math.ceil(parts.length / 2);
  return [make(parts.slice(0, middle)), make(parts.slice(middle))];
}

/** A JSON value as a JSONata literal. JSON's own notation is one. */
export function literal(value: Json): string {
  return JSON.stringify(value);
}

/**
 * An author's value as it stands in a definition. A string that looks like an expression would be run as one, so it is
 * written as an expression.
 */
export function literalTemplate(value: Json): Json {
  if (typeof value === "string") return value.startsWith("{%") || value.endsWith("%}") ? query(literal(value)) : value;
  if (!isObject(value)) return value;
  if (isList(value)) return value.map(literalTemplate);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, literalTemplate(field)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** The JSONata that reads a Ref; nothing comes out where a field on the way is missing. */
export function read({ variable, path }: Reference): string {
  return readPath(`$${variable}`, path);
}

/** As {@link read}, from any JSONata. */
export function readPath(from: string, path: Reference["path"]): string {
  return path.reduce<string>(
    (inner, step) => (typeof step === "number" ? readNumbered(inner, step) : readStep(inner, step)),
    from,
  );
}

/** Steps that are all written as texts, as those of a Ref. */
export function stepsOf(steps: readonly string[]): Reference["path"] {
  return steps.map((step) => (/^(0|[1-9]\d*)$/.test(step) ? Number(step) : step));
}

/** A number may be an element's index or a field's name; which it is shows at run time. */
function readNumbered(from: string, step: number): string {
  return `($from := ${from}; $type($from) = "object" ? $lookup($from, "${step}") : $from[${step}])`;
}

/** An expression as JSONata. What turns out to be missing is null. */
export function valueOf(expression: Expression): string {
  switch (expression.kind) {
    case "literal":
      return literal(expression.value);
    case "ref":
      return `(${readOr(expression, "null")})`;
    case "object":
      return `{${Object.entries(expression.fields)
        .map(([key, field]) => `${literal(key)}: ${valueOf(field)}`)
        .join(", ")}}`;
    case "list":
      return `[${expression.items.map(valueOf).join(", ")}]`;
  }
}

/** As {@link read}, and a stand-in where it comes to nothing, which Step Functions would refuse. */
export function readOr(ref: Reference, missing: Missing): string {
  // A variable is always there: every state that assigns one does so with a value.
  if (ref.path.length === 0) return read(ref);
  const found = read(ref);
  return `$exists(${found}) ? ${found} : ${missing === "null" ? "null" : literal({ [ABSENT]: true })}`;
}

/** The JSONata of an object with one field, or with none where `value` comes to nothing. */
export function fieldIfThere(name: string, value: string): string {
  return `$exists(${value}) ? {${literal(name)}: ${value}} : {}`;
}

const KEYWORDS: ReadonlySet<string> = new Set(["and", "or", "in", "true", "false", "null", "function"]);

/** One step of a path. `field` is a name as JSON has it. */
export function readStep(from: string, field: string | number): string {
  if (typeof field === "number") return `(${from})[${field}]`;
  if (/^[A-Za-z_]\w*$/.test(field) && !KEYWORDS.has(field)) return `${from}.${field}`;
  // JSONata has no escape for a backtick within backticks.
  return field.includes("`") || field === "" ? `$lookup(${from}, ${literal(field)})` : `${from}.\`${field}\``;
}

/** A test as a JSONata expression that is true or false. */
export function condition(test: Test): string {
  switch (test.kind) {
    case "compare":
      return comparison(test);
    case "isTrue":
      return `(${operand(test.value)}) = true`;
    case "isNull":
      return `(${operand(test.value)}) = null`;
    case "and":
    case "or":
      if (test.tests.length === 0) return test.kind === "and" ? "true" : "false";
      return joined(
        test.tests.map((one) => `(${condition(one)})`),
        test.kind,
      );
    case "not":
      return `$not(${condition(test.test)})`;
  }
}

function comparison({ operator, left, right }: Extract<Test, { kind: "compare" }>): string {
  // Equal instances have equal marks. `in` compares no objects, and tracing lets none through.
  const isOrdered = operator !== "=" && operator !== "!=" && operator !== "in";
  const mayBeDates = isOrdered && (right.kind === "ref" || (right.kind === "literal" && isObject(right.value)));
  const [one, other] = mayBeDates ? [ordered(left), ordered(right)] : [operand(left), operand(right)];
  return `(${one}) ${operator} (${other})`;
}

/** A Date is compared by its milliseconds: its text, were it one of a year beyond 9999, is not in order. */
function ordered(expression: Expression): string {
  const value = operand(expression);
  return `$type(${value}) = "object" ? $toMillis((${value}).\`${VALUE}\`.Date) : ${value}`;
}

function operand(expression: Expression): string {
  switch (expression.kind) {
    case "ref":
      return readOr(expression, "null");
    case "literal":
      return literal(expression.value);
    case "list":
      return `[${expression.items.map((item) => `(${operand(item)})`).join(", ")}]`;
    case "object":
      throw new Error("a condition compares Refs, literals and lists of them alone");
  }
}
