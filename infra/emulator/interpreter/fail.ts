import type { FailState } from "../../asl/definition.ts";
import { StateError } from "../../language/state-error.ts";
import type { Place } from "./place.ts";
import type { Work } from "./visit.ts";

export function fail(state: FailState, { language }: Place): Work {
  const error = language.text(state, "Error");
  const cause = language.text(state, "Cause");
  return {
    async run(visit) {
      throw new StateError(await error?.(visit), await cause?.(visit));
    },
  };
}
