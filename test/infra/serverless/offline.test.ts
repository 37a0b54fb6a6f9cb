import { execFileSync } from "node:child_process";
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
afterAll(() => project.remove());

const credentials = { accessKeyId: "a", secretAccessKey: "b" };

/** The process ids of the replicas that `parent` has started. */
function replicasOf(parent: number | undefined): number[] {
  const list = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" });
  const rows = list.split("\n").map((line) => line.trim().split(/\s+/));
  return rows
    .filter(([, ppid, ...args]) => Number(ppid) === parent && args.join(" ").includes("replica-process"))
    .map(([pid]) => Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.each([[["offline"]], [["offline", "start"]]])(
  "serverless %s serves Step Functions, Lambda and serverless-offline's own, reloads, and stops at Ctrl-C",
  async (command) => {
    const httpPort = 30_000 + Math.floor(Math.random() * 20_000);
    const program = startProgram(
      process.execPath,
      [
        join(packageRoot, "node_modules/serverless/bin/serverless.js"),
        ...command,
        "--httpPort",
        String(httpPort),
        "--lambdaPort",
        String(httpPort + 1),
        "--noPrependStageInUrl",
      ],
      { cwd: project.root },
    );
    let replicas: number[] = [];
    try {
      async function printed(pattern: RegExp): Promise<string> {
        await expect.poll(program.output, { timeout: 60_000, interval: 50 }).toMatch(pattern);
        return pattern.exec(program.output())?.[1] ?? "";
      }
      const endpoint = await printed(/Step Functions and Lambda at (http:\S+)/);
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
      await printed(/(reloaded in \d+ ms: hello, spinning)/);
      expect(await run()).toBe('"you?"');
      // One that computes would not see its parent go.
      await states.send(new StartExecutionCommand({ stateMachineArn: stateMachineArn.replace(/hello$/, "spinning") }));
      await sleep(500);
      replicas = replicasOf(program.child.pid);
      expect(replicas.length).toBeGreaterThan(0);
    } finally {
      project.write("flows.ts", flows("!"));
      program.child.kill("SIGINT");
    }
    expect(await program.ended).toBe(0);
    await expect.poll(() => replicas.filter(isAlive), { timeout: 10_000 }).toEqual([]);
  },
  120_000,
);

test("what serverless.yml says of a generated function holds offline; a workflow is EXPRESS; schedules and images are told", async () => {
  const overridden = projectDirectory({
    "flows.ts": `
import { ActorEnvironment, task, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "seer", timeout: 60, containerImage: "pictures", environment: { A: "actor", B: "actor" } });
const seen = ["ALL", "A", "B", "C", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"];
const see = actor.task(async function see() { return seen.map((name) => process.env[name] ?? "none"); });
const plain = task(async function plain() { return seen.map((name) => process.env[name] ?? "none"); });
export const looking = workflow({}, function looking() { return [see({}), plain({})]; }, { schedule: "rate(1 hour)", type: "EXPRESS" });
`,
    "serverless.yml": `
service: overridden
plugins: [lambent/plugin, serverless-offline]
lambent: { workflows: flows.ts, offline: { port: 0 } }
provider: { name: aws, runtime: nodejs20.x, region: eu-west-1, memorySize: 512, environment: { ALL: provider, A: provider } }
params: { default: { replicas: "3" } }
functions:
  hello: { handler: hello.handler, events: [{ httpApi: "GET /hello" }] }
  seer: { name: my-own-seer, memorySize: 2048, provisionedConcurrency: "\${param:replicas}", environment: { B: yaml, C: 7 } }
`,
  });
  const port = 30_000 + Math.floor(Math.random() * 20_000);
  const ports = ["--httpPort", String(port), "--lambdaPort", String(port + 1)];
  const program = startProgram(
    process.execPath,
    [join(packageRoot, "node_modules/serverless/bin/serverless.js"), "offline", ...ports],
    { cwd: overridden.root },
  );
  try {
    await expect.poll(program.output, { timeout: 60_000, interval: 50 }).toMatch(/Server ready:/);
    const output = program.output();
    expect(output).toContain("actor seer runs as a process from its bundle, not in its containerImage pictures");
    expect(output).toContain("schedules start nothing on this machine: looking (rate(1 hour))");
    const [, endpoint = ""] = /Step Functions and Lambda at (http:\S+)/.exec(output) ?? [];
    const stateMachineArn = /looking: (arn:\S+)/.exec(output)?.[1];
    const states = new SFNClient({ endpoint, region: "eu-west-1", credentials, disableHostPrefix: true });
    expect(await states.send(new DescribeStateMachineCommand({ stateMachineArn }))).toMatchObject({
      name: "overridden-dev-looking-express",
      type: "EXPRESS",
    });
    const { status, output: answer } = await states.send(new StartSyncExecutionCommand({ stateMachineArn }));
    expect([status, JSON.parse(answer ?? "null")]).toEqual([
      "SUCCEEDED",
      [
        ["provider", "actor", "yaml", "7", "my-own-seer", "2048"],
        ["provider", "provider", "none", "none", "overridden-dev-tasks", "512"],
      ],
    ]);
    expect(replicasOf(program.child.pid)).toHaveLength(3 + 1);
    expect(output).toContain("* hello: overridden-dev-hello");
    expect(output).not.toContain("* seer:"); // it is not serverless-offline's to run
  } finally {
    program.child.kill("SIGINT");
    await program.ended;
    overridden.remove();
  }
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
