import { LambentError } from "../sdk/base/errors.ts";
import { isObject } from "../sdk/base/json.ts";
import type { Batch, Invocation, ListWork } from "./payload.ts";

type Check = (value: unknown) => boolean;

/** Of each kind of work its fields, as the state machine writes them. */
const LIST_WORK: Readonly<Record<ListWork["kind"], Readonly<Record<string, Check>>>> = {
  elements: { lists: isLists, from: isIndex, to: isIndex },
  keys: { lists: isLists, from: isIndex, to: isIndex, paths: isListOf(isListOf(isText)) },
  collect: { first: isIndex, count: isIndex, done: isListOf((value) => isObject(value) && !Array.isArray(value)) },
  join: { pieces: isListOf(isList) },
};

const BATCH: Readonly<Record<keyof Batch, Check>> = {
  indices: isListOf(isIndex),
  lists: isLists,
  concurrentItems: isAbsentOr((value) => isIndex(value) && value > 0),
  failFast: isAbsentOr(isText),
  doneBytes: isAbsentOr(isIndex),
};

/**
 * What a map sends beside its inputs is written by the definition, and so is right, unless somebody invokes the function by
 * hand, or the definition is of another version.
 * @throws {LambentError} if it has not the form that is worked on
 */
export function checkMapWork({ batch, list }: Invocation): void {
  if (batch !== undefined) check("batch", batch, BATCH);
  if (list === undefined) return;
  const kind = isObject(list) ? Object.keys(LIST_WORK).find((one) => one === list.kind) : undefined;
  if (kind === undefined) throw refusal(`list.kind has to be one of ${Object.keys(LIST_WORK).join(", ")}`);
  check("list", list, LIST_WORK[list.kind]);
}

function check(field: string, value: unknown, shape: Readonly<Record<string, Check>>): void {
  if (!isObject(value)) throw refusal(`${field} has to be an object with ${Object.keys(shape).join(", ")}`);
  for (const [name, isRight] of Object.entries(shape)) {
    const given: unknown = Reflect.get(value, name);
    if (!isRight(given)) throw refusal(`${field}.${name} cannot be ${JSON.stringify(given) ?? "absent"}`);
  }
}

function refusal(what: string): LambentError {
  return new LambentError(
    `an invocation's ${what}: state machines of this service write it. Deploy the state machine and the function from one build`,
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isAbsentOr(isRight: Check): Check {
  return (value) => value === undefined || isRight(value);
}

function isListOf(isRight: Check): Check {
  return (value) => Array.isArray(value) && value.every(isRight);
}

/** A list, or the mark of one that is stored. */
function isList(value: unknown): boolean {
  if (Array.isArray(value)) return true;
  const mark: unknown = isObject(value) ? Reflect.get(value, "$list") : undefined;
  return isObject(mark) && isText(Reflect.get(mark, "key")) && isIndex(Reflect.get(mark, "count"));
}

function isLists(value: unknown): boolean {
  return isObject(value) && Object.values(value).every(isList);
}
