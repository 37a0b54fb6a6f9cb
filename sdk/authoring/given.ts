import { className } from "../values/class-name.ts";
import { isPlain } from "../values/wire.ts";
import { printPath } from "../base/json.ts";
import { originOf } from "../graph/ref.ts";

/** Characters of a text that a message repeats. */
const LONGEST_TEXT = 40;

/** What an author's code was given in the place of something else, for messages: `3`, `a list`, `the Ref user.name`. */
export function given(value: unknown): string {
  const origin = originOf(value);
  if (origin !== undefined) return `the Ref ${printPath(origin.variable, origin.path)}`;
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length <= LONGEST_TEXT ? value : `${value.slice(0, LONGEST_TEXT)}…`);
    case "bigint":
      return `${value}n`;
    case "function":
      return givenFunction(value);
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return "a list";
      return isPlain(value) ? "an object" : `a ${className(value)}`;
    default:
      return String(value);
  }
}

function givenFunction(fn: Function): string {
  if ("taskName" in fn) return `the task ${String(fn.taskName)}`;
  if ("workflowName" in fn) return `the workflow ${String(fn.workflowName)}`;
  return fn.name === "" ? "a function" : `the function ${fn.name}`;
}
