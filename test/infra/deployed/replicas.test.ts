import { SFNClient } from "@aws-sdk/client-sfn";
import { expect, it, onTestFinished } from "vitest";
import { actorsOf, type ActorFacts, functionFacts, type FunctionFacts } from "../../../infra/check/function-facts.ts";
import { lambdaBeside, type LambdaApi } from "../../../infra/deployed/lambda-api.ts";
import { replicasText } from "../../../infra/deployed/print-replicas.ts";
import { chosenActors, cool, replicasOf, warm } from "../../../infra/deployed/replicas.ts";
import type { ActorDefinition } from "../../../sdk/authoring/definition.ts";
import { replicaName } from "../../../sdk/base/function-names.ts";
import { CREDENTIALS, fakeAws, type AwsRequest } from "../../support/fake-aws.ts";

/** Lambda as AWS has it: provisioned concurrency by function, and what it was asked to change. */
async function lambdaWith(functions: Record<string, number>): Promise<{ lambda: LambdaApi; changes: string[] }> {
  const changes: string[] = [];
  const url = await fakeAws(({ what, query, body }: AwsRequest) => {
    const [, method = "", name = "", part] = /^(\w+) .*\/functions\/([^/]+)\/(.*)$/.exec(what) ?? [];
    expect(query.get("Qualifier")).toBe("live");
    const count = functions[name];
    if (count === undefined) return { error: "ResourceNotFoundException", status: 404 };
    if (part === "configuration") return { body: { MemorySize: 512, Version: "7", Runtime: "nodejs24.x" } };
    if (method === "GET") {
      if (count === 0) return { error: "ProvisionedConcurrencyConfigNotFoundException", status: 404 };
      return { body: config(count, "READY") };
    }
    const wanted = method === "PUT" ? Number(JSON.parse(body).ProvisionedConcurrentExecutions) : 0;
    functions[name] = wanted;
    changes.push(`${name} ${wanted}`);
    return method === "PUT" ? { status: 202, body: config(wanted, "IN_PROGRESS") } : { status: 204 };
  });
  const client = new SFNClient({ endpoint: url, region: "eu-west-1", credentials: CREDENTIALS });
  const lambda = await lambdaBeside(client);
  onTestFinished(() => {
    client.destroy();
    lambda.close();
  });
  return { lambda, changes };
}

function config(count: number, Status: string): object {
  return {
    RequestedProvisionedConcurrentExecutions: count,
    AvailableProvisionedConcurrentExecutions: Status === "READY" ? count : 0,
    Status,
  };
}

function facts(name: string, options: object, replica?: number): FunctionFacts {
  const actor: ActorDefinition = { name, replicaCount: 2, whenBusy: "queue", ...options };
  const fn = { actor, tasks: [], exports: [], ...(replica === undefined ? {} : { replica }) };
  return functionFacts(fn, `shop-prod-${replicaName(name, replica)}`, {}, {});
}

function actor(name: string): ActorFacts {
  const [found] = chosenActors(functions, name);
  if (found === undefined) throw new Error(`there is no actor ${name}`);
  return found;
}

const near = [0, 1, 2].map((replica) => facts("near", { affinity: true, replicaCount: 1 }, replica));
const functions = [facts("scoring", {}), facts("nightly", { ttlSeconds: 300 }), ...near];

it("tells of each actor what is warm, and on AWS what its functions are", async () => {
  const { lambda } = await lambdaWith({
    "shop-prod-scoring": 2,
    "shop-prod-nightly": 0,
    "shop-prod-near-0": 1,
    "shop-prod-near-1": 0,
  });
  expect(replicasText(await replicasOf(lambda, actorsOf(functions), true)).split("\n")).toEqual([
    "scoring  2 of 2 warm, ready, 512 MB, version 7",
    expect.stringMatching(/^nightly {2}no replicas, .*for runs alone, until 300 s after the last, 512 MB, version 7$/),
    "near     1 of 1 warm, ready, the service says 3, 3 functions, 512 MB, version 7",
    "  shop-prod-near-2: not deployed",
  ]);
});

it("has so many of an actor with affinity as functions with one each, and takes the others back", async () => {
  const { lambda, changes } = await lambdaWith({ "shop-prod-near-0": 0, "shop-prod-near-1": 0, "shop-prod-near-2": 1 });
  await warm(lambda, actor("near"), 2);
  expect(changes.toSorted()).toEqual(["shop-prod-near-0 1", "shop-prod-near-1 1", "shop-prod-near-2 0"]);
  await expect(warm(lambda, actor("near"), 4)).rejects.toThrow("for 4 set replicaCount and deploy");
  expect(await cool(lambda, actor("near"))).toBe(2);
});

it("refuses more replicas than are reserved, and what is not deployed, before anything is changed", async () => {
  const { lambda, changes } = await lambdaWith({ "shop-prod-scoring": 2 });
  await expect(warm(lambda, actor("scoring"), 5)).rejects.toThrow("actor scoring reserves 4");
  await expect(warm(lambda, actor("nightly"), 1)).rejects.toThrow(
    "has no function shop-prod-nightly with an alias live",
  );
  expect(changes).toEqual([]);
  expect(() => chosenActors(functions, "other")).toThrow("there is no actor other; there are: near, nightly, scoring");
});
