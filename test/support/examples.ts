import { expect, test } from "vitest";
import { encodeValue } from "../../sdk/values/crossing.ts";
import { run } from "../../infra/run/local.ts";
import type { Workflow } from "../../sdk/index.ts";
import type { Example } from "../tutorial/example.ts";

/** The workflow of an example, of a chapter's exports. */
export function workflowOf(chapter: object, { workflow }: Example): Workflow<object, unknown> {
  const found: unknown = Object.values(chapter).find(
    (one: unknown) => typeof one === "function" && "workflowName" in one && one.workflowName === workflow,
  );
  if (found === undefined) throw new Error(`the chapter exports no workflow ${workflow}`);
  return found as Workflow<object, unknown>; // what has a workflowName is one
}

/** A test for each example of a chapter: `run()` gives what stands there. */
export function testExamples(chapter: { readonly examples: readonly Example[] }): void {
  test.each(chapter.examples.map((example) => [titleOf(example), example] as const))("%s", async (_, example) => {
    const outcome = await run(workflowOf(chapter, example), example.input, { answers: example.answers ?? {} }).then(
      (output) => ({ output }),
      (error: Error) => ({ error: error.message }),
    );
    expect(outcome).toEqual(outcomeOf(example));
  });
}

/** What an execution of an example has to come to: its output, or an error in whose text the example's stands. */
export function outcomeOf({ output, error }: Example): object {
  const failed: object = { error: expect.stringContaining(error ?? "") };
  return error === undefined ? { output } : failed;
}

export function titleOf({ workflow, input, output, error }: Example): string {
  const outcome = error === undefined ? printed(output) : `fails: ${error}`;
  return `${workflow}(${printed(input)}) → ${outcome}`;
}

function printed(value: unknown): string {
  return JSON.stringify(encodeValue(value, "example"));
}
