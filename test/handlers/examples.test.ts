import { mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HistoryEvent } from "../../infra/emulator/index.ts";
import { serve } from "../../infra/run/serve.ts";
import type { Served } from "../../infra/run/serve-options.ts";
import { bars, summarise } from "../../infra/run/timeline/executions.ts";
import { packageRoot } from "../support/project-directory.ts";

// A root of their own, so that no stored result of an earlier run is found.
const root = realpathSync(mkdtempSync(join(tmpdir(), "lambent-examples-")));
symlinkSync(join(packageRoot, "handlers"), join(root, "handlers"));
let served: Served;
/** The first execution of each, all at once, as `npm start` runs them. */
const first = new Map<string, Executed>();
/** The next, with other inputs than the defaults. */
const other = new Map<string, Executed>();
const OTHER_INPUTS: Readonly<Record<string, object>> = {
  caching: { initValue: 2, state: 5 },
  "custom-objects": { state: 7 },
  embeddings: { query: "how fast is light, as seen from Jupiter" },
  "map-task": { values: [3, 5, -1] },
};

type Executed = Awaited<ReturnType<typeof execute>>;

beforeAll(async () => {
  served = await serve({
    root,
    workflows: ["handlers/examples/*.ts"],
    service: "examples",
    stage: "dev",
    port: 0,
    say: () => undefined,
  });
  await Promise.all(
    [...served.stateMachines.keys()].map(async (workflow) => {
      first.set(workflow, await execute(workflow));
      const inputs = OTHER_INPUTS[workflow];
      if (inputs !== undefined) other.set(workflow, await execute(workflow, inputs));
    }),
  );
});
afterAll(async () => {
  await served.close();
  rmSync(root, { recursive: true, force: true });
});

function start(workflow: string, inputs: object) {
  const { states } = served.emulator;
  const stateMachineArn = served.stateMachines.get(workflow) ?? "";
  const { executionArn } = states.startExecution({ stateMachineArn, input: JSON.stringify(inputs) });
  return states.executionEnd(executionArn);
}

async function execute(workflow: string, inputs: object = {}) {
  const { states } = served.emulator;
  const { executionArn, status, output = "null", cause } = await start(workflow, inputs);
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
    "examples-dev-embeddings",
    "examples-dev-entities",
    "examples-dev-map-task",
  ]);
});

test("caching: four calls on one replica, one load, three hits: 13", async () => {
  const { output, summary } = first.get("caching") ?? never();
  expect(output).toBe(13);
  expect(summary).toMatchObject({ replicas: 1, invocations: 4, loads: 1, hits: 3, joined: 0 });
  expect(summary.durationMs).toBeLessThan(withinLimit(4000));
});

test("caching with other inputs: every call uses the state that is given, so one load, three hits: 2 + 4 × 5", async () => {
  const { output, summary } = other.get("caching") ?? never();
  expect(output).toBe(22);
  expect(summary).toMatchObject({ replicas: 1, invocations: 4, loads: 1, hits: 3, joined: 0 });
});

test("custom-objects: equal objects share one load: 2", async () => {
  const { output, summary } = first.get("custom-objects") ?? never();
  expect(output).toBe(2);
  expect(summary).toMatchObject({ replicas: 1, invocations: 4, loads: 1, hits: 3 });
  expect(summary.durationMs).toBeLessThan(withinLimit(2000));
});

test("custom-objects with another state: an object that is equal to no other is loaded, once: 7", async () => {
  const { output, summary } = other.get("custom-objects") ?? never();
  expect(output).toBe(7);
  expect(summary).toMatchObject({ replicas: 1, invocations: 4, loads: 1, hits: 3, joined: 0 });
});

test("map-task: 20 items, two replicas, two loads, 18 hits; the second time none, and no model state is made", async () => {
  const times = Array.from({ length: 20 }, (_, index) => 4 * index);
  const cold = first.get("map-task") ?? never();
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

test("map-task with other values: three items on replicas that have the model", async () => {
  const { output, summary } = other.get("map-task") ?? never();
  expect(output).toEqual([12, 20, -4]);
  expect(summary).toMatchObject({ invocations: 4, loads: 0, hits: 3, stored: 1 });
});

test("embeddings: a model that each replica loads before its first request, so that no task waits for it", async () => {
  const { output, summary, bars, events } = first.get("embeddings") ?? never();
  expect(output).toEqual([
    { score: 0.72, paragraph: "_By the discovered Properties of Light to explain the Colours made by" },
    { score: 0.69, paragraph: "I have heard it represented, that if the Light of a Candle" },
    { score: 0.64, paragraph: "And if one look through a Prism upon a white Object encompassed" },
  ]);
  expect(bars.filter(({ receipt }) => receipt.task === "embed")).toHaveLength(217);
  expect(summary).toMatchObject({ preloads: 2, loads: 0, hits: 217, joined: 0 });
  const mapped = events.find(({ type }) => type === "MapStateExited")?.stateExitedEventDetails?.output;
  expect(mapped).not.toContain("$stored"); // the embeddings are small enough to cross
  expect(summary.withoutCacheMs).toBeGreaterThan(summary.durationMs);
});

test("embeddings with another query: Roemer measured the speed of light by the eclipses of Jupiter's moons", async () => {
  const { output, summary } = other.get("embeddings") ?? never();
  expect(output).toMatchObject([
    { score: 0.41, paragraph: "This was observed first by _Roemer_, and then by others, by means" },
    {},
    {},
  ]);
  expect(summary).toMatchObject({ preloads: 0, loads: 0, hits: 217, joined: 0 });
});

test("embeddings of words in any spelling, of none, and of unknown ones", async () => {
  async function embed(text: string): Promise<number[]> {
    const { payload } = await served.pool.invoke({
      functionName: "examples-dev-embeddings:live",
      payload: JSON.stringify({ task: "embed", inputs: { text } }),
    });
    const { output } = JSON.parse(payload) as { output: number[] };
    return output;
  }
  const light = await embed("Refrangible light!");
  expect(Math.hypot(...light) / 250).toBeCloseTo(1, 2);
  expect(await embed("  réfrangible\nLIGHT !")).toEqual(light);
  expect(await embed("refrangible dark!")).not.toEqual(light);
  const nothing = Array.from({ length: 128 }, () => 0);
  expect(await embed("")).toEqual(nothing);
  expect(await embed("日本")).toEqual(nothing);
});

test("entities: a real model over a real text, loaded once per replica", async () => {
  const { output, summary, bars } = first.get("entities") ?? never();
  expect(output).toEqual({ CARDINAL: 1018, DATE: 23, DURATION: 23, EMOTICON: 2, ORDINAL: 329, TIME: 1 });
  expect(bars.filter(({ receipt }) => receipt.task === "extractEntities")).toHaveLength(216);
  expect(summary).toMatchObject({ loads: 2, hits: 214 });
});

test("entities takes no inputs, and says so; its task reads any paragraph", async () => {
  expect(await start("entities", { paragraph: "One." })).toMatchObject({
    status: "FAILED",
    error: "InvalidInputs",
    cause: "workflow entities: there is no input paragraph, it takes none",
  });
  const { payload } = await served.pool.invoke({
    functionName: "examples-dev-entities:live",
    payload: JSON.stringify({ task: "extractEntities", inputs: { paragraph: "The first ten lenses, and two more." } }),
  });
  expect(JSON.parse(payload)).toMatchObject({
    output: { CARDINAL: 2, ORDINAL: 1 },
    receipt: { start: "warm", caches: [{ cache: "loadPipeline", misses: 0, hits: 1 }] },
  });
});
