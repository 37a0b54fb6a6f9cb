import { isObject } from "../sdk/base/json.ts";
import type { Invocation } from "./payload.ts";
import { reportedError } from "./reported-error.ts";
import { errorNames } from "../sdk/base/thrown.ts";

/**
 * A thrown value as an error by the most specific name that something in its state machine waits for, or else one of
 * those that are waited for in the executions around it.
 */
export function awaitedError(
  thrown: unknown,
  { errors = [], trace = [] }: Pick<Invocation, "errors" | "trace">,
): Error {
  const names = errorNames(thrown);
  const isAwaitedHere = names.some((name) => errors.includes(name));
  return reportedError(thrown, isAwaitedHere ? errors : trace.flatMap(namesIn));
}

function namesIn(part: unknown): string[] {
  const errors: unknown = isObject(part) ? Reflect.get(part, "errors") : undefined;
  return Array.isArray(errors) ? errors.map(String) : [];
}
