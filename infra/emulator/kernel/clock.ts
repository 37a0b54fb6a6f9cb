/** Where an execution takes its time from. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `fn` once, after `milliseconds`; the returned function calls it off. */
  after(milliseconds: number, fn: () => void): () => void;
  /** Tells that work outside the clock's reach (an invocation, a yield) begins; a skipping clock does not jump meanwhile. */
  begin(): void;
  end(): void;
}

// setTimeout fires at once beyond 2^31 - 1 ms; a Wait may last a year.
const LONGEST_TIMER = 2 ** 31 - 1;

function realTimer(milliseconds: number, fn: () => void): () => void {
  let timer: NodeJS.Timeout;
  function arm(rest: number): void {
    timer =
      rest > LONGEST_TIMER
        ? setTimeout(() => arm(rest - LONGEST_TIMER), LONGEST_TIMER)
        : setTimeout(fn, Math.max(rest, 0));
  }
  arm(milliseconds);
  return () => clearTimeout(timer);
}

/** The wall clock. */
export function wallClock(): Clock {
  return { now: Date.now, after: realTimer, begin() {}, end() {} };
}

interface Timer {
  readonly due: number;
  readonly fn: () => void;
}

/**
 * A clock that jumps to the next timer whenever nothing is in flight: waits and retry delays pass at once, in
 * their order, and timestamps are those of the time that would have passed. While invocations are in flight
 * time flows as it does outside.
 *
 * @param start Milliseconds since the epoch; given, the clock moves by its jumps alone and so is the same in every run.
 */
export function skippingClock(start?: number): Clock {
  let skipped = 0;
  let inFlight = 0;
  let looking = false;
  let stopReal: (() => void) | undefined;
  const timers: Timer[] = [];
  function now(): number {
    return (start ?? Date.now()) + skipped;
  }

  function look(): void {
    if (looking) return;
    looking = true;
    setImmediate(() => {
      looking = false;
      stopReal?.();
      stopReal = undefined;
      const next = timers[0];
      if (next === undefined) return;
      if (inFlight > 0) stopReal = realTimer(next.due - now(), fire);
      else fire();
    });
  }

  function fire(): void {
    const next = timers.shift();
    if (next === undefined) return;
    skipped += Math.max(0, next.due - now());
    next.fn();
    look();
  }

  return {
    now,
    after(milliseconds, fn) {
      const timer: Timer = { due: now() + Math.max(0, milliseconds), fn };
      // Equal times stay in the order in which they were asked for.
      const later = timers.findIndex((other) => other.due > timer.due);
      timers.splice(later === -1 ? timers.length : later, 0, timer);
      look();
      return () => {
        const index = timers.indexOf(timer);
        if (index !== -1) timers.splice(index, 1);
        if (index === 0 && stopReal !== undefined) look(); // else the real timer would keep the process until then
      };
    },
    begin() {
      inFlight++;
    },
    end() {
      inFlight--;
      if (inFlight === 0) look();
    },
  };
}
