import type { Json } from "../base/json.ts";
import type { ABSENT, FILE, GIVEN, LIST, PLAIN, STORED, VALUE } from "./wire.ts";

// Only their types are imported. What reads and writes the store is loaded on first use, and esbuild would put what it
// shares with the handler into a chunk of its own, which would be one more file to load in a cold start.
export const ABSENT_MARK: typeof ABSENT = "$absent";
export const FILE_MARK: typeof FILE = "$s3File";
export const GIVEN_MARK: typeof GIVEN = "$given";
export const LIST_MARK: typeof LIST = "$list";
export const PLAIN_MARK: typeof PLAIN = "$plain";
export const STORED_MARK: typeof STORED = "$stored";
export const VALUE_MARK: typeof VALUE = "$value";

const STORED_MARKS: readonly string[] = [STORED_MARK, LIST_MARK];
const WHOLE_MARKS: readonly string[] = [FILE_MARK, PLAIN_MARK, VALUE_MARK, ...STORED_MARKS];

/** Whether an object was written for a file, for an instance, for data that looks like a mark, or for what is in the store. */
export function isMark(json: object): boolean {
  return isOneOf(WHOLE_MARKS, json);
}

/** What is in an object that was written for data that looks like a mark; undefined if the object is none. */
export function dataIn(json: { readonly [key: string]: Json }): Json | undefined {
  return isOneOf([PLAIN_MARK, GIVEN_MARK], json) ? (json[PLAIN_MARK] ?? json[GIVEN_MARK]) : undefined;
}

/** Whether a value stands for what is in the store. */
export function isStored(json: Json): boolean {
  return typeof json === "object" && json !== null && isOneOf(STORED_MARKS, json);
}

function isOneOf(marks: readonly string[], json: object): boolean {
  const [name = "", ...others] = Object.keys(json);
  return others.length === 0 && marks.includes(name);
}
