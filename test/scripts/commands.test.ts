import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { Json } from "../../sdk/base/json.ts";
import { type Emulator, startEmulator } from "../../infra/emulator/index.ts";
import { compile } from "../../infra/compile/compile.ts";
import { announceServer } from "../../infra/run/servers/announce.ts";
import { approve, waitForInput, workflow } from "lambent";
import { z } from "zod";
import { jsonata, jsonpath, localFunctions, only } from "../support/emulator.ts";

// The program as it is installed: `npm test` builds it first.
const program = fileURLToPath(new URL("../../dist/scripts/cli.js", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "lambent-commands-"));
const project = join(root, "shop");
const account = { region: "us-east-1", accountId: "000000000000" };
const roleArn = "arn:aws:iam::000000000000:role/any";

const release = workflow({ text: "news" }, function release({ text }) {
  const size = waitForInput("size", { timeout: "1h", schema: { width: 1 } });
  const decided = approve("decided", { timeout: "7d" });
  return { text, width: size.width, approved: decided.approved, by: decided.by };
});
const sized = workflow({ boxes: z.array(z.object({ width: z.number() })) }, ({ boxes }) => boxes, { name: "sized" });
const functionArn = "arn:aws:lambda:us-east-1:000000000000:function:score";

function score(number: Json): Json {
  if (number === -1) throw new RangeError("no score below 0");
  return number;
}

let emulator: Emulator;
beforeAll(async () => {
  mkdirSync(project);
  process.env["TMPDIR"] = root;
  emulator = await startEmulator({ port: 0, functions: localFunctions({ ask: () => null, score }) });
  announceServer({ url: emulator.url, directory: project, ...account, service: "shop", stage: "dev" });
  const ask = {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
    Arguments: {
      FunctionName: "ask",
      Payload: { link: "{% 'https://shop.example/?t=' & $states.context.Task.Token %}" },
    },
  };
  const machines = {
    "shop-dev-echo": only({ Type: "Pass", Output: "{% $states.input %}", End: true }),
    "shop-dev-quick-express": only({ Type: "Pass", Output: { quick: true }, End: true }),
    "shop-dev-refuse": only({ Type: "Fail", Error: "Refused", Cause: "not today" }),
    "shop-dev-rest": only({ Type: "Wait", Seconds: 600, End: true }),
    "shop-dev-approve": jsonata({ Approve: { ...ask, End: true } }),
    "shop-dev-each": only({
      Type: "Map",
      Items: [0, 0, 600],
      ItemProcessor: jsonpath({ Rest: { Type: "Wait", Seconds: "{% $states.input %}", End: true } }),
    }),
    "shop-dev-release": compile(release.graph, { functionName: () => "ask", queues: () => false }),
    "shop-dev-sized": compile(sized.graph, { functionName: () => "ask", queues: () => false }),
    "shop-dev-scores": jsonata({
      Scores: {
        Type: "Map",
        Items: "{% $states.input.numbers %}",
        ItemProcessor: { StartAt: "Score", States: { Score: { Type: "Task", Resource: functionArn, End: true } } },
        End: true,
      },
    }),
    "shop-dev-lambent-cooling": only({ Type: "Pass", End: true }),
    own: only({ Type: "Pass", End: true }),
  };
  for (const [name, definition] of Object.entries(machines)) {
    const type = name.endsWith("-express") ? "EXPRESS" : "STANDARD";
    emulator.states.createStateMachine({ name, type, definition: JSON.stringify(definition), roleArn });
  }
});
afterAll(async () => {
  await emulator.close();
  rmSync(root, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Options {
  readonly cwd?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

function spawned(
  args: readonly string[],
  { cwd = project, stdin = "", env = {} }: Options = {},
): {
  readonly ended: Promise<Ended>;
  readonly interrupt: () => void;
} {
  const { AWS_ENDPOINT_URL_SFN: _, AWS_ENDPOINT_URL: __, ...inherited } = process.env;
  const child = spawn(process.execPath, [program, ...args], { cwd, env: { ...inherited, ...env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  let [out, err] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (out += data.toString()));
  child.stderr.on("data", (data: Buffer) => (err += data.toString()));
  child.stdin.end(stdin);
  return {
    ended: new Promise((resolve) => child.once("close", (code) => resolve({ code, out, err }))),
    interrupt: () => void child.kill("SIGINT"),
  };
}

function lambent(args: readonly string[], options: Options = {}): Promise<Ended> {
  return spawned(args, options).ended;
}

function json(text: string): unknown {
  return JSON.parse(text);
}

it("start --wait prints what the workflow returns, and on stderr the emulator that it has found and how it went", async () => {
  const [given, read, piped] = await Promise.all([
    lambent(["start", "echo", "--input", '{"a": 1}', "--wait"]),
    (async () => {
      writeFileSync(join(project, "input.json"), '\uFEFF{"b": 2}');
      return lambent(["start", "echo", "--input", "@input.json", "--wait", "--json"], { cwd: project });
    })(),
    lambent(["start", "shop-dev-echo", "--input", "-", "--wait", "--name", "piped"], { stdin: '{"c": 3}' }),
  ]);
  expect(given).toMatchObject({ code: 0, out: '{\n  "a": 1\n}\n' });
  expect(given.err).toMatch(
    new RegExp(`^at ${emulator.url}, which serves shop \\(dev\\) of .*shop\nshop-dev-echo \\w{8} SUCCEEDED after`),
  );
  expect(json(read.out)).toMatchObject({ status: "SUCCEEDED", input: { b: 2 }, output: { b: 2 } });
  expect(json(piped.out)).toEqual({ c: 3 });
  expect(piped.err).not.toContain("█"); // no progress where nobody looks
}, 30_000);

it("numbers are printed as Step Functions has them, also those that JavaScript would round", async () => {
  const input = '{"id":9007199254740993,"price":1.10,"none":[],"name":"a, \\"b\\": {"}';
  const printed =
    '"input": {\n    "id": 9007199254740993,\n    "price": 1.10,\n    "none": [],\n    "name": "a, \\"b\\": {"\n  }';
  await lambent(["start", "rest", "--name", "large", "--input", input]);
  const { out } = await lambent(["describe", "large", "--json"]);
  expect(out).toContain(printed);
  expect(json(out)).toMatchObject({ name: "large", status: "RUNNING", maps: [] });
  await lambent(["stop", "large"]);
}, 30_000);

it("of an execution that failed start, describe and timeline tell the node and its item", async () => {
  const input = '{"numbers": [1, 2, -1]}';
  const started = await lambent(["start", "scores", "--name", "low", "--input", input, "--wait"]);
  expect(started.err).toMatch(/shop-dev-scores low FAILED after .* at Score\[2\]: .*no score below 0/);
  const [told, drawn] = await Promise.all([
    lambent(["describe", "low"]),
    lambent(["timeline", "low"], { cwd: project }),
  ]);
  expect(told.out).toMatch(/^ {2}failed {3}Score\[2\]$/m);
  expect(drawn.out).toMatch(/^ {2}FAILED at Score\[2\]: .*no score below 0/m);
}, 30_000);

it("start without --wait prints the execution's ARN, which describe --wait waits for", async () => {
  const { code, out, err } = await lambent(["start", "refuse", "--name", "first"]);
  expect([code, out]).toEqual([0, "arn:aws:states:us-east-1:000000000000:execution:shop-dev-refuse:first\n"]);
  expect(err).toContain(`to wait for it: lambent describe ${out.trim()} --wait`);
  const [waited, told, program] = await Promise.all([
    lambent(["describe", out.trim(), "--wait"]),
    lambent(["describe", "fir"]),
    lambent(["describe", "first", "--json"]),
  ]);
  expect(waited).toMatchObject({ code: 1, out: "" });
  expect(waited.err).toMatch(/shop-dev-refuse first FAILED after .*: Refused: not today\n$/);
  expect(told).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^execution first of shop-dev-refuse\n {2}status {3}FAILED\n/),
  });
  expect(json(program.out)).toMatchObject({
    status: "FAILED",
    error: "Refused",
    cause: "not today",
    input: {},
    pending: [],
  });
}, 30_000);

it("start --wait of an EXPRESS workflow prints what it returns", async () => {
  expect(await lambent(["start", "quick", "--wait"])).toMatchObject({ code: 0, out: '{\n  "quick": true\n}\n' });
}, 30_000);

it.each<[args: string[], told: string, stdin?: string]>([
  [["start", "echo", "--input", "{x"], "--input: the text is not JSON: Unexpected character ('x' (code 120))"],
  [["start", "echo", "--input", "input.json"], "; if it is a file: --input @input.json\n"],
  [["start", "echo", "--input", "@gone.json"], "--input: gone.json cannot be read: ENOENT"],
  [["start", "echo", "--input", "-"], ", line 2, column 5\n", '{"a":\n tru}'],
  [["start"], "Missing required argument 'workflow'"],
  [["strat", "echo"], "Unknown command 'strat'\n(Did you mean start?)"],
  [["start", "echo", "--inptu", "{}"], "Unknown option '--inptu'\n(Did you mean --input?)"],
  [["start", "echo", "--input", "--wait"], "--input: its value is missing before --wait"],
  [["list", "--status", "FAILED"], "--status and --limit are of a workflow's executions: name a workflow"],
  [["list", "echo", "--status", "failed"], "Allowed choices are RUNNING, SUCCEEDED, FAILED"],
  [["list", "echo", "--limit", "0"], "--limit: not a positive integer: 0"],
  [["list", "--region", "Europe"], "--region: not a region's name, such as eu-west-1: Europe"],
  [["signal", "--output", "1"], "name an execution, or give --token"],
  [
    ["signal", "one", "--output", "1", "--error", "No"],
    "say one thing: --output, or --error and --cause, or --heartbeat",
  ],
  [["completion", "tcsh"], "Allowed choices are bash, zsh, fish, powershell"],
])(
  "wrong usage ends with 2 and names the command's help: %j",
  async (args, told, stdin = "") => {
    const { code, err } = await lambent(args, { stdin });
    expect(err).toContain(told);
    expect(err).toMatch(/\nSee: lambent (\w+ )?--help\n$/);
    expect(code).toBe(2);
  },
  30_000,
);

it("a workflow that there is not is told with those that there are", async () => {
  const { code, err } = await lambent(["start", "ecko"]);
  expect(err).toContain(
    `there is no workflow ecko: shop (dev) at ${emulator.url} has own, approve, each, echo, quick, refuse, release, rest, scores, sized. Did you mean echo?\n`,
  );
  expect(code).toBe(1);
  const [described, logged] = await Promise.all([lambent(["describe", "ecko"]), lambent(["logs", "ecko"])]);
  for (const other of [described, logged]) {
    expect(other.err).toContain(
      `neither an execution nor a workflow is called ecko: ${emulator.url} has the workflows own, approve, each, echo, quick, refuse, release, rest, scores, sized. Did you mean echo?\n`,
    );
    expect(other.code).toBe(1);
  }
}, 30_000);

it("list tells workflows, and the executions of one by status", async () => {
  for (const name of ["one", "two", "three"]) {
    const stateMachineArn = `arn:aws:states:us-east-1:000000000000:stateMachine:own`;
    const { executionArn } = emulator.states.startExecution({ stateMachineArn, name });
    await emulator.states.executionEnd(executionArn);
  }
  const [workflows, all, latest, failed, machines] = await Promise.all([
    lambent(["list"]),
    lambent(["list", "own"]),
    lambent(["list", "own", "--limit", "2", "--json"]),
    lambent(["list", "own", "--status", "FAILED"]),
    lambent(["list", "--json"]),
  ]);
  expect(workflows.out).toMatch(/^WORKFLOW +TYPE +CREATED +STATE MACHINE\nown +STANDARD .*\napprove +STANDARD /);
  expect(workflows.out).not.toContain("cooling");
  expect(all.out).toMatch(/^EXECUTION +STATUS +STARTED +TOOK\nthree +SUCCEEDED .*\ntwo +SUCCEEDED .*\none +SUCCEEDED /);
  expect(json(latest.out)).toMatchObject([
    { name: "three", status: "SUCCEEDED", executionArn: expect.stringContaining(":own:three") },
    { name: "two" },
  ]);
  expect(failed.out).toBe("no executions that are FAILED\n");
  expect(json(machines.out)).toContainEqual(
    expect.objectContaining({ name: "shop-dev-echo", workflow: "echo", type: "STANDARD" }),
  );
}, 30_000);

it("Ctrl-C ends the wait and not the execution; stop ends that; redrive lets it go on", async () => {
  const { ended, interrupt } = spawned(["start", "rest", "--wait", "--name", "resting"]);
  const executionArn = "arn:aws:states:us-east-1:000000000000:execution:shop-dev-rest:resting";
  function status(): string | undefined {
    try {
      return emulator.states.describeExecution({ executionArn }).status;
    } catch {
      return undefined; // it has not begun
    }
  }
  await expect.poll(status, { timeout: 20_000 }).toBe("RUNNING");
  interrupt();
  const { code, err } = await ended;
  expect(err).toContain(
    `${executionArn} goes on. To wait for it: lambent describe ${executionArn} --wait; to stop it: lambent stop`,
  );
  expect([code, status()]).toEqual([130, "RUNNING"]);
  expect(await lambent(["stop", "resting", "--error", "Wrong", "--cause", "of yesterday"])).toMatchObject({ code: 0 });
  expect(emulator.states.describeExecution({ executionArn })).toMatchObject({ status: "ABORTED", error: "Wrong" });
  const again = await lambent(["stop", "resting"]);
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining("has ended already: it is ABORTED") });
  const redriven = await lambent(["redrive", "resting", "--json"]);
  expect(json(redriven.out)).toMatchObject({ executionArn, redriveDate: expect.any(String) });
  expect(status()).toBe("RUNNING");
  expect(await lambent(["redrive", "resting"])).toMatchObject({
    code: 1,
    err: expect.stringContaining("not redrivable"),
  });
}, 60_000);

it("describe tells how far the maps of an execution are", async () => {
  const stateMachineArn = "arn:aws:states:us-east-1:000000000000:stateMachine:shop-dev-each";
  const { executionArn } = emulator.states.startExecution({ stateMachineArn, name: "mapping" });
  function done(): number {
    const { events } = emulator.states.getExecutionHistory({ executionArn });
    return events.filter(({ type }) => type === "MapIterationSucceeded").length;
  }
  await expect.poll(done, { timeout: 10_000 }).toBe(2);
  expect((await lambent(["describe", "mapping"])).out).toMatch(/^ {2}map +State: 2 of 3$/m);
  const described = json((await lambent(["describe", "mapping", "--json"])).out);
  expect(described).toMatchObject({ maps: [{ node: "State", total: 3, done: 2, failed: 0 }] });
  emulator.states.stopExecution({ executionArn });
}, 30_000);

it("signal answers a task by its execution, by its node or by its token, with an output or an error", async () => {
  const stateMachineArn = "arn:aws:states:us-east-1:000000000000:stateMachine:shop-dev-approve";
  async function waiting(name: string): Promise<string> {
    const { executionArn } = emulator.states.startExecution({ stateMachineArn, name });
    function scheduled(): boolean {
      return emulator.states.getExecutionHistory({ executionArn }).events.some(({ type }) => type === "TaskSubmitted");
    }
    await expect.poll(scheduled, { timeout: 10_000 }).toBe(true);
    return executionArn;
  }
  const [yes, no, token] = await Promise.all([waiting("yes"), waiting("no"), waiting("token")]);
  const told = await lambent(["describe", "yes"]);
  expect(told.out).toContain(`waits    Approve waits for its token since`);
  const wrong = await lambent(["signal", "yes", "--node", "Other", "--output", "1"]);
  expect(wrong).toMatchObject({
    code: 1,
    err: expect.stringContaining(`no task Other of ${yes} waits for its token; those that do: Approve`),
  });
  const pending = json((await lambent(["describe", "token", "--json"])).out) as { pending: { tokens: string[] }[] };
  const answers = await Promise.all([
    lambent(["signal", "yes", "--output", '{"isApproved": true}']),
    lambent(["signal", "no", "--node", "Approve", "--error", "Refused", "--cause", "late", "--json"]),
    lambent(["signal", "--token", pending.pending[0]?.tokens[0] ?? "", "--output", "-"], { stdin: '"by token"' }),
  ]);
  expect(answers.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(json(answers[1].out)).toMatchObject({ node: "Approve", executionArn: no, sent: "failure" });
  const [approved, refused, third] = await Promise.all(
    [yes, no, token].map((arn) => emulator.states.executionEnd(arn)),
  );
  expect(approved).toMatchObject({ status: "SUCCEEDED", output: '{"isApproved":true}' });
  expect(refused).toMatchObject({ status: "FAILED", error: "Refused", cause: "late" });
  expect(third).toMatchObject({ output: '"by token"' });
  const again = await waiting("again");
  emulator.states.stopExecution({ executionArn: again });
  emulator.states.redriveExecution({ executionArn: again });
  await expect
    .poll(() => emulator.states.getExecutionHistory({ executionArn: again }).events.at(-1)?.type)
    .toBe("TaskSubmitted");
  expect((await lambent(["describe", "again"])).out.match(/waits for its token/g)).toHaveLength(1);
  expect(await lambent(["signal", "again", "--output", "1"])).toMatchObject({ code: 0 });
  const late = await lambent(["signal", "yes", "--output", "1"]);
  expect(late).toMatchObject({ code: 1, err: expect.stringContaining(`no task of ${yes} waits for its token`) });
}, 60_000);

it("what waitForInput and approve wait for is answered by the node's name, and looked at by the state machine", async () => {
  const { states } = emulator;
  const all = states.listStateMachines({}).stateMachines;
  const stateMachine = all.find(({ name }) => name === "shop-dev-release");
  async function started(name: string): Promise<string> {
    const { executionArn } = states.startExecution({ stateMachineArn: stateMachine?.stateMachineArn ?? "", name });
    await expect
      .poll(() => [...states.taskTokens.pending()].filter((task) => task.executionArn === executionArn).length)
      .toBe(2);
    return executionArn;
  }
  const [right, wrong] = [await started("right"), await started("wrong")];
  const both = await lambent(["signal", "right", "--output", "1"]);
  expect(both.err).toContain("2 tasks of");
  expect(both.err).toMatch(/name one with --node: (size, decided|decided, size)/);
  await lambent(["signal", "right", "--node", "size", "--output", '{"width": 3}']);
  const told = await lambent(["signal", "right", "--node", "decided", "--output", '{"approved": true, "by": "Ada"}']);
  expect(told).toMatchObject({ code: 0, out: "decided has succeeded\n" });
  const { output = "" } = await states.executionEnd(right);
  expect(JSON.parse(output)).toEqual({ text: "news", width: 3, approved: true, by: "Ada" });
  const refused = await lambent(["signal", "wrong", "--node", "size", "--output", '{"width": "3"}']);
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.err).toContain("the answer to size: it.width must be of type number, not string");
  const size = [...states.taskTokens.pending()].find((one) => one.executionArn === wrong && one.where === "size");
  states.taskTokens.succeed({ taskToken: size?.taskToken ?? "", output: '{"width": "3"}' });
  expect(await states.executionEnd(wrong)).toMatchObject({
    error: "InvalidAnswer",
    cause: "the answer to size: it.width must be of type number, not string",
  });
}, 60_000);

it("what the state machine would refuse is not started", async () => {
  const refused = await lambent([
    "start",
    "sized",
    "--input",
    '{"boxes": [{"width": 1}, {"width": "wide"}], "big": 1}',
  ]);
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.err).toContain(
    "InvalidInputs: workflow sized: boxes[1].width must be of type number, not string; there is no input big, it takes boxes: nothing has been started",
  );
  const machine = emulator.states.listStateMachines({}).stateMachines.find(({ name }) => name === "shop-dev-sized");
  expect(emulator.states.listExecutions({ stateMachineArn: machine?.stateMachineArn ?? "" }).executions).toEqual([]);
});

it("the emulator that is talked to is that of the directory, of --endpoint or of the environment; several are refused", async () => {
  const other = await startEmulator({ port: 0, functions: localFunctions() });
  onTestFinished(() => other.close());
  const directory = join(root, "other");
  mkdirSync(directory);
  const withdraw = announceServer({ url: other.url, directory, ...account });
  onTestFinished(withdraw);
  const [here, there, nowhere, named, variable, stage] = await Promise.all([
    lambent(["list"]),
    lambent(["list"], { cwd: directory }),
    lambent(["list"], { cwd: root }),
    lambent(["list", "--endpoint", emulator.url], { cwd: directory }),
    lambent(["list"], { env: { AWS_ENDPOINT_URL_SFN: other.url } }),
    lambent(["list", "echo", "--stage", "dev"], { cwd: directory }),
  ]);
  expect(here.err).toContain(`at ${emulator.url}, which serves shop (dev)`);
  expect(there).toMatchObject({
    code: 0,
    out: "no workflows\n",
    err: expect.stringContaining(`at ${other.url}, started in`),
  });
  expect(nowhere).toMatchObject({
    code: 1,
    err: expect.stringContaining("2 emulators run and none is of this directory: "),
  });
  expect(named).toMatchObject({ code: 0, err: "" });
  expect(variable.err).toBe(`at ${other.url}, by $AWS_ENDPOINT_URL_SFN\n`);
  expect(stage.err).toContain(`there is no workflow echo: at ${other.url} has none at all`);
}, 60_000);

it("without an emulator, with --aws or for another stage it is AWS, and that is told", async () => {
  // Whatever listens there on this machine is of another stage.
  onTestFinished(
    announceServer({ url: "http://127.0.0.1:8083", directory: root, ...account, service: "other", stage: "dev" }),
  );
  const env = { AWS_REGION: "eu-west-1", AWS_EC2_METADATA_DISABLED: "true", AWS_ACCESS_KEY_ID: "", HOME: root };
  const [aws, stage] = await Promise.all([
    lambent(["list", "--aws", "--region", "eu-central-1"], { env }),
    lambent(["list", "--stage", "prod"], { env }),
  ]);
  expect(aws.err).toMatch(/^at AWS in eu-central-1\n/);
  expect(stage.err).toMatch(/^at AWS in eu-west-1\n/);
  expect(aws.err).not.toContain("emulator");
  const unreachable = { ...env, AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" };
  const none = await lambent(["list", "--aws", "--region", "no-where-1"], { env: unreachable });
  expect(none.err).toMatch(/AWS in no-where-1 cannot be reached: .*E\w+ .*\. Look at the network/);
  for (const { code, err } of [aws, stage]) {
    expect(err).toContain("there are no credentials or no region for AWS");
    expect(code).toBe(1);
  }
}, 60_000);

it("shells complete commands, options and the names of the workflows of the directory's emulator", async () => {
  const [commands, options, workflows, statuses, script] = await Promise.all([
    lambent(["complete", "--", "st"]),
    lambent(["complete", "--", "start", "echo", "--in"]),
    lambent(["complete", "--", "start", "qu"]),
    lambent(["complete", "--", "list", "own", "--status", "S"]),
    lambent(["completion", "bash"]),
  ]);
  expect(commands.out).toMatch(/^start\tstart a workflow, and wait .*\nstop\tstop an execution\n/);
  expect(options.out).toMatch(/^--input\t/);
  expect(workflows.out).toMatch(/^quick/);
  expect(statuses.out).toMatch(/^SUCCEEDED/);
  // A bash without the package bash-completion.
  const bash = spawn("bash", [
    "--noprofile",
    "--norc",
    "-c",
    'script=$(cat); eval "$script"; eval "$script"; complete -p lambent; declare -F _get_comp_words_by_ref',
  ]);
  let out = "";
  bash.stderr.on("data", (data: Buffer) => (out += data.toString()));
  bash.stdout.on("data", (data: Buffer) => (out += data.toString()));
  bash.stdin.end(script.out);
  await new Promise((resolve) => bash.once("close", resolve));
  expect(out).toMatch(/^complete -F __lambent_complete lambent\n_get_comp_words_by_ref\n$/);
}, 30_000);

it("every command has a help with examples, and lambent --help names them all", async () => {
  const { out } = await lambent(["--help"]);
  const names = [...out.matchAll(/^ {2}(\w+) {2,}\w/gm)].map(([, name = ""]) => name);
  expect(names).toEqual(expect.arrayContaining(["start", "list", "describe", "stop", "redrive", "signal", "timeline"]));
  const helps = await Promise.all(names.filter((name) => name !== "help").map((name) => lambent([name, "--help"])));
  for (const help of helps) {
    expect(help).toMatchObject({ code: 0, err: "" });
    expect(help.out).toMatch(/^Usage: lambent (\w+) [^]*\nExamples:\n {2}.*lambent \1/);
  }
  expect(await lambent([])).toMatchObject({ code: 0, out });
  expect(await lambent(["--version"])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
}, 60_000);
