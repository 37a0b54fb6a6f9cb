import { directory } from "../support/store-directory.ts";
import { rmSync } from "node:fs";
import { beforeEach, expect, test } from "vitest";
import { run } from "lambent/local";
import { testExamples } from "../support/examples.ts";
import * as chapter from "./12-cached-tasks.ts";

testExamples(chapter);

beforeEach(() => {
  rmSync(directory, { recursive: true, force: true });
  Object.assign(chapter.runs, { embed: 0, report: 0, quote: 0 });
});

test("an input that is left out of the key does not tell outputs apart", async () => {
  await run(chapter.embedding);
  await run(chapter.embedding, { requestedBy: "Grace" });
  expect(chapter.runs.embed).toBe(1);
  await run(chapter.embedding, { text: "cold" });
  expect(chapter.runs.embed).toBe(2);
});

test("of those that ask at once one computes", async () => {
  await Promise.all([run(chapter.reports), run(chapter.reports)]);
  expect(chapter.runs.report).toBe(2); // May and June
});

test("an execution may compute all anew", async () => {
  await run(chapter.rate);
  await run(chapter.rate);
  expect(chapter.runs.quote).toBe(1);
  await run(chapter.rate, {}, { overwriteCache: true });
  expect(chapter.runs.quote).toBe(2);
  await run(chapter.rate);
  expect(chapter.runs.quote).toBe(2);
});
