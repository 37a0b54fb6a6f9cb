import type { ParallelState } from "../../asl/definition.ts";
import { Cancellation } from "../kernel/cancellation.ts";
import { interpret } from "./interpret.ts";
import { together } from "./thread.ts";
import type { Place, Work } from "./program.ts";

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
              outputs[index] = await interpret(branch, line, branch.startAt, effective);
            } finally {
              if (!scope.cancelled) thread.previous = line.previous;
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
