import { isObject } from "../base/json.ts";
import { className } from "./class-name.ts";

/** Characters of a text that a message repeats. */
const LONGEST_TEXT = 40;

/** What was given in the place of something else, for messages: its kind, and no more of it than tells which it is. */
export function received(value: unknown, isSecret: boolean = false): string {
  if (value === undefined) return "nothing";
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isObject(value)) return className(value) === "Object" ? "an object" : `a ${className(value)}`;
  if (isSecret) return `a ${typeof value}`;
  if (typeof value !== "string") return `the ${typeof value} ${String(value)}`;
  if (value.length <= LONGEST_TEXT) return `the string ${JSON.stringify(value)}`;
  return `the string ${JSON.stringify(value.slice(0, LONGEST_TEXT))}… of ${value.length} characters`;
}
