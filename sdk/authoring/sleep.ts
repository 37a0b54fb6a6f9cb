import { LambentError } from "../base/errors.ts";
import type { WaitNode } from "../graph/graph.ts";
import { originOf, type Ref } from "../graph/ref.ts";
import { currentTrace } from "./current-trace.ts";
import { secondsOf, type Duration } from "./duration.ts";
import { given } from "./given.ts";

/**
 * Wait, in the state machine: a Wait state, which costs nothing while it waits. It is a node like any other, and what
 * comes before or after it is said by `after`: `after(sleep("5m"), () => …)` and `after(first, () => sleep("5m"))`.
 * Called last in a round of a loop, it comes after all that the round does.
 * @param duration whole seconds, the Ref of such a number, or a text: `"90s"`, `"5m"`, `"2h"`, `"7d"`
 * @returns null, when the time is up
 * @throws {LambentError} outside of a workflow, for what is no duration, and where nothing comes before or after it
 * @example
 * const checked = after(sleep("5m"), () => publish({ text }));
 */
export function sleep(duration: Duration | Ref<number>): Ref<null> {
  return wait("sleep", "Seconds", originOf(duration) === undefined ? secondsOf("sleep(…)", duration, 0) : duration);
}

/**
 * As {@link sleep}, until a time. One that has passed holds nothing up.
 * @param time a Date, or ISO 8601 with its zone, as `"2027-01-01T09:00:00+01:00"` or the Ref of such a text
 * @returns null, when it is that time
 * @throws {LambentError} as {@link sleep}, for what is no such time
 * @example
 * const morning = after(sleepUntil("2027-01-01T09:00:00+01:00"), () => publish({ text }));
 */
export function sleepUntil(time: Date | string | Ref<string>): Ref<null> {
  return wait("sleepUntil", "Timestamp", originOf(time) === undefined ? timestampOf(time) : time);
}

function wait(what: string, field: WaitNode["field"], given: unknown): Ref<null> {
  const trace = currentTrace(what, "call it in a workflow's function; in a task, await setTimeout of node:timers");
  const value = trace.expression(given, `${what}(…)`);
  return trace.add({ kind: "wait", ...trace.named(what), field, value });
}

/** As a Wait state's `Timestamp` is written. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

function timestampOf(time: unknown): string {
  if (time instanceof Date && !Number.isNaN(time.getTime())) return time.toISOString();
  if (typeof time === "string" && TIMESTAMP.test(time) && !Number.isNaN(Date.parse(time))) return time;
  throw new LambentError(
    `sleepUntil(…) takes a Date, or a time with its zone such as "2027-01-01T09:00:00+01:00"; it was given ${given(time)}`,
  );
}
