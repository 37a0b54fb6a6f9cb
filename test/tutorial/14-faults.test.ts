import "../support/store-directory.ts";
import { expect, test } from "vitest";
import { simulate } from "lambent/testing";
import { testExamples } from "../support/examples.ts";
import * as chapter from "./14-faults.ts";

testExamples(chapter);

// `await simulate(wordCount)` is all that a test under faults needs: it rejects if the output is ever another one.
test("whatever goes wrong, words are counted right", async () => {
  await expect(simulate(chapter.wordCount)).resolves.toMatchObject({ plans: 100 });
});

test("with retries enough, nothing of what Lambda does makes it fail", async () => {
  const faults = ["killed", "outOfMemory", "throttled", "answerLost", "deliveredTwice", "frozen"] as const;
  const report = await simulate(chapter.wordCount, {}, { plans: 30, faults, mayFail: () => false });
  expect(report.output).toEqual({ texts: 2, words: 3 });
  expect(report.failed).toEqual([]);
});

test("a task without retries fails where its replica ends, and the report says so", async () => {
  const report = await simulate(chapter.publishing, {}, { plans: 20, faults: ["killed"] });
  expect(new Set(report.failed.map(({ error }) => error))).toEqual(new Set(["Runtime.ExitError"]));
});
