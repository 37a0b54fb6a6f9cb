import type { Json } from "../../../sdk/base/json.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { Cancellation } from "../kernel/cancellation.ts";
import { timeoutError } from "./timeout-error.ts";
import type { Visit } from "./visit.ts";

/**
 * Does what a task calls for on this machine; a skipping clock lets it take its time.
 * @param since When it began, in milliseconds since the epoch: in another process it may have.
 * @throws {StateError | Cancelled} `States.Timeout` when it takes too long
 */
export async function inFlight(
  visit: Visit,
  timeoutInSeconds: number | undefined,
  work: (cancellation: Cancellation) => Promise<Json>,
  since: number = visit.thread.run.clock.now(),
): Promise<Json> {
  const { thread } = visit;
  const { clock } = thread.run;
  clock.begin();
  try {
    // Without a deadline of its own the call shares its line's cancellation, and costs nothing more.
    if (timeoutInSeconds === undefined) return await untilCancelled(thread.cancellation, work(thread.cancellation));
    return await untilTimeout(visit, timeoutInSeconds, since, work);
  } finally {
    clock.end();
  }
}

function untilCancelled<T>(cancellation: Cancellation, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = cancellation.onCancel(() => reject(new Cancelled()));
    function after<V>(settle: (value: V) => void) {
      return (value: V): void => {
        leave();
        settle(value);
      };
    }
    work.then(after(resolve), after(reject));
  });
}

/** Calls the work off when its time is over. @throws {StateError} `States.Timeout` */
async function untilTimeout<T>(
  visit: Visit,
  timeoutInSeconds: number,
  since: number,
  work: (cancellation: Cancellation) => Promise<T>,
): Promise<T> {
  const { thread } = visit;
  const { clock } = thread.run;
  const scope = new Cancellation(thread.cancellation);
  let callOff: (() => void) | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      scope.onCancel(() => reject(new Cancelled()));
      callOff = clock.after(since + timeoutInSeconds * 1000 - clock.now(), () => {
        reject(timeoutError(visit, "TimeoutSeconds", timeoutInSeconds));
        scope.cancel();
      });
      work(scope).then(resolve, reject);
    });
  } finally {
    callOff?.();
    scope.release();
  }
}
