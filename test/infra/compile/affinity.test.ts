import { ActorEnvironment, mapTask, partial, task, workflow, type Workflow } from "lambent";
import { expect, test } from "vitest";
import { functionNames } from "../../../infra/compile/affinity.ts";
import { compile } from "../../../infra/compile/compile.ts";
import type { Target } from "../../../infra/compile/target.ts";
import { validateDefinition } from "../../../infra/validate/validate.ts";
import { allStates, fields, type Fields } from "../../../infra/asl/states.ts";

const near = new ActorEnvironment({ name: "near", replicaCount: 3, affinity: true });
const alone = new ActorEnvironment({ name: "alone", affinity: true });

interface Inputs {
  readonly model: { readonly name: string };
  readonly text?: string;
}

const score = near.task(
  async function score({ model, text = "" }: Inputs) {
    return { model, text };
  },
  { affinityKey: ({ model }) => model.name },
);
const single = alone.task(
  async function lonely({ n }: { n: number }) {
    return n;
  },
  { affinityKey: ({ n }) => n },
);
const keyless = near.task(async function keyless({ n }: { n: number }) {
  return n;
});
const large = task(async function large({ n }: { n: number }) {
  return { name: String(n), weights: "x".repeat(n) };
});

const target: Target = {
  functionName: (actor, replica) => `${actor}${replica === undefined ? "" : `-${replica}`}`,
  queues: () => true,
};

/** The states of a workflow by name, valid as Step Functions sees it. */
function statesOf({ graph }: Workflow<never, unknown>): Map<string, Fields> {
  const definition = compile(graph, target);
  expect(validateDefinition(JSON.stringify(definition))).toEqual([]);
  return new Map(allStates(definition as unknown as Fields));
}

const scoring = workflow({ model: { name: "m" } }, function scoring({ model }) {
  return { one: score({ model }), two: single({ n: 1 }) };
});

test("the retriers of a call with a choice of replicas go over all of them with half a second between two, and then wait", () => {
  const states = statesOf(scoring);
  const passing = { IntervalSeconds: 1, BackoffRate: 1.26, MaxDelaySeconds: 20, JitterStrategy: "FULL" };
  expect(states.get("score")?.["Retry"]).toEqual([
    {
      ErrorEquals: [
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
      ],
      ...passing,
      MaxAttempts: 8,
    },
    { ErrorEquals: ["Lambda.TooManyRequestsException"], ...passing, MaxAttempts: 62 },
    {
      ErrorEquals: [
        "Lambda.ResourceNotFoundException",
        "Lambda.ResourceConflictException",
        "Lambda.ResourceNotReadyException",
      ],
      ...passing,
      BackoffRate: 1,
      MaxAttempts: 62,
    },
    { ErrorEquals: ["Lambda.Unknown"], IntervalSeconds: 2, MaxAttempts: 2, BackoffRate: 2 },
  ]);
});

test("where there is one replica, calls are retried as on an actor without affinity", () => {
  const states = statesOf(scoring);
  expect(fields(states.get("lonely")?.["Retry"] ?? null)).not.toEqual(states.get("score")?.["Retry"]);
  expect(states.get("lonely")?.["Retry"]).toMatchObject([
    { IntervalSeconds: 2, MaxAttempts: 6, BackoffRate: 2 },
    { IntervalSeconds: 1, MaxAttempts: 60, BackoffRate: 2 },
    { MaxAttempts: 2 },
  ]);
});

test("the names of all replicas that a call may go to stand first in its FunctionName", () => {
  const states = statesOf(scoring);
  const written = String(fields(states.get("score")?.["Arguments"] ?? null)["FunctionName"]);
  expect(functionNames(written)).toEqual(["near-0", "near-1", "near-2"]);
  expect(functionNames(String(fields(states.get("lonely")?.["Arguments"] ?? null)["FunctionName"]))).toEqual([
    "alone-0",
  ]);
  expect(functionNames("near")).toEqual(["near"]);
});

test("a task that is read for a key leaves the state machine what the key is made of, and no more", () => {
  const keyed = workflow({ n: 1 }, function keyed({ n }) {
    return score({ model: large({ n }) }).text;
  });
  const states = statesOf(keyed);
  const payload = fields(fields(states.get("large")?.["Arguments"] ?? null)["Payload"] ?? null);
  expect(payload["budget"]).toMatchObject({ reads: { by: "score", fields: {} } });
});

test("a task without a key is refused, in a call and in a map", () => {
  const message =
    "task keyless: actor near has affinity, and the task no key: write affinityKey: (inputs) => inputs.… among its options";
  const called = workflow({ n: 1 }, function called({ n }) {
    return keyless({ n });
  });
  const mapped = workflow({ n: [1] }, function mapped({ n }) {
    return mapTask(keyless)({ n });
  });
  const batched = workflow({ n: [1] }, function batched({ n }) {
    return mapTask(keyless, { batch: 2 })({ n });
  });
  for (const { graph } of [called, mapped, batched]) expect(() => compile(graph, target)).toThrow(message);
});

test("a map's calls go to the replicas that the lanes have, by the key of each item, or of what is bound", () => {
  const mapped = workflow({ models: [{ name: "m" }], model: { name: "b" } }, function mapped({ models, model }) {
    return [mapTask(score)({ model: models }), mapTask(partial(score, { model }))({ text: ["a"] })];
  });
  const states = [...statesOf(mapped).values()];
  const names = states.flatMap((state) => {
    const { FunctionName, Payload } = fields(state["Arguments"] ?? null);
    return Object.hasOwn(fields(Payload ?? null), "batch") ? [FunctionName] : [];
  });
  expect(names.length).toBeGreaterThan(1);
  for (const name of names) expect(name).toContain("[$number($states.input.replicas[");
  const lanes = states
    .flatMap((state) => Object.entries(fields(state["Assign"] ?? null)))
    .flatMap(([variable, value]) => (variable.endsWith("_lanes") ? [String(value)] : []));
  expect(lanes).toHaveLength(2);
  expect(lanes[0]).toMatch(/\$\w+_element\b.*\.name/);
  expect(lanes[1]).toContain("$model.name");
});
