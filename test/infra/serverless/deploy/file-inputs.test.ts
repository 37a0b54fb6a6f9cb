import asl from "asl-validator";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Template } from "../../../../infra/serverless/deploy/framework.ts";
import { projectDirectory } from "../../../support/project-directory.ts";
import { comparePermissions, documentedPermissions } from "../../../support/documented-permissions.ts";
import { packagedTemplate, resourcesOf } from "../../../support/serverless.ts";
import { findTool, runTool, unlessInstalled } from "../../../support/tools.ts";

const project = projectDirectory({
  "flow.ts": `
import { ActorEnvironment, asset, launchPlan, mapTask, required, S3File, task, waitForInput, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "model", secrets: {
  TOKEN: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-AbCdEf",
  HOST: "arn:aws:ssm:eu-west-1:123456789012:parameter/host",
} });
const embed = actor.task(async function embed({ file }: { file: S3File<"onnx"> }) { return file.uri; });
const other = new ActorEnvironment({ name: "other", replicaCount: 3, ttlSeconds: 300 });
const count = other.task(async function count({ n }: { n: number }) { return n; });
export const embedding = workflow({ file: required<S3File<"onnx">>() }, function embedding({ file }) { return embed({ file }); });
const third = new ActorEnvironment({ name: "third", ttlSeconds: 60, warmStart: false });
const weigh = third.task(async function weigh({ table }: { table: S3File<"json"> }) { return table.uri.length; });
const twice = task(async function twice({ n }: { n: number; text?: string }) { return 2 * n; });
const table = asset("table.json");
export const counting = workflow({ ns: [1] }, function counting({ ns }) { return mapTask(count)({ n: ns }); });
export const weighing = workflow({}, function weighing() { return twice({ n: weigh({ table }) }); }, { type: "EXPRESS", schedule: "rate(1 hour)" });
const press = task(async function press() {}, { token: true, timeout: 60 });
export const writing = workflow({}, function writing() { return [press({}), waitForInput("edition", { timeout: "1d" })]; });
export const wide = workflow({ n: 1 }, function wide({ n }) { return [..."12345"].map((digit) => twice({ n, text: digit.repeat(210_000) })); });
export const nightly = launchPlan(counting, { schedule: "rate(1 day)", maxConcurrent: 1 });
`,
  "table.json": "{}",
  "serverless.yml": `
service: files
plugins: [lambent/plugin]
lambent: { workflows: flow.ts, buckets: { team-data: read, team-results: write } }
provider: { name: aws, runtime: nodejs24.x, region: eu-west-1 }
`,
});
let template: Template;
beforeAll(async () => {
  template = await packagedTemplate(project.root);
}, 120_000);
afterAll(() => project.remove());

/** What a role allows in S3, by action. */
function allowed(role: string): Record<string, string[]> {
  const { Policies } = resourcesOf(template, "AWS::IAM::Role")[role] as {
    Policies: { PolicyDocument: { Statement: { Action: string[]; Resource: { "Fn::Sub": string }[] }[] } }[];
  };
  const found: Record<string, string[]> = {};
  for (const { Action, Resource } of Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)) {
    for (const action of Action.filter((one) => one.startsWith("s3:"))) {
      found[action] = [...(found[action] ?? []), ...Resource.map((resource) => resource["Fn::Sub"])];
    }
  }
  return found;
}

const OWN = "${LambentBucket.Arn}";
const READ = "arn:${AWS::Partition}:s3:::team-data";
const WRITTEN = "arn:${AWS::Partition}:s3:::team-results";

const lint = findTool("cfn-lint");
test.skipIf(lint === undefined)(
  `cfn-lint finds no error and no warning${unlessInstalled("cfn-lint", lint)}`,
  () => {
    const file = ".serverless/cloudformation-template-update-stack.json";
    expect(runTool(lint ?? "", ["--regions", "eu-west-1", "--", file], project.root)).toEqual({ code: 0, output: "" });
  },
  120_000,
);

test.each([
  ["EmbeddingStateMachine", "aws-sdk:s3:headObject"],
  ["CountingStateMachine", "aws-sdk:lambda:putProvisionedConcurrencyConfig"],
  ["WeighingStateMachine", "aws-sdk:scheduler:createSchedule"],
  ["LambentCoolingStateMachine", "aws-sdk:lambda:deleteProvisionedConcurrencyConfig"],
])("asl-validator accepts the definition of %s, which calls %s", (id, action) => {
  const { DefinitionString } = resourcesOf(template, "AWS::StepFunctions::StateMachine")[id] ?? {};
  const text = String(DefinitionString).replaceAll(
    /\$\{\w+\}/g,
    "arn:aws:lambda:eu-west-1:123456789012:function:f:live",
  );
  expect(text).toContain(`arn:aws:states:::${action}`);
  expect(asl(JSON.parse(text) as object).errorsText("\n")).toBe("");
});

test("replicas for a run: the alias has none in the template, and definitions name functions, roles and what takes them back", () => {
  const { Resources } = template;
  expect(Resources["OtherLambentAlias"]?.Properties).toEqual({
    FunctionName: { Ref: "OtherLambdaFunction" },
    FunctionVersion: expect.anything(),
    Name: "live",
  });
  expect(Resources["OtherLambdaFunction"]?.Properties["ReservedConcurrentExecutions"]).toBe(6);
  expect(Resources["LambentScheduleGroup"]).toEqual({
    Type: "AWS::Scheduler::ScheduleGroup",
    Properties: { Name: "files-dev-lambent" },
  });
  const { DefinitionString, DefinitionSubstitutions } = Resources["CountingStateMachine"]?.Properties ?? {};
  expect(DefinitionSubstitutions).toEqual({
    LambentCoolingScheduleRole: { "Fn::GetAtt": ["LambentCoolingScheduleRole", "Arn"] },
    LambentCoolingStateMachine: { Ref: "LambentCoolingStateMachine" },
    OtherLambdaFunction: { Ref: "OtherLambdaFunction" },
    OtherLambentAlias: { Ref: "OtherLambentAlias" },
  });
  const { States } = JSON.parse(String(DefinitionString)) as { States: { Replicas: { Items: unknown } } };
  expect(States.Replicas.Items).toEqual([
    {
      key: "other",
      FunctionName: "${OtherLambdaFunction}",
      Qualifier: "live",
      replicas: 3,
      ttlSeconds: 300,
      warmStart: true,
    },
  ]);
  // A workflow without such an actor has nothing of it.
  expect(Resources["EmbeddingStateMachine"]?.Properties["DefinitionString"]).not.toContain("cheduler");
});

test("what takes replicas back may do so for the aliases of these actors alone, and a schedule starts nothing else", () => {
  const roles = resourcesOf(template, "AWS::IAM::Role") as Record<
    string,
    { Policies: { PolicyDocument: { Statement: { Action: string[]; Resource: unknown[]; Condition?: unknown }[] } }[] }
  >;
  function statement(id: string, action: string) {
    return roles[id]?.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).find(({ Action }) =>
      Action.includes(action),
    );
  }
  const own = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}";
  const cooling = "LambentCoolingStateMachineRole";
  expect(statement(cooling, "lambda:DeleteProvisionedConcurrencyConfig")?.Resource).toEqual([
    { Ref: "OtherLambentAlias" },
    { Ref: "ThirdLambentAlias" },
  ]);
  // Of what workflows were called, or were, before this deployment too.
  expect(statement(cooling, "states:DescribeExecution")?.Resource).toEqual([
    { "Fn::Sub": `${own}:execution:files-dev-*:*` },
  ]);
  expect(statement("CountingStateMachineRole", "lambda:PutProvisionedConcurrencyConfig")?.Resource).toEqual([
    { Ref: "OtherLambentAlias" },
  ]);
  expect(statement("CountingStateMachineRole", "lambda:DeleteProvisionedConcurrencyConfig")).toBeUndefined();
  expect(statement("CountingStateMachineRole", "iam:PassRole")).toEqual({
    Effect: "Allow",
    Action: ["iam:PassRole"],
    Resource: [{ "Fn::GetAtt": ["LambentCoolingScheduleRole", "Arn"] }],
    Condition: { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } },
  });
  expect(statement("LambentCoolingScheduleRole", "states:StartExecution")?.Resource).toEqual([
    { "Fn::Sub": `${own}:stateMachine:files-dev-lambent-cooling` },
  ]);
});

/** Files that callers may name in the service's own bucket. */
const ASSETS = `${OWN}/files-dev/assets/*`;
const FUNCTIONS = ["other", "model", "third", "tasks"];
const NAMED = [`${OWN}/files/*`, ...FUNCTIONS.map((name) => `${OWN}/files-dev-${name}/files/*`), ASSETS];

test("a state machine may read the versions of what its inputs may be, and one without files nothing", () => {
  expect(allowed("EmbeddingStateMachineRole")).toEqual({
    "s3:GetObject": [...NAMED, `${READ}/*`, `${WRITTEN}/*`],
  });
  expect(allowed("CountingStateMachineRole")).toEqual({});
});

test("a definition lets callers name those files, by the name that the bucket will have", () => {
  const { DefinitionString } = resourcesOf(template, "AWS::StepFunctions::StateMachine")["EmbeddingStateMachine"] ?? {};
  const { States } = JSON.parse(String(DefinitionString)) as {
    States: { Inputs: { Choices: [{ Condition: string }] } };
  };
  const named = new Set(States.Inputs.Choices[0].Condition.match(/s3:\/\/[^"]+\/(?=")/g));
  const own = "s3://${LambentBucket}";
  const functions = ["model", "other", "tasks", "third"];
  expect([...named].toSorted()).toEqual([
    ...functions.map((name) => `${own}/files-dev-${name}/files/`),
    `${own}/files-dev/assets/`,
    `${own}/files/`,
    "s3://team-data/",
    "s3://team-results/",
  ]);
});

test("a function reads other buckets where serverless.yml grants them, and writes only where it says so", () => {
  expect(allowed("ModelLambentRole")).toEqual({
    "s3:GetObject": [`${OWN}/files-dev-model/*`, ASSETS, ...NAMED, `${READ}/*`, `${WRITTEN}/*`],
    "s3:PutObject": [`${OWN}/files-dev-model/*`, `${WRITTEN}/*`],
    "s3:ListBucket": [OWN],
  });
});

test("only functions that are given files by callers may read what callers may name", () => {
  expect(allowed("OtherLambentRole")["s3:GetObject"]).toEqual([
    `${OWN}/files-dev-other/*`,
    ASSETS,
    `${READ}/*`,
    `${WRITTEN}/*`,
  ]);
});

test("docs/security.md says all that roles may do, and nothing that no role may", () => {
  const { undocumented, seen } = comparePermissions(template);
  expect(undocumented).toEqual([]);
  expect(seen.toSorted()).toEqual(documentedPermissions().toSorted());
});

test("an EXPRESS workflow logs errors, without inputs and outputs", () => {
  expect(resourcesOf(template, "AWS::StepFunctions::StateMachine")["WeighingStateMachine"]).toMatchObject({
    StateMachineType: "EXPRESS",
    LoggingConfiguration: { Level: "ERROR", IncludeExecutionData: false },
  });
});
