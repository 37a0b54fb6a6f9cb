import { expect, test } from "vitest";
import { strayOverrides } from "../../../../infra/serverless/deploy/functions.ts";
import { checkNames } from "../../../../infra/serverless/deploy/checks.ts";
import { settingsOf } from "../../../../infra/serverless/deploy/written-settings.ts";
import { replicaFunctions } from "../../../../sdk/authoring/service.ts";

test("settings of a function that there is not are told, with those that there are", () => {
  const written = { scorng: { timeout: 10 }, tasks: { timeout: 30 }, hello: { handler: "hello.handler" } };
  const functions = [
    { actor: { name: "scoring", replicaCount: 1, whenBusy: "queue" as const }, tasks: ["score"] },
    { actor: undefined, tasks: ["t"] },
  ];
  expect(strayOverrides(written, functions as never)).toEqual([
    "functions.scorng has no handler, and no actor has that name: settings can be those of scoring, tasks",
  ]);
});

const near = {
  actor: { name: "near", replicaCount: 2, whenBusy: "queue" as const, affinity: true },
  tasks: ["score"],
  exports: [],
};

test("settings of an actor with affinity are those of all its replicas, and one may have its own", () => {
  const written = {
    near: { name: "my-near", timeout: 10, environment: { A: "all", B: "all" } },
    "near-1": { timeout: 20, environment: { B: "one" }, events: [{ schedule: "rate(1 hour)" }] },
  };
  expect(replicaFunctions(near).map((fn) => settingsOf(written, fn))).toEqual([
    { name: "my-near-0", timeout: 10, environment: { A: "all", B: "all" } },
    {
      name: "my-near-1",
      timeout: 20,
      environment: { A: "all", B: "one" },
      events: [{ schedule: "rate(1 hour)" }],
    },
  ]);
  expect(strayOverrides({ ...written, "near-2": {} }, [near])).toEqual([
    "functions.near-2 has no handler, and no actor has that name: settings can be those of near",
  ]);
});

test("settings that would make several of one replica are refused, and events that each would get", () => {
  const [fn = near] = replicaFunctions(near);
  expect(() => settingsOf({ near: { provisionedConcurrency: 4 } }, fn)).toThrow(
    "functions.near.provisionedConcurrency is 4, and actor near has affinity, where each replica is a function of its own with one instance: leave it out, and set replicaCount",
  );
  expect(settingsOf({ near: { provisionedConcurrency: 0 } }, fn)).toEqual({ provisionedConcurrency: 0 });
  expect(() => settingsOf({ near: { events: [{ schedule: "rate(1 hour)" }] } }, fn)).toThrow(
    "functions.near.events would be those of each of its replicas, since actor near has affinity: write them under one, functions.near-0",
  );
});

test("the name of a replica's function may be too long where its actor's is not", () => {
  const service = { service: "a-service-of-some-length-in-productions", stage: "stage" };
  const actor = { ...near.actor, name: "actor-of-12-chars" };
  expect(() => checkNames(service, { functions: [{ ...near, actor }], workflows: [] })).toThrow(
    "actor actor-of-12-chars (score): the function's name a-service-of-some-length-in-productions-stage-actor-of-12-chars-0 has 65 characters, Lambda takes 64",
  );
  expect(() =>
    checkNames(service, { functions: [{ ...near, actor: { ...actor, affinity: false } }], workflows: [] }),
  ).not.toThrow();
});
