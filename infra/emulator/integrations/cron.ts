import {
  CRON_DAYS_OF_MONTH,
  CRON_DAYS_OF_WEEK,
  CRON_HOURS,
  CRON_MINUTES,
  CRON_MONTHS,
  CRON_YEARS,
} from "../../../sdk/base/aws-limits.ts";
import { localDay, startOfMinute, type Day } from "./zoned-time.ts";

// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html: six fields; days of the week go from 1,
// which is Sunday. A time that a zone leaves out is skipped, and one that it has twice counts the first time alone.

const DAY_MS = 86_400_000;
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly years: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly isDay: (day: Day) => boolean;
}

/**
 * The first time of `cron(fields)` after a time.
 * @param after milliseconds since the epoch
 * @returns undefined if there is none any more
 * @throws {RangeError} for fields that are none, or a zone that is not known
 */
export function nextCronTime(fields: string, timezone: string, after: number): number | undefined {
  const cron = parseCron(fields);
  const today = localDay(after, timezone);
  for (let at = Date.UTC(today.year, today.month - 1, today.date); ; at += DAY_MS) {
    const day = localDay(at, "UTC");
    if (day.year > CRON_YEARS.most) return undefined;
    if (!cron.years.has(day.year) || !cron.months.has(day.month) || !cron.isDay(day)) continue;
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        const time = startOfMinute({ ...day, hour, minute }, timezone);
        if (time !== undefined && time > after) return time;
      }
    }
  }
}

function parseCron(text: string): Cron {
  const [minutes, hours, dates, months, weekdays, years, ...others] = text.trim().split(/\s+/);
  if (years === undefined || others.length > 0) throw new RangeError("it needs six fields");
  return {
    minutes: numbers(minutes, CRON_MINUTES),
    hours: numbers(hours, CRON_HOURS),
    months: new Set(numbers(months, CRON_MONTHS, MONTHS)),
    years: new Set(numbers(years, CRON_YEARS)),
    isDay: dayTest(dates ?? "", weekdays ?? ""),
  };
}

function dayTest(dates: string, weekdays: string): Cron["isDay"] {
  if ((dates === "?") === (weekdays === "?")) throw new RangeError("one of both days must be ?");
  const tests = dates === "?" ? weekdays.split(",").map(weekdayTest) : dates.split(",").map(dateTest);
  return (day) => tests.some((test) => test(day));
}

function dateTest(part: string): Cron["isDay"] {
  const [, before] = /^L(?:-(\d+))?$/.exec(part) ?? [];
  if (part.startsWith("L") && part !== "LW") return ({ date, last }) => date === last - Number(before ?? 0);
  const [, near] = /^(\d+)W$/.exec(part) ?? [];
  if (part === "LW" || near !== undefined) {
    return (day) => day.date === nearestWeekday(day, near === undefined ? day.last : Number(near));
  }
  const listed = new Set(numbers(part, CRON_DAYS_OF_MONTH));
  return ({ date }) => listed.has(date);
}

/** The day from Monday to Friday next to a day of a month, in the same month. */
function nearestWeekday({ date, weekday, last }: Day, wanted: number): number | undefined {
  if (wanted > last) return undefined;
  const of = ((((weekday - 1 + wanted - date) % 7) + 7) % 7) + 1;
  if (of === 7) return wanted === 1 ? 3 : wanted - 1;
  if (of === 1) return wanted === last ? wanted - 2 : wanted + 1;
  return wanted;
}

function weekdayTest(part: string): Cron["isDay"] {
  const [, name = "", kind, count] = /^([A-Z]+|\d+)(L|#)(\d)?$/i.exec(part) ?? [];
  if (kind === undefined) {
    const listed = new Set(part.toUpperCase() === "L" ? [7] : numbers(part, CRON_DAYS_OF_WEEK, DAYS));
    return ({ weekday }) => listed.has(weekday);
  }
  const [wanted] = numbers(name, CRON_DAYS_OF_WEEK, DAYS);
  if (kind.toUpperCase() === "L") return ({ weekday, date, last }) => weekday === wanted && date > last - 7;
  return ({ weekday, date }) => weekday === wanted && Math.ceil(date / 7) === Number(count);
}

/** The numbers of a field, ascending. */
function numbers(
  field: string | undefined,
  { least, most }: { readonly least: number; readonly most: number },
  names: readonly string[] = [],
): number[] {
  function numberOf(text: string): number {
    const index = names.indexOf(text.toUpperCase());
    const number = index === -1 ? Number(text) : index + least;
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw new RangeError(`${text} is not within ${least}-${most}`);
  }
  const found = (field ?? "").split(",").flatMap((part) => {
    const [, from = "", to, step] = /^(\*|[A-Z]+|\d+)(?:-([A-Z]+|\d+))?(?:\/([1-9]\d*))?$/i.exec(part) ?? [];
    const first = from === "*" ? least : numberOf(from);
    const last = to === undefined ? (from === "*" || step !== undefined ? most : first) : numberOf(to);
    // A range such as FRI-MON goes over the end.
    const length = last >= first ? last - first : last - first + most - least + 1;
    const count = Math.floor(length / Number(step ?? 1)) + 1;
    return Array.from({ length: count }, (_, index) => {
      const number = first + index * Number(step ?? 1);
      return number > most ? number - (most - least + 1) : number;
    });
  });
  return [...new Set(found)].toSorted((one, other) => one - other);
}
