/**
 * Ages in a process that is frozen and thawed are told by the wall clock: it counts the time frozen, which the
 * monotonic clock may not, and timers do not run then. When the wall clock is set back, the monotonic clock shows by
 * how much, and this clock goes on as if it had not been: nothing gets younger. Set forward, things expire early.
 */
let time = Date.now();
let ahead = 0;
let monotonic = performance.now();

/** Less is how far the two clocks may drift between two readings. */
const JUMP_MILLISECONDS = 50;

/** Milliseconds, from no particular moment. */
export function readClock(): number {
  const wall = Date.now();
  const now = performance.now();
  const passed = Math.max(0, now - monotonic); // less than 0 between a test's clocks and the real ones
  const behind = Math.round(time + passed - (wall + ahead));
  if (behind > JUMP_MILLISECONDS) ahead += behind;
  monotonic = now;
  time = Math.max(time, wall + ahead);
  return time;
}

/** One reading serves this many questions within an invocation, and for no longer than a second. */
const QUESTIONS_PER_READING = 64;
let left = 0;
let oneSecond: NodeJS.Timeout | undefined;

/** What `readClock` said lately, within an invocation; outside of one, what it says now. */
export function clock(isInvoked: boolean): number {
  if (left > 0 && isInvoked) {
    left--;
    return time;
  }
  left = QUESTIONS_PER_READING;
  oneSecond ??= setTimeout(() => {
    left = 0;
    oneSecond = undefined;
  }, 1000).unref();
  return readClock();
}

/** Have the clock read when it is asked next. */
export function forgetClock(): void {
  left = 0;
}
