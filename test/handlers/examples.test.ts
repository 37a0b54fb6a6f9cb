import { mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HistoryEvent } from "../../infra/emulator/index.ts";
import { serve, type Served } from "../../infra/run/serve.ts";
import { bars, summarise } from "../../infra/run/timeline/executions.ts";
import { packageRoot } from "../support/project-directory.ts";

// A root of their own, so that no stored result of an earlier run is found.
const root = realpathSync(mkdtempSync(join(tmpdir(), "lambent-examples-")));
symlinkSync(join(packageRoot, "handlers"), join(root, "handlers"));
let served: Served;
/** The first execution of each, all at once, as `npm start` runs them. */
let first: Record<string, Awaited<ReturnType<typeof execute>>>;

beforeAll(async () => {
  served = await serve({
    root,
    workflows: ["handlers/examples/*.ts"],
    service: "examples",
    stage: "dev",
    port: 0,
    say: () => undefined,
  });
  const workflows = [...served.stateMachines.keys()];
  first = Object.fromEntries(await Promise.all(workflows.map(async (name) => [name, await execute(name)] as const)));
});
afterAll(async () => {
  await served.close();
  rmSync(root, { recursive: true, force: true });
});

async function execute(workflow: string) {
  const { states } = served.emulator;
  const { executionArn } = states.startExecution({ stateMachineArn: served.stateMachines.get(workflow) ?? "" });
  const { status, output = "null", cause } = await states.executionEnd(executionArn);
  const events: HistoryEvent[] = [];
  for (let nextToken: string | undefined; ;) {
    const page = states.getExecutionHistory({
      executionArn,
      maxResults: 1000,
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    events.push(...page.events);
    nextToken = page.nextToken;
    if (nextToken === undefined) break;
  }
  expect({ status, cause }).toEqual({ status: "SUCCEEDED", cause: undefined });
  return { output: JSON.parse(output) as unknown, events, summary: summarise(events), bars: bars(events) };
}

function never(): never {
  throw new Error("the example did not run");
}

/** Loads sleep; all else may add 15 % and half a second. */
function withinLimit(sleepMs: number): number {
  return sleepMs * 1.15 + 500;
}

test("all state machines are named after service, stage and workflow", () => {
  expect([...served.stateMachines.values()].map((arn) => arn.split(":").at(-1))).toEqual([
    "examples-dev-caching",
    "examples-dev-custom-objects",
    "examples-dev-entities",
    "examples-dev-map-task",
  ]);
});

test("caching: four calls on one replica, one load, three hits: 13", async () => {
  const { output, summary } = first["caching"] ?? never();
  expect(output).toBe(13);
  expect(summary).toMatchObject({ replicas: 1, invocations: 4, loads: 1, hits: 3, joined: 0 });
  expect(summary.durationMs).toBeLessThan(withinLimit(4000));
});

test("custom-objects: equal objects share one load: 2", async () => {
  const { output, summary } = first["custom-objects"] ?? never();
  expect(output).toBe(2);
  expect(summary).toMatchObject({ replicas: 1, invocations: 4, loads: 1, hits: 3 });
  expect(summary.durationMs).toBeLessThan(withinLimit(2000));
});

test("map-task: 20 items, two replicas, two loads, 18 hits; the second time none, and no model state is made", async () => {
  const times = Array.from({ length: 20 }, (_, index) => 4 * index);
  const cold = first["map-task"] ?? never();
  expect(cold.output).toEqual(times);
  expect(cold.summary).toMatchObject({ loads: 2, hits: 18, stored: 0 });
  expect(cold.summary.durationMs).toBeLessThan(withinLimit(10_000));
  expect(
    new Set(cold.bars.filter(({ receipt }) => receipt.task === "inference").map(({ receipt }) => receipt.replica)).size,
  ).toBe(2);
  const second = await execute("map-task");
  expect(second.output).toEqual(times);
  expect(second.summary).toMatchObject({ loads: 0, hits: 20, stored: 1 });
  expect(second.bars.find(({ receipt }) => receipt.task === "createModelState")?.receipt.output).toBe("stored");
  expect(second.summary.durationMs).toBeLessThan(withinLimit(0));
});

test("entities: a real model over a real text, loaded once per replica", async () => {
  const { output, summary, bars } = first["entities"] ?? never();
  expect(output).toEqual({ CARDINAL: 1018, DATE: 23, DURATION: 23, EMOTICON: 2, ORDINAL: 329, TIME: 1 });
  expect(bars.filter(({ receipt }) => receipt.task === "extractEntities")).toHaveLength(216);
  expect(summary).toMatchObject({ loads: 2, hits: 214 });
});
