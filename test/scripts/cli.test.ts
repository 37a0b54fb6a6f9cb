import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  CreateStateMachineCommand,
  DescribeStateMachineCommand,
  SFNClient,
  StartSyncExecutionCommand,
} from "@aws-sdk/client-sfn";
import { expect, it, onTestFinished } from "vitest";
import { StepFunctions, startEmulator } from "../../infra/emulator/index.ts";
import { localFunctions } from "../support/emulator.ts";

// The program as it is installed: `npm test` builds it first.
const program = fileURLToPath(new URL("../../dist/scripts/cli.js", import.meta.url));

const KEYS = { accessKeyId: "any", secretAccessKey: "any" };

interface Running {
  readonly output: () => string;
  readonly ended: Promise<number | null>;
  readonly stop: () => void;
}

function lambent(...args: string[]): Running {
  return lambentIn(process.cwd(), ...args);
}

function lambentIn(cwd: string, ...args: string[]): Running {
  return lambentWith({}, cwd, ...args);
}

function lambentWith(variables: Readonly<Record<string, string>>, cwd: string, ...args: string[]): Running {
  const child = spawn(process.execPath, [program, ...args], { cwd, env: { ...process.env, ...variables } });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += String(chunk)));
  return {
    output: () => output,
    ended: once(child, "exit").then(([code]) => code),
    stop: () => void child.kill("SIGTERM"),
  };
}

it("lambent emulator serves until it is told to stop", async () => {
  const directory = mkdtempSync(join(tmpdir(), "lambent-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const mocks = {
    StateMachines: { one: { TestCases: { Case: { Work: "Done" } } } },
    MockedResponses: { Done: { "0": { Return: "mocked" } } },
  };
  writeFileSync(join(directory, "mocks.json"), JSON.stringify(mocks));
  const auth = { BasicAuthParameters: { Username: "u", Password: "p" } };
  const self = { AuthorizationType: "BASIC", AuthParameters: auth };
  writeFileSync(join(directory, "connections.json"), JSON.stringify({ self }));
  // The option goes before the variable, whose file is not there.
  const files = ["--mock", "mocks.json", "--connections", "connections.json"];
  const args = ["emulator", "--port", "0", "--lambda-endpoint", "http://127.0.0.1:9", ...files];
  const { output, ended, stop } = lambentWith({ SFN_MOCK_CONFIG: "none.json" }, directory, ...args);
  await expect.poll(output, { timeout: 10_000 }).toMatch(/Step Functions: http:\/\/127\.0\.0\.1:\d+/);
  const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(output()) ?? [];
  const headers = { "x-amz-target": "AWSStepFunctions.ListStateMachines" };
  expect(await (await fetch(url, { method: "POST", headers, body: "{}" })).json()).toEqual({ stateMachines: [] });
  await expect.poll(output).toContain(`Console:        ${url}/console/\n`);
  expect(output()).toContain(`Mocks:          ${join(realpathSync(directory), "mocks.json")}\n`);
  const glue = { Type: "Task", Resource: "arn:aws:states:::aws-sdk:glue:getTables", Parameters: {}, End: true };
  const client = new SFNClient({ endpoint: url, region: "us-east-1", credentials: KEYS, disableHostPrefix: true });
  const created = await client.send(
    new CreateStateMachineCommand({
      name: "one",
      type: "EXPRESS",
      definition: JSON.stringify({ StartAt: "Work", States: { Work: glue } }),
      roleArn: "arn:aws:iam::000000000000:role/any",
    }),
  );
  const stateMachineArn = `${created.stateMachineArn}#Case`;
  expect(await client.send(new StartSyncExecutionCommand({ stateMachineArn }))).toMatchObject({ output: '"mocked"' });
  await expect(client.send(new StartSyncExecutionCommand({ stateMachineArn: `${stateMachineArn}s` }))).rejects.toThrow(
    "The test case 'Cases' of 'one' is not in the mock file",
  );
  const http = {
    Type: "Task",
    Resource: "arn:aws:states:::http:invoke",
    Parameters: {
      ApiEndpoint: url,
      Method: "GET",
      InvocationConfig: { ConnectionArn: "arn:aws:events:us-east-1:000000000000:connection/self/1" },
    },
    ResultSelector: { "status.$": "$.StatusCode" },
    End: true,
  };
  const asking = await client.send(
    new CreateStateMachineCommand({
      name: "asks",
      type: "EXPRESS",
      definition: JSON.stringify({ StartAt: "Ask", States: { Ask: http } }),
      roleArn: "arn:aws:iam::000000000000:role/any",
    }),
  );
  expect(await client.send(new StartSyncExecutionCommand({ stateMachineArn: asking.stateMachineArn }))).toMatchObject({
    output: '{"status":200}',
  });
  expect((await fetch(`${url}/console/`)).status).toBe(200);
  const answer = await fetch(`${url}/console/api/replicas`);
  expect(await answer.json()).toEqual({
    functions: {
      where: "elsewhere",
      endpoint: "http://127.0.0.1:9",
      why: "functions run at http://127.0.0.1:9 (--lambda-endpoint): of their instances, what these cache and what they print nothing is known here",
    },
    replicas: [],
  });
  // It ends although a page listens.
  const events = await fetch(`${url}/console/api/events`);
  expect(events.headers.get("content-type")).toBe("text/event-stream");
  stop();
  expect(await ended).toBe(0);
});

it.each([
  ["normal", ["failing \\w{8} started", "failing \\w{8} failed in \\d+ ms: Refused: not today"]],
  ["quiet", ["failing \\w{8} failed in \\d+ ms: Refused: not today"]],
])("what happens in executions is said, as much as --log says: %s", async (level, lines) => {
  const { output } = lambent("emulator", "--port", "0", "--log", level);
  await expect.poll(output, { timeout: 10_000 }).toMatch(/Console: /);
  const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(output()) ?? [];
  async function call(operation: string, body: object): Promise<Record<string, unknown>> {
    const headers = { "x-amz-target": `AWSStepFunctions.${operation}` };
    return (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).json() as never;
  }
  const definition = JSON.stringify({
    StartAt: "No",
    States: { No: { Type: "Fail", Error: "Refused", Cause: "not today" } },
  });
  const roleArn = "arn:aws:iam::000000000000:role/any";
  const { stateMachineArn } = await call("CreateStateMachine", { name: "failing", definition, roleArn });
  await call("StartExecution", { stateMachineArn });
  const said = new RegExp(`^Console: .*\\n${lines.join("\\n")}\\n$`, "m");
  await expect.poll(output).toMatch(said);
});

it("further Tasks have handlers of the user's, which report errors by the package's class too", async () => {
  const directory = mkdtempSync(join(tmpdir(), "lambent-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const module = join(directory, "handlers.mjs");
  const lambentEmulator = new URL("../../dist/infra/emulator/index.js", import.meta.url).href;
  const handlers = `import { StateError } from ${JSON.stringify(lambentEmulator)};
export default {
  "sqs:sendMessage": async ({ MessageBody }) => ({ sent: MessageBody }),
  "dynamodb:putItem": async () => {
    throw new StateError("DynamoDB.ConditionalCheckFailedException", "there is one");
  },
};
`;
  writeFileSync(module, handlers);
  const { output } = lambent("emulator", "--port", "0", "--integrations", module);
  await expect.poll(output, { timeout: 10_000 }).toMatch(/Step Functions: http/);
  const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(output()) ?? [];
  async function tested(action: string, Parameters: object): Promise<unknown> {
    const definition = JSON.stringify({
      Type: "Task",
      Resource: `arn:aws:states:::${action}`,
      Parameters,
      Catch: [{ ErrorEquals: ["DynamoDB.ConditionalCheckFailedException"], Next: "Taken" }],
      End: true,
    });
    const headers = { "x-amz-target": "AWSStepFunctions.TestState" };
    return (await fetch(url, { method: "POST", headers, body: JSON.stringify({ definition }) })).json();
  }
  expect(await tested("sqs:sendMessage", { QueueUrl: "q", MessageBody: 1 })).toMatchObject({
    status: "SUCCEEDED",
    output: '{"sent":1}',
  });
  expect(await tested("dynamodb:putItem", { TableName: "orders", Item: {} })).toMatchObject({
    status: "CAUGHT_ERROR",
    error: "DynamoDB.ConditionalCheckFailedException",
    cause: "there is one",
    nextState: "Taken",
  });
});

it("a mock file that is not there is told before anything is served", async () => {
  const { output, ended } = lambentWith({ SFN_MOCK_CONFIG: "none.json" }, tmpdir(), "emulator", "--port", "0");
  expect(await ended).toBe(1);
  expect(output()).toMatch(/the mock file \/.*none\.json cannot be read: ENOENT/);
});

it("a port that is taken is told with its remedy", async () => {
  const other = await startEmulator({ port: 0, functions: localFunctions() });
  onTestFinished(() => other.close());
  const { output, ended } = lambent("emulator", "--port", String(other.port));
  expect(await ended).toBe(1);
  expect(output()).toContain(
    `Port ${other.port} on 127.0.0.1 is in use: stop what listens there, or choose another with --port`,
  );
});

it.each([
  [["emulator", "--port", "x"], "--port: not a port number: x"],
  [["emulator", "--region", "Europe"], "--region: not a region's name, such as eu-west-1: Europe"],
  [["emulator", "--keep", "0"], "--keep: not a positive integer: 0"],
  [["emulator", "--log", "loud"], "--log: not one of quiet, normal, verbose: loud"],
  [["emulator", "a.asl.json", "--parameter", "Stage"], "--parameter: not NAME=VALUE, as Stage=dev: Stage"],
  [["emulator", "--parameter", "A=1"], "--parameter: there is no file that it could be for"],
  [["emulator", "--fast"], "Unknown option '--fast'"],
  [["fly"], "Unknown command 'fly'"],
  [["timeline"], "Missing required argument 'execution'"],
  [["timeline", "one", "two"], "Too many arguments for 'timeline'. Expected 1 argument but got 2."],
  [["timeline", "one", "--out", "one.png"], "--out: not a file that ends with .html, .svg or .json: one.png"],
  [["timeline", "one", "--endpoint", "here"], "--endpoint: not a URL: here"],
  [["timeline", "one", "--children", "few"], "--children: not a positive integer: few"],
  [["timelin", "one"], "Unknown command 'timelin'\n(Did you mean timeline?)"],
  [["timeline", "one", "--endpont", "here"], "Unknown option '--endpont'\n(Did you mean --endpoint?)"],
  [
    ["timeline", "one", "--stage", "--aws"],
    "--stage: its value is missing before --aws; if that is its value, write --stage=--aws",
  ],
])("wrong usage is told: %j", async (args, message) => {
  const { output, ended } = lambent(...args);
  expect(await ended).toBe(2);
  expect(output()).toContain(message);
  expect(output()).toMatch(/\nSee: lambent (\w+ )?--help\n$/);
});

it("an address that other machines reach asks for a token or --insecure, and says what it opens", async () => {
  const refused = lambent("emulator", "--port", "0", "--host", "0.0.0.0");
  expect(await refused.ended).toBe(1);
  expect(refused.output()).toContain("Give --token SECRET, which clients send as their session token");
  const { output } = lambent("emulator", "--port", "0", "--host", "0.0.0.0", "--token", "s3cret");
  await expect.poll(output, { timeout: 10_000 }).toContain("Listening at all addresses of this machine: whoever sends");
  const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(output()) ?? [];
  const headers = { "x-amz-target": "AWSStepFunctions.ListStateMachines" };
  const request = { method: "POST", headers, body: "{}" };
  expect((await fetch(url, request)).status).toBe(403);
  const own = { ...headers, "x-amz-security-token": "s3cret" };
  expect((await fetch(url, { ...request, headers: own })).status).toBe(200);
});

it("the service needs no server at all", async () => {
  const states = new StepFunctions({ functions: localFunctions() });
  expect(states.listStateMachines()).toEqual({ stateMachines: [] });
});

it("lambent emulator has the state machines of files when it answers, and does not start with one that is refused", async () => {
  const directory = mkdtempSync(join(tmpdir(), "lambent-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const definition = JSON.stringify({ StartAt: "A", States: { A: { Type: "Pass", Result: "${Stage}", End: true } } });
  writeFileSync(join(directory, "order.asl.json"), definition);
  const args = ["emulator", "--port", "0", "order.asl.json", "--parameter", "Stage=dev"];
  const { output, ended, stop } = lambentIn(directory, ...args);
  const arn = "arn:aws:states:us-east-1:000000000000:stateMachine:order";
  await expect.poll(output, { timeout: 20_000 }).toContain(`order.asl.json: ${arn}\n`);
  const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(output()) ?? [];
  expect((await fetch(url)).status).toBe(200);
  const client = new SFNClient({ endpoint: url, region: "us-east-1", credentials: KEYS });
  const described = await client.send(new DescribeStateMachineCommand({ stateMachineArn: arn }));
  expect(described.definition).toContain('"Result":"dev"');
  writeFileSync(join(directory, "order.asl.json"), definition.replace("Pass", "Fail"));
  await expect
    .poll(output, { timeout: 20_000 })
    .toContain("not updated, the last good version stays: order.asl.json: ");
  stop();
  expect(await ended).toBe(0);

  const refused = lambentIn(directory, ...args);
  expect(await refused.ended).toBe(1);
  expect(refused.output()).toMatch(/^order\.asl\.json: InvalidDefinition: .* at \/States\/A/);
});

it("lambent timeline draws an execution of an emulator: a page, a picture, a trace", async () => {
  const emulator = await startEmulator({ port: 0, functions: localFunctions() });
  onTestFinished(() => emulator.close());
  const definition = JSON.stringify({ StartAt: "Rest", States: { Rest: { Type: "Wait", Seconds: 1, End: true } } });
  const roleArn = "arn:aws:iam::000000000000:role/any";
  const { stateMachineArn } = emulator.states.createStateMachine({ name: "resting", definition, roleArn });
  const { executionArn } = emulator.states.startExecution({ stateMachineArn, name: "the-first" });
  emulator.states.startExecution({ stateMachineArn, name: "the-second" });
  await emulator.states.executionEnd(executionArn);
  const directory = mkdtempSync(join(tmpdir(), "lambent-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  async function timeline(...args: string[]): Promise<{ code: number | null; output: string }> {
    const { output, ended } = lambentIn(directory, "timeline", ...args, "--endpoint", emulator.url);
    return { code: await ended, output: output() };
  }
  const [page, picture, trace] = ["html", "svg", "json"].map((type) => join(directory, "new", `one.${type}`));
  const told = await timeline("the-first", "--out", page ?? "");
  expect(told).toMatchObject({ code: 0 });
  expect(told.output).toContain(`resting the-first, ${emulator.url}`);
  expect(told.output).toContain(page);
  expect(readFileSync(page ?? "", "utf8")).toContain("<h1>resting</h1>");
  expect(await timeline(executionArn, "--out", picture ?? "")).toMatchObject({ code: 0 });
  expect(readFileSync(picture ?? "", "utf8")).toMatch(/^<svg [^]*>Rest<\/text>/);
  expect(await timeline("the-f", "--out", trace ?? "")).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(trace ?? "", "utf8"))).toMatchObject({ otherData: { execution: "the-first" } });
  expect(await timeline("the-")).toMatchObject({
    code: 1,
    output: expect.stringContaining("2 executions are called the-: give the ARN of one: "),
  });
  expect(await timeline("other")).toMatchObject({
    code: 1,
    output: expect.stringContaining(`no execution is called other: ${emulator.url} has none among`),
  });
  expect(await timeline(executionArn.replace("the-first", "gone"))).toMatchObject({
    code: 1,
    output: expect.stringContaining("an emulator forgets the oldest, AWS forgets after 90 days"),
  });
}, 90_000);

it("lambent timeline without a server says how to come by one", async () => {
  const nowhere = lambent("timeline", "one", "--endpoint", "http://127.0.0.1:9");
  expect(await nowhere.ended).toBe(1);
  expect(nowhere.output()).toMatch(/^nothing answers at http:\/\/127\.0\.0\.1:9: start `npx serverless offline`/);
});
