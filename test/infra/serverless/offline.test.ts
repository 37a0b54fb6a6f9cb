import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
  StartSyncExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, expect, test } from "vitest";
import { rankReplicas } from "../../../sdk/values/replica-ranking.ts";
import { packageRoot, projectDirectory } from "../../support/project-directory.ts";
import { startProgram } from "../../support/program.ts";

function flows(suffix: string): string {
  return `
import { ActorEnvironment, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "greeter" });
const greet = actor.task(async function greet({ name }: { name: string }) { return name + "${suffix}"; });
const spin = actor.task(async function spin() { for (;;); });
export const spinning = workflow({}, function spinning() { return spin({}); });
export const hello = workflow({ name: "world" }, function hello({ name }) { return greet({ name }); });
`;
}
const project = projectDirectory({
  // As npm installs it, for npx.
  "node_modules/.bin/serverless": "#!/usr/bin/env node\nrequire('../serverless/bin/serverless.js');\n",
  "flows.ts": flows("!"),
  "hello.js": "export const handler = async () => ({ statusCode: 200, body: 'plain function' });",
  "serverless.yml": `
service: offline-test
plugins: [lambent/plugin, serverless-offline]
lambent: { workflows: flows.ts, offline: { port: 0 } }
provider: { name: aws, runtime: nodejs20.x, region: eu-west-1 }
functions:
  hello: { handler: hello.handler, events: [{ httpApi: "GET /hello" }] }
`,
});
chmodSync(join(project.root, "node_modules/.bin/serverless"), 0o755);
afterAll(() => project.remove());

const credentials = { accessKeyId: "a", secretAccessKey: "b" };

/** The process ids of all that a process has started, and what these have. */
function descendantsOf(parent: number | undefined, command = ""): number[] {
  const list = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" });
  const rows = list.split("\n").map((line) => line.trim().split(/\s+/));
  function below(one: number | undefined): number[] {
    return rows.flatMap(([pid, ppid, ...args]) => {
      if (Number(ppid) !== one) return [];
      const own = args.join(" ").includes(command) ? [Number(pid)] : [];
      return [...own, ...below(Number(pid))];
    });
  }
  return below(parent);
}

/** The process ids of the replicas that `parent` has started. */
function replicasOf(parent: number | undefined): number[] {
  return descendantsOf(parent, "replica-process");
}

/** Where the artifacts of a project lie while it is served, in directories of its processes. */
function artifactsOf(root: string): string {
  const hash = createHash("sha256").update(root).digest("hex").slice(0, 16);
  return join(tmpdir(), `lambent-${process.getuid?.() ?? "user"}`, hash);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.each([
  { command: ["offline"], signal: "SIGTERM" },
  { command: ["offline", "start"], signal: "SIGHUP" },
] as const)(
  "serverless $command serves Step Functions, Lambda and serverless-offline's own, reloads, and ends with npx at $signal",
  async ({ command, signal }) => {
    const httpPort = 30_000 + Math.floor(Math.random() * 20_000);
    const program = startProgram(
      "npx",
      [
        "serverless",
        ...command,
        "--httpPort",
        String(httpPort),
        "--lambdaPort",
        String(httpPort + 1),
        "--noPrependStageInUrl",
      ],
      { cwd: project.root },
    );
    let started: number[] = [];
    try {
      async function printed(pattern: RegExp): Promise<string> {
        await expect.poll(program.output, { timeout: 60_000, interval: 50 }).toMatch(pattern);
        return pattern.exec(program.output())?.[1] ?? "";
      }
      const endpoint = await printed(/Step Functions and Lambda at (http:\S+)/);
      const consolePage = await printed(/console: (http:\S+\/console\/)/);
      expect(await (await fetch(`${consolePage}api/service`)).json()).toMatchObject({
        name: "offline-test",
        stage: "dev",
        region: "eu-west-1",
        servedBy: "serverless offline",
        functions: { where: "here" },
      });
      const stateMachineArn = await printed(
        /hello: (arn:aws:states:eu-west-1:\d+:stateMachine:offline-test-dev-hello)/,
      );
      await printed(/Server ready:/);
      const states = new SFNClient({ endpoint, region: "eu-west-1", credentials });
      async function run(): Promise<string | undefined> {
        const { executionArn } = await states.send(
          new StartExecutionCommand({ stateMachineArn, input: '{"name":"you"}' }),
        );
        await expect
          .poll(async () => (await states.send(new DescribeExecutionCommand({ executionArn }))).status, {
            timeout: 20_000,
          })
          .not.toBe("RUNNING");
        return (await states.send(new DescribeExecutionCommand({ executionArn }))).output;
      }
      expect((await states.send(new ListStateMachinesCommand())).stateMachines?.map(({ name }) => name)).toEqual([
        "offline-test-dev-hello",
        "offline-test-dev-spinning",
      ]);
      expect(await run()).toBe('"you!"');

      const lambda = new LambdaClient({ endpoint, region: "eu-west-1", credentials });
      const answer = await lambda.send(
        new InvokeCommand({
          FunctionName: "offline-test-dev-greeter:live",
          Payload: Buffer.from('{"task":"greet","inputs":{"name":"me"}}'),
        }),
      );
      expect(JSON.parse(answer.Payload?.transformToString() ?? "")).toMatchObject({
        output: "me!",
        receipt: { task: "greet", initializationType: "provisioned-concurrency" },
      });
      expect(await (await fetch(`http://localhost:${httpPort}/hello`)).text()).toBe("plain function");

      project.write("flows.ts", flows("?"));
      await printed(/(reloading \(flows\.ts\))/);
      await printed(/(reloaded in \d+ ms)/);
      expect(await run()).toBe('"you?"');
      // One that computes would not see its parent go.
      await states.send(new StartExecutionCommand({ stateMachineArn: stateMachineArn.replace(/hello$/, "spinning") }));
      await sleep(500);
      expect(replicasOf(program.child.pid).length).toBeGreaterThan(0);
      started = descendantsOf(program.child.pid);
      expect(readdirSync(artifactsOf(project.root))).toHaveLength(1);
      // Each execution that ended has its timeline, whose writing is no change of the service.
      const [, page = ""] = /hello \w{8} succeeded in .*\n {2}(\.lambent\S+)/.exec(program.output()) ?? [];
      expect(readFileSync(join(project.root, page), "utf8")).toContain("<title>hello ");
      expect(program.output().match(/^reloaded/gm)).toHaveLength(1);
    } finally {
      project.write("flows.ts", flows("!"));
      program.child.kill(signal);
    }
    await program.ended;
    await expect.poll(() => started.filter(isAlive), { timeout: 15_000 }).toEqual([]);
    expect(existsSync(artifactsOf(project.root))).toBe(false);
  },
  120_000,
);

test("what serverless.yml says of functions holds offline, its state machines are served, what is not is told; killed, it leaves no replica", async () => {
  const overridden = projectDirectory({
    "flows.ts": `
import { ActorEnvironment, task, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "seer", timeout: 60, containerImage: "pictures", environment: { A: "actor", B: "actor" } });
const seen = ["ALL", "A", "B", "C", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "WORD", "DOTENV_WORD", "MACHINE", "TABLE", "AWS_LAMBDA_LOG_FORMAT"];
const see = actor.task(async function see() { return seen.map((name) => process.env[name] ?? "none"); });
const plain = task(async function plain() { console.log("plain speaks"); return seen.map((name) => process.env[name] ?? "none"); });
const near = new ActorEnvironment({ name: "near", replicaCount: 2, affinity: true });
const glance = near.task(async function glance({ key }: { key: string }) { return seen.map((name) => process.env[name] ?? "none"); }, { affinityKey: ({ key }) => key });
export const looking = workflow({}, function looking() { return [see({}), plain({}), glance({ key: "k" })]; }, { schedule: "rate(1 hour)", type: "EXPRESS" });
`,
    ".env": "DOTENV_WORD=swordfish",
    "hello.js":
      "export const handler = async (event) => ({ ...event, machine: process.env.MACHINE, table: process.env.TABLE ?? null });",
    "serverless.yml": `
service: overridden
useDotenv: true
plugins: [lambent/plugin, serverless-offline]
lambent:
  workflows: flows.ts
  offline:
    port: 0
    log: verbose
    connections: { shop: { AuthorizationType: BASIC, AuthParameters: { BasicAuthParameters: { Username: u, Password: "\${env:DOTENV_WORD}" } } } }
provider:
  name: aws
  runtime: nodejs20.x
  region: eu-west-1
  memorySize: 512
  logs: { lambda: { logFormat: JSON } }
  environment: { ALL: provider, A: provider, WORD: "\${env:DOTENV_WORD}", MACHINE: !Ref LookingStateMachine, TABLE: !Ref Table }
params: { default: { replicas: "3" } }
resources:
  Resources:
    Table: { Type: AWS::DynamoDB::Table }
    Greeting:
      Type: AWS::StepFunctions::StateMachine
      Properties:
        StateMachineType: EXPRESS
        DefinitionString: !Sub '{"StartAt":"Hello","States":{"Hello":{"Type":"Task","Resource":"\${HelloLambdaFunction.Arn}","End":true}}}'
    Substituted:
      Type: AWS::StepFunctions::StateMachine
      Properties:
        StateMachineName: my-own-machine
        StateMachineType: EXPRESS
        Definition: { StartAt: Seer, States: { Seer: { Type: Task, Resource: "arn:aws:states:::lambda:invoke", Parameters: { FunctionName: "\${seer}", Payload: { task: see, inputs: {} } }, End: true } } }
        DefinitionSubstitutions: { seer: !Ref SeerProvConcLambdaAlias, unused: !Ref Table }
    Calling:
      Type: AWS::StepFunctions::StateMachine
      Properties:
        StateMachineType: EXPRESS
        Definition: { StartAt: A, States: { A: { Type: Task, Resource: "arn:aws:states:::http:invoke", Parameters: { Method: GET, ApiEndpoint: "http://127.0.0.1:1/", InvocationConfig: { ConnectionArn: "arn:aws:events:eu-west-1:000000000000:connection/shop/1" } }, End: true } } }
    Starting:
      Type: AWS::StepFunctions::StateMachine
      Properties:
        Definition: { StartAt: A, States: { A: { Type: Task, Resource: "arn:aws:states:::states:startExecution.sync:2", Parameters: { StateMachineArn: "\${inner}" }, End: true } } }
        DefinitionSubstitutions: { inner: !Ref Storing }
    Further:
      Type: AWS::StepFunctions::StateMachine
      Properties:
        Definition: { StartAt: A, States: { A: { Type: Task, Resource: "arn:aws:states:::states:startExecution", Parameters: { StateMachineArn: "\${inner}" }, End: true } } }
        DefinitionSubstitutions: { inner: !Ref Starting }
    Nesting:
      Type: AWS::StepFunctions::StateMachine
      Properties:
        Definition: { StartAt: A, States: { A: { Type: Task, Resource: "arn:aws:states:::states:startExecution.sync:2", Parameters: { StateMachineArn: "\${inner}" }, End: true } } }
        DefinitionSubstitutions: { inner: !Ref LookingStateMachine }
    Storing:
      Type: AWS::StepFunctions::StateMachine
      Properties: { Definition: { StartAt: A, States: { A: { Type: Task, Resource: "arn:aws:states:::dynamodb:putItem", Parameters: { TableName: t, Item: {} }, End: true } } } }
    Foreign:
      Type: AWS::StepFunctions::StateMachine
      Properties: { DefinitionString: '{"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:lambda:eu-west-1:123456789012:function:other","End":true}}}' }
functions:
  hello: { handler: hello.handler, events: [{ httpApi: "GET /hello" }] }
  seer: { name: my-own-seer, memorySize: 2048, provisionedConcurrency: "\${param:replicas}", environment: { B: yaml, C: 7 } }
  near: { name: my-near, logs: { logFormat: Text }, environment: { C: 8 } }
`,
  });
  const port = 30_000 + Math.floor(Math.random() * 20_000);
  const ports = ["--httpPort", String(port), "--lambdaPort", String(port + 1)];
  const program = startProgram(
    process.execPath,
    [join(packageRoot, "node_modules/serverless/bin/serverless.js"), "offline", ...ports],
    { cwd: overridden.root },
  );
  let replicas: number[] = [];
  try {
    await expect.poll(program.output, { timeout: 60_000, interval: 50 }).toMatch(/Server ready:/);
    const output = program.output();
    expect(output).toContain("actor seer runs as a process from its bundle, not in its containerImage pictures");
    expect(output).toMatch(/schedule looking: rate\(1 hour\), next at \d{4}-\d\d-\d\dT/);
    const [, endpoint = ""] = /Step Functions and Lambda at (http:\S+)/.exec(output) ?? [];
    const stateMachineArn = /looking: (arn:\S+)/.exec(output)?.[1];
    const states = new SFNClient({ endpoint, region: "eu-west-1", credentials, disableHostPrefix: true });
    expect(await states.send(new DescribeStateMachineCommand({ stateMachineArn }))).toMatchObject({
      name: "overridden-dev-looking-express",
      type: "EXPRESS",
    });
    const { status, output: answer } = await states.send(new StartSyncExecutionCommand({ stateMachineArn }));
    // As on AWS, .env reaches functions through variables of serverless.yml alone.
    const all = ["swordfish", "none", stateMachineArn, "none"];
    expect([status, JSON.parse(answer ?? "null")]).toEqual([
      "SUCCEEDED",
      [
        ["provider", "actor", "yaml", "7", "my-own-seer", "2048", ...all, "JSON"],
        ["provider", "provider", "none", "none", "overridden-dev-tasks", "512", ...all, "JSON"],
        ["provider", "provider", "none", "8", `my-near-${rankReplicas(["k"], 2)[0]}`, "512", ...all, "Text"],
      ],
    ]);
    await expect
      .poll(program.output)
      .toMatch(/"message":"plain speaks","execution":"arn:[^"]*looking[^"]*","node":"plain"/);
    expect(output).toContain("the variable TABLE is not set: { Ref: Table } has no value on this machine");
    const machines = "arn:aws:states:eu-west-1:000000000000:stateMachine";
    const greeting = await states.send(
      new StartSyncExecutionCommand({ stateMachineArn: `${machines}:overridden-dev-Greeting`, input: '{"n":1}' }),
    );
    expect(JSON.parse(greeting.output ?? "null")).toEqual({ n: 1, machine: stateMachineArn, table: null });
    const substituted = await states.send(
      new StartSyncExecutionCommand({ stateMachineArn: `${machines}:my-own-machine` }),
    );
    expect(substituted.output).toContain('"my-own-seer"');
    // The connection is there; nothing listens where the request goes.
    expect(
      await states.send(new StartSyncExecutionCommand({ stateMachineArn: `${machines}:overridden-dev-Calling` })),
    ).toMatchObject({ error: "States.Http.Socket" });
    expect(output).toContain(
      "Storing of resources is not served: Invalid State Machine Definition: 'NOT_EMULATED: arn:aws:states:::dynamodb:putItem: it has nowhere to go: name an endpoint that speaks DynamoDB",
    );
    expect(output).toContain(
      "Foreign of resources is not served: its state A calls arn:aws:lambda:eu-west-1:123456789012:function:other, which is no function that runs here",
    );
    for (const [id, inner] of [
      ["Starting", "Storing"],
      ["Further", "Starting"],
    ]) {
      expect(output).toContain(
        `${id} of resources is not served: its state A starts ${machines}:overridden-dev-${inner}, which is no state machine that is served here`,
      );
    }
    expect(output).toContain(`Nesting: ${machines}:overridden-dev-Nesting`);
    await expect.poll(program.output).toMatch(/my-own-machine \w{8} Seer \d+ ms/);
    replicas = replicasOf(program.child.pid);
    expect(replicas).toHaveLength(3 + 1 + 2);
    expect(output).toContain("* hello: overridden-dev-hello");
    expect(output).not.toContain("* near:");
    expect(output).not.toContain("* seer:"); // it is not serverless-offline's to run
  } finally {
    program.child.kill("SIGKILL");
    await program.ended;
    overridden.remove();
  }
  await expect.poll(() => replicas.filter(isAlive), { timeout: 10_000 }).toEqual([]);
}, 120_000);

test("a misspelt setting is refused by name", async () => {
  const broken = projectDirectory({
    "serverless.yml":
      "service: typo\nplugins: [lambent/plugin]\nlambent: { workflow: flows.ts }\nprovider: { name: aws }\nconfigValidationMode: error\n",
  });
  const program = startProgram(
    process.execPath,
    [join(packageRoot, "node_modules/serverless/bin/serverless.js"), "print"],
    { cwd: broken.root },
  );
  expect(await program.ended).toBe(1);
  expect(program.output()).toMatch(
    /at 'lambent': (unrecognized property 'workflow'|must have required property 'workflows')/,
  );
  broken.remove();
});

test("with lambent/plugin alone serverless offline serves the workflows; a port that is taken is told with its setting", async () => {
  const taken = createServer().listen(0, "localhost");
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as AddressInfo;
  function yaml(plugins: string, offline: string): string {
    return `
service: alone
plugins: [${plugins}]
lambent: { workflows: flows.ts, offline: ${offline} }
provider: { name: aws, runtime: nodejs20.x, region: eu-west-1 }
functions:
  hello: { handler: hello.handler }
`;
  }
  const alone = projectDirectory({
    "flows.ts": flows("!"),
    "serverless.yml": yaml("lambent/plugin", `{ port: ${port} }`),
  });
  function offline(...args: readonly string[]) {
    const bin = join(packageRoot, "node_modules/serverless/bin/serverless.js");
    return startProgram(process.execPath, [bin, "offline", ...args], { cwd: alone.root });
  }
  async function refusal(...args: readonly string[]): Promise<string> {
    const program = offline(...args);
    expect(await program.ended).toBe(1);
    expect(program.output()).not.toMatch(/^ +at /m);
    return program.output();
  }
  const owner = new RegExp(` by .+ \\(process ${process.pid}\\)`); // this process listens there
  const told = await refusal();
  expect(told).toMatch(owner);
  expect(told.replace(owner, "")).toContain(
    `port ${port} is in use, and Step Functions is to be served there: stop what listens there, or choose another with \`lambent: { offline:`,
  );
  alone.write("serverless.yml", yaml("lambent/plugin, serverless-offline", "{ port: 0 }"));
  expect((await refusal("--lambdaPort", String(port))).replace(owner, "")).toContain(
    `port ${port} on localhost is in use, and serverless-offline needs it: stop what listens there, or choose another with --lambdaPort`,
  );
  alone.write("serverless.yml", yaml("lambent/plugin, serverless-offline", "{ port: 0, log: loud }"));
  expect(await refusal()).toContain(
    "at 'lambent.offline.log': must be equal to one of the allowed values [quiet, normal, verbose]",
  );
  taken.close();

  alone.write("serverless.yml", yaml("lambent/plugin", "{ port: 0 }"));
  const program = offline();
  await expect.poll(program.output, { timeout: 60_000 }).toMatch(/start-execution/);
  expect(program.output()).toContain("not served: hello. For them add serverless-offline");
  program.child.kill("SIGINT");
  expect(await program.ended).toBe(0);
  expect(existsSync(artifactsOf(alone.root))).toBe(false);
  alone.remove();
}, 120_000);
