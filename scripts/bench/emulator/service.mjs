// Measurements of our emulator alone, in this process.
import { apiClient } from "./api-client.mjs";
import { chain, items, map } from "./definitions.mjs";

const roleArn = "arn:aws:iam::000000000000:role/bench";
const functions = {
  invoke: async () => ({ statusCode: 200, payload: "1", executedVersion: "$LATEST", requestId: "0" }),
};
const limits = { historyEvents: Number.POSITIVE_INFINITY, payloadBytes: Number.POSITIVE_INFINITY };
function median(values) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}

/** Create, start and describe of a small machine, through HTTP. */
async function smallMachine({ url }, row) {
  const { call, close } = apiClient(url);
  const times = [];
  for (let index = 0; index < 300; index++) {
    const definition = JSON.stringify(chain(3));
    const began = performance.now();
    const { stateMachineArn } = await call("CreateStateMachine", { name: `small-${index}`, definition, roleArn });
    const { executionArn } = await call("StartExecution", { stateMachineArn, input: "{}" });
    let status;
    while (status !== "SUCCEEDED") ({ status } = await call("DescribeExecution", { executionArn }));
    times.push(performance.now() - began);
  }
  row("create + start + describe, HTTP", `${median(times).toFixed(2)} ms`, "target ≤ 3 ms");
  close();
}

/** Reads a history of some 200,000 events page by page: the last pages should take as long as the first. */
async function paging({ states }, row) {
  const { stateMachineArn } = states.createStateMachine({
    name: "history",
    definition: JSON.stringify(map("JSONPath", false)),
    roleArn,
  });
  const { executionArn } = states.startExecution({ stateMachineArn, input: JSON.stringify(items(29_000)) });
  await states.executionEnd(executionArn);
  const pages = [];
  let count = 0;
  for (let nextToken; ;) {
    const began = performance.now();
    const page = states.getExecutionHistory({ executionArn, maxResults: 1000, nextToken });
    pages.push(performance.now() - began);
    count += page.events.length;
    nextToken = page.nextToken;
    if (nextToken === undefined) break;
  }
  const tenth = Math.floor(pages.length / 10);
  row(
    `paging ${count} events`,
    `${pages.reduce((sum, page) => sum + page, 0).toFixed(0)} ms`,
    `${median(pages.slice(tenth, 2 * tenth)).toFixed(2)} ms`,
    `${median(pages.slice(-tenth - 1)).toFixed(2)} ms`,
    "all; second tenth; last tenth",
  );
}

/** 200 executions of 500 states at once. If they get turns alike, the first ends when nearly all are done. */
async function concurrentExecutions({ states }, row) {
  const { stateMachineArn } = states.createStateMachine({
    name: "together",
    definition: JSON.stringify(chain(500)),
    roleArn,
  });
  const began = performance.now();
  const arns = Array.from({ length: 200 }, () => states.startExecution({ stateMachineArn }).executionArn);
  let first;
  await Promise.all(
    arns.map(async (arn) => {
      await states.executionEnd(arn);
      first ??= performance.now() - began;
    }),
  );
  const all = performance.now() - began;
  row("200 executions of 500 states", `${all.toFixed(0)} ms`, `${first.toFixed(0)} ms`, "all ended; first ended");
}

/** An inline Map on four warm replicas, each a process of its own. */
async function onReplicas(row) {
  const { mkdtemp, rm, writeFile } = await import("node:fs/promises");
  const { tmpdir } = await import("node:os");
  const { join } = await import("node:path");
  const { StepFunctions } = await import("../../../dist/infra/emulator/index.js");
  const { createReplicaPool } = await import("../../../dist/infra/emulator/replicas/replica-pool.js");
  const bundle = await mkdtemp(join(tmpdir(), "lambent-bench-"));
  await writeFile(join(bundle, "index.mjs"), "export const handler = async () => ({});\n");
  const pool = createReplicaPool([
    { name: "noop", bundle, handler: "index.handler", replicaCount: 4, whenBusy: "queue", timeout: 60 },
  ]);
  try {
    await pool.ready();
    const states = new StepFunctions({ functions: pool, limits });
    const definition = JSON.stringify(map("JSONPath", false)).replace("function:noop", "function:noop:live");
    const { stateMachineArn } = states.createStateMachine({ name: "pool", definition, roleArn });
    const rates = [];
    for (let round = 0; round < 4; round++) {
      const count = 20_000;
      const began = performance.now();
      const { executionArn } = states.startExecution({ stateMachineArn, input: JSON.stringify(items(count)) });
      const { status, cause } = await states.executionEnd(executionArn);
      if (status !== "SUCCEEDED") throw new Error(cause);
      rates.push((count / (performance.now() - began)) * 1000);
    }
    row(
      "Map on 4 replicas",
      `${Math.round(median(rates))} /s`,
      `${Math.round(Math.max(...rates))} /s`,
      "median; best; target ≥ 8,000",
    );
  } finally {
    await pool.close();
    await rm(bundle, { recursive: true, force: true });
  }
}

export async function measureService(row) {
  const { startEmulator } = await import("../../../dist/infra/emulator/index.js");
  const emulator = await startEmulator({ port: 0, functions, limits });
  await smallMachine(emulator, row);
  await paging(emulator, row);
  await concurrentExecutions(emulator, row);
  await emulator.close();
  await onReplicas(row);
}
