import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Statement, Template } from "../../../../infra/serverless/deploy/framework.ts";
import { settingStatements } from "../../../../infra/serverless/deploy/grants.ts";
import { packageRoot, projectDirectory } from "../../../support/project-directory.ts";
import { packagedTemplate, serverless } from "../../../support/serverless.ts";

const FLOWS = `
import { ActorEnvironment, task, workflow } from "lambent";
const vpc = { subnetIds: ["subnet-0"], securityGroupIds: ["sg-0"] };
const model = new ActorEnvironment({ name: "model" });
const lasting = new ActorEnvironment({ name: "lasting", vpc });
const outside = new ActorEnvironment({ name: "outside", vpc, timeout: 70 });
const score = model.task(async function score({ n }: { n: number }) { return n + Number(process.env["MORE"]); });
const wait = lasting.task(async function wait() { return 1; });
const look = outside.task(async function look({ n }: { n: number }): Promise<number> {
  throw new RangeError("nothing at " + n);
});
const plain = task(async function plain() { return 1; });
export const wf = workflow({ n: 1 }, function wf({ n }) { return [score({ n }), wait({}), look({ n }), plain({})]; });
`;

const ARN = "arn:aws:";
const HERE = "eu-west-1:123456789012";
const SECRET = `${ARN}secretsmanager:${HERE}:secret:broker-AbCdEf`;

/** All that the framework grants something for, but for what excludes one of these. */
const SETTINGS = {
  runtime: "nodejs24.x",
  kmsKeyArn: `${ARN}kms:${HERE}:key/one`,
  onError: `${ARN}sns:${HERE}:failed`,
  fileSystemConfig: {
    arn: `${ARN}elasticfilesystem:${HERE}:access-point/fsap-0123456789abcdef0`,
    localMountPath: "/mnt/data",
  },
  destinations: { onSuccess: { type: "sqs", arn: { "Fn::GetAtt": ["Done", "Arn"] } }, onFailure: "helper" },
  environment: { MORE: "2" },
  events: [
    { sqs: `${ARN}sqs:${HERE}:work` },
    {
      stream: {
        arn: `${ARN}dynamodb:${HERE}:table/t/stream/1`,
        destinations: { onFailure: `${ARN}sqs:${HERE}:unread` },
      },
    },
    { stream: { arn: `${ARN}kinesis:${HERE}:stream/slow`, destinations: { onFailure: `${ARN}sns:${HERE}:unread` } } },
    {
      stream: { arn: `${ARN}kinesis:${HERE}:stream/fast`, consumer: `${ARN}kinesis:${HERE}:stream/fast/consumer/c:1` },
    },
    { msk: { arn: `${ARN}kafka:${HERE}:cluster/c/0`, topic: "t" } },
    {
      kafka: {
        accessConfigurations: { vpcSubnet: ["subnet-1"], vpcSecurityGroup: ["sg-1"], saslScram512Auth: SECRET },
        bootstrapServers: ["broker:9092"],
        topic: "t",
      },
    },
    { activemq: { arn: `${ARN}mq:${HERE}:broker:a:b-1`, basicAuthArn: SECRET, queue: "a" } },
    { rabbitmq: { arn: `${ARN}mq:${HERE}:broker:r:b-2`, basicAuthArn: SECRET, queue: "r" } },
    { schedule: { rate: ["rate(1 hour)"], method: "scheduler", input: { task: "score", inputs: { n: 1 } } } },
    { websocket: { route: "$connect" } },
    { websocket: "$disconnect" },
    { sns: "topic" },
    { httpApi: "GET /" },
  ],
};

const LASTING = { runtime: "nodejs24.x", durableConfig: { executionTimeout: 3600 } };

/** Twice the same settings: under an actor's key, and for a function of the author's own, which has the shared role. */
function service(): string {
  function own(settings: object): object {
    return { handler: "api.handler", ...settings };
  }
  const events = SETTINGS.events.map((event) => {
    if ("websocket" in event) return { websocket: "own" };
    return "httpApi" in event ? { httpApi: "GET /own" } : event;
  });
  return JSON.stringify({
    service: "granted",
    plugins: ["lambent/plugin"],
    lambent: { workflows: "flows.ts" },
    provider: {
      name: "aws",
      runtime: "python3.12",
      region: "eu-west-1",
      vpc: { subnetIds: ["subnet-1"], securityGroupIds: ["sg-1"] },
      tracing: { lambda: "PassThrough" },
      iam: { role: null },
      environment: null,
      logRetentionInDays: null,
    },
    package: { patterns: ["!**", "api.js"] },
    functions: {
      helper: own({ runtime: "nodejs24.x", vpc: null }),
      api: own({ ...SETTINGS, events }),
      durable: own(LASTING),
      model: SETTINGS,
      lasting: LASTING,
      outside: {
        runtime: "nodejs24.x",
        vpc: null,
        timeout: null,
        environment: null,
        description: null,
        tracing: "Active",
      },
      tasks: { runtime: "nodejs24.x", vpc: false, disableLogs: true, provisionedConcurrency: null },
    },
    resources: { Resources: { Done: { Type: "AWS::SQS::Queue" } } },
  });
}

/** What a role allows, each action on each resource, once. */
function allowed(statements: readonly Statement[]): string[] {
  const calls = statements.flatMap(({ Action, Resource }) =>
    [Action].flat().flatMap((action) => [Resource].flat().map((one) => `${action} on ${JSON.stringify(one)}`)),
  );
  return [...new Set(calls)].toSorted();
}

/** In the framework's files: the shared role, by its name or by what gives that, or the statements of a role. */
const GRANTING = /IamRoleLambdaExecution|getRoleLogicalId|Policies\[0\]/;

interface Role {
  readonly AssumeRolePolicyDocument: { readonly Statement: readonly { readonly Principal: unknown }[] };
  readonly Policies: readonly { readonly PolicyDocument: { readonly Statement: readonly Statement[] } }[];
  readonly ManagedPolicyArns?: readonly unknown[];
}

describe("roles of actors", { timeout: 120_000 }, () => {
  const project = projectDirectory({
    "flows.ts": FLOWS,
    "api.js": "export const handler = async () => ({ statusCode: 200 });",
    "serverless.yml": service(),
  });
  let template: Template;
  beforeAll(async () => {
    template = await packagedTemplate(project.root);
  }, 120_000);
  afterAll(() => project.remove());

  function role(id: string): Role {
    return template.Resources[id]?.Properties as unknown as Role; // what a role's properties are
  }
  function grantedBy(id: string): string[] {
    return allowed(role(id).Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement));
  }
  function properties(id: string): unknown {
    return template.Resources[id]?.Properties;
  }

  test("grant what the framework grants its shared role for the same settings and events, and only that", () => {
    const all = grantedBy("IamRoleLambdaExecution")
      .filter((call) => !call.startsWith("logs:"))
      .map((call) => call.replace("granted-dev-api", "granted-dev-model").replace("-durable:", "-lasting:"));
    const shared = [...new Set(all)].toSorted();
    const lasting = shared.filter((call) => call.includes("DurableExecution"));
    const isOurs = /^(s3|logs|xray):/;
    expect(grantedBy("ModelLambentRole").filter((call) => !isOurs.test(call))).toEqual(
      shared.filter((call) => !lasting.includes(call) && !isOurs.test(call)),
    );
    expect(grantedBy("LastingLambentRole").filter((call) => !isOurs.test(call))).toEqual(lasting);
    expect(lasting).toHaveLength(2);
    const xray = shared.filter((call) => call.startsWith("xray:"));
    expect(xray).toHaveLength(2);
    for (const id of ["ModelLambentRole", "LastingLambentRole", "TasksLambentRole"])
      expect(grantedBy(id)).toEqual(expect.arrayContaining(xray));
  });

  test.each([
    ["kmsKeyArn", "kms:Decrypt"],
    ["onError", `sns:Publish on "${SETTINGS.onError}"`],
    ["fileSystemConfig", "elasticfilesystem:ClientMount"],
    ["a destination by reference", 'sqs:SendMessage on {"Fn::GetAtt":["Done","Arn"]}'],
    ["a destination by a function's key", ":function:granted-dev-helper"],
    ["a queue", "sqs:ReceiveMessage"],
    ["a table's stream", "dynamodb:GetRecords"],
    ["a stream", "kinesis:ListStreams"],
    ["a stream's consumer", "kinesis:SubscribeToShard"],
    ["where a stream's failures go", "sqs:ListQueues"],
    ["MSK", "kafka:DescribeCluster"],
    ["a broker's password", "secretsmanager:GetSecretValue"],
    ["a broker in a VPC", "ec2:CreateNetworkInterface"],
    ["a broker", "mq:DescribeBroker"],
    ["a schedule of EventBridge Scheduler", "lambda:InvokeFunction"],
    ["answers to those who are connected to a WebSocket API", "execute-api:ManageConnections"],
  ])("%s is among them", (_, call) => {
    const granted = grantedBy("ModelLambentRole").filter((one) => one.includes(call));
    expect(granted).not.toEqual([]);
  });

  test("are assumed by EventBridge Scheduler where that starts the function", () => {
    const [scheduled, other] = ["ModelLambentRole", "LastingLambentRole"].map(
      (id) => role(id).AssumeRolePolicyDocument.Statement[0]?.Principal,
    );
    expect(scheduled).toEqual({ Service: ["lambda.amazonaws.com", "scheduler.amazonaws.com"] });
    expect(other).toEqual({ Service: "lambda.amazonaws.com" });
  });

  test("the framework grants its shared role nothing in any other place than those that were read for this", () => {
    const aws = join(packageRoot, "node_modules/serverless/lib/plugins/aws");
    const files = readdirSync(aws, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".js") && GRANTING.test(readFileSync(join(aws, file), "utf8")))
      .map((file) => file.replaceAll("\\", "/"));
    expect(files.toSorted()).toEqual(
      [
        ...["activemq", "cloud-front", "kafka", "msk/index", "rabbitmq", "schedule", "sqs", "stream"].map(
          (event) => `package/compile/events/${event}.js`,
        ),
        "package/compile/events/websockets/lib/api.js",
        "package/lib/merge-iam-templates.js",
        "custom-resources/index.js", // the role of its own functions
        "package/compile/functions.js",
        "lib/naming.js",
        "provider.js",
      ].toSorted(),
    );
  });

  test("vpc: ~ and vpc: false take a function out of its actor's and the provider's network, and its role too", () => {
    const network = [
      { "Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole" },
    ];
    expect(properties("OutsideLambdaFunction")).not.toHaveProperty("VpcConfig");
    expect(role("OutsideLambentRole")).not.toHaveProperty("ManagedPolicyArns");
    expect(properties("TasksLambdaFunction")).not.toHaveProperty("VpcConfig");
    expect(role("TasksLambentRole")).not.toHaveProperty("ManagedPolicyArns");
    expect(properties("LastingLambdaFunction")).toMatchObject({ VpcConfig: { SubnetIds: ["subnet-0"] } });
    expect(role("LastingLambentRole").ManagedPolicyArns).toEqual(network);
    expect(properties("ModelLambdaFunction")).toMatchObject({ VpcConfig: { SubnetIds: ["subnet-1"] } });
    expect(role("ModelLambentRole").ManagedPolicyArns).toEqual(network);
  });

  test("a setting that is left empty is not set: what Lambent generates stays", () => {
    expect(properties("OutsideLambdaFunction")).toMatchObject({
      Timeout: 70,
      Description: "Actor outside: look",
      Environment: { Variables: { LAMBENT_BUCKET: { Ref: "LambentBucket" } } },
    });
    expect(properties("ModelLogGroup")).toMatchObject({ RetentionInDays: 30 });
  });

  test("the provider's tracing mode stays, unless the function has its own", () => {
    expect(properties("ModelLambdaFunction")).toMatchObject({ TracingConfig: { Mode: "PassThrough" } });
    expect(properties("TasksLambdaFunction")).toMatchObject({ TracingConfig: { Mode: "PassThrough" } });
    expect(properties("OutsideLambdaFunction")).toMatchObject({ TracingConfig: { Mode: "Active" } });
  });

  test("functions have a Node.js of their own beside a provider that has none", () => {
    expect(properties("ModelLambdaFunction")).toMatchObject({ Runtime: "nodejs24.x" });
  });

  test("a function without logs may write none", () => {
    expect(grantedBy("TasksLambentRole").filter((call) => call.startsWith("logs:"))).toEqual([]);
    expect(grantedBy("LastingLambentRole").filter((call) => call.startsWith("logs:"))).toHaveLength(2);
  });

  test.each([
    ["model", '{"task":"score","inputs":{"n":40}}', 0, '"output": 42'],
    ["tasks", '{"task":"plain"}', 0, '"output": 1'],
    ["outside", '{"task":"look","inputs":{"n":7}}', 1, /RangeError: nothing at 7.*flows\.ts:10:9/s],
    ["model", '{"inputs":{"n":40}}', 1, "this function's tasks are: score"],
    ["model", '{"task":"score","input":{"n":3}}', 1, "an invocation has no field input"],
    ["api", "{}", 0, '"statusCode": 200'],
    ["modell", "{}", 1, 'Function "modell" doesn\'t exist in this Service'],
  ])("serverless invoke local -f %s --data %s", async (name, data, status, text) => {
    const { code, output } = await serverless(project.root, ["invoke", "local", "-f", name, "--data", data]);
    expect(output).toMatch(text);
    expect(code).toBe(status);
  });
});

describe("for a reference in the place of an ARN", () => {
  function statements(properties: Record<string, never> | object): string[] {
    return allowed(settingStatements("f", { disableLogs: true }, { properties: properties as never, functions: {} }));
  }

  test("the same is granted as for an ARN", () => {
    const Ref = { Ref: "Thing" };
    expect(statements({ KmsKeyArn: Ref })).toEqual(['kms:Decrypt on {"Ref":"Thing"}']);
    expect(statements({ DeadLetterConfig: { TargetArn: Ref } })).toEqual([
      'sns:Publish on {"Ref":"Thing"}',
      'sqs:SendMessage on {"Ref":"Thing"}',
    ]);
  });

  test("a log group of the author's is granted in the place of the function's own", () => {
    const granted = settingStatements("f", {}, { properties: { LoggingConfig: { LogGroup: "/all" } }, functions: {} });
    expect(allowed(granted).join("\n")).toContain("log-group:/all:*");
  });
});
