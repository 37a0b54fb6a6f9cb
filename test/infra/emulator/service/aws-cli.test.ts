import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { findTool, unlessInstalled } from "../../../support/tools.ts";
import { servedProject } from "../../../support/served-project.ts";

const program = findTool("aws");
const project = servedProject(
  {
    "flows.ts": `
import { ActorEnvironment, required, S3File, task, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "adder" });
const add = actor.task(async function add({ a, b }: { a: number; b: number }) { return a + b; });
export const sum = workflow({ a: 1, b: 2 }, function sum({ a, b }) { return add({ a, b }); });
const read = task(async function read({ file }: { file: S3File<"txt"> }) { return file.text(); });
export const reading = workflow({ file: required<S3File<"txt">>() }, function reading({ file }) { return read({ file }); });
`,
    ".lambent/store/local/files/a.txt": "from a",
  },
  { service: "cli" },
);

/** `aws …` against the emulator, its answer parsed. */
async function aws(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(program ?? "aws", [...args, "--endpoint-url", project.served.url], {
    env: { ...process.env, AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_DEFAULT_REGION: "us-east-1" },
  });
  return stdout === "" ? {} : (JSON.parse(stdout) as Record<string, unknown>);
}

test.skipIf(program === undefined)(
  `the AWS CLI runs a workflow and reads its history${unlessInstalled("aws", program)}`,
  async () => {
    const machine = project.served.stateMachines.get("sum") ?? "";
    expect(await aws("stepfunctions", "list-state-machines")).toMatchObject({
      stateMachines: [{ name: "cli-dev-reading" }, { name: "cli-dev-sum" }],
    });
    const started = await aws(
      "stepfunctions",
      "start-execution",
      "--state-machine-arn",
      machine,
      "--input",
      '{"b": 40}',
    );
    const execution = String(started["executionArn"]);
    function describe() {
      return aws("stepfunctions", "describe-execution", "--execution-arn", execution);
    }
    await expect.poll(describe, { timeout: 20_000 }).toMatchObject({ status: "SUCCEEDED", output: "41" });
    const history = await aws(
      "stepfunctions",
      "get-execution-history",
      "--execution-arn",
      execution,
      "--page-size",
      "3",
    );
    expect((history["events"] as { type: string }[]).map(({ type }) => type)).toEqual([
      "ExecutionStarted",
      "ChoiceStateEntered",
      "ChoiceStateExited",
      "TaskStateEntered",
      "TaskScheduled",
      "TaskStarted",
      "TaskSucceeded",
      "TaskStateExited",
      "SucceedStateEntered",
      "SucceedStateExited",
      "ExecutionSucceeded",
    ]);
  },
);

test.skipIf(program === undefined)(
  `the AWS CLI invokes a function by its alias${unlessInstalled("aws", program)}`,
  async () => {
    const file = join(project.root, "payload.json");
    project.write("event.json", '{"task": "add", "inputs": {"a": 2, "b": 3}}');
    const target = ["--function-name", "cli-dev-adder", "--qualifier", "live"];
    const answer = await aws(
      "lambda",
      "invoke",
      ...target,
      "--payload",
      `file://${join(project.root, "event.json")}`,
      file,
    );
    expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: "1" });
  },
);

const FILE = '{"file": "s3://local/files/a.txt"}';

test.skipIf(program === undefined)(
  `the AWS CLI gives a workflow a file by its address${unlessInstalled("aws", program)}`,
  async () => {
    const machine = project.served.stateMachines.get("reading") ?? "";
    const started = await aws("stepfunctions", "start-execution", "--state-machine-arn", machine, "--input", FILE);
    const execution = String(started["executionArn"]);
    await expect
      .poll(() => aws("stepfunctions", "describe-execution", "--execution-arn", execution), { timeout: 20_000 })
      .toMatchObject({ status: "SUCCEEDED", output: '"from a"' });
  },
);

const BOTO3 = `
import boto3, sys, time
url, machine, given = sys.argv[1:]
states = boto3.client("stepfunctions", endpoint_url=url)
execution = states.start_execution(stateMachineArn=machine, input=given)["executionArn"]
for _ in range(200):
    described = states.describe_execution(executionArn=execution)
    if described["status"] != "RUNNING":
        break
    time.sleep(0.1)
print(described["status"], described.get("output"))
`;

// scripts/ci-tools.sh installs both into one place; a command of the machine's own may have no boto3 beside it.
const besideCli = join(dirname(program ?? ""), "python");
const boto3 = program?.includes(".tools") === true ? besideCli : undefined;

test.skipIf(boto3 === undefined)(
  `boto3 gives a workflow a file by its address${unlessInstalled("boto3", boto3)}`,
  async () => {
    const machine = project.served.stateMachines.get("reading") ?? "";
    const { stdout } = await promisify(execFile)(besideCli, ["-c", BOTO3, project.served.url, machine, FILE], {
      env: { ...process.env, AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_DEFAULT_REGION: "us-east-1" },
    });
    expect(stdout.trim()).toBe('SUCCEEDED "from a"');
  },
);
