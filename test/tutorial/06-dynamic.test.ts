import { expect, test } from "vitest";
import { testExamples } from "../support/examples.ts";
import * as chapter from "./06-dynamic.ts";

testExamples(chapter);

test("the function of a dynamic can be called by itself, and tells which calls it would make", async () => {
  const calls = await chapter.readTexts.fn({ texts: ["a", "b c"] });
  expect(calls).toMatchObject([
    { task: "shout", inputs: { text: "a", times: 2 } },
    { task: "summarise", inputs: { text: "b c" } },
  ]);
});

test("a dynamic is a task and a map over its calls, and the map's item chooses by the call's task", () => {
  expect(String(chapter.reading.graph)).toBe(
    [
      'reading(texts = ["one","two words"])',
      "  readTexts      = readTexts {texts: texts}",
      "  readTextsCalls = map workflow readTextsCalls for call of readTexts",
      "  return readTextsCalls",
    ].join("\n"),
  );
});
