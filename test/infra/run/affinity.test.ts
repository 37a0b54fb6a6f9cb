import { HistoryEventType, type DescribeExecutionOutput } from "@aws-sdk/client-sfn";
import { describe, expect, test } from "vitest";
import { rankReplicas } from "../../../sdk/values/replica-ranking.ts";
import { servedProject, type ServedProject } from "../../support/served-project.ts";

const MODULE = `
import { setTimeout as sleep } from "node:timers/promises";
import { ActorEnvironment, mapTask, partial, workflow } from "lambent";

const near = new ActorEnvironment({ name: "near", replicaCount: 3, affinity: true });
const pair = new ActorEnvironment({ name: "pair", replicaCount: 2, affinity: true });
const load = near.cache(async function load(model: string) {
  return model.toUpperCase();
});
const score = near.task(async function score({ text, model }: { text: string; model: string }) {
  return (await load(model)) + ":" + text;
}, { affinityKey: (inputs) => inputs.model });
const shaped = near.task(async function shaped({ options }: { options: { model: { name: string }; sizes: number[] } }) {
  return options.model.name;
}, { affinityKey: ({ options }) => ({ name: options.model.name, size: options.sizes[0]! }) });
const busy = pair.task(async function busy({ key, ms }: { key: string; ms: number }) {
  await sleep(ms);
  return key;
}, { affinityKey: ({ key }) => key });

export const scores = workflow({ first: "a", second: "b" }, function scores({ first, second }) {
  const one = score({ text: "1", model: first });
  const two = score({ text: one, model: first });
  return { two, other: score({ text: two, model: second }), literal: score({ text: "x", model: "a" }) };
});
export const shapes = workflow({ options: { model: { name: "m" }, sizes: [1, 2] } }, function shapes({ options }) {
  return [shaped({ options }), shaped({ options: { model: options.model, sizes: [1, 2] } }), shaped({ options: { model: { name: "m" }, sizes: [options.sizes[0], 5] } })];
});
export const hot = workflow({ key: "k" }, function hot({ key }) {
  return [busy({ key, ms: 1500 }), busy({ key, ms: 1500 })];
});
export const mapped = workflow({ models: ["a", "b", "a", "c"] }, function mapped({ models }) {
  return mapTask(partial(score, { text: "t" }))({ model: models });
});
export const batched = workflow({ models: ["a", "a", "b"] }, function batched({ models }) {
  return mapTask(partial(score, { text: "t" }), { batchBy: "model" })({ model: models });
});
`;

interface Call {
  readonly task: string;
  readonly functionName: string;
  readonly replica: string;
}

describe("an actor with affinity", () => {
  const project = servedProject({ "service.ts": MODULE });

  test("sends equal keys to the replica that is first in their ranking, wherever the key comes from", async () => {
    const execution = await project.execute("scores");
    expect(execution.output).toBe(JSON.stringify({ two: "A:A:1", other: "B:A:A:1", literal: "A:x" }));
    const a = `test-dev-near-${rankReplicas(["a"], 3)[0]}`;
    const b = `test-dev-near-${rankReplicas(["b"], 3)[0]}`;
    expect((await called(project, execution)).toSorted()).toEqual([a, a, a, b].toSorted());
  });
  test("maps", async () => {
    for (const name of ["mapped", "batched", "shapes"]) {
      const execution = await project.execute(name);
      console.log(execution.output, execution.error, execution.cause, await called(project, execution));
    }
  });
  test("hot", async () => {
    const execution = await project.execute("hot");
    console.log(execution.output, execution.error, execution.cause, await called(project, execution));
  });
});

/** The functions that an execution's calls went to, in their order. */
async function called(project: ServedProject, execution: DescribeExecutionOutput): Promise<string[]> {
  const events = await project.events(execution);
  return events
    .filter(({ type }) => type === HistoryEventType.TaskScheduled)
    .map(({ taskScheduledEventDetails }) => {
      const parameters = JSON.parse(taskScheduledEventDetails?.parameters ?? "{}") as { FunctionName: string };
      return /function:(.*):live/.exec(parameters.FunctionName)?.[1] ?? "";
    });
}
