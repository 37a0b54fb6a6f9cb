import { FunctionServiceError, type InvokeResponse } from "../lambda/functions.ts";

export interface EventQueue {
  /** Calls `attempt` in the next turn of the event loop, and again as Lambda tries asynchronous invocations again. */
  add(attempt: () => Promise<InvokeResponse>): void;
  /** Drops all attempts that have not begun. One that is under way ends, and is not made again. */
  close(): void;
}

const FIRST_THROTTLE_DELAY_MS = 1000;
const MAX_THROTTLE_DELAY_MS = 300_000;
const MAX_AGE_MS = 6 * 3_600_000;
/** Characters of a dropped invocation's error that are reported. */
const MAX_REASON_LENGTH = 200;

/**
 * Lambda's queue of `Event` invocations. After a function error the invocation is tried again, once after each of
 * `retryDelays`. A throttled one is tried again after 1 s, 2 s, 4 s and so on, at most 5 min, until it is 6 h old.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 * @param retryDelays milliseconds
 * @param dropped is called with the error of an invocation that is not tried again
 */
export function createEventQueue(retryDelays: readonly number[], dropped: (why: string) => void): EventQueue {
  const timers = new Set<NodeJS.Timeout>();
  let closed = false;

  function schedule(run: () => Promise<void>, delay: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      void run();
    }, delay);
    timers.add(timer);
  }

  return {
    add(attempt) {
      const added = Date.now();
      let failures = 0;
      let throttleDelay = FIRST_THROTTLE_DELAY_MS;
      async function run(): Promise<void> {
        try {
          const response = await attempt();
          if (closed || response.functionError === undefined) return;
          const delay = retryDelays[failures++];
          if (delay === undefined) dropped(response.payload.slice(0, MAX_REASON_LENGTH));
          else schedule(run, delay);
        } catch (error) {
          if (closed) return;
          const throttled = error instanceof FunctionServiceError && error.statusCode === 429;
          if (throttled && Date.now() - added < MAX_AGE_MS) {
            schedule(run, throttleDelay);
            throttleDelay = Math.min(MAX_THROTTLE_DELAY_MS, throttleDelay * 2);
          } else {
            dropped(String(error));
          }
        }
      }
      schedule(run, 0);
    },
    close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
