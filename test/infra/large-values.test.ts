import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
  type DescribeExecutionOutput,
} from "@aws-sdk/client-sfn";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serve, type Served } from "../../infra/serve.ts";
import { projectDirectory } from "../project-directory.ts";

const FLOWS = `
import { createHash } from "node:crypto";
import { ActorEnvironment, conditional, eq, gt, isNull, mapTask, partial, S3File, task, workflow } from "lambent";
const maker = new ActorEnvironment({ name: "maker" });
const reader = new ActorEnvironment({ name: "reader", replicaCount: 2 });

/** Text that is not the same twice, so that a mix-up would show. */
const text = (bytes: number, seed: string): string => seed.padEnd(8, "é-").repeat(Math.ceil(bytes / 8)).slice(0, bytes);
const digest = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");

const make = maker.task(async function make({ bytes, seed = "a" }: { bytes: number; seed?: string }) { return text(bytes, seed); });
const read = reader.task(async function read({ value }: { value: unknown }) { return { digest: digest(value), length: JSON.stringify(value).length }; });
export const across = workflow({ bytes: 1_000_000 }, function across({ bytes }) {
  return read({ value: make({ bytes }) });
});
`;

const project = projectDirectory({ "flows.ts": FLOWS });
let served: Served;
let client: SFNClient;

beforeAll(async () => {
  served = await serve({
    root: project.root,
    workflows: ["*.ts"],
    service: "test",
    stage: "dev",
    port: 0,
    say: () => undefined,
  });
  client = new SFNClient({
    endpoint: served.url,
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
});
afterAll(async () => {
  await served.close();
  project.remove();
});

async function execute(workflow: string, input: object = {}): Promise<DescribeExecutionOutput> {
  const stateMachineArn = served.stateMachines.get(workflow);
  const { executionArn } = await client.send(
    new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
  );
  for (;;) {
    const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (execution.status !== "RUNNING") return execution;
    await sleep(20);
  }
}

/** As the project's own tasks make and digest text. */
const text = (bytes: number, seed = "a"): string =>
  seed
    .padEnd(8, "é-")
    .repeat(Math.ceil(bytes / 8))
    .slice(0, bytes);
const digest = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");

test("a megabyte crosses from one actor's task to another's, as it is", async () => {
  const execution = await execute("across");
  expect(execution).toMatchObject({ status: "SUCCEEDED" });
  expect(JSON.parse(execution.output ?? "")).toEqual({ digest: digest(text(1_000_000)), length: 1_000_002 });
});
