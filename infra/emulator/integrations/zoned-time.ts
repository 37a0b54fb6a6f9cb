/** A day of a calendar. */
export interface Day {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly date: number;
  /** From 1, which is Sunday. */
  readonly weekday: number;
  /** Of its month. */
  readonly last: number;
}

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/**
 * The day that it is in a zone.
 * @param time milliseconds since the epoch
 * @throws {RangeError} if the zone is not known
 */
export function localDay(time: number, timezone: string): Day {
  const local = new Date(time + offsetAt(time, timezone));
  const [year, month] = [local.getUTCFullYear(), local.getUTCMonth() + 1];
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return { year, month, date: local.getUTCDate(), weekday: local.getUTCDay() + 1, last };
}

/**
 * When a minute begins in a zone, in milliseconds since the epoch; of one that the zone has twice, the first.
 * @returns undefined for one that the zone leaves out
 */
export function startOfMinute(
  { year, month, date, hour, minute }: Pick<Day, "year" | "month" | "date"> & { hour: number; minute: number },
  timezone: string,
): number | undefined {
  const local = Date.UTC(year, month - 1, date, hour, minute);
  return instantOf(local, timezone);
}

/** As {@link startOfMinute}, of a time that is written as if it were in UTC. */
export function instantOf(local: number, timezone: string): number | undefined {
  const offsets = [offsetAt(local - DAY_MS, timezone), offsetAt(local + DAY_MS, timezone)];
  const times = offsets.map((offset) => local - offset).filter((time) => time + offsetAt(time, timezone) === local);
  return times.length === 0 ? undefined : Math.min(...times);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What a zone's clocks show more than those of UTC, in milliseconds. */
function offsetAt(time: number, timezone: string): number {
  if (timezone === "UTC") return 0;
  const format = formats.get(timezone) ?? makeFormat(timezone);
  formats.set(timezone, format);
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(time / MINUTE_MS) * MINUTE_MS;
}

function makeFormat(timeZone: string): Intl.DateTimeFormat {
  const [numeric, hourCycle] = ["numeric", "h23"] as const;
  const date = { year: numeric, month: numeric, day: numeric } as const;
  return new Intl.DateTimeFormat("en-US", { timeZone, hourCycle, ...date, hour: numeric, minute: numeric });
}
