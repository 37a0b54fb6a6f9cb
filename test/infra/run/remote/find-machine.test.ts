import { SFNClient } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../../../infra/emulator/index.ts";
import { findMachine, listWorkflows } from "../../../../infra/run/remote/find-machine.ts";
import type { Server } from "../../../../infra/run/remote/server.ts";
import { localFunctions, only } from "../../../support/emulator.ts";

/** What an account has: two stages of a service, another service, and what is nobody's. */
const NAMES = [
  "shop-dev-score",
  "shop-prod-score",
  "shop-prod-quick-express",
  "shop-prod-lambent-cooling",
  "shop-prod-score-part1",
  "shop-prod-pay-part1",
  "store-dev-score",
  "store-dev-rank",
  "score-by-hand",
];

const PART = "part 1 of workflow score, compiled by Lambent";

let emulator: Emulator;
let server: Server;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, functions: localFunctions() });
  const pass = only({ Type: "Pass", End: true });
  for (const name of NAMES) {
    const isPart = name === "shop-prod-score-part1";
    const definition = JSON.stringify({ ...pass, ...(isPart ? { Comment: PART } : {}) });
    const type = name.endsWith("-express") ? "EXPRESS" : "STANDARD";
    emulator.states.createStateMachine({ name, type, definition, roleArn: "arn:aws:iam::000000000000:role/any" });
  }
  const credentials = { accessKeyId: "a", secretAccessKey: "b" };
  const client = new SFNClient({ endpoint: emulator.url, region: "us-east-1", credentials });
  server = { client, name: "AWS in us-east-1", isAws: true };
});
afterAll(async () => {
  server.client.destroy();
  await emulator.close();
});

async function found(named: string, stage?: string, service?: Server["service"]): Promise<string | undefined> {
  return (await findMachine({ ...server, service }, named, stage)).split(":").at(-1);
}

const SHOP = { service: "shop", stage: "prod" };

test("a workflow of a service that is known is that of its stage alone", async () => {
  expect(await found("score", undefined, SHOP)).toBe("shop-prod-score");
  expect(await found("quick", undefined, SHOP)).toBe("shop-prod-quick-express");
  expect(await found("shop-prod-score", undefined, SHOP)).toBe("shop-prod-score");
  await expect(found("rank", undefined, SHOP)).rejects.toThrow(
    "there is no workflow rank: shop (prod) at AWS in us-east-1 has pay-part1, quick, score",
  );
});

test("of AWS the workflows of the service are listed, without what takes replicas back and what runs parts of them", async () => {
  const workflows = await listWorkflows({ ...server, service: SHOP });
  expect(workflows.map(({ workflow, name, type }) => [workflow, name, type])).toEqual([
    ["pay-part1", "shop-prod-pay-part1", "STANDARD"],
    ["quick", "shop-prod-quick-express", "EXPRESS"],
    ["score", "shop-prod-score", "STANDARD"],
  ]);
});

test("where no service is known, a workflow is what a name ends with, if only one does", async () => {
  expect(await found("rank")).toBe("store-dev-rank");
  expect(await found("quick")).toBe("shop-prod-quick-express");
  expect(await found("score", "prod")).toBe("shop-prod-score");
  await expect(found("score", "dev")).rejects.toThrow(
    "score may be shop-dev-score, store-dev-score at AWS in us-east-1: give the name of one, or --stage",
  );
  expect(await found("score-by-hand")).toBe("score-by-hand");
  expect(await found("arn:aws:states:eu-west-1:123456789012:stateMachine:any")).toBe("any");
  await expect(found("cor")).rejects.toThrow("there is no workflow cor: at AWS in us-east-1 has score-by-hand, ");
});

test("that another directory's emulator was asked, and has many others, is told", async () => {
  const asked = { ...server, name: "http://127.0.0.1:1", strangeDirectory: "/elsewhere" };
  await expect(findMachine(asked, "pay")).rejects.toThrow(
    /^there is no workflow pay: .* has score-by-hand, .* It is the emulator of \/elsewhere, and the only one that runs: start one for this directory with `npx lambent dev`$/,
  );
});
