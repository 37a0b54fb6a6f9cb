import { expect, test } from "vitest";
import { testExamples } from "../support/examples.ts";
import * as chapter from "./03-waiting.ts";

testExamples(chapter);

test("a wait that is called last in a round comes after all else in it", () => {
  expect(String(chapter.spaced.graph)).toContain("sleep = after look: sleep 1");
});

test("a graph prints a wait with its time, and what it comes after", () => {
  expect(String(chapter.reminders.graph)).toBe(
    [
      'reminders(who = "Ada", seconds = 1, until = "2026-01-01T09:00:00+01:00")',
      "  remind     = remind {who: who}",
      "  sleep      = after remind: sleep seconds",
      "  sleepUntil = sleepUntil until",
      "  remind2    = after sleep, sleepUntil: remind {who: remind.reminded}",
      "  return [remind.reminded, remind2.reminded]",
    ].join("\n"),
  );
});
