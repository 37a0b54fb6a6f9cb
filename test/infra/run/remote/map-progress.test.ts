import "../../../support/store-directory.ts";
import { SFNClient } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { ActorEnvironment, mapTask, workflow, type Workflow } from "lambent";
import { tasksOf } from "../../../../handlers/handler.ts";
import { invoke } from "../../../../handlers/invocation.ts";
import type { Invocation } from "../../../../handlers/payload.ts";
import { compile } from "../../../../infra/compile/compile.ts";
import { type Emulator, startEmulator } from "../../../../infra/emulator/index.ts";
import { MapWatch } from "../../../../infra/run/remote/map-progress.ts";
import type { Server } from "../../../../infra/run/remote/server.ts";
import { target } from "../../../support/definitions.ts";
import { jsonata, localFunctions } from "../../../support/emulator.ts";

/** Items from here on wait until the gate is opened. */
const GATE = 12;
let isOpen: Promise<void> = Promise.resolve();

/** @returns opens it */
function closeGate(): () => void {
  let open: () => void = () => undefined;
  isOpen = new Promise((resolve) => {
    open = resolve;
  });
  return open;
}

const actor = new ActorEnvironment({ name: "scoring", replicaCount: 20 });
const model = actor.cache(async function model(name: string) {
  return { name };
});
const score = actor.task(async function score({ n }: { n: number }) {
  await model(`m${n % 2}`);
  if (n >= GATE) await isOpen;
  if (n === 3) throw new Error("unlucky");
  return n;
});
const add = actor.task(async function add({ n }: { n: number }) {
  return n + 1;
});
const both = workflow({ n: 0 }, function both({ n }) {
  return score({ n: add({ n }) });
});

const NUMBERS = Array.from({ length: 20 }, (_, index) => index);
const WORKFLOWS = {
  inline: workflow({ ns: NUMBERS }, function inline({ ns }) {
    return mapTask(score, { mode: "inline", concurrency: 20, minSuccessRatio: 0.5 })({ n: ns });
  }),
  batched: workflow({ ns: NUMBERS }, function batched({ ns }) {
    return mapTask(score, { mode: "inline", batch: 4, concurrency: 20, minSuccessRatio: 0.5 })({ n: ns });
  }),
  "in child executions": workflow({ ns: NUMBERS }, function distributed({ ns }) {
    return mapTask(score, { mode: "distributed", concurrency: 20, minSuccessRatio: 0.5 })({ n: ns });
  }),
  "of a workflow in child executions": workflow({ ns: NUMBERS.map((n) => n - 1) }, function apart({ ns }) {
    return mapTask(both, { mode: "distributed", concurrency: 20, minSuccessRatio: 0.5 })({ n: ns });
  }),
  "of a workflow": workflow({ ns: NUMBERS.map((n) => n - 1) }, function ofWorkflow({ ns }) {
    return mapTask(both, { mode: "inline", concurrency: 20, minSuccessRatio: 0.5 })({ n: ns });
  }),
};

let emulator: Emulator;
let server: Server;
beforeAll(async () => {
  const tasks = tasksOf("scoring", [{ score, add }]);
  emulator = await startEmulator({
    port: 0,
    functions: {
      async invoke({ payload }) {
        const replica = { id: "one", initializationType: "provisioned-concurrency" };
        const answer = { statusCode: 200, executedVersion: "1", requestId: "r" };
        try {
          const outcome = await invoke(tasks, JSON.parse(payload) as Invocation, replica, () => 60_000); // of a compiled state
          return { ...answer, payload: JSON.stringify(outcome) };
        } catch (error) {
          const { name, message } = error as Error; // tasks here throw errors
          const document = JSON.stringify({ errorType: name, errorMessage: message, trace: [] });
          return { ...answer, payload: document, functionError: "Unhandled" };
        }
      },
    },
  });
  const credentials = { accessKeyId: "a", secretAccessKey: "b" };
  const client = new SFNClient({ endpoint: emulator.url, region: "us-east-1", credentials });
  server = { client, name: emulator.url, isAws: false };
});
afterAll(async () => {
  server.client.destroy();
  await emulator.close();
});

const roleArn = "arn:aws:iam::000000000000:role/any";

function started<I, O>(name: string, { graph }: Workflow<I, O>): string {
  const machine = { name: name.replaceAll(" ", "-"), definition: JSON.stringify(compile(graph, target)), roleArn };
  const { stateMachineArn } = emulator.states.createStateMachine(machine);
  return emulator.states.startExecution({ stateMachineArn, input: "{}" }).executionArn;
}

it.each(Object.entries(WORKFLOWS))(
  "a map %s is told while it runs: items done and failed, loads and hits",
  async (name, flow) => {
    const openGate = closeGate();
    onTestFinished(openGate);
    const executionArn = started(name, flow);
    const watch = await MapWatch.of(server, executionArn);
    const node = name.startsWith("of a workflow") ? "both" : "score";
    const half = { node, total: 20, done: GATE, failed: 1 };
    await expect.poll(() => watch.look(), { timeout: 20_000 }).toMatchObject([half]);
    openGate();
    await emulator.states.executionEnd(executionArn);
    const [whole, ...others] = await watch.look();
    expect(whole).toMatchObject({ node, total: 20, isAbout: false, done: 20, failed: 1, restMs: 0 });
    expect((whole?.loads ?? 0) + (whole?.hits ?? 0)).toBe(19); // the item that fails has no receipt
    expect(others).toEqual([]);
    // One who comes later sees the same.
    expect(await (await MapWatch.of(server, executionArn)).look()).toMatchObject([{ done: 20, failed: 1 }]);
  },
  40_000,
);

it("a Distributed Map that is not Lambent's is told by what its Map Run counts", async () => {
  const functions = localFunctions({ work: (event) => event });
  const other = await startEmulator({ port: 0, functions });
  onTestFinished(() => other.close());
  const Work = {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Arguments: { FunctionName: "work", Payload: "{% $states.input %}" },
    End: true,
  };
  const definition = jsonata({
    Each: {
      Type: "Map",
      Items: [1, 2, 3],
      ItemProcessor: {
        ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "EXPRESS" },
        StartAt: "Work",
        States: { Work },
      },
      End: true,
    },
  });
  const machine = { name: "own", definition: JSON.stringify(definition), roleArn };
  const { stateMachineArn } = other.states.createStateMachine(machine);
  const { executionArn } = other.states.startExecution({ stateMachineArn });
  await other.states.executionEnd(executionArn);
  const client = new SFNClient({
    endpoint: other.url,
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
  onTestFinished(() => client.destroy());
  const watch = await MapWatch.of({ client, name: other.url, isAws: false }, executionArn);
  expect(await watch.look()).toMatchObject([{ node: "Each", total: 3, done: 3, failed: 0, loads: 0, hits: 0 }]);
});
