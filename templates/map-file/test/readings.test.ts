import { run } from "lambent/local";
import { expect, test } from "vitest";
import { convert, readings } from "../workflows/readings.ts";

test("each station has its readings, and its coldest and its warmest", async () => {
  const byStation = await run(readings);
  expect(Object.keys(byStation)).toHaveLength(8);
  expect(byStation["harbour"]).toEqual({ readings: 24, coldest: 2.8, warmest: 15 });
});

test("a task is a function by itself", async () => {
  const reading = { station: "st-02", time: "2026-06-01T00:00Z", raw: 500 };
  expect(await convert.fn({ reading })).toEqual({ station: "hill", celsius: 5 });
});
