import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { WriteStream } from "node:tty";
import { beforeEach, expect, test } from "vitest";
import { explain } from "../../../infra/run/execution-error.ts";
import { ExecutionLog, hasColours, type LogLevel } from "../../../infra/run/execution-log.ts";
import { ExecutionReports } from "../../../infra/run/execution-reports.ts";
import type { Progress } from "../../../infra/emulator/index.ts";
import { KeptTimelines } from "../../../infra/run/timeline/files/kept-timelines.ts";
import { projectDirectory } from "../../support/project-directory.ts";
import { servedProject } from "../../support/served-project.ts";

const FLOWS = `
import { ActorEnvironment, mapTask, task, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "scoring", replicaCount: 2 });
class ApiError extends Error { override name = "ApiError"; }
const score = actor.task(async function score({ n }: { n: number }) {
  console.log("scoring", n);
  if (n < 0) throw new ApiError("503 for " + n + "\\nsecond line");
  return n;
}, { retries: { maxAttempts: 1, intervalSeconds: 1 } });
const refuse = actor.task(async function refuse({ n }: { n: number }) { throw new ApiError("no " + n); });
const slow = task(async function slow() { await new Promise((resolve) => setTimeout(resolve, 60_000)); }, { timeout: 1 });
const exit = task(async function exit() { process.exit(7); });
export const scoring = workflow({ ns: [1, -1] }, function scoring({ ns }) { return mapTask(score)({ n: ns }); });
export const many = workflow({ ns: [1] }, function many({ ns }) { return mapTask(refuse, { minSuccessRatio: 0.5 })({ n: ns }); });
const odd = actor.task(async function odd({ n }: { n: number }) {
  if (n === 207) throw new ApiError("no " + n);
  return n;
});
export const pieces = workflow({ ns: [1] }, function pieces({ ns }) { return mapTask(odd, { mode: "distributed" })({ n: ns }); });
export const wide = workflow({ ns: [1] }, function wide({ ns }) { return mapTask(odd, { batch: 50 })({ n: ns }); });
export const again = workflow({ ns: [1] }, function again({ ns }) { return mapTask(odd.withOverrides({ retries: { maxAttempts: 1, intervalSeconds: 1 } }), { mode: "distributed" })({ n: ns }); });
export const either = workflow({ ns: [1] }, function either({ ns }) { return mapTask(odd, { batch: "auto" })({ n: ns }); });
const row = workflow({ ns: [1] }, function row({ ns }) { return mapTask(odd, { batch: 50, mode: "inline" })({ n: ns }); });
export const rows = workflow({ rows: [[1]] }, function rows({ rows }) { return mapTask(row)({ ns: rows }); });
const twice = task(async function twice({ n }: { n: number }) {
  if (n % 10 === 7) throw new ApiError("no " + n);
  return n;
}, { retries: 1 });
export const batched = workflow({ ns: [1] }, function batched({ ns }) { return mapTask(twice, { batch: 5, minSuccessRatio: 0.5 })({ n: ns }); });
export const spread = workflow({ ns: [1] }, function spread({ ns }) { return mapTask(twice, { batch: 5, minSuccessRatio: 0.5, mode: "distributed" })({ n: ns }); });
const kept = new ActorEnvironment({ name: "kept", replicaCount: 2, affinity: true });
const warm = kept.task(async function warm({ n, k }: { n: number; k: string }) {
  if (n % 10 === 7) throw new ApiError("no " + n);
  return n;
}, { affinityKey: ({ k }) => k });
export const laned = workflow({ ns: [1], ks: [""] }, function laned({ ns, ks }) { return mapTask(warm, { batch: 5, minSuccessRatio: 0.5 })({ n: ns, k: ks }); });
export const unequal = workflow({ ns: [1], ks: [""] }, function unequal({ ns, ks }) { return mapTask(warm, { batch: 5 })({ n: ns, k: ks }); });
export const plainly = workflow({}, function plainly() { return refuse({ n: 3 }); });
export const late = workflow({}, function late() { return slow({}); });
export const exiting = workflow({}, function exiting() { return exit({}); });
`;
const seen: Progress[] = [];
let reports: ExecutionReports | undefined;
const printed: string[] = [];
const project = servedProject(
  { "flows.ts": FLOWS },
  {
    onProgress: (event) => {
      seen.push(event);
      reports?.see(event);
    },
    onLog: ({ caller, text }) => printed.push(`${caller}: ${text}`),
  },
);
beforeEach(() => {
  seen.length = 0;
  printed.length = 0;
  reports = undefined;
});

/** What a log says of what has been seen. Times are left out, and the executions' names. */
function logged(level: LogLevel, colours = false): string[] {
  const lines: string[] = [];
  const log = new ExecutionLog({
    level,
    colours,
    nameOf: (arn) => arn.split(/[:-]/).at(-1),
    graphOf: (arn) => project.served.description.workflows.find(({ workflow }) => arn.endsWith(`-${workflow}`)),
    say: (text) => lines.push(text),
  });
  for (const event of seen) log.see(event);
  log.close();
  return lines.map((line) => line.replace(/ [\da-f]{8} /, " ").replaceAll(/\b\d+(\.\d)? m?s\b/g, "T"));
}

test("an execution's start, retries, failures with item and the author's line, and end are told", async () => {
  await project.execute("scoring");
  expect(logged("normal")).toEqual([
    "scoring started",
    "scoring score[1] retry 1 in T: ApiError: 503 for -1",
    `scoring score[1] failed: ApiError: 503 for -1\n    second line\n    at score (${project.root}/flows.ts:7:20)`,
    "scoring failed in T: ApiError: 503 for -1",
  ]);
  expect(printed.filter((line) => line.startsWith("score[1]"))).toEqual([
    "score[1]: scoring -1",
    "score[1]: scoring -1",
  ]);
  expect(logged("quiet")).toEqual([
    `scoring failed in T: ApiError: 503 for -1\n    second line\n    at score (${project.root}/flows.ts:7:20)`,
  ]);
  expect(logged("normal", true)[3]).toContain("\u001b[31mfailed\u001b[39m");
  seen.length = 0;
  await project.execute("scoring", { ns: [5] });
  expect(logged("quiet")).toEqual([]);
  expect(logged("normal")).toEqual(["scoring started", "scoring succeeded in T"]);
  expect(logged("verbose")).toEqual(["scoring started", "scoring score[0] T", "scoring succeeded in T"]);
});

test.each(["pieces", "wide", "either"])(
  "of %s, the item is told that ended the map, and no batch or piece",
  async (flow) => {
    const count = flow === "either" ? 1500 : 300;
    const { error, cause } = await project.execute(flow, { ns: Array.from({ length: count }, (_, index) => index) });
    expect(error).toBe("ApiError");
    expect(JSON.parse(cause ?? "")).toMatchObject({ errorType: "ApiError", errorMessage: "odd[207]: no 207" });
    const lines = logged("normal").join("\n");
    expect(lines).toMatch(
      new RegExp(`^${flow} odd\\[207\\] failed: ApiError: odd\\[207\\]: no 207\\n {4}at odd \\(.*flows`, "m"),
    );
    expect(lines).toMatch(new RegExp(`^${flow} failed in T: ApiError: odd\\[207\\]: no 207$`, "m"));
    expect(lines).not.toMatch(/Batch/);
  },
);

test("of a map within an item, both items are told", async () => {
  await project.execute("rows", { rows: [[1], [2, 207]] });
  expect(logged("normal").join("\n")).toContain("row[1].row_odd[1] failed: ApiError: row_odd[1]: no 207");
});

test.each(["batched", "spread"])("items that fail and are retried within the batches of %s are told", async (flow) => {
  const { status } = await project.execute(flow, { ns: Array.from({ length: 20 }, (_, index) => index) });
  expect(status).toBe("SUCCEEDED");
  const failed = [7, 17].map(
    (n) => `${flow} twice[${n}] failed: ApiError: no ${n}\n    at twice (${project.root}/flows.ts:`,
  );
  const retried = [7, 17].map((n) => `${flow} twice[${n}] retry 1: ApiError: no ${n}`);
  const lines = logged("normal").map((line) => line.replace(/\d+:\d+\)$/, ""));
  expect(lines.slice(1, -1).toSorted()).toEqual([...failed, ...retried].toSorted());
  expect(logged("quiet")).toEqual([]);
  expect(logged("verbose").join("\n")).toMatch(new RegExp(`^${flow} twice \\(batch\\) T$`, "m"));
});

test("a failed item of a lane is told, and no lane", async () => {
  const ns = Array.from({ length: 12 }, (_, index) => index);
  await project.execute("laned", { ns, ks: ns.map((n) => `k${n % 3}`) });
  const [, line, ...others] = logged("normal");
  expect(line).toMatch(/^laned warm\[7\] failed: ApiError: no 7\n {4}at warm \(/);
  expect(others).toEqual(["laned succeeded in T"]);
});

test("of many items that fail in batches a few are told, and how many there were", async () => {
  await project.execute("batched", { ns: Array.from({ length: 300 }, (_, index) => index) });
  const lines = logged("normal");
  expect(lines.at(-3)).toBe("batched 10 more failures: ApiError 10");
  expect(lines.at(-2)).toMatch(/^batched \d+ more retries$/); // Lambda's of batches that find no replica, too
});

test("an evaluation that fails says what was thrown, with the state and the field, and not the expression", async () => {
  const { cause } = await project.execute("unequal", { ns: [1, 2], ks: ["a"] });
  expect(cause).toContain("The JSONata expression '");
  const told =
    "States.QueryEvaluationError: warm: the lists differ in length: n has 2, k has 1 (state warmBatches, field Assign/warm_lanes)";
  expect(logged("normal").slice(1)).toEqual([`unequal warm failed: ${told}`, `unequal failed in T: ${told}`]);
});

test("of one that was tried again in child executions too", async () => {
  await project.execute("again", { ns: Array.from({ length: 300 }, (_, index) => index) });
  const lines = logged("normal").join("\n");
  expect(lines).toMatch(/^again odd\[207\] retry 1: ApiError: no 207$/m);
  expect(lines).toMatch(/^again odd\[207\] failed: ApiError: no 207\n {4}at odd \(.*flows/m);
  expect(lines.match(/odd\[207\] failed/g)).toHaveLength(1);
  expect(lines).toMatch(/^again failed in T: ApiError: odd\[207\]: no 207$/m);
});

test("of 500 items that fail a few are told, and how many there were; verbosely all of them", async () => {
  await project.execute("many", { ns: Array.from({ length: 500 }, (_, index) => index) });
  const lines = logged("normal");
  expect(lines.join("\n").split("\n").length).toBeLessThan(40);
  expect(lines[1]).toMatch(/^many refuse\[\d\] failed: ApiError: no \d\n {4}at refuse \(.*flows\.ts:10:/);
  expect(lines.at(-2)).toBe("many 480 more failures: ApiError 480");
  expect(lines.at(-1)).toMatch(/^many failed in T: TooFewSucceeded: refuse: 0 of 500 .*refuse\[0\]: ApiError: no 0; /);
  expect(logged("verbose").filter((line) => /refuse\[\d+\] failed: /.test(line))).toHaveLength(500);
});

test("executions that end in thousands are counted", () => {
  const lines: string[] = [];
  const log = new ExecutionLog({ level: "normal", colours: false, say: (text) => lines.push(text) });
  for (let index = 0; index < 3000; index++) {
    const execution = { arn: `${index}`, name: `n${index}`, stateMachineArn: "m", stateMachineName: "m" };
    log.see({ type: "execution-started", execution });
    log.see({ type: "execution-ended", execution, status: "SUCCEEDED", durationMs: 1 });
  }
  log.close();
  expect(lines).toHaveLength(51);
  expect(lines.at(-1)).toBe("… 5950 more lines about executions were left out in this second");
});

test("timeouts and ends of processes are told with what they mean", async () => {
  await project.execute("late");
  expect(logged("normal")[1]).toMatch(
    /^late slow failed: States\.Timeout: slow took longer than its timeout of T \(Tim/,
  );
  seen.length = 0;
  await project.execute("exiting");
  expect(logged("normal")[1]).toMatch(
    /^exiting exit failed: Runtime\.ExitError: .*exit status 7 \(the replica's process/,
  );
});

test("a state machine's own timeout, heartbeats, and items of a Distributed Map are told too", async () => {
  const { states } = project.served.emulator;
  const roleArn = "arn:aws:iam::000000000000:role/any";
  const wait = {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
    HeartbeatSeconds: 1,
    End: true,
  };
  const token = {
    FunctionName: "test-dev-scoring:live",
    Payload: { task: "score", inputs: { n: 1, "t.$": "$$.Task.Token" } },
  };
  const child = { StartAt: "Refuse", States: { Refuse: { Type: "Fail", Error: "Refused", Cause: "not today" } } };
  const inner = project.served.stateMachines.get("plainly") ?? "";
  function started(name: string): object {
    const Parameters = { StateMachineArn: inner.replace("test-dev-plainly", name) };
    const Resource = "arn:aws:states:::states:startExecution.sync:2";
    return { StartAt: "Inner", States: { Inner: { Type: "Task", Resource, Parameters, End: true } } };
  }
  const definitions = {
    whole: { TimeoutSeconds: 1, StartAt: "W", States: { W: { Type: "Wait", Seconds: 60, End: true } } },
    beating: { StartAt: "Ask", States: { Ask: { ...wait, Parameters: token } } },
    outer: started("test-dev-plainly"),
    outermost: started("outer"),
    spread: {
      StartAt: "Each",
      States: {
        Each: {
          Type: "Map",
          ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, ...child },
          End: true,
        },
      },
    },
  };
  for (const [name, definition] of Object.entries(definitions)) {
    const { stateMachineArn } = states.createStateMachine({ name, definition: JSON.stringify(definition), roleArn });
    const { executionArn } = states.startExecution({ stateMachineArn, input: "[1,2]" });
    await states.executionEnd(executionArn);
  }
  const lines = logged("normal").join("\n");
  expect(lines).toContain("timed out in T: the execution took longer than T, the TimeoutSeconds of its state machine");
  expect(lines).toContain(
    "Ask failed: States.HeartbeatTimeout: Ask sent no heartbeat for T (HeartbeatSeconds of the state Ask)",
  );
  expect(lines).toMatch(
    /outer Inner failed: States\.TaskFailed: execution [\da-f]{8} of test-dev-plainly failed: ApiError: no 3\n {4}at .*flows\.ts:10:/,
  );
  expect(lines).toMatch(
    /outermost Inner failed: States\.TaskFailed: execution \S+ of outer failed: States\.TaskFailed: execution \S+ of test-dev-plainly failed: ApiError: no 3/,
  );
  expect(lines.match(/spread started/g)).toHaveLength(1);
  expect(lines).toMatch(/spread Each\[\d\] Refuse failed: Refused: not today/);
});

test("each execution that ends has a timeline, which tells its failure, and its path is said", async () => {
  const said: string[] = [];
  reports = new ExecutionReports({
    root: project.root,
    region: "us-east-1",
    level: "normal",
    say: (text) => said.push(text),
    colours: false,
  });
  reports.follow(project.served);
  await project.execute("late");
  await expect
    .poll(() => said.join("\n"))
    .toMatch(/^late \w{8} failed in .*\n {2}\.lambent\/timelines\/late-\w{8}\.html$/m);
  const [, path = ""] = /(\.lambent\S+)/.exec(said.join("\n")) ?? [];
  const page = readFileSync(join(project.root, path), "utf8");
  expect(page).toContain(">States.Timeout: slow took longer than");
  expect(page).toMatch(/<dt>Cost<\/dt><dd class="value">\$0\.0000\d+<\/dd>/);
  expect(readFileSync(join(project.root, ".lambent/.gitignore"), "utf8")).toBe("*\n");
});

test("so many timelines are kept, under names that files may have; under pressure some are left out", async () => {
  const { root, remove } = projectDirectory({});
  const timelines = new KeptTimelines(root, 3);
  for (const name of ["a/b", "c", "d", "e"])
    await timelines.add({ machine: "m", name, history: () => ({ machine: "m", name, events: [] }) });
  const directory = join(root, ".lambent/timelines");
  expect(existsSync(join(directory, "m-a_b.html"))).toBe(false);
  expect(readdirSync(directory).toSorted()).toEqual(["m-c.html", "m-d.html", "m-e.html"]);
  const paths = await Promise.all(
    ["1", "2", "3", "4"].map((name) =>
      timelines.add({ machine: "m", name, history: () => ({ machine: "m", name, events: [] }) }),
    ),
  );
  expect(paths[3]).toBeUndefined();
  await expect(
    timelines.add({
      machine: "m",
      name: "gone",
      history: () => {
        throw new Error("no such execution");
      },
    }),
  ).rejects.toThrow("no such execution");
  remove();
});

test("of timelines that are large fewer are kept, and the last one however large it is", async () => {
  const { root, remove } = projectDirectory({});
  const directory = join(root, ".lambent/timelines");
  async function add(timelines: KeptTimelines, name: string): Promise<void> {
    await timelines.add({ machine: "m", name, history: () => ({ machine: "m", name, events: [] }) });
  }
  await add(new KeptTimelines(root), "a");
  const { size } = statSync(join(directory, "m-a.html"));
  const two = new KeptTimelines(root, 100, 2.5 * size);
  for (const name of ["b", "c", "d"]) await add(two, name);
  expect(readdirSync(directory).toSorted()).toEqual(["m-c.html", "m-d.html"]);
  await add(new KeptTimelines(root, 100, 1), "e");
  expect(readdirSync(directory)).toEqual(["m-e.html"]);
  remove();
});

test("colours are for terminals, unless NO_COLOR or FORCE_COLOR says otherwise", () => {
  const file = { isTTY: false } as WriteStream;
  const terminal = { isTTY: true, hasColors: () => true } as unknown as WriteStream;
  expect(hasColours(file, {})).toBe(false);
  expect(hasColours(file, { FORCE_COLOR: "1" })).toBe(true);
  expect(hasColours(terminal, {})).toBe(true);
  expect(hasColours(terminal, { NO_COLOR: "1" })).toBe(false);
  expect(hasColours(terminal, { FORCE_COLOR: "0" })).toBe(false);
});

test("of a call that Lambda throttled the request's id is left out, and what it means comes after", () => {
  const [error, cause] = [
    "Lambda.TooManyRequestsException",
    "Rate Exceeded. (Service: Lambda, Status Code: 429, Request ID: 1c-2d)",
  ];
  expect(explain(error, cause, undefined)).toBe(
    `${error}: Rate Exceeded. (Service: Lambda, Status Code: 429) (the function had no room for the call: fewer calls at a time, or more \`replicaCount\` of an actor)`,
  );
  expect(explain(error, cause, "all replicas were busy")).toBe(`${error}: all replicas were busy`);
});
