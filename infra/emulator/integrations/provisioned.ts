import { setTimeout as delay } from "node:timers/promises";
import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import type { Clock } from "../kernel/clock.ts";
import { FunctionServiceError, type Functions } from "../lambda/functions.ts";
import type { ProvisionedConcurrency, ProvisionedTarget } from "../lambda/provisioned-concurrency.ts";
import { provisionedCount, provisionedTarget } from "../lambda/provisioned-requests.ts";
import type { Integration } from "./integrations.ts";
import { lambdaError } from "./lambda.ts";

/** Milliseconds between two looks at replicas that are starting, and for how long: Lambda lets none start for longer. */
const LOOK_MS = 25;
const START_MS = 130_000;

/** `aws-sdk:lambda:…ProvisionedConcurrencyConfig`, by the actions' names. */
export function provisionedActions(functions: Functions, clock: Clock): Readonly<Record<string, Integration>> {
  function action(perform: (provisioned: ProvisionedConcurrency, input: JsonObject) => Promise<Json>): Integration {
    return async (input) => {
      try {
        return await perform(functions.provisioned ?? unknownHere(), input);
      } catch (error) {
        throw lambdaError(error);
      }
    };
  }
  return {
    putProvisionedConcurrencyConfig: action(async (provisioned, input) => {
      const target = targetOf(input);
      const answer = await provisioned.put(target, provisionedCount(input["ProvisionedConcurrentExecutions"]));
      if (answer.Status === "IN_PROGRESS") void holdClock(provisioned, target, clock);
      return { ...answer };
    }),
    getProvisionedConcurrencyConfig: action(async (provisioned, input) => ({
      ...(await provisioned.get(targetOf(input))),
    })),
    deleteProvisionedConcurrencyConfig: action(async (provisioned, input) => {
      await provisioned.delete(targetOf(input));
      return {};
    }),
    listProvisionedConcurrencyConfigs: action(async (provisioned, input) => ({
      ProvisionedConcurrencyConfigs: (await provisioned.list(String(input["FunctionName"]))).map((one) => ({ ...one })),
    })),
  };
}

function targetOf(input: JsonObject): ProvisionedTarget {
  return provisionedTarget(input["FunctionName"], input["Qualifier"]);
}

function unknownHere(): never {
  throw new FunctionServiceError(
    "ServiceException",
    501,
    "These functions have no provisioned concurrency: it is there with `serverless offline`, and at an endpoint that has Lambda's PutProvisionedConcurrencyConfig",
  );
}

/** Replicas take real time to start: a clock that skips waits must not skip those for them. */
async function holdClock(provisioned: ProvisionedConcurrency, target: ProvisionedTarget, clock: Clock): Promise<void> {
  clock.begin();
  try {
    const latest = Date.now() + START_MS;
    while (Date.now() < latest && (await provisioned.get(target)).Status === "IN_PROGRESS") {
      await delay(LOOK_MS, undefined, { ref: false });
    }
  } catch {
    // It has been taken away meanwhile.
  } finally {
    clock.end();
  }
}
