import type { Json } from "../../../sdk/base/json.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { StateError } from "../../language/state-error.ts";
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
  const since = clock.now();
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
    beat();
    callOffs.push(
      tasks.open(token, {
        facts: () => ({ executionArn, where: visit.where, since, input: visit.effective, timesOutAt, heartbeatDueAt }),
        succeed: resolve,
        fail: (error, cause) => reject(new StateError(error, cause)),
        heartbeat: beat,
      }),
      thread.cancellation.onCancel(() => reject(new Cancelled())),
      () => callOffHeartbeat?.(),
    );
    if (timeoutInSeconds !== undefined) {
      callOffs.push(
        clock.after(timeoutInSeconds * 1000, () => reject(timeoutError(visit, "TimeoutSeconds", timeoutInSeconds))),
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
