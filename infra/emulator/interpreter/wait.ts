import type { WaitState } from "../../asl/definition.ts";
import { queryError, runtimeError } from "../../language/state-error.ts";
import type { Place } from "./place.ts";
import type { Work } from "./visit.ts";

export function wait(state: WaitState, { language }: Place): Work {
  const seconds = language.number(state, "Seconds");
  const timestamp = language.text(state, "Timestamp");
  return {
    async run(visit) {
      const { thread, effective } = visit;
      let milliseconds = 0;
      if (seconds !== undefined) milliseconds = (await seconds(visit)) * 1000;
      else if (timestamp !== undefined) milliseconds = instant(await timestamp(visit), state) - thread.run.clock.now();
      const until = thread.frontier.held?.until ?? thread.run.clock.now() + milliseconds;
      if (milliseconds > 0) {
        thread.hold({ until });
        await thread.pause(until - thread.run.clock.now());
      }
      return effective;
    },
  };
}

const EXTENDED_OFFSET = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

/** Milliseconds since the epoch. */
function instant(text: string, state: WaitState): number {
  const time = EXTENDED_OFFSET.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  const path = state.TimestampPath;
  throw path === undefined
    ? queryError(
        "Timestamp",
        `The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: ${text}`,
      )
    : runtimeError(
        `The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: ${path} == ${text}`,
      );
}
