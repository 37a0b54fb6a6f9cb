import type { Json } from "../../../sdk/base/json.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { StateError } from "../../language/state-error.ts";
import type { Thread } from "./thread.ts";

/** Waits for the report on `token`, at most as long as the deadlines say. @throws {StateError | Cancelled} */
export function awaitReport(
  thread: Thread,
  token: string,
  deadlines: { readonly timeoutInSeconds?: number; readonly heartbeatInSeconds?: number },
): { readonly report: Promise<Json>; readonly close: () => void } {
  const { clock, tasks } = thread.run;
  // Somebody outside is at work: a skipping clock lets that take its time.
  clock.begin();
  const callOffs: (() => void)[] = [() => clock.end()];
  const report = new Promise<Json>((resolve, reject) => {
    let callOffHeartbeat: (() => void) | undefined;
    function beat(): void {
      callOffHeartbeat?.();
      if (deadlines.heartbeatInSeconds === undefined) return;
      callOffHeartbeat = clock.after(deadlines.heartbeatInSeconds * 1000, () =>
        reject(new StateError("States.HeartbeatTimeout", undefined)),
      );
    }
    beat();
    callOffs.push(
      tasks.open(token, {
        succeed: resolve,
        fail: (error, cause) => reject(new StateError(error, cause)),
        heartbeat: beat,
      }),
      thread.cancellation.onCancel(() => reject(new Cancelled())),
      () => callOffHeartbeat?.(),
    );
    if (deadlines.timeoutInSeconds !== undefined) {
      callOffs.push(
        clock.after(deadlines.timeoutInSeconds * 1000, () => reject(new StateError("States.Timeout", undefined))),
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
