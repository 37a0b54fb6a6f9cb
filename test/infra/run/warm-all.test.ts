import { HistoryEventType, type DescribeExecutionOutput } from "@aws-sdk/client-sfn";
import { expect, test } from "vitest";
import type { Receipt } from "../../../sdk/invocation/receipt.ts";
import { servedProject } from "../../support/served-project.ts";

const MODULE = `
import { setTimeout as sleep } from "node:timers/promises";
import { ActorEnvironment, after, mapTask, warmAll, workflow, type Input } from "lambent";

const near = new ActorEnvironment({ name: "near", replicaCount: 3, affinity: true, cache: { maxEntries: 4 } });
const loadModel = near.cache(async function loadModel(model: string) {
  return model.length;
});
const score = near.task(async function score({ model, n }: { model: string; n: number }) {
  return (await loadModel(model)) + n;
});
export const warmedCalls = workflow({}, function warmedCalls() {
  const loaded = warmAll(loadModel, ["z"], ["yy"], ["xxx"], ["wwww"], ["vvvvv"]);
  return after(loaded, () =>
    ["z", "yy", "xxx", "wwww", "vvvvv"].reduce<Input<number>>((n, model) => score({ model, n }), 0),
  );
});
const pool = new ActorEnvironment({ name: "pool", replicaCount: 2 });
const loadSlowly = pool.cache(async function loadSlowly(model: string, version: number) {
  await sleep(300);
  return model.length + version;
});
export const size = pool.task(async function size({ model }: { model: string }) {
  return loadSlowly(model, 1);
});
const inputs = { models: [] as string[], ns: [] as number[] };
export const warmed = workflow(inputs, function warmed({ models, ns }) {
  const loaded = warmAll(loadModel, ["a"], ["bb"], ["ccc"], ["dddd"], ["eeeee"]);
  return after(loaded, () => mapTask(score)({ model: models, n: ns }));
});
export const warmedPool = workflow({}, function warmedPool() {
  return warmAll(loadSlowly, ["a", 1], ["b", 1]);
});
`;

const project = servedProject({ "service.ts": MODULE });

/** The receipts of an execution, those of batches item by item. */
async function receiptsOf(execution: DescribeExecutionOutput): Promise<Receipt[]> {
  const events = await project.events(execution);
  return events
    .filter(({ type }) => type === HistoryEventType.TaskSucceeded)
    .flatMap(({ taskSucceededEventDetails }) => {
      const { Payload } = JSON.parse(taskSucceededEventDetails?.output ?? "{}") as {
        Payload: { receipt?: Receipt; receipts?: Receipt[] };
      };
      return Payload.receipts ?? [Payload.receipt].filter((one) => one !== undefined);
    });
}

function loadsIn(receipts: readonly Receipt[]): number {
  return receipts.flatMap(({ caches }) => caches).reduce((sum, { misses }) => sum + misses, 0);
}

test("what warmAll has loaded with affinity is loaded once, and a map that runs after it loads nothing", async () => {
  const models = Array.from({ length: 50 }, (_, index) => "abcde"[index % 5]!.repeat((index % 5) + 1));
  const execution = await project.execute("warmed", { models, ns: models.map((_, n) => n) });
  expect(execution.output).toBe(JSON.stringify(models.map((model, n) => model.length + n)));
  const receipts = await receiptsOf(execution);
  const warming = receipts.filter(({ task }) => task === "warmAll(loadModel)");
  expect([warming.length, loadsIn(warming), loadsIn(receipts)]).toEqual([5, 5, 5]);
  expect(new Set(warming.map(({ replica }) => replica)).size).toBe(3);
});

test("where a workflow maps no task of the actor, each list is loaded once, where single calls with its key look for it", async () => {
  const execution = await project.execute("warmedCalls");
  expect(execution.output).toBe("15");
  const receipts = await receiptsOf(execution);
  expect([receipts.length, loadsIn(receipts)]).toEqual([10, 5]);
});

test("without affinity each replica loads all lists, and its receipt says so", async () => {
  const receipts = await receiptsOf(await project.execute("warmedPool"));
  expect(new Set(receipts.map(({ replica }) => replica)).size).toBe(2);
  for (const { caches } of receipts) expect(caches).toMatchObject([{ cache: "loadSlowly", misses: 2, entries: 2 }]);
});
