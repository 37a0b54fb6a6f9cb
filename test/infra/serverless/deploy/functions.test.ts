import { expect, test } from "vitest";
import { strayOverrides } from "../../../../infra/serverless/deploy/functions.ts";

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
