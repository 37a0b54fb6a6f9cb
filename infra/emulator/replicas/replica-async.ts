import { FunctionServiceError, type InvokeResponse } from "../lambda/functions.ts";

export interface EventQueue {
  /** Runs `attempt` soon, and again as Lambda does for asynchronous invocations. Never throws. */
  add(attempt: () => Promise<InvokeResponse>): void;
  /** Forgets what waits, and what is under way once it has ended. */
  close(): void;
}

const FIRST_THROTTLE_DELAY = 1000;
const LONGEST_THROTTLE_DELAY = 300_000;
/** Characters. */
const LONGEST_REASON = 200;
const LONGEST_AGE = 6 * 3_600_000;

/**
 * Lambda's queue of `Event` invocations: a function error is tried again after each of `retryDelays` (milliseconds), a
 * throttled request after 1 s and then ever longer up to 5 min, for up to 6 h.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
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
      let throttleDelay = FIRST_THROTTLE_DELAY;
      async function run(): Promise<void> {
        try {
          const response = await attempt();
          if (closed || response.functionError === undefined) return;
          const delay = retryDelays[failures++];
          if (delay === undefined) dropped(response.payload.slice(0, LONGEST_REASON));
          else schedule(run, delay);
        } catch (error) {
          if (closed) return;
          const throttled = error instanceof FunctionServiceError && error.statusCode === 429;
          if (throttled && Date.now() - added < LONGEST_AGE) {
            schedule(run, throttleDelay);
            throttleDelay = Math.min(LONGEST_THROTTLE_DELAY, throttleDelay * 2);
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
