import { expect, test } from "vitest";
import { conditional, gt, mapTask, task, tryCatch, workflow, type Workflow } from "lambent";
import { compile } from "../../../infra/compile/compile.ts";
import { childHistories, historyEvents } from "../../../infra/compile/history-events.ts";
import { validateDefinition } from "../../../infra/validate/validate.ts";
import { target } from "../../support/definitions.ts";
import { runSkippingWaits } from "../../support/workflow-run.ts";

const next = task(async function next({ n }: { n: number }) {
  return n + 1;
});
const total = task(async function total({ values }: { values: number[] }) {
  return values.reduce((sum, value) => sum + value, 0);
});
const refuse = task(async function refuse({ n }: { n: number }): Promise<number> {
  throw new RangeError(`${n} is refused`);
});
const tasks = { next, total, refuse };

function refOfLists(count: number, n: never): never[] {
  return Array.from({ length: count }, () => n);
}

/** A step of 40 tasks side by side, and one that adds up. */
const forty = workflow({ n: 1 }, function forty({ n }) {
  return total({ values: mapTask(next)({ n: refOfLists(40, n as never) }) });
});

/** So many steps, each of the one before. */
function chain(length: number, name: string) {
  return workflow(
    { n: 0 },
    function steps({ n }) {
      let last = forty({ n });
      for (let step = 1; step < length; step++) last = forty({ n: shrink({ n: last }) });
      return { last, n };
    },
    { name },
  );
}
const shrink = task(async function shrink({ n }: { n: number }) {
  return n / 40;
});

async function run<I, O>(tried: Workflow<I, O>, inputs: I) {
  expect(validateDefinition(JSON.stringify(compile(tried.graph, target)))).toEqual([]);
  return runSkippingWaits(tried, inputs, { ...tasks, shrink });
}

function mapsThatStartChildren(tried: Workflow<never, unknown>): number {
  return JSON.stringify(compile(tried.graph, target)).split('"DISTRIBUTED"').length - 1;
}

test("6,000 tasks in nested workflows run in executions whose histories are short enough", async () => {
  const long = chain(150, "long");
  const { status, output, invocations, histories } = await run(long, { n: 2 });
  expect([status, output]).toEqual(["SUCCEEDED", { last: 40 * 152, n: 2 }]);
  expect(invocations.length).toBe(150 * 41 + 149);
  expect(histories.length).toBeGreaterThan(1);
  expect(Math.max(...histories)).toBeLessThan(25_000);
}, 120_000);

test("nested workflows that do not need each other are divided among executions too", async () => {
  const wide = workflow({ n: 1 }, function wide({ n }) {
    return Array.from({ length: 90 }, () => forty({ n }));
  });
  const { output, histories } = await run(wide, {});
  expect(output).toEqual(Array.from({ length: 90 }, () => 80));
  expect(histories.length).toBeGreaterThan(1);
  expect(Math.max(...histories)).toBeLessThan(25_000);
}, 120_000);

test("what is in the branches of a conditional is divided as well, and a short workflow is not", async () => {
  const many = chain(75, "many");
  const either = workflow({ n: 1 }, function either({ n }) {
    return conditional(
      gt(n, 0),
      () => many({ n }).last,
      () => n,
    );
  });
  expect((await run(either, {})).output).toBe(40 * 76);
  expect(mapsThatStartChildren(either as never)).toBeGreaterThan(0);
  expect(mapsThatStartChildren(chain(5, "short") as never)).toBe(0);
});

test("a block that is caught and its handler, which run one after the other, fit into one history", () => {
  const stubborn = next.withOverrides({ retries: 20 });
  const caught = workflow({ n: 1 }, function caught({ n }) {
    function attempt(): typeof n {
      let last = n;
      for (let step = 0; step < 270; step++) last = stubborn({ n: last });
      return last;
    }
    return tryCatch(attempt, attempt);
  });
  const definition = compile(caught.graph, target);
  const all = [definition, ...childHistories(definition).map((child) => child.definition)];
  const events = all.map((one) => historyEvents(one, { items: () => 0, attempts: "author" }));
  expect(Math.max(...events)).toBeLessThan(25_000);
});

test("a workflow fails as if there were no child executions: with the error and the cause of the task", async () => {
  const one = workflow({ n: 1 }, function one({ n }) {
    return refuse({ n: mapTask(next)({ n: refOfLists(40, n as never) })[0] ?? 0 });
  });
  const failing = workflow({ n: 1 }, function failing({ n }) {
    return Array.from({ length: 90 }, () => one({ n }));
  });
  expect(mapsThatStartChildren(failing as never)).toBeGreaterThan(0);
  const [divided, plain] = [await run(failing, {}), await run(one, {})];
  expect(divided.error).toBe("RangeError");
  expect(JSON.parse(divided.cause ?? "")).toMatchObject({ errorMessage: "2 is refused" });
  expect([divided.error, divided.cause]).toEqual([plain.error, plain.cause]);
});

test("a node that may have more events than an execution is refused by its name", () => {
  const stubborn = workflow({ n: 1 }, function stubborn({ n }) {
    return next.withOverrides({ retries: 9_000 })({ n });
  });
  expect(() => compile(stubborn.graph, target)).toThrow(
    "next: it may have 27007 events, its retries included, and Step Functions ends an execution whose history has 25000: " +
      "a node cannot be divided among executions, so ask for fewer retries or fewer items",
  );
  const express = workflow({ n: 1 }, ({ n }) => next.withOverrides({ retries: 9_000 })({ n }), {
    name: "express",
    type: "EXPRESS",
  });
  expect(compile(express.graph, target).StartAt).toBe("Inputs");
});
