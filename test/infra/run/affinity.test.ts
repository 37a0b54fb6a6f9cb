import { readdirSync } from "node:fs";
import { join } from "node:path";
import { HistoryEventType, type DescribeExecutionOutput } from "@aws-sdk/client-sfn";
import { ActorEnvironment, workflow } from "lambent";
import { FunctionServiceError, StepFunctions, type ExecutionDescription, type Functions } from "lambent/emulator";
import { describe, expect, test } from "vitest";
import type { Json } from "../../../sdk/base/json.ts";
import { rankReplicas } from "../../../sdk/values/replica-ranking.ts";
import { ExecutionLog } from "../../../infra/run/execution-log.ts";
import { servedProject, type ServedProject } from "../../support/served-project.ts";

const MODULE = `
import { setTimeout as sleep } from "node:timers/promises";
import { writeFileSync, existsSync } from "node:fs";
import { ActorEnvironment, mapTask, partial, task, workflow } from "lambent";

const near = new ActorEnvironment({ name: "near", replicaCount: 3, affinity: true });
const pair = new ActorEnvironment({ name: "pair", replicaCount: 2, affinity: true });
const load = near.cache(async function load(model: string) {
  return model.toUpperCase();
});
const score = near.task(async function score({ text, model }: { text: string; model: string }) {
  return (await load(model)) + ":" + text;
});
interface Options {
  model: { name: string };
  sizes: number[];
}
const shaped = near.task(async function shaped({ options }: { options: Options; after?: string }) {
  return options.model.name;
}, { affinityKey: ({ options }) => ({ name: options.model.name, size: options.sizes[0]! }) });
const marked = near.task(async function marked({ of }: { of: unknown }): Promise<unknown> {
  return of;
}, { affinityKey: ({ of }) => of });
const lacking = near.task(async function lacking({ name = "none" }: { name?: string; after?: string }) {
  return name;
}, { affinityKey: ({ name }) => name });
const busy = pair.task(async function busy({ key, ms }: { key: string; ms: number }) {
  await sleep(ms);
  return key;
}, { affinityKey: ({ key }) => key });
const keep = pair.task(async function keep({ n }: { key?: string; n: number }) {
  return n + Math.random();
}, { affinityKey: ({ key }) => key, cache: true, cacheVersion: "v1" });
const crash = pair.task(async function crash({ key }: { key: string }) {
  const file = process.env.LAMBENT_STORE + "/crashed-" + key;
  if (existsSync(file)) return "survived on another";
  writeFileSync(file, "");
  process.exit(3);
}, { affinityKey: ({ key }) => key, retries: 2 });
const returned = task(async function returned({ options }: { options: Options; after: string }) {
  return options;
});

export const one = workflow({ model: "a" }, function one({ model }) {
  return score({ text: "t", model });
});
export const scores = workflow({ first: "a", second: "b" }, function scores({ first, second }) {
  const one = score({ text: "1", model: first });
  const two = score({ text: one, model: first });
  const other = score({ text: two, model: second });
  return { two, other, literal: score({ text: other, model: "a" }) };
});
export const shapes = workflow({ options: { model: { name: "m" }, sizes: [1, 2] } }, function shapes({ options }) {
  const one = shaped({ options });
  const two = shaped({ options: { model: { name: one }, sizes: [options.sizes[0]!, 5] } });
  const three = shaped({ options: returned({ options, after: two }) });
  return [one, two, three, shaped({ options: { sizes: [1, 9], model: { name: "m" } }, after: three })];
});
export const marks = workflow({ of: {} as unknown }, function marks({ of }) {
  return marked({ of: marked({ of }) });
});
export const missing = workflow({ of: {} as { name: string } }, function missing({ of }) {
  const one = lacking({});
  return [one, lacking({ name: of.name, after: one })];
});
export const hot = workflow({ key: "k" }, function hot({ key }) {
  return [busy({ key, ms: 1500 }), busy({ key, ms: 1500 })];
});
export const kept = workflow({ key: "k", n: 0 }, function kept({ key, n }) {
  return keep({ key, n });
});
export const crashing = workflow({ key: "k" }, function crashing({ key }) {
  return crash({ key });
});
export const mapped = workflow({ models: ["a", "b", "a", "c"] }, function mapped({ models }) {
  return mapTask(partial(score, { text: "t" }))({ model: models });
});
export const batched = workflow({ models: ["a", "a", "b"] }, function batched({ models }) {
  return mapTask(partial(score, { text: "t" }), { batchBy: "model" })({ model: models });
});
`;

describe("an actor with affinity", () => {
  const told: string[] = [];
  const log = new ExecutionLog({
    level: "normal",
    colours: false,
    nameOf: (arn) => arn.split("-").at(-1),
    say: (text) => told.push(text),
  });
  const project = servedProject({ "service.ts": MODULE }, { onProgress: (event) => log.see(event) });

  test("gets equal keys on the replica that is first in their ranking, wherever a key comes from", async () => {
    const execution = await project.execute("scores");
    expect(execution.output).toBe(JSON.stringify({ two: "A:A:1", other: "B:A:A:1", literal: "A:B:A:A:1" }));
    const [a, b] = ["a", "b"].map((model) => first("near", [model]));
    expect(await called(project, execution)).toEqual([a, a, b, a]);
  });

  test("sees one key in values that are equal, whether they were given, returned or written", async () => {
    const execution = await project.execute("shapes", {
      options: { sizes: [1, 2], model: { name: "m" }, data: { $stored: "no key of ours" } },
    });
    expect(execution.output).toBe('["m","m","m","m"]');
    const replica = first("near", ["m", 1]);
    expect(await called(project, execution)).toEqual([replica, replica, "test-dev-tasks", replica, replica]);
  });

  test("sees the same key in a caller's data that looks like a mark", async () => {
    const given = { $stored: "not a key" };
    const execution = await project.execute("marks", { of: given });
    expect(JSON.parse(execution.output ?? "")).toEqual({ $plain: given });
    expect(await called(project, execution)).toEqual([first("near", [given]), first("near", [given])]);
  });

  test("has a key for what is missing", async () => {
    const execution = await project.execute("missing");
    expect(execution.output).toBe('["none","none"]');
    expect(await called(project, execution)).toEqual([first("near", [undefined]), first("near", [undefined])]);
  });

  test("loads each model of a map on one replica, once, item by item and in batches", async () => {
    const models = ["a", "b", "a", "c", "b", "a"];
    for (const workflow of ["mapped", "batched"]) {
      const execution = await project.execute(workflow, { models });
      expect(JSON.parse(execution.output ?? "")).toEqual(models.map((model) => `${model.toUpperCase()}:t`));
      expect(await called(project, execution)).toContain(first("near", ["a"]));
    }
  });

  test("calls the second replica of a key while the first is busy", async () => {
    const execution = await project.execute("hot");
    expect(execution.output).toBe('["k","k"]');
    const [one = 0, two = 0] = rankReplicas(["k"], 2);
    const calls = await called(project, execution);
    expect(calls.slice(0, 2)).toEqual([functionOf("pair", one), functionOf("pair", one)]);
    expect(calls[2]).toBe(functionOf("pair", two));
    const receipts = (await project.events(execution)).flatMap(({ taskSucceededEventDetails }) =>
      taskSucceededEventDetails === undefined ? [] : [receiptOf(taskSucceededEventDetails.output)],
    );
    expect(new Set(receipts.map(({ replica }) => replica)).size).toBe(2);
    expect(receipts.map(({ initializationType }) => initializationType)).toEqual(
      Array(2).fill("provisioned-concurrency"),
    );
    expect(told.filter((line) => line.includes("retry"))).toEqual([
      expect.stringMatching(
        /^hot \S+ busy2? retry 1 in \S+ m?s: Lambda.TooManyRequestsException: this replica was busy: the next attempt asks the next one of the call's key$/,
      ),
    ]);
  });

  test("keeps what one replica has stored for all of them", async () => {
    const { output } = await project.execute("kept");
    const broken = rankReplicas(["k"], 2).map((replica) => functionOf("pair", replica));
    const other = await withBroken(project, "kept", broken.slice(0, 1), "ResourceNotFoundException");
    expect(other).toMatchObject({ output, calls: broken });
    expect(readdirSync(join(project.root, ".lambent/store/local"))).toContain("test-dev-pair");
  });

  test("passes over a replica that is gone, and one whose Lambda fails", async () => {
    const replicas = rankReplicas(["a"], 3).map((replica) => functionOf("near", replica));
    for (const error of ["ResourceNotFoundException", "ServiceException"]) {
      const { output, calls } = await withBroken(project, "one", replicas.slice(0, 2), error);
      expect(output).toBe(JSON.stringify("A:t"));
      expect(calls).toEqual(replicas);
    }
  });

  test("gives the same while replicas throttle at random, and one is gone", async () => {
    const [gone = 0] = rankReplicas(["a"], 3);
    for (let seed = 1; seed <= 10; seed++) {
      const random = randoms(seed);
      const functions = refusing(project, (name) => {
        if (name === functionOf("near", gone)) return "ResourceNotFoundException";
        return random() < 0.5 ? "TooManyRequestsException" : undefined;
      });
      expect(await runWith(project, "scores", functions)).toMatchObject({
        status: "SUCCEEDED",
        output: JSON.stringify({ two: "A:A:1", other: "B:A:A:1", literal: "A:B:A:A:1" }),
      });
    }
  });

  test("fails with what is wrong when all replicas are gone, once each was tried in turn", async () => {
    const replicas = rankReplicas(["a"], 3).map((replica) => functionOf("near", replica));
    const { error, calls } = await withBroken(project, "one", replicas, "ResourceNotFoundException");
    expect(error).toBe("Lambda.ResourceNotFoundException");
    expect(calls.slice(0, 6)).toEqual([...replicas, ...replicas]);
    expect(calls).toHaveLength(63);
  });

  test("whose replica crashes gives the same, with the author's own retries", async () => {
    const execution = await project.execute("crashing", { key: "k" });
    expect(execution.output).toBe('"survived on another"');
    expect(await called(project, execution)).toEqual(
      rankReplicas(["k"], 2).map((replica) => functionOf("pair", replica)),
    );
  });
});

test("what comes out depends on neither affinity nor busy replicas nor those that are gone", async () => {
  const local = await import("lambent/local");
  const { affine, plain } = await import("./affinity-workflows.ts");
  for (const given of [{ keys: ["a", "b", "a"] }, { keys: [] }, { keys: ["a", "a", "a", "a", "b"] }]) {
    const wanted = await local.run(plain, given);
    expect(await local.run(affine, given)).toEqual(wanted);
    expect(await local.run(affine, given, { bundled: true })).toEqual(wanted);
  }
});

test("in one process, where there is nothing to choose, no key is asked for", async () => {
  const local = await import("lambent/local");
  const near = new ActorEnvironment({ name: "near", replicaCount: 2, affinity: true });
  const keyless = near.task(async function keyless({ n }: { n: number }) {
    return n + 1;
  });
  const wf = workflow({ n: 1 }, function wf({ n }) {
    return keyless({ n: keyless({ n }) });
  });
  expect(await local.run(wf, { n: 4 })).toBe(6);
});

function functionOf(actor: string, replica: number | undefined): string {
  return `test-dev-${actor}-${replica}`;
}

function first(actor: "near", key: readonly (Json | undefined)[]): string {
  return functionOf(actor, rankReplicas(key, 3)[0]);
}

function receiptOf(output = "{}"): { readonly replica: string; readonly initializationType: string } {
  return (JSON.parse(output) as { Payload: { receipt: { replica: string; initializationType: string } } }).Payload
    .receipt;
}

/** Runs a workflow where some functions fail with an error of Lambda's. */
async function withBroken(
  project: ServedProject,
  workflow: string,
  broken: readonly string[],
  error: string,
): Promise<ExecutionDescription & { calls: string[] }> {
  const calls: string[] = [];
  const functions = refusing(project, (name) => {
    calls.push(name);
    return broken.includes(name) ? error : undefined;
  });
  return { ...(await runWith(project, workflow, functions)), calls };
}

/** The project's functions, but for calls that fail. */
function refusing({ served }: ServedProject, errorOf: (name: string) => string | undefined): Functions {
  return {
    async invoke(request) {
      const error = errorOf(/function:(.*):live/.exec(request.functionName)?.[1] ?? "");
      if (error !== undefined) throw new FunctionServiceError(error, 400, "out of order");
      return served.pool.invoke(request);
    },
  };
}

/** Runs a workflow of the project with other functions; its retries wait for nothing. */
async function runWith(
  { served }: ServedProject,
  workflow: string,
  functions: Functions,
): Promise<ExecutionDescription> {
  const stateMachineArn = served.stateMachines.get(workflow) ?? "";
  const { definition } = served.emulator.states.describeStateMachine({ stateMachineArn });
  const states = new StepFunctions({ functions, skipWaits: true });
  const machine = states.createStateMachine({
    name: workflow,
    definition,
    roleArn: "arn:aws:iam::000000000000:role/any",
  });
  return states.executionEnd(states.startExecution({ stateMachineArn: machine.stateMachineArn }).executionArn);
}

/** Numbers from 0 to 1, the same for each seed. */
function randoms(seed: number): () => number {
  let next = seed;
  return () => {
    next = (next * 48_271) % 2_147_483_647;
    return next / 2_147_483_647;
  };
}

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
