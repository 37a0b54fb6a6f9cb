import { expect, test } from "vitest";
import { nextCronTime } from "../../../../infra/emulator/integrations/cron.ts";

/** The next times of an expression after one, as ISO texts. */
function times(fields: string, after: string, count: number, timezone = "UTC"): (string | undefined)[] {
  let at: number | undefined = Date.parse(after);
  return Array.from({ length: count }, () => {
    at = at === undefined ? undefined : nextCronTime(fields, timezone, at);
    return at === undefined ? undefined : new Date(at).toISOString().replace(":00.000Z", "");
  });
}

const AFTER = "2026-01-30T23:50:30Z"; // a Friday

test.each<[fields: string, times: (string | undefined)[], timezone?: string]>([
  ["* * * * ? *", ["2026-01-30T23:51", "2026-01-30T23:52"]],
  ["0/20 9-10 * * ? *", ["2026-01-31T09:00", "2026-01-31T09:20", "2026-01-31T09:40", "2026-01-31T10:00"]],
  ["50,5 23 ? * FRI *", ["2026-02-06T23:05", "2026-02-06T23:50"]],
  ["0 8 ? * 2-6 *", ["2026-02-02T08:00", "2026-02-03T08:00"]],
  ["0 8 ? * SAT-MON *", ["2026-01-31T08:00", "2026-02-01T08:00", "2026-02-02T08:00", "2026-02-07T08:00"]],
  ["0 0 L * ? *", ["2026-01-31T00:00", "2026-02-28T00:00", "2026-03-31T00:00"]],
  ["0 0 L-2 * ? *", ["2026-02-26T00:00", "2026-03-29T00:00"]],
  ["0 0 LW * ? *", ["2026-02-27T00:00", "2026-03-31T00:00"]],
  ["0 0 1W,15W * ? *", ["2026-02-02T00:00", "2026-02-16T00:00", "2026-03-02T00:00", "2026-03-16T00:00"]],
  ["0 0 31W 1,5 ? *", ["2026-05-29T00:00", "2027-01-29T00:00"]],
  ["0 0 ? * L *", ["2026-01-31T00:00", "2026-02-07T00:00"]],
  ["0 0 ? * 6L *", ["2026-02-27T00:00", "2026-03-27T00:00"]],
  ["0 0 ? * TUE#1 *", ["2026-02-03T00:00", "2026-03-03T00:00"]],
  ["0 0 ? * 1#5 *", ["2026-03-29T00:00", "2026-05-31T00:00"]],
  ["0 0 29 2 ? *", ["2028-02-29T00:00", "2032-02-29T00:00"]],
  [
    "0 12 1 JAN/6 ? 2027-2028",
    ["2027-01-01T12:00", "2027-07-01T12:00", "2028-01-01T12:00", "2028-07-01T12:00", undefined],
  ],
  ["0 12 1 1 ? 2025", [undefined]],
  ["0 9 * * ? *", ["2026-01-31T08:00", "2026-02-01T08:00"], "Europe/Berlin"],
  ["0 0 * * ? *", ["2026-01-31T05:00", "2026-02-01T05:00"], "America/New_York"],
  // In Berlin the clocks go from 2 to 3 on March 29, and from 3 to 2 on October 25.
  ["30 2 28-30 3 ? *", ["2026-03-28T01:30", "2026-03-30T00:30"], "Europe/Berlin"],
  ["30 2 24-26 10 ? *", ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"], "Europe/Berlin"],
  ["15 0 * * ? *", ["2026-01-31T18:30", "2026-02-01T18:30"], "Asia/Kathmandu"],
])("cron(%s)", (fields, expected, timezone) => {
  expect(times(fields, AFTER, expected.length, timezone)).toEqual(expected);
});

test.each([
  ["* * * * *", "it needs six fields"],
  ["* * * * * *", "one of both days must be ?"],
  ["60 * * * ? *", "60 is not within 0-59"],
  ["0 0 1 MAX ? *", "MAX is not within 1-12"],
  ["0 0 ? * 8 *", "8 is not within 1-7"],
])("cron(%s) is refused: %s", (fields, message) => {
  expect(() => nextCronTime(fields, "UTC", 0)).toThrow(message);
});
