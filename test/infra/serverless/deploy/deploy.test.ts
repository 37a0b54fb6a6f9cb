import { CloudFormationClient, GetTemplateCommand } from "@aws-sdk/client-cloudformation";
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  GetBucketEncryptionCommand,
  ListBucketsCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { DescribeStateMachineCommand, ListStateMachinesCommand, SFNClient } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../../../infra/compile/compile.ts";
import type { Resource, Statement, Template } from "../../../../infra/serverless/deploy/framework.ts";
import { projectDirectory } from "../../../support/project-directory.ts";
import { ActorEnvironment, task, workflow } from "lambent";
import { motoServer, startMoto, type Moto } from "../../../support/moto.ts";
import { readTemplate, resourcesOf, serverless, type Run } from "../../../support/serverless.ts";
import { unlessInstalled } from "../../../support/tools.ts";

function source(sum: string, n: string, type = "EXPRESS", replicas = 2): string {
  return `
import { ActorEnvironment, task, workflow } from "lambent";
const model = new ActorEnvironment({ name: "model", replicaCount: ${replicas}, memorySize: 2048, environment: { MODE: "exact" } });
const other = new ActorEnvironment({ name: "other", replicaCount: 2, affinity: true, ttlSeconds: 300, warmStart: false });
const score = model.task(async function score({ n }: { n: number }) { return ${sum}; });
const second = other.task(async function second({ n }: { n: number }) { return n; }, { affinityKey: ({ n }) => n });
const plain = task(async function plain({ n }: { n: number }) { return n; });
export const first = workflow({ n: ${n} }, function first({ n }) { return plain({ n: score({ n }) }); });
export const last = workflow({ n: 1 }, function last({ n }) { return second({ n }); }, { schedule: "rate(1 hour)", type: "${type}" });
export const wide = workflow({}, function wide() {
  return ["1", "2", "3", "4", "5"].map((digit) => plain({ n: digit.repeat(210_000) as never }));
});
`;
}

const SERVICE = `
service: moto-test
plugins: [lambent/plugin]
lambent: { workflows: flows.ts, observability: { topic: { Ref: Alarms }, alarms: { memory: 75, throttles: false } } }
resources: { Resources: { Alarms: { Type: AWS::SNS::Topic } } }
provider:
  name: aws
  runtime: nodejs24.x
  region: eu-west-1
`;

/** The same workflow as \`first\` above, compiled here, with the placeholders that CloudFormation fills in. */
function firstDefinition(n: number): object {
  const model = new ActorEnvironment({ name: "model" });
  const score = model.task(async function score({ n }: { n: number }) {
    return n;
  });
  const plain = task(async function plain({ n }: { n: number }) {
    return n;
  });
  const first = workflow({ n }, function first({ n }) {
    return plain({ n: score({ n }) });
  });
  return compile(first.graph, {
    functionName: (actor) => (actor === undefined ? "${TasksLambentAlias}" : "${ModelProvConcLambdaAlias}"),
    queues: (actor) => actor !== undefined,
  });
}

/** What a state machine's role may invoke, by statement. */
function invoked(role: Resource | undefined): unknown[] {
  // A role that Lambent has written.
  const policies = role?.Properties["Policies"] as unknown as { PolicyDocument: { Statement: Statement[] } }[];
  return policies
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter(({ Action }) => [Action].flat().includes("lambda:InvokeFunction"))
    .map(({ Resource }) => Resource);
}

describe.skipIf(motoServer === undefined)(
  `against moto's server, which makes no aliases and no bucket policies, and fills in no substitutions${unlessInstalled("moto_server", motoServer)}`,
  { timeout: 120_000 },
  () => {
    const project = projectDirectory({
      "flows.ts": source("n + 1", "1"),
      "serverless.yml": SERVICE,
    });
    let moto: Moto;
    let lambda: LambdaClient;
    let s3: S3Client;
    let states: SFNClient;
    let stacks: CloudFormationClient;
    beforeAll(async () => {
      moto = await startMoto();
      const config = {
        endpoint: moto.url,
        region: "eu-west-1",
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
      };
      lambda = new LambdaClient(config);
      s3 = new S3Client({ ...config, forcePathStyle: true });
      states = new SFNClient(config);
      stacks = new CloudFormationClient(config);
    });
    afterAll(async () => {
      project.remove();
      await moto.stop();
    });

    function run(...command: string[]): Promise<Run> {
      return serverless(project.root, command, { AWS_ENDPOINT_URL: moto.url, SLS_AWS_MONITORING_FREQUENCY: "100" });
    }

    async function versions(): Promise<Record<string, number>> {
      const { Functions = [] } = await lambda.send(new ListFunctionsCommand({}));
      const counts = Functions.map(async ({ FunctionName = "" }): Promise<[string, number]> => {
        const { Versions = [] } = await lambda.send(new ListVersionsByFunctionCommand({ FunctionName }));
        return [FunctionName, Versions.filter(({ Version }) => Version !== "$LATEST").length];
      });
      return Object.fromEntries((await Promise.all(counts)).toSorted());
    }

    /** Definitions by the state machine's name. */
    async function machines(): Promise<Record<string, unknown>> {
      const { stateMachines = [] } = await states.send(new ListStateMachinesCommand({}));
      const described = stateMachines.map(async ({ stateMachineArn = "", name = "" }): Promise<[string, unknown]> => {
        const { definition = "" } = await states.send(new DescribeStateMachineCommand({ stateMachineArn }));
        return [name, definition === "" ? "in S3" : JSON.parse(definition)]; // which moto does not look at
      });
      return Object.fromEntries((await Promise.all(described)).toSorted());
    }

    async function lambentBucket(): Promise<string> {
      const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
      return Buckets.find(({ Name }) => Name?.includes("lambentbucket"))?.Name ?? "";
    }

    test("deploy makes the functions with a version each, and state machines with the compiled definitions", async () => {
      expect(await run("deploy")).toMatchObject({
        code: 0,
        output: expect.stringContaining("Service deployed to stack moto-test-dev"),
      });
      expect(await versions()).toEqual({
        "moto-test-dev-model": 1,
        "moto-test-dev-other-0": 1,
        "moto-test-dev-other-1": 1,
        "moto-test-dev-tasks": 1,
      });
      expect(
        await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: "moto-test-dev-model" })),
      ).toMatchObject({
        Handler: "index.handler",
        Runtime: "nodejs24.x",
        MemorySize: 2048,
        Timeout: 900,
        Environment: { Variables: { MODE: "exact", LAMBENT_BUCKET: await lambentBucket() } },
      });
      const deployed = await machines();
      const names = ["moto-test-dev-first", "moto-test-dev-lambent-cooling", "moto-test-dev-last-express"];
      expect(Object.keys(deployed)).toEqual([...names, "moto-test-dev-wide", "moto-test-dev-wide-part1"]);
      expect(deployed["moto-test-dev-first"]).toEqual(firstDefinition(1));
    });

    test("the definitions of a divided workflow are in the bucket of the code, where the template names them", async () => {
      const { WideStateMachine, WideStateMachinePart1 } = resourcesOf(
        readTemplate(project.root),
        "AWS::StepFunctions::StateMachine",
      );
      const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
      const Bucket = Buckets.find(({ Name }) => Name?.includes("serverlessdeploymentbucket"))?.Name ?? "";
      for (const [machine, comment] of [
        [WideStateMachine ?? {}, "workflow wide"],
        [WideStateMachinePart1 ?? {}, "part 1 of workflow wide"],
      ] as const) {
        const { Key, Bucket: named } = machine["DefinitionS3Location"] as { Key: string; Bucket: unknown };
        expect(named).toEqual({ Ref: "ServerlessDeploymentBucket" });
        expect(Key).toMatch(/^serverless\/moto-test\/dev\/definitions\/[0-9a-f]{64}\.json$/);
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        expect(JSON.parse((await Body?.transformToString()) ?? "")).toMatchObject({
          Comment: `${comment}, compiled by Lambent`,
        });
      }
    });

    test("the replicas of an actor with affinity are functions of one package, which is uploaded once", async () => {
      const [one, two] = await Promise.all(
        [0, 1].map((replica) =>
          lambda.send(new GetFunctionConfigurationCommand({ FunctionName: `moto-test-dev-other-${replica}` })),
        ),
      );
      expect(one?.CodeSha256).toBe(two?.CodeSha256);
      expect(one?.Environment?.Variables).toMatchObject({ LAMBENT_KEY_PREFIX: "moto-test-dev-other" });
      const { Resources } = readTemplate(project.root);
      const codes = ["OtherDash0LambdaFunction", "OtherDash1LambdaFunction"].map(
        (id) => Resources[id]?.Properties["Code"],
      );
      expect(codes[0]).toEqual(codes[1]);
    });

    test("the dashboard shows the functions and state machines that there are", async () => {
      const { widgets } = JSON.parse(await moto.dashboard("moto-test-dev-lambent")) as {
        widgets: { properties: { title: string; region: string; metrics: unknown[][] } }[];
      };
      const shown = widgets.map(({ properties }) => properties);
      expect(new Set(shown.map(({ region }) => region))).toEqual(new Set(["eu-west-1"]));
      expect(shown.map(({ title }) => title)).toContain("other: caches");
      const values = new Set(shown.flatMap(({ metrics }) => metrics.flatMap((metric) => metric.slice(3, 4))));
      expect([...values].toSorted()).toEqual([
        expect.stringMatching(/^arn:aws:states:eu-west-1:\d+:stateMachine:moto-test-dev-first$/),
        expect.stringMatching(/:stateMachine:moto-test-dev-last-express$/),
        expect.stringMatching(/:stateMachine:moto-test-dev-wide$/),
        "moto-test-dev-model",
        "moto-test-dev-other",
        "moto-test-dev-other-0",
        "moto-test-dev-other-1",
        "moto-test-dev-tasks",
      ]);
    });

    test("the bucket is encrypted", async () => {
      const answer = await s3.send(new GetBucketEncryptionCommand({ Bucket: await lambentBucket() }));
      const [rule] = answer.ServerSideEncryptionConfiguration?.Rules ?? [];
      expect(rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe("AES256");
    });

    test("each function and state machine has a role of its own", async () => {
      const roles = await moto.roles();
      const owners = [
        "ModelLambentRole",
        "OtherDash0LambentRole",
        "OtherDash1LambentRole",
        "TasksLambentRole",
        "FirstStateMachineRole",
        "LastStateMachineRole",
        "LastStateMachineScheduleRole",
        "LambentCoolingStateMachineRole",
        "LambentCoolingScheduleRole",
      ];
      for (const owner of owners) expect(roles.filter((name) => name.includes(owner))).toHaveLength(1);
    });

    test("what moto leaves out is in the template: aliases with provisioned concurrency, tracing, schedule, log and bucket settings", () => {
      const template = readTemplate(project.root);
      const { Resources } = template;
      const version = expect.stringMatching(/^ModelLambdaVersion/) as unknown;
      expect(Resources["ModelProvConcLambdaAlias"]).toEqual({
        Type: "AWS::Lambda::Alias",
        Properties: {
          FunctionName: { Ref: "ModelLambdaFunction" },
          FunctionVersion: { "Fn::GetAtt": [version, "Version"] },
          Name: "provisioned",
          ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
        },
      });
      expect(Resources["TasksLambentAlias"]?.Properties).toMatchObject({
        FunctionName: { Ref: "TasksLambdaFunction" },
        Name: "live",
      });
      expect(Resources["ModelLambdaFunction"]?.Properties).toMatchObject({
        TracingConfig: { Mode: "Active" },
        ReservedConcurrentExecutions: 4,
        Role: { "Fn::Sub": "${ModelLambentRole.Arn}" },
      });
      expect(Resources["FirstStateMachine"]?.Properties).toMatchObject({
        DefinitionSubstitutions: {
          ModelProvConcLambdaAlias: { Ref: "ModelProvConcLambdaAlias" },
          TasksLambentAlias: { Ref: "TasksLambentAlias" },
        },
        TracingConfiguration: { Enabled: true },
        LoggingConfiguration: { Level: "ERROR", IncludeExecutionData: false },
      });
      expect(Resources["LastStateMachine"]?.Properties).toMatchObject({
        StateMachineType: "EXPRESS",
        LoggingConfiguration: { Level: "ERROR", IncludeExecutionData: false },
      });
      const replicas = ["OtherDash0LambentAlias", "OtherDash1LambentAlias"];
      expect(Resources["LastStateMachine"]?.Properties).toMatchObject({
        DefinitionString: expect.stringContaining(replicas.map((id) => `\\"\${${id}}\\"`).join(",")),
        DefinitionSubstitutions: Object.fromEntries(replicas.map((Ref) => [Ref, { Ref }])),
      });
      // Of an actor with `ttlSeconds` no alias has provisioned concurrency: the state machines bring it up.
      for (const replica of replicas) expect(Resources[replica]?.Properties["Name"]).toBe("live");
      expect(Resources["OtherDash0LambdaFunction"]?.Properties["ReservedConcurrentExecutions"]).toBe(2);
      expect(invoked(Resources["LastStateMachineRole"])).toEqual([replicas.map((Ref) => ({ Ref }))]);
      expect(Resources["LastStateMachineSchedule"]?.Properties).toMatchObject({
        ScheduleExpression: "rate(1 hour)",
        State: "ENABLED",
        Target: {
          Arn: { Ref: "LastStateMachine" },
          RoleArn: { "Fn::GetAtt": ["LastStateMachineScheduleRole", "Arn"] },
          Input: "{}",
        },
      });
      expect(Resources["LambentBucket"]?.Properties).toMatchObject({
        LifecycleConfiguration: {
          Rules: expect.arrayContaining([
            expect.objectContaining({ Status: "Enabled", AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }),
          ]),
        },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      });
      expect(Resources["LambentBucketPolicy"]?.Properties).toMatchObject({
        PolicyDocument: {
          Statement: [
            { Effect: "Deny", Principal: "*", Action: "s3:*", Condition: { Bool: { "aws:SecureTransport": "false" } } },
          ],
        },
      });
      expect(template.Outputs).toMatchObject({
        FirstStateMachineArn: { Description: "workflow first", Value: { Ref: "FirstStateMachine" } },
        LambentBucketName: { Value: { Ref: "LambentBucket" } },
      });
    });

    test("packaged again unchanged, and deployed from where the package lies, no function gets a new version", async () => {
      expect((await run("package", "--package", "made")).code).toBe(0);
      expect(await run("deploy", "--package", "made", "--force")).toMatchObject({ code: 0 });
      expect(await versions()).toEqual({
        "moto-test-dev-model": 1,
        "moto-test-dev-other-0": 1,
        "moto-test-dev-other-1": 1,
        "moto-test-dev-tasks": 1,
      });
    });

    describe("deployed with a change", () => {
      let before: { readonly logGroups: readonly string[]; readonly machines: Readonly<Record<string, unknown>> };
      beforeAll(async () => {
        before = { logGroups: await moto.logGroups(), machines: await machines() };
        project.write("flows.ts", source("n + 2", "7", "STANDARD", 10));
        const { code, output } = await run("deploy");
        if (code !== 0) throw new Error(output);
      }, 120_000);

      test("the functions whose bundle holds it get a new version, and definitions follow", async () => {
        expect((await versions())["moto-test-dev-model"]).toBe(2);
        expect((await machines())["moto-test-dev-first"]).toEqual(firstDefinition(7));
      });

      test("a workflow that changes its type gets another state machine, and keeps its log group", async () => {
        const deployed = await machines();
        const names = ["moto-test-dev-first", "moto-test-dev-lambent-cooling", "moto-test-dev-last"];
        expect(Object.keys(deployed)).toEqual([...names, "moto-test-dev-wide", "moto-test-dev-wide-part1"]);
        expect(deployed["moto-test-dev-last"]).toEqual(before.machines["moto-test-dev-last-express"]);
        expect(before.logGroups).toContain("/aws/vendedlogs/states/moto-test-dev-last");
        expect(await moto.logGroups()).toEqual(before.logGroups);
      });
    });

    test("with far fewer replicas, more is reserved while those of before are still there, and no more at the next deployment", async () => {
      async function reserved(): Promise<unknown> {
        const answer = await stacks.send(new GetTemplateCommand({ StackName: "moto-test-dev" }));
        const { Resources } = JSON.parse(answer.TemplateBody ?? "{}") as Template;
        return Resources["ModelLambdaFunction"]?.Properties["ReservedConcurrentExecutions"];
      }
      expect(await reserved()).toBe(20);
      project.write("flows.ts", source("n + 2", "7", "STANDARD", 4));
      expect((await run("deploy")).output).toContain(
        "Lambent: actor model goes from 10 replicas to 4: 14 are reserved while both are provisioned; the next deployment makes it 8",
      );
      expect(await reserved()).toBe(14);
      expect((await run("deploy")).code).toBe(0);
      expect(await reserved()).toBe(8);
    });

    test("deploy function is refused, since no state machine would call the new code", async () => {
      const { code, output } = await run("deploy", "function", "--function", "model");
      expect(output).toContain(
        "model: state machines call its alias, and `deploy function` does not move that to the new code: run `serverless deploy`",
      );
      expect(code).toBe(1);
    });

    test("info lists the workflows and the bucket", async () => {
      const { code, output } = await run("info");
      expect(code).toBe(0);
      expect(output).toContain(
        "workflows:\n  first: arn:aws:states:eu-west-1:123456789012:stateMachine:moto-test-dev-first\n  last: arn:aws:states:eu-west-1:123456789012:stateMachine:moto-test-dev-last",
      );
      expect(output).toContain(`bucket:\n  ${await lambentBucket()}`);
    });

    test("remove empties the bucket, says so, and leaves nothing", async () => {
      await s3.send(
        new PutObjectCommand({ Bucket: await lambentBucket(), Key: "moto-test-dev-model/files/x", Body: "x" }),
      );
      const bucket = await lambentBucket();
      const { code, output } = await run("remove");
      expect(code).toBe(0);
      expect(output).toContain(`Lambent: 1 objects deleted from bucket ${bucket}`);
      expect(await versions()).toEqual({});
      expect(await machines()).toEqual({});
      expect((await s3.send(new ListBucketsCommand({}))).Buckets ?? []).toEqual([]);
      expect(await moto.roles()).toEqual([]);
      expect(await moto.logGroups()).toEqual([]);
    });

    test("a first deploy to a deployment bucket of the author's own, which makes the stack last of all", async () => {
      await s3.send(new CreateBucketCommand({ Bucket: "my-deploys" }));
      project.write("serverless.yml", `${SERVICE}  deploymentBucket: { name: my-deploys }\n`);
      expect(await run("deploy")).toMatchObject({ code: 0 });
      expect(Object.keys(await machines())).toContain("moto-test-dev-last");
      expect(await run("remove")).toMatchObject({ code: 0 });
    });
  },
);
