import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { mapTask, task, workflow } from "lambent";
import { startEmulator } from "../../infra/emulator/index.ts";
import type { Json } from "../../sdk/base/json.ts";
import { readExecution } from "../../infra/cost/read-execution.ts";
import { atExecution } from "../../infra/run/remote/at-execution.ts";
import { runAssumptions } from "../../scripts/commands/run-assumptions.ts";
import { readPositive, readRegion } from "../../scripts/commands/usage.ts";
import { localFunctions } from "../support/emulator.ts";
import { projectDirectory } from "../support/project-directory.ts";

// The program as it is installed: `npm test` builds it first.
const program = fileURLToPath(new URL("../../dist/scripts/cli.js", import.meta.url));

const project = projectDirectory({
  "serverless.yml": `
service: shop
plugins: [lambent/plugin]
lambent: { workflows: "\${self:custom.modules}" }
custom: { modules: workflows/*.ts }
provider: { name: aws, runtime: nodejs24.x, region: "\${opt:region, 'eu-west-1'}", stage: "\${opt:stage, 'test'}" }
functions:
  ranking: { memorySize: 2048 }
`,
  "workflows/ranking.ts": `
import { ActorEnvironment, mapTask, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "ranking", replicaCount: 2 });
const rank = actor.task(async function rank({ text }: { text: string }) { return text.length; });
export const ranking = workflow({ texts: ["a", "b", "c"] }, function ranking({ texts }) { return mapTask(rank)({ text: texts }); });
export const inline = workflow({ texts: ["a"] }, function inline({ texts }) { return mapTask(rank, { mode: "inline" })({ text: texts }); });
export const other = workflow({ text: "a" }, function other({ text }) { return rank({ text }); });
`,
});
afterAll(() => project.remove());

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function lambent(args: readonly string[], cwd = project.root): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], { cwd, env: { ...process.env, NO_COLOR: "1" } });
  let [out, err] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (out += data.toString()));
  child.stderr.on("data", (data: Buffer) => (err += data.toString()));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, out, err })));
}

it("lambent check measures each workflow of serverless.yml, and ends with 0 if nothing is over a limit", async () => {
  const { code, out } = await lambent(["check"]);
  expect(out).toContain("workflow ranking (shop-test-ranking, STANDARD)");
  expect(out).toMatch(
    /^ {4,}history events +33 of 25,000; 7 for each of 3 items by default of rank; rank may be inline up to [\d,]+ items$/m,
  );
  expect(out).toMatch(/^ {4,}transitions +3 per run$/m);
  expect(out).toMatch(/^the service\n {4,}account concurrency +4 of 900/m);
  expect(code).toBe(0);
});

it("lambent check ends with 1 if something is over a limit, and tells programs by JSON", async () => {
  const { code, out } = await lambent(["check", "inline", "--items", "rank=40000", "--json"]);
  const report = JSON.parse(out) as { workflows: { workflow: string; findings: object[] }[] };
  expect(report.workflows.map(({ workflow }) => workflow)).toEqual(["inline"]);
  expect(report.workflows[0]?.findings[0]).toMatchObject({
    grade: "error",
    subject: "items",
    node: "rank",
    number: 40_000,
    remedy: 'leave mode out, or say "distributed"',
  });
  expect(code).toBe(1);
});

it("a trace may be given beside the inputs, as to any execution", async () => {
  const { code, err } = await lambent([
    "check",
    "ranking",
    "--input",
    '{"texts":["a"],"traceparent":"","tracestate":""}',
  ]);
  expect([code, err]).toEqual([0, ""]);
});

it.each<[string[], string]>([
  [["check", "nothing"], "there is no workflow nothing; there are: inline, other, ranking"],
  [["cost", "--fast"], "Unknown option '--fast'"],
  [["check", "--items", "-5"], "--items: neither a number nor name=number: -5"],
  [["check", "--account-concurrency", "-5"], "--account-concurrency: not a positive integer: -5"],
  [["cost", "--item-ms", "-.5"], "--item-ms: neither a number nor name=number: -.5"],
  [["check", "ranking", "--input", '{"cnt":3}'], "--input: there is no input cnt; there are: texts"],
])("wrong usage is told in a line, with the command that tells the options: %j", async (args, message) => {
  const { code, err } = await lambent(args);
  expect(err).toBe(`${message}\nSee: lambent ${args[0]} --help\n`);
  expect(code).toBe(2);
});

const rank = task(async function rank({ text }: { text: string }) {
  return text.length;
});
const { graph } = workflow({ texts: ["a"] }, function ranking({ texts }) {
  return mapTask(rank)({ text: texts });
});

it.each<[options: { items?: string[]; itemMs?: string[]; input?: string }, message: string]>([
  [{ items: ["many"] }, "--items: neither a number nor name=number: many"],
  [{ items: ["1.5"] }, "--items: neither a number nor name=number: 1.5"],
  [{ items: ["-1"] }, "--items: neither a number nor name=number: -1"],
  [{ items: ["rank="] }, "--items: neither a number nor name=number: rank="],
  [{ items: ["sort=5"] }, "--items: there is no map sort; there are: rank"],
  [{ itemMs: ["sort=5"] }, "--item-ms: there is no task sort; there are: rank"],
  [{ input: "[1]" }, "--input: an execution's input is an object"],
  [{ input: "{x" }, "--input: no JSON"],
  [{ input: "gone.json" }, "--input: neither JSON nor a file: gone.json"],
])("what cannot be understood of runs is told: %j", (options, message) => {
  expect(() => runAssumptions({ items: [], itemMs: [], ...options }, [graph])).toThrow(message);
});

it("what is said of runs is read, for one map or task and for all", () => {
  const options = { items: ["5", "rank=7"], itemMs: ["1.5", "rank=0.25"], input: '{"texts": ["x"]}' };
  expect(runAssumptions(options, [graph])).toEqual({
    items: 5,
    itemsOf: { rank: 7 },
    itemMs: 1.5,
    msOf: { rank: 0.25 },
    input: { texts: ["x"] },
  });
  expect(() => readPositive("--runs-per-month", "x")).toThrow("--runs-per-month: not a positive integer: x");
  expect(() => readRegion("Europe")).toThrow("--region: not a region's name, such as eu-west-1: Europe");
});

it("what cannot be found out ends with 2: no service, and prices that are not known", async () => {
  const bare = projectDirectory({});
  onTestFinished(() => bare.remove());
  const none = await lambent(["check"], bare.root);
  expect([none.code, none.err]).toEqual([
    2,
    expect.stringContaining('name its modules with --workflows "workflows/*.ts"'),
  ]);
  const far = await lambent(["cost", "--region", "mars-north-1"]);
  expect([far.code, far.err]).toEqual([
    2,
    expect.stringContaining("the prices of mars-north-1 are not known; those of these regions are"),
  ]);
});

it("lambent cost tells runs, months and idle replicas, by the region and the settings of serverless.yml", async () => {
  const { code, out } = await lambent([
    "cost",
    "ranking",
    "--items",
    "100",
    "--item-ms",
    "rank=50",
    "--runs-per-month",
    "10",
  ]);
  expect(out).toContain("104 transitions × $0.000025");
  // 100 times 50 ms of 2 GB.
  expect(out).toContain("10 GB-seconds × $0.0000108407 (on replicas;");
  expect(out).toMatch(/ranking {2}\$48\.84 a month {2}2 × 2 GB, \$0\.0669 an hour/);
  expect(out).toMatch(/^in all \$\d+\.\d\d a month, of which \$48\.84 without any run\nprices of eu-west-1/m);
  expect(code).toBe(0);
  expect(JSON.parse((await lambent(["cost", "--json", "--stage", "prod"])).out)).toMatchObject({
    region: "eu-west-1",
    workflows: [{}, {}, {}],
  });
});

it("lambent cost tells an execution by its receipts, child executions with it, and keeps what tasks took", async () => {
  const receipt = {
    replica: "r",
    initializationType: "provisioned-concurrency",
    caches: [],
    output: "computed",
    startedAt: 1,
  };
  const functions = localFunctions({
    "shop-test-ranking": () => ({ output: 1, receipt: { ...receipt, task: "rank", durationMs: 20.4 } }) as Json,
  });
  const emulator = await startEmulator({ port: 0, functions });
  onTestFinished(() => emulator.close());
  const call = {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Arguments: { FunctionName: "shop-test-ranking:live", Payload: {} },
    End: true,
  };
  const definition = {
    QueryLanguage: "JSONata",
    StartAt: "M",
    States: {
      M: {
        Type: "Map",
        Items: [1, 2, 3],
        ItemProcessor: {
          ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
          StartAt: "T",
          States: { T: call },
        },
        End: true,
      },
    },
  };
  const roleArn = "arn:aws:iam::000000000000:role/any";
  const { states } = emulator;
  const machine = { name: "shop-test-ranking", definition: JSON.stringify(definition), roleArn };
  const { stateMachineArn } = states.createStateMachine(machine);
  const { executionArn } = states.startExecution({ stateMachineArn, name: "first-run", input: "{}" });
  await states.executionEnd(executionArn);
  const of = ["--endpoint", emulator.url];
  const { code, out } = await lambent(["cost", "--execution", "first", ...of]);
  expect(out).toContain(`execution first-run of shop-test-ranking, SUCCEEDED, at ${emulator.url}`);
  // The Map, and a Task in each of three child executions; 21 ms of 2 GB each.
  expect(out).toContain("4 transitions × $0.000025");
  expect(out).toContain("0.126 GB-seconds × $0.0000108407");
  expect(code).toBe(0);
  const place = { endpoint: emulator.url, region: "eu-west-1" };
  const read = await atExecution({ ...place, execution: executionArn }, ({ client }, arn) =>
    readExecution(client, arn),
  );
  expect(read).toMatchObject({ machine: "shop-test-ranking", unread: 0 });
  const unknown = await lambent(["cost", "--execution", "second", ...of]);
  expect([unknown.code, unknown.err]).toEqual([
    2,
    expect.stringContaining(`no execution is called second: ${emulator.url} has none`),
  ]);
  expect(unknown.err).toContain("Give its ARN, or another --endpoint or --region");
  const gone = await lambent(["cost", "--execution", "first", "--endpoint", "http://127.0.0.1:9"]);
  expect([gone.code, gone.err]).toEqual([2, expect.stringContaining("nothing answers at http://127.0.0.1:9")]);
  expect(gone.err).toContain("name another server with --endpoint URL");
  expect((await lambent(["cost", "ranking"])).out).toContain(
    `assumed times: rank 20.4 ms, others 100 ms, from ${executionArn}`,
  );
});
