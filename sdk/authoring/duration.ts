import { WAIT_SECONDS } from "../base/aws-limits.ts";
import { LambentError } from "../base/errors.ts";
import { given } from "./given.ts";

/**
 * A time span: a whole number of seconds, or of seconds, minutes, hours or days as a text.
 * @example
 * const spans: Duration[] = [90, "90s", "5m", "2h", "7d"];
 */
export type Duration = number | `${number}${keyof typeof UNITS}`;

/** In seconds. */
const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/**
 * @param what whose it is, for the message
 * @param least seconds
 * @returns whole seconds
 * @throws {LambentError} for anything else, and for more than Step Functions waits
 */
export function secondsOf(what: string, duration: unknown, least: 0 | 1): number {
  const seconds = typeof duration === "string" ? secondsOfText(duration) : duration;
  if (typeof seconds !== "number" || !Number.isSafeInteger(seconds) || seconds < least) {
    throw new LambentError(
      `${what} takes a whole number of seconds, ${least} or more, or a text such as "90s", "5m", "2h" or "7d"; it was given ${given(duration)}`,
    );
  }
  if (seconds > WAIT_SECONDS) {
    throw new LambentError(
      `${what}: Step Functions takes ${WAIT_SECONDS} seconds at most; it was given ${given(duration)}`,
    );
  }
  return seconds;
}

/** @throws {LambentError} for a heartbeat that would never be missed */
export function checkHeartbeat(what: string, timeout: number | undefined, heartbeat: number | undefined): void {
  if (heartbeat === undefined || timeout === undefined || heartbeat < timeout) return;
  throw new LambentError(
    `${what}: heartbeat is ${heartbeat} s, and Step Functions takes less than the timeout, ${timeout} s: make one shorter or the other longer`,
  );
}

function secondsOfText(text: string): number | undefined {
  const [, count = "", unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  return unit in UNITS ? Number(count) * UNITS[unit as keyof typeof UNITS] : undefined; // which it was found in
}
