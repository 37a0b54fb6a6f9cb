/**
 * A clock for expiry that goes on while Lambda has frozen the process, and does not go back.
 *
 * The wall clock counts the time frozen; timers and the monotonic clock (`performance.now`) may not. But the wall clock
 * can be set. When it is set back, the monotonic clock shows by how much, and this clock adds that from then on, so
 * nothing gets younger. When it is set forward, that looks like a freeze, and entries expire early.
 */
let latest = Date.now();
/** Milliseconds that the wall clock was set back so far. */
let setBack = 0;
let lastMonotonic = performance.now();

/** A smaller difference between the two clocks is drift, and no setting of the wall clock. */
const MIN_JUMP_MS = 50;

/** Milliseconds since some moment; only differences between two readings mean anything. */
export function readClock(): number {
  const wall = Date.now();
  const monotonic = performance.now();
  const passed = Math.max(0, monotonic - lastMonotonic); // negative when a test replaces the clocks
  const behind = Math.round(latest + passed - (wall + setBack));
  if (behind > MIN_JUMP_MS) setBack += behind;
  lastMonotonic = monotonic;
  latest = Math.max(latest, wall + setBack);
  return latest;
}

/** Within an invocation one reading is returned so many times, for a second at most. */
const CALLS_PER_READING = 64;
let callsLeft = 0;
let oneSecond: NodeJS.Timeout | undefined;

/**
 * The time by `readClock`: within an invocation up to a second old, since reading costs more than a cache hit; outside
 * of one, where the process may have been frozen since the last call, always a new reading.
 */
export function clock(isInvoked: boolean): number {
  if (callsLeft > 0 && isInvoked) {
    callsLeft--;
    return latest;
  }
  callsLeft = CALLS_PER_READING;
  oneSecond ??= setTimeout(() => {
    callsLeft = 0;
    oneSecond = undefined;
  }, 1000).unref();
  return readClock();
}

/** Make the next call of `clock` read it. */
export function forgetClock(): void {
  callsLeft = 0;
}
