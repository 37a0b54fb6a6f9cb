import type { ParallelState } from "../../asl/definition.ts";
import { Cancellation } from "../kernel/cancellation.ts";
import type { Place } from "./place.ts";
import { together } from "./together.ts";
import type { Work } from "./visit.ts";

export function parallel(state: ParallelState, place: Place): Work {
  const branches = state.Branches.map((branch) => place.compile(branch));
  return {
    async run({ thread, effective }) {
      const started = thread.record("ParallelStateStarted");
      const scope = new Cancellation(thread.cancellation);
      const outputs = thread.beginOutputs(branches.length);
      try {
        await together(
          scope,
          branches.map(async (branch, index): Promise<void> => {
            if (outputs[index] !== undefined) return;
            const line = thread.fork(scope, started);
            try {
              outputs[index] = await branch.run(line, effective);
            } finally {
              if (!scope.cancelled) thread.latestEventId = line.latestEventId;
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
