import type { Json } from "../../../sdk/base/json.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { StateError } from "../../language/state-error.ts";
import type { Held } from "./frontier.ts";
import { timeoutError } from "./timeout-error.ts";
import type { Visit } from "./visit.ts";

/** Waits for the report on `token`, at most as long as the deadlines say. @throws {StateError | Cancelled} */
export function awaitReport(
  visit: Visit,
  token: string,
  deadlines: { readonly timeoutInSeconds?: number; readonly heartbeatInSeconds?: number },
): { readonly report: Promise<Json>; readonly close: () => void } {
  const { thread } = visit;
  const { timeoutInSeconds, heartbeatInSeconds } = deadlines;
  const { clock, tasks, executionArn } = thread.run;
  const { held } = thread.frontier;
  const since = held?.since ?? clock.now();
  const timesOutAt = timeoutInSeconds === undefined ? undefined : since + timeoutInSeconds * 1000;
  // Somebody outside is at work: a skipping clock lets that take its time.
  clock.begin();
  const callOffs: (() => void)[] = [() => clock.end()];
  const report = new Promise<Json>((resolve, reject) => {
    let callOffHeartbeat: (() => void) | undefined;
    let heartbeatDueAt: number | undefined;
    function beat(): void {
      callOffHeartbeat?.();
      if (heartbeatInSeconds === undefined) return;
      heartbeatDueAt = clock.now() + heartbeatInSeconds * 1000;
      callOffHeartbeat = clock.after(heartbeatInSeconds * 1000, () =>
        reject(timeoutError(visit, "HeartbeatSeconds", heartbeatInSeconds)),
      );
    }
    function settle(told: NonNullable<Held["report"]>): void {
      if ("output" in told) resolve(told.output);
      else reject(new StateError(told.error ?? undefined, told.cause ?? undefined));
    }
    /** What has been reported is on disk when the report is answered. */
    function take(told: NonNullable<Held["report"]>): void {
      thread.hold({ report: told });
      thread.commit();
      settle(told);
    }
    beat();
    if (held?.report !== undefined) settle(held.report);
    callOffs.push(
      tasks.open(token, {
        facts: () => ({ executionArn, where: visit.where, since, input: visit.effective, timesOutAt, heartbeatDueAt }),
        succeed: (output) => take({ output }),
        fail: (error, cause) => take({ error: error ?? null, cause: cause ?? null }),
        heartbeat: beat,
      }),
      thread.cancellation.onCancel(() => reject(new Cancelled())),
      () => callOffHeartbeat?.(),
    );
    if (timeoutInSeconds !== undefined) {
      callOffs.push(
        clock.after(since + timeoutInSeconds * 1000 - clock.now(), () =>
          reject(timeoutError(visit, "TimeoutSeconds", timeoutInSeconds)),
        ),
      );
    }
  });
  return {
    report,
    close() {
      for (const callOff of callOffs) callOff();
    },
  };
}
