import { createServer, type AddressInfo } from "node:net";
import { basename } from "node:path";
import { RedriveExecutionCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import {
  FunctionServiceError,
  type InvokeRequest,
  type InvokeResponse,
} from "../../../infra/emulator/lambda/functions.ts";
import type { Progress } from "../../../infra/emulator/index.ts";
import { serve } from "../../../infra/run/serve.ts";
import { bars } from "../../../infra/run/timeline/executions.ts";
import { projectDirectory } from "../../support/project-directory.ts";
import { servedProject } from "../../support/served-project.ts";

function source(answer: string): string {
  return `
import { ActorEnvironment, currentContext, mapTask, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "things", replicaCount: 2 });
const load = actor.cache(async function load(key: string) { return { key }; });
class Shelf { @actor.cache find(key: string) { return { key }; } }
const shelf = new Shelf();
const get = actor.task(async function get({ key }: { key: string }) { return shelf.find((await load(key)).key).key + ${JSON.stringify(answer)}; });
class TooHot extends Error {}
const fail = actor.task(async function fail({ degrees }: { degrees: number }) { throw new TooHot(degrees + " degrees"); });
const crash = actor.task(async function crash() { process.exit(7); });
const odd = actor.task(async function odd() { throw Object.assign(Object.create(null), { name: 404n }); });
const when = actor.task(async function when() { return { at: { when: /a/ } as unknown as string }; });
export const one = workflow({ key: "a" }, function one({ key }) { return get({ key: get({ key }) }); });
export const many = workflow({ keys: ["a", "b", "a", "b"] }, function many({ keys }) { return mapTask(get)({ key: keys }); });
export const failing = workflow({}, function failing() { return fail({ degrees: 40 }); });
export const crashing = workflow({}, function crashing() { return crash({}); });
export const oddly = workflow({}, function oddly() { return odd({}); });
const hasty = new ActorEnvironment({ name: "slow", replicaCount: 1, timeout: 1 });
export const wait = hasty.task(async function wait() { await new Promise((resolve) => setTimeout(resolve, 60_000)); });
export const heed = hasty.task(async function heed() {
  const { signal } = currentContext();
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  return "ended in time";
});
export const dated = workflow({}, function dated() { return when({}); });
const slow = actor.task(async function slow({ n }: { n: number }) { await new Promise((resolve) => setTimeout(resolve, 100)); return n + ${JSON.stringify(answer)}; });
const refuse = actor.task(async function refuse() { throw new Error(${JSON.stringify(answer)}); });
const brief = new ActorEnvironment({ name: "brief", replicaCount: 2, ttlSeconds: 60 });
const ask = brief.task(async function ask() { return "here" + ${JSON.stringify(answer)}; });
export const briefly = workflow({}, function briefly() { return ask({}); });
export const slowly = workflow({ ns: [1, 2, 3, 4, 5, 6, 7, 8] }, function slowly({ ns }) { return mapTask(slow)({ n: ns }); });
export const refused = workflow({}, function refused() { return refuse({}); });
`;
}
/** A workflow whose definition is more than Step Functions takes. */
const LARGE = `
const part = workflow({ text: "" }, function part({ text }) { return text; });
export const large = workflow({}, function large() {
  return ["1", "2", "3", "4", "5"].map((digit) => part({ text: digit.repeat(220_000) }));
}, { type: "EXPRESS" });`;
const said: string[] = [];
const progress: Progress[] = [];
// As beside serverless-offline, which has functions of its own.
const otherFunctions = {
  async invoke({ functionName }: InvokeRequest): Promise<InvokeResponse> {
    throw new FunctionServiceError("ResourceNotFoundException", 404, `Function not found: ${functionName}`);
  },
};
const project = servedProject(
  { "flows.ts": source("!") },
  { watch: true, say: (line) => said.push(line), otherFunctions, onProgress: (event) => progress.push(event) },
);
const { execute, events } = project;

test("state machines are named after service, stage and workflow", () => {
  expect(project.served.stateMachines.get("one")).toBe(
    "arn:aws:states:us-east-1:000000000000:stateMachine:test-dev-one",
  );
});

test("a workflow runs on provisioned replicas; its history carries receipts, its output does not", async () => {
  const execution = await execute("one", { key: "first" });
  expect(execution).toMatchObject({ status: "SUCCEEDED", output: '"first!!"' });
  const receipts = bars(await events(execution)).map(({ state, receipt }) => ({ state, ...receipt }));
  expect(receipts).toMatchObject([
    {
      state: "get",
      task: "get",
      initializationType: "provisioned-concurrency",
      start: "cold",
      output: "computed",
      caches: [
        { cache: "load", misses: 1, hits: 0, joined: 0 },
        { cache: "find", misses: 1, hits: 0, joined: 0 },
      ],
    },
    { state: "get2", caches: [{ cache: "load", misses: 1 }, { cache: "find" }] },
  ]);
  expect(receipts[0]?.replica).toBe(receipts[1]?.replica);
  expect(receipts[1]?.start).toBe("warm");
  const again = bars(await events(await execute("one", { key: "first" })));
  expect(again.map(({ receipt }) => receipt.caches)).toMatchObject([
    [
      { cache: "load", misses: 0, hits: 1 },
      { cache: "find", misses: 0, hits: 1 },
    ],
    [{ misses: 0, hits: 1 }, {}],
  ]);
});

test("a task's own error is the execution's, with its message and the author's line", async () => {
  const execution = await execute("failing");
  expect(execution).toMatchObject({ status: "FAILED", error: "TooHot" });
  const cause = JSON.parse(execution.cause ?? "") as { errorType: string; errorMessage: string; trace: string[] };
  expect(cause).toMatchObject({ errorType: "TooHot", errorMessage: "40 degrees" });
  // The author's own file, and the line of the throw.
  expect(cause.trace.join("\n")).toContain(`${project.root}/flows.ts:9:`);
  expect((await events(execution)).find(({ type }) => type === "TaskFailed")?.taskFailedEventDetails).toMatchObject({
    error: "TooHot",
    resource: "invoke",
  });
});

test("whatever a task throws is told at once", async () => {
  const execution = await execute("oddly");
  expect(execution).toMatchObject({ status: "FAILED", error: "object" });
  expect(execution.cause).toContain("[Object: null prototype] { name: 404n }");
});

test("a task that ends its process fails with Lambda's error, and the next finds a fresh replica", async () => {
  expect(await execute("crashing")).toMatchObject({
    status: "FAILED",
    error: "Runtime.ExitError",
    cause: expect.stringContaining("exit status 7"),
  });
  expect(await execute("one")).toMatchObject({ status: "SUCCEEDED" });
});

test("a task whose function's time is up fails with Lambda's error", async () => {
  // While this process is busy, an answer that comes just before the time is up is read first.
  const waiting = invokeSlow("wait");
  await sleep(500);
  const end = Date.now() + 1000;
  while (Date.now() < end);
  const { requestId, payload } = await waiting;
  expect(JSON.parse(payload)).toEqual({
    errorType: "Sandbox.Timedout",
    errorMessage: `RequestId: ${requestId} Error: Task timed out after 1.00 seconds`,
  });
});

test("a task that heeds its signal ends before its function's time is up", async () => {
  expect(JSON.parse((await invokeSlow("heed")).payload)).toMatchObject({ output: "ended in time" });
});

function invokeSlow(task: string): Promise<InvokeResponse> {
  const payload = JSON.stringify({ task, inputs: {} });
  return project.served.pool.invoke({ functionName: "test-dev-slow:live", payload });
}

test("an output that JSON cannot carry is named by its path", async () => {
  expect(await execute("dated")).toMatchObject({
    status: "FAILED",
    cause: expect.stringContaining("output.at.when is a RegExp"),
  });
});

test("inputs that the workflow does not declare are refused", async () => {
  expect(await execute("one", { kye: "a" })).toMatchObject({
    status: "FAILED",
    error: "InvalidInputs",
    cause: "workflow one: there is no input kye, it takes key",
  });
});

test("an unknown task is named, beside those the function has", async () => {
  const answer = await project.served.pool.invoke({
    functionName: "test-dev-things:live",
    payload: '{"task":"nope","inputs":{}}',
  });
  expect(JSON.parse(answer.payload)).toMatchObject({
    errorType: "LambentError",
    errorMessage:
      "there is no task nope on this function; it has: get, fail, crash, odd, when, slow, refuse. Deploy the state machine and the function from one build",
  });
});

test("what an invocation has none of is named", async () => {
  const { payload } = await project.served.pool.invoke({
    functionName: "test-dev-things:live",
    payload: '{"task":"fail","input":{"degrees":3}}',
  });
  expect(JSON.parse(payload)).toMatchObject({
    errorType: "LambentError",
    errorMessage: 'an invocation has no field input: it must read {"task": "fail", "inputs": {…}}',
  });
});

test("a request that comes before the service is there waits for it", async () => {
  const small = projectDirectory({
    "flows.ts": `import { workflow } from "lambent"; export const one = workflow({}, function one() { return 1; });`,
  });
  const free = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => free.once("listening", resolve));
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const seen: string[] = [];
  const serving = serve({
    root: small.root,
    workflows: ["*.ts"],
    service: "early",
    stage: "dev",
    port,
    say: () => undefined,
    beforeOpening: ({ stateMachines }) => seen.push(...stateMachines.keys()),
  });
  const client = new SFNClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
  });
  const stateMachineArn = "arn:aws:states:us-east-1:000000000000:stateMachine:early-dev-one";
  async function start(): Promise<string | undefined> {
    try {
      return (await client.send(new StartExecutionCommand({ stateMachineArn }))).executionArn;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ECONNREFUSED")) throw error;
      await sleep(5);
      return start();
    }
  }
  expect(await start()).toContain("early-dev-one");
  expect(seen).toEqual(["one"]);
  client.destroy();
  await (await serving).close();
  small.remove();
});

test("a busy port is named with the remedy", async () => {
  const blocker = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => blocker.once("listening", resolve));
  const { port } = blocker.address() as AddressInfo;
  await expect(
    serve({ root: project.root, workflows: ["*.ts"], service: "test", stage: "dev", port, say: () => undefined }),
  ).rejects.toThrow(new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is in use: .*choose another`));
  blocker.close();
});

test("a change is served once it is whole; one that breaks is told, and the last good one goes on", async () => {
  async function until(pattern: RegExp): Promise<void> {
    await expect.poll(() => said.join("\n"), { timeout: 20_000, interval: 50 }).toMatch(pattern);
  }
  project.write("flows.ts", source("?"));
  await until(/^reloading \(flows\.ts\)$/m);
  await until(/^reloaded in \d+ ms$/m);
  expect(await execute("one", { key: "b" })).toMatchObject({ output: '"b??"' });
  project.write("flows.ts", "export const x = ;");
  await until(/^not reloaded, the last good version keeps serving: flows\.ts:1:18: Unexpected ";"/m);
  expect(await execute("one", { key: "b" })).toMatchObject({ output: '"b??"' });

  // What a Ref cannot answer is told at each reload: as a warning, or instead of one.
  said.length = 0;
  project.write("flows.ts", source("?").replace("{ return get(", "{ void typeof key; return get("));
  await until(/^warning: flows\.ts:13:\d+: typeof key is always "function"[^]*^reloaded in /m);
  project.write("flows.ts", source("?").replace("{ return get(", "{ if (key) return 1; return get("));
  await until(/^not reloaded, the last good version keeps serving: flows\.ts:13:\d+: if \(key\) always takes/m);

  // Bundles and imports, but compiles to more than Step Functions takes: functions and state machines both stay.
  said.length = 0;
  project.write("flows.ts", source("#").replaceAll("function get", "function got") + LARGE);
  await until(/^not reloaded, .*: workflow large: its definition has \d+ bytes/m);
  expect(await execute("one", { key: "b" })).toMatchObject({ output: '"b??"' });

  // A new module, broken at its first save and mended by another file.
  said.length = 0;
  project.write("flows.ts", source("."));
  project.write("more.ts", 'export { added } from "./lib/added";');
  await until(/^not reloaded, .*more\.ts:1:23: Could not resolve "\.\/lib\/added"/m);
  project.write(
    "lib/added.ts",
    'import { workflow } from "lambent";\nexport const added = workflow({ n: 1 }, function added({ n }) { return n; });',
  );
  await until(/^reloaded in .*: added$/m);
  expect(await execute("added")).toMatchObject({ status: "SUCCEEDED", output: "1" });

  // Another type is another state machine.
  project.write(
    "lib/added.ts",
    'import { workflow } from "lambent";\nexport const added = workflow({ n: 1 }, function added({ n }) { return n; }, { type: "EXPRESS" });',
  );
  function added(): object[] {
    return project.served.emulator.states
      .listStateMachines()
      .stateMachines.filter(({ name }) => name.includes("added"));
  }
  await expect
    .poll(added, { timeout: 20_000, interval: 50 })
    .toMatchObject([{ name: "test-dev-added-express", type: "EXPRESS" }]);
});

test("an execution keeps its definition and its functions' code, when it is redriven too; the next has the new ones", async () => {
  async function start(workflow: string): Promise<string | undefined> {
    const stateMachineArn = project.served.stateMachines.get(workflow);
    return (await project.client.send(new StartExecutionCommand({ stateMachineArn }))).executionArn;
  }
  /** What the actor's replicas run, each once. */
  function bundles(): string[] {
    const replicas = project.served.pool.describe().filter(({ functionName }) => functionName.includes("things"));
    return [...new Set(replicas.map(({ bundle }) => bundle))];
  }
  project.write("flows.ts", source("old"));
  await project.served.reload();
  const refused = await execute("refused");
  const running = await start("slowly");
  // While items of it are in the replicas, and others wait.
  await expect.poll(() => project.served.pool.describe().some(({ state }) => state === "busy")).toBe(true);
  project.write("flows.ts", source("new"));
  await project.served.reload();
  const next = await start("slowly");
  expect((await project.ended(running)).output).toBe(JSON.stringify([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `${n}old`)));
  expect((await project.ended(next)).output).toBe(JSON.stringify([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `${n}new`)));
  await expect.poll(bundles, { timeout: 10_000 }).toHaveLength(1);

  const { executionArn } = refused;
  await project.client.send(new RedriveExecutionCommand({ executionArn }));
  const again = await project.ended(executionArn);
  expect([refused.cause, again.cause].map((cause) => JSON.parse(cause ?? "").errorMessage)).toEqual(["old", "old"]);
  expect(JSON.parse((await execute("refused")).cause ?? "")).toMatchObject({ errorMessage: "new" });
  await expect.poll(bundles, { timeout: 10_000 }).toHaveLength(1);
});

test("a workspace's package is served as it is edited: its code, its data, its settings, and modules it did not have", async () => {
  async function until(pattern: RegExp): Promise<void> {
    await expect.poll(() => said.join("\n"), { timeout: 20_000, interval: 50 }).toMatch(pattern);
    said.length = 0;
  }
  function manifest(main: string): string {
    return JSON.stringify({ name: "@space/words", type: "module", exports: `./src/${main}` });
  }
  const words = projectDirectory({
    "package.json": manifest("index.ts"),
    "src/index.ts": 'import data from "./data.json"; export const word = "one " + data.n;',
    "src/data.json": '{ "n": 1 }',
  });
  project.link("node_modules/@space/words", words.root);
  project.write(
    "more.ts",
    `import { task, workflow } from "lambent";
import { word } from "@space/words";
const tell = task(async function tell() { return word; });
export const telling = workflow({}, function telling() { return tell({}); });`,
  );
  await project.served.reload();
  expect(await execute("telling")).toMatchObject({ output: '"one 1"' });
  said.length = 0;
  words.write("src/data.json", '{ "n": 2 }');
  await until(/^reloading \(.*data\.json\)\nreloaded in/m);
  expect(await execute("telling")).toMatchObject({ output: '"one 2"' });
  words.write("src/index.ts", 'export const word = "two";');
  await until(/^reloaded in/m);
  expect(await execute("telling")).toMatchObject({ output: '"two"' });
  words.write("package.json", manifest("other.ts"));
  await until(/^not reloaded, .*Could not resolve "@space\/words"/m);
  words.write("src/other.ts", 'export const word = "three";');
  await until(/^reloaded in/m);
  expect(await execute("telling")).toMatchObject({ output: '"three"' });
  words.remove();
});

test("a module outside the root is watched from the reload that first imports it on, and what it misses too", async () => {
  async function until(pattern: RegExp): Promise<void> {
    await expect.poll(() => said.join("\n"), { timeout: 20_000, interval: 50 }).toMatch(pattern);
    said.length = 0;
  }
  const outside = projectDirectory({ "lib/answer.ts": 'export const answer = "first";' });
  said.length = 0;
  project.write(
    "more.ts",
    `import { task, workflow } from "lambent";
import { answer } from "../${basename(outside.root)}/lib/answer.ts";
const tell = task(async function tell() { return answer; });
export const telling = workflow({}, function telling() { return tell({}); });`,
  );
  await project.served.reload();
  await until(/^reloaded in/m);
  expect(await execute("telling")).toMatchObject({ output: '"first"' });

  outside.write("lib/answer.ts", 'export const answer = "second";');
  await until(/^reloaded in/m);
  expect(await execute("telling")).toMatchObject({ output: '"second"' });

  outside.write("lib/answer.ts", 'export { answer } from "./deep/answer.ts";');
  await until(/^not reloaded, .*Could not resolve "\.\/deep\/answer\.ts"/m);
  outside.write("lib/deep/answer.ts", 'export const answer = "third";');
  await until(/^reloaded in/m);
  expect(await execute("telling")).toMatchObject({ output: '"third"' });
  outside.remove();
});

test("a service that does not compile leaves no port and no replica behind", async () => {
  const broken = projectDirectory({ "flows.ts": `import { workflow } from "lambent";${LARGE}` });
  const options = { root: broken.root, workflows: ["*.ts"], service: "broken", stage: "dev", say: () => undefined };
  const port = await freePort();
  await expect(serve({ ...options, port })).rejects.toThrow("workflow large: its definition has");
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow("fetch failed");
  broken.remove();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("an actor with ttlSeconds has no replicas until a run brings them up, and then none again", async () => {
  const { pool, emulator } = project.served;
  function replicas() {
    return pool.describe().filter(({ functionName }) => functionName === "test-dev-brief");
  }
  expect(replicas()).toEqual([]);
  const execution = await execute("briefly", {});
  expect(execution.status).toBe("SUCCEEDED");
  const receipts = bars(await events(execution)).map(({ receipt }) => receipt);
  expect(receipts).toMatchObject([{ initializationType: "provisioned-concurrency" }]);
  expect(replicas()).toHaveLength(2);
  // As its schedule would start it, but for a time to live that is over.
  const { executionArn } = emulator.states.startExecution({
    stateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:test-dev-lambent-cooling",
    input: JSON.stringify({
      key: "brief",
      FunctionName: "test-dev-brief",
      Qualifier: "live",
      replicas: 2,
      ttlSeconds: 0,
    }),
  });
  expect(await emulator.states.executionEnd(executionArn)).toMatchObject({ status: "SUCCEEDED" });
  await expect.poll(replicas).toEqual([]);
  expect(said.filter((line) => line.includes("test-dev-brief"))).toEqual([
    "test-dev-brief: 2 replicas start for a run",
    "test-dev-brief: its replicas end, idle for ttlSeconds",
  ]);
  // What is told of it is what the workflow does.
  const told = progress.filter(({ execution: { stateMachineName } }) => /briefly|cooling/.test(stateMachineName));
  expect(told.map(({ type }) => type).filter((type) => type !== "task-succeeded")).toEqual([
    "execution-started",
    "execution-ended",
  ]);
});
