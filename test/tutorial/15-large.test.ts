import { expect, test } from "vitest";
import { compileWorkflow } from "../../infra/compile/compile.ts";
import { testExamples } from "../support/examples.ts";
import { target } from "../support/definitions.ts";
import * as chapter from "./15-large.ts";

testExamples(chapter);

test("both are divided among state machines of 1 MB at most", () => {
  for (const { graph } of [chapter.basket, chapter.comparison])
    expect(compileWorkflow(graph, target).parts.length).toBeGreaterThan(0);
});
