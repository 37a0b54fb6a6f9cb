import type { Json } from "../base/json.ts";

/** Elements from which on a list is measured element by element, so that no text of the whole is made. */
const LONG_LIST = 10_000;

/** Bytes of a value's JSON as UTF-8, also if it would be longer than a string can be, which is 512 MB. */
export function jsonBytes(json: Json): number {
  const text = Array.isArray(json) && json.length >= LONG_LIST ? undefined : jsonText(json);
  if (text !== undefined) return Buffer.byteLength(text);
  // What has no text is no string: a list or an object, in which a comma or a bracket stands after each member.
  const members = Array.isArray(json)
    ? json.map((member: Json) => jsonBytes(member))
    : Object.entries(json ?? {}).map(([key, member]) => jsonBytes(key) + 1 + jsonBytes(member));
  return members.reduce((sum, bytes) => sum + bytes + 1, 1);
}

/** A value's JSON; undefined if no string can be as long. */
export function jsonText(json: Json): string | undefined {
  try {
    return JSON.stringify(json);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
