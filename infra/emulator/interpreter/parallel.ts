import type { ParallelState } from "../../asl/definition.ts";
import { Cancellation } from "../kernel/cancellation.ts";
import type { Place } from "./place.ts";
import { together } from "./together.ts";
import type { Work } from "./visit.ts";

export function parallel(state: ParallelState, place: Place): Work {
  const branches = state.Branches.map((branch) => place.compile(branch));
  return {
    async run({ thread, effective }) {
      const { frontier } = thread;
      if (frontier.inside === undefined) thread.record("ParallelStateStarted");
      const inside = frontier.inside ?? thread.open(branches.length);
      const { outputs } = inside;
      const scope = new Cancellation(thread.cancellation);
      try {
        await together(
          scope,
          branches.map(async (branch, index): Promise<void> => {
            if (outputs[index] !== undefined) return;
            const line = thread.fork(inside, index, scope, inside.startedEventId);
            try {
              thread.close(inside, index, line, await branch.run(line, effective));
            } finally {
              if (!scope.cancelled) thread.follow(line);
            }
          }),
        );
        thread.recordAside("ParallelStateSucceeded");
        return outputs.map((output) => output ?? null);
      } finally {
        scope.cancel();
      }
    },
    failed(visit, failure) {
      visit.thread.record("ParallelStateFailed", { error: failure.error, cause: failure.cause });
    },
  };
}
