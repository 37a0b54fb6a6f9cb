import { expect, test } from "vitest";
import { testExamples } from "../support/examples.ts";
import * as chapter from "./02-loops.ts";

testExamples(chapter);

test("a graph prints a loop with its state, its bounds and its condition", () => {
  expect(String(chapter.poll.graph)).toBe(
    [
      "poll(looks = 3)",
      "  submit = submit {looks: looks}",
      '  loop   = loop state from submit, 1 to 4 times, while not state.status in ["done","failed"]',
      "    look = look {job: state}",
      "    return look",
      "  return {id: loop.id, status: loop.status}",
    ].join("\n"),
  );
});
