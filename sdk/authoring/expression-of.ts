import { LambentError } from "../base/errors.ts";
import { isObject, printPath, type Json } from "../base/json.ts";
import type { Expression } from "../graph/graph.ts";
import { originOf, type Origin } from "../graph/ref.ts";
import { S3File } from "../values/file.ts";
import { valueClasses } from "../values/value-classes.ts";
import { encode, MAX_DEPTH, isMark, isPlain, PLAIN, type ClassContent, type ValueClasses } from "../values/wire.ts";

/** Makes an expression of a Ref; `at` is where it was found, for messages. */
export type Refer = (origin: Origin, at: string) => Expression;

/**
 * An author's value with Refs in it as an {@link Expression}. What has no Refs in it is one literal.
 * @param at what the value is, for messages
 * @throws {LambentError} that names the place of whatever JSON cannot carry
 */
export function expressionOf(value: unknown, at: string, refer: Refer): Expression {
  return expressionAt(value ?? null, { at, path: [], within: [] }, refer);
}

/**
 * As {@link expressionOf}, for each field of an object; those that are `undefined` are left out.
 * @throws {LambentError} as {@link expressionOf} does
 */
export function fieldExpressions(value: object, at: string, refer: Refer): Record<string, Expression> {
  return fieldsAt(value, { at, path: [], within: [value] }, refer);
}

/** Where in an author's value the walk is. */
interface Place {
  readonly at: string;
  readonly path: readonly (string | number)[];
  /** The objects that it is in, and its own. */
  readonly within: readonly object[];
}

/** As `valueClasses`, with a word of its own for Refs: TypeScript refuses them in a Map or a Set, which are literals. */
const LITERALS: ValueClasses = { ...valueClasses, encode: encodeInstance, refusal };

function encodeInstance(value: unknown): ClassContent | string | undefined {
  return originOf(value) === undefined ? valueClasses.encode(value) : undefined;
}

function refusal(at: string, path: readonly (string | number)[], what: unknown): LambentError {
  if (originOf(what) === undefined) return valueClasses.refusal(at, path, what);
  return new LambentError(
    `${printPath(at, path)} is a Ref in a Map or a Set, which a workflow passes on as they are: pass the Ref, in a list or an object, and make the Map or the Set of it in a task`,
  );
}

function expressionAt(value: unknown, place: Place, refer: Refer): Expression {
  const origin = originOf(value);
  if (origin !== undefined) return refer(origin, printPath(place.at, place.path));
  if (value === undefined) throw valueClasses.refusal(place.at, place.path, "undefined");
  if (!isObject(value) || value instanceof S3File || !(Array.isArray(value) || isPlain(value))) {
    return { kind: "literal", value: encode(value, printPath(place.at, place.path), LITERALS) };
  }
  if (place.within.includes(value)) throw valueClasses.refusal(place.at, place.path, "a value that contains itself");
  if (place.within.length === MAX_DEPTH)
    throw valueClasses.refusal(place.at, place.path, `nested more than ${MAX_DEPTH} levels deep`);
  const inside = { ...place, within: [...place.within, value] };
  return Array.isArray(value) ? listAt(value, inside, refer) : objectAt(value, inside, refer);
}

function listAt(list: readonly unknown[], place: Place, refer: Refer): Expression {
  const items = Array.from(list, (item, index) => expressionAt(item, step(place, index), refer));
  return items.every(isLiteral) ? { kind: "literal", value: items.map((item) => item.value) } : { kind: "list", items };
}

/** Data that looks like a mark is wrapped in one, as `encode` does. */
function objectAt(object: object, place: Place, refer: Refer): Expression {
  const fields = fieldsAt(object, place, refer);
  const entries = Object.entries(fields);
  const values = entries.flatMap(([key, field]): [string, Json][] => (isLiteral(field) ? [[key, field.value]] : []));
  const wrap = isMark(Object.keys(fields));
  if (values.length === entries.length) {
    const value = Object.fromEntries(values);
    return { kind: "literal", value: wrap ? { [PLAIN]: value } : value };
  }
  return { kind: "object", fields: wrap ? { [PLAIN]: { kind: "object", fields } } : fields };
}

function fieldsAt(object: object, place: Place, refer: Refer): Record<string, Expression> {
  return Object.fromEntries(
    Object.entries(object)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => [key, expressionAt(field, step(place, key), refer)]),
  );
}

function step(place: Place, to: string | number): Place {
  return { ...place, path: [...place.path, to] };
}

function isLiteral(expression: Expression): expression is Extract<Expression, { kind: "literal" }> {
  return expression.kind === "literal";
}
