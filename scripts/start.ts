import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual, parseArgs } from "node:util";
import {
  DescribeExecutionCommand,
  paginateGetExecutionHistory,
  SFNClient,
  StartExecutionCommand,
  type HistoryEvent,
} from "@aws-sdk/client-sfn";
import { consoleUrl } from "../infra/run/console/console.ts";
import { endWithNpm } from "../infra/run/end-with-npm.ts";
import { serve } from "../infra/run/serve.ts";
import type { Served } from "../infra/run/serve-options.ts";
import { buildTimeline } from "../infra/run/timeline/build.ts";
import { costIfKnown } from "../infra/run/timeline/cost.ts";
import type { ExecutionHistory } from "../infra/run/timeline/history.ts";
import { readHistory } from "../infra/run/timeline/read.ts";
import { sdkHistoryApi } from "../infra/run/remote/sdk-history.ts";
import { summaryOf, writeTimeline } from "../infra/run/timeline/files/write.ts";

/** What each example must return. */
const EXPECTED: Readonly<Record<string, unknown>> = {
  caching: 13,
  "map-task": Array.from({ length: 20 }, (_, index) => 4 * index),
  "custom-objects": 2,
  embeddings: [
    { score: 0.72, paragraph: "_By the discovered Properties of Light to explain the Colours made by" },
    { score: 0.69, paragraph: "I have heard it represented, that if the Light of a Candle" },
    { score: 0.64, paragraph: "And if one look through a Prism upon a white Object encompassed" },
  ],
  entities: { CARDINAL: 1018, DATE: 23, DURATION: 23, EMOTICON: 2, ORDINAL: 329, TIME: 1 },
};

interface Ended {
  readonly workflow: string;
  readonly output: unknown;
  readonly failure: string | undefined;
  readonly history: ExecutionHistory;
}

const SERVICE = "lambent-examples";
const STAGE = "dev";
const REGION = "us-east-1";
/** Characters of the column with the workflows' names. */
const NAME_WIDTH = 14;
// Otherwise the AWS SDK warns at each start that a later version of it will need a newer Node.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
const root = process.cwd();
/** Whether the service stays up when the examples have run, until it is told to end. */
const { keep: isKept } = parseArgs({ options: { keep: { type: "boolean", default: false } } }).values;
function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const served = await serve({
  root,
  service: SERVICE,
  stage: STAGE,
  workflows: ["handlers/examples/*.ts"],
  servedBy: "npm start",
  port: Number(process.env["PORT"] ?? 0),
  say,
});
const client = new SFNClient({
  endpoint: served.url,
  region: REGION,
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
});
try {
  say(`Step Functions and Lambda on ${served.url}, ${served.pool.describe().length} replicas warm\n`);
  const unwatch = showLoads(served);
  const ended = await Promise.all([...served.stateMachines].map(([workflow, arn]) => execute(workflow, arn)));
  unwatch();
  say("");
  for (const one of ended) await report(one);
  const wrong = ended.filter(({ workflow, output }) => !isDeepStrictEqual(output, EXPECTED[workflow]));
  for (const { workflow, output, failure } of wrong) {
    const got = failure ?? `returned ${JSON.stringify(output)}`;
    process.stderr.write(`${workflow} should return ${JSON.stringify(EXPECTED[workflow])}, but ${got}\n`);
    process.exitCode = 1;
  }
  if (ended.length !== Object.keys(EXPECTED).length) throw new Error(`${ended.length} examples ran`);
  if (isKept) await untilTold(served);
  else say("\nnpm start -- --keep leaves the service up, with its console in a browser");
} finally {
  client.destroy();
  await served.close();
}

/** Start one execution, and print its progress until it ends. */
async function execute(workflow: string, stateMachineArn: string): Promise<Ended> {
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));
  let shown = "";
  for (;;) {
    const { status, output, error, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
    const events = await history(executionArn);
    const progress = progressOf(events);
    if (progress !== shown) say(`${clock()}  ${workflow.padEnd(NAME_WIDTH)}  ${progress}`);
    shown = progress;
    if (status !== "RUNNING") {
      const failure = status === "SUCCEEDED" ? undefined : `${status}: ${error ?? ""} ${cause ?? ""}`;
      const history = await readHistory(sdkHistoryApi(client), executionArn ?? "", { machine: workflow });
      return { workflow, output: output === undefined ? undefined : JSON.parse(output), failure, history };
    }
    await sleep(250);
  }
}

async function history(executionArn: string | undefined): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for await (const page of paginateGetExecutionHistory({ client }, { executionArn, maxResults: 1000 }))
    events.push(...(page.events ?? []));
  return events;
}

/** The items of an execution's Map that are done, or if it has none its tasks that are done. */
function progressOf(events: readonly HistoryEvent[]): string {
  function count(type: string): number {
    return events.filter((event) => event.type === type).length;
  }
  const items = events.find((event) => event.type === "MapStateStarted")?.mapStateStartedEventDetails?.length;
  if (items !== undefined) return `${count("MapIterationSucceeded")} of ${items} items`;
  return `${count("TaskSucceeded")} tasks done`;
}

/** Print when a cache begins a load, and on which replica. */
function showLoads({ pool }: Served): () => void {
  return pool.subscribe((event) => {
    if (event.type !== "load-started") return;
    const workflow = event.functionName.slice(`${SERVICE}-${STAGE}-`.length);
    say(`${clock()}  ${workflow.padEnd(NAME_WIDTH)}  replica ${event.replica.slice(0, 8)} loads ${event.cache}`);
  });
}

async function report({ workflow, output, failure, history }: Ended): Promise<void> {
  const cost = costIfKnown(history, served.functions, REGION);
  const path = await writeTimeline(root, workflow, buildTimeline(history, { cost }));
  say(`${workflow} → ${failure ?? JSON.stringify(output)}`);
  say(`  ${summaryOf(history.events)}`);
  say(`  ${path}`);
}

/** Says where the console is, and waits for Ctrl-C. */
async function untilTold({ url }: Served): Promise<void> {
  say(`\nConsole: ${consoleUrl(url)}`);
  say("Up until Ctrl-C");
  endWithNpm();
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}

function clock(): string {
  return `${(performance.now() / 1000).toFixed(1).padStart(5)} s`;
}
