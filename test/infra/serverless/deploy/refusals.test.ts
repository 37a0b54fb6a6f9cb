import { afterEach, describe, expect, test } from "vitest";
import { ActorEnvironment, mapTask, task, workflow } from "lambent";
import { bucketResources } from "../../../../infra/serverless/deploy/bucket.ts";
import type { BucketConfig } from "../../../../infra/serverless/deploy/config.ts";
import {
  checkCodeSize,
  checkExpress,
  checkFunction,
  checkNames,
  checkReachable,
  checkWritten,
  functionNode,
} from "../../../../infra/serverless/deploy/checks.ts";
import { checkSecretPlaces } from "../../../../infra/serverless/deploy/secrets.ts";
import { checkTemplate, shortVariables } from "../../../../infra/serverless/deploy/template-checks.ts";
import { plainEnvironment, writtenFunctions } from "../../../../infra/serverless/deploy/written-settings.ts";
import type { Json } from "../../../../sdk/base/json.ts";
import type { ActorDefinition } from "../../../../sdk/authoring/definition.ts";
import type { AwsProvider, FunctionEntry, Provider, Template } from "../../../../infra/serverless/deploy/framework.ts";
import { compile, type Definition } from "../../../../infra/compile/compile.ts";
import { reserveForBothVersions } from "../../../../infra/serverless/deploy/reserve.ts";
import { projectDirectory, type ProjectDirectory } from "../../../support/project-directory.ts";
import { serverless } from "../../../support/serverless.ts";

const FLOWS = `
import { ActorEnvironment, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "greeter" });
const greet = actor.task(async function greet({ name }: { name: string }) { return name; });
export const hello = workflow({ name: "world" }, function hello({ name }) { return greet({ name }); });
`;

function yaml(lambent = "{ workflows: flows.ts }", rest = "", provider = "runtime: nodejs24.x"): string {
  return `
service: refused
plugins: [lambent/plugin]
lambent: ${lambent}
provider: { name: aws, ${provider}, region: eu-west-1 }
${rest}`;
}

describe("serverless package refuses, and says where and what to do", () => {
  let project: ProjectDirectory | undefined;
  afterEach(() => project?.remove());

  test.each<[what: string, files: Record<string, string>, message: string | RegExp]>([
    [
      "a typo in the lambent block",
      { "flows.ts": FLOWS, "serverless.yml": yaml("{ workflows: flows.ts, bukket: { name: x } }") },
      "at 'lambent': unrecognized property 'bukket'",
    ],
    [
      "a typo that leaves out the workflows",
      { "flows.ts": FLOWS, "serverless.yml": yaml("{ workflow: flows.ts }") },
      /at 'lambent': .*(unrecognized property 'workflow'|required property 'workflows')/s,
    ],
    [
      "more replicas than an account has",
      { "flows.ts": FLOWS.replace('name: "greeter"', 'name: "greeter", replicaCount: 500'), "serverless.yml": yaml() },
      /the service: account concurrency: 1,000 of 900, reserved or provisioned; 500 are replicas.*: have fewer replicas/,
    ],
    [
      "an asset that is not there",
      {
        "flows.ts": `import { asset } from "lambent";\nasset("models/gone.onnx");\n${FLOWS}`,
        "serverless.yml": yaml(),
      },
      /asset\("models\/gone\.onnx"\): there is no file .*models\/gone\.onnx: put it there, or correct the path.*\n.*flows\.ts:2/s,
    ],
    [
      "a function that stores where callers may name files",
      { "flows.ts": FLOWS, "serverless.yml": yaml(undefined, "functions: { greeter: { name: files } }") },
      /a function is named files, and what it stores would lie under s3:\/\/.*\/files\/.* Give it another name in `functions`/,
    ],
    [
      "a default in a bucket that nothing may read",
      {
        "flows.ts": FLOWS.replace("import {", "import { S3File,").replace(
          '{ name: "world" }',
          '{ name: "world", file: new S3File({ uri: "s3://team-data/a.txt", version: "v", format: "txt" }) }',
        ),
        "serverless.yml": yaml("{ workflows: flows.ts, buckets: { other-data: write } }"),
      },
      "workflow hello: the default of file is s3://team-data/a.txt, and nothing may read bucket team-data: write lambent: { buckets: { team-data: read } } in serverless.yml",
    ],
    [
      "modules without a workflow",
      { "flows.ts": "export const x = 1;", "serverless.yml": yaml() },
      "no module of flows.ts exports a workflow: write `export const wf = workflow(…)`",
    ],
    [
      "a module that throws",
      { "flows.ts": `${FLOWS}\nthrow new Error("no database");`, "serverless.yml": yaml() },
      /Error: no database\n\s+at .*flows\.ts:7/,
    ],
    [
      "an old Node",
      { "flows.ts": FLOWS, "serverless.yml": yaml(undefined, "", "runtime: nodejs18.x") },
      "provider.runtime is nodejs18.x: workflows need Node 20 or newer",
    ],
    [
      "a function of the author's own under an actor's key",
      {
        "flows.ts": FLOWS,
        "serverless.yml": yaml(undefined, "functions: { greeter: { handler: src/greeter.handler } }"),
      },
      'functions.greeter has a handler of its own ("src/greeter.handler"), but actor greeter is deployed under this key: rename one of the two, or leave out handler',
    ],
    [
      "a list of no workflows",
      { "flows.ts": FLOWS, "serverless.yml": yaml("{ workflows: [] }") },
      /at 'lambent\.workflows': must NOT have fewer than 1 items/,
    ],
    [
      "an environment variable that is Lambda's own",
      {
        "flows.ts": FLOWS,
        "serverless.yml": yaml(undefined, "", "runtime: nodejs24.x, environment: { A: b, AWS_REGION: eu-west-2 }"),
      },
      "provider.environment.AWS_REGION is set by Lambda alone: choose another name",
    ],
    [
      "an environment that is too large with what the provider adds",
      {
        "flows.ts": FLOWS,
        "serverless.yml": yaml(
          undefined,
          `functions: { greeter: { environment: { LARGE: ${"x".repeat(3000)} } } }`,
          `runtime: nodejs24.x, environment: { SHARED: ${"y".repeat(1100)} }`,
        ),
      },
      /AWS::Lambda::Function GreeterLambdaFunction \(refused-dev-greeter\): its environment has at least 4\d{3} bytes, .* Lambda takes 4096; the largest are LARGE \(3000 bytes\), SHARED \(1100 bytes\)/,
    ],
    [
      "a secret of another region",
      {
        "flows.ts": FLOWS.replace(
          '"greeter" }',
          '"greeter", secrets: { TOKEN: "arn:aws:secretsmanager:us-east-1:123456789012:secret:t" } }',
        ),
        "serverless.yml": yaml(),
      },
      "actor greeter: secrets.TOKEN (arn:aws:secretsmanager:us-east-1:123456789012:secret:t) is in us-east-1, and the function in eu-west-1",
    ],
    [
      "a queue with too little reserved concurrency",
      {
        "flows.ts": FLOWS,
        "serverless.yml": yaml(
          undefined,
          "functions: { greeter: { provisionedConcurrency: 3, reservedConcurrency: 4 } }",
        ),
      },
      'actor greeter: whenBusy is "queue" with 3 replicas, but functions.greeter.reservedConcurrency is 4: make it 6 or more',
    ],
  ])("%s", { timeout: 60_000 }, async (_, files, message) => {
    project = projectDirectory(files);
    const { code, output } = await serverless(project.root, ["package"]);
    expect(output).toMatch(message);
    expect(output).not.toContain("LambentPlugin"); // no stack of ours
    expect(code).toBe(1);
  });
});

const plain = task(async function plain({ n }: { n: number }) {
  return n;
});
const slow = task(
  async function slow({ n }: { n: number }) {
    return n;
  },
  { timeout: 600 },
);

describe("what AWS would refuse", () => {
  const service = { service: "a-service-of-some-length", stage: "production" };
  const wf = workflow({ n: [1] }, function wf({ n }) {
    return mapTask(slow)({ n });
  });
  const target = { functionName: () => "f", queues: () => false };

  test("names that are too long, or hold what a state machine's may not", () => {
    const long = { functions: [], workflows: [{ ...wf.graph, workflow: "x".repeat(60) }] };
    expect(() => checkNames(service, long)).toThrow(
      `workflow ${"x".repeat(60)}: its state machine's name a-service-of-some-length-production-${"x".repeat(60)} has 96 characters, Step Functions takes 80: shorten the service's or the workflow's { name }`,
    );
    const odd = { functions: [], workflows: [{ ...wf.graph, workflow: "one two" }] };
    expect(() => checkNames(service, odd)).toThrow('workflow "one two": its name becomes a state machine\'s');
    const twins = [
      { ...wf.graph, workflow: "pay", options: { type: "EXPRESS" as const } },
      { ...wf.graph, workflow: "pay-express" },
    ];
    expect(() => checkNames(service, { functions: [], workflows: twins })).toThrow(
      "workflows pay and pay-express: both state machines would be called a-service-of-some-length-production-pay-express: give one of them another { name }",
    );
    const actor = { name: "an-actor-whose-name-has-forty-characters", replicaCount: 1, whenBusy: "queue" as const };
    expect(() => checkNames(service, { functions: [{ actor, tasks: ["score"], exports: [] }], workflows: [] })).toThrow(
      /^actor an-actor-.* \(score\): the function's name .* has 76 characters, Lambda takes 64/,
    );
    expect(() =>
      checkNames(service, {
        functions: [{ actor: { ...actor, name: "tasks" }, tasks: [], exports: [] }],
        workflows: [],
      }),
    ).toThrow("actor tasks: the function of the plain tasks is called so");
  });

  test("EXPRESS for what only STANDARD does, by node", () => {
    const express = { ...wf.graph, options: { type: "EXPRESS" as const } };
    expect(() => checkExpress(express, compile(wf.graph, target))).toThrow(
      'workflow wf, node slow: its timeout of 600 s is longer than an EXPRESS execution may last, 300 s: leave out type: "EXPRESS"',
    );
    function machine(state: object): Definition {
      return { States: { Odd: state } } as unknown as Definition;
    }
    const plain = { ...express, nodes: [] };
    expect(() =>
      checkExpress(plain, machine({ Type: "Task", Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken" })),
    ).toThrow("workflow wf, node Odd: EXPRESS state machines cannot wait for");
    expect(() =>
      checkExpress(plain, machine({ Type: "Map", ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED" } } })),
    ).toThrow("node Odd: EXPRESS state machines have no Distributed Map");
    expect(() =>
      checkExpress(
        { ...plain, options: {} },
        machine({ Type: "Map", ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED" } } }),
      ),
    ).not.toThrow();
  });

  test("states that nothing leads to, at any depth", () => {
    const lost = { StartAt: "A", States: { A: { Type: "Succeed" }, B: { Type: "Succeed" } } };
    expect(() => checkReachable("wf", lost)).toThrow("workflow wf: no state leads to B, which Step Functions refuses");
    const inner = { StartAt: "P", States: { P: { Type: "Parallel", Branches: [lost], End: true } } };
    expect(() => checkReachable("wf", inner)).toThrow("no state leads to B");
    expect(() => checkReachable("wf", { StartAt: "A", States: { A: { Type: "Pass", Next: "C" } } })).toThrow(
      "its definition goes to C, a state that is not there",
    );
    expect(() => checkReachable("wf", compile(wf.graph, target) as never)).not.toThrow();
  });

  test("code that is too large, with what makes it so", () => {
    expect(() => checkCodeSize("entities", ["extract", "sum"], 300_000_000, ["model.json (290000000 bytes)"])).toThrow(
      /^entities \(tasks extract, sum\): its package has 300000000 bytes, Lambda takes 262144000; the largest parts are model\.json \(290000000 bytes\): make large files assets, which tasks download/,
    );
    expect(() => checkCodeSize("entities", [], 262_144_000, [])).not.toThrow();
  });

  test("a template that is too large, with the state machines that make it so", () => {
    function machine(StateMachineName: string, bytes: number) {
      return {
        Type: "AWS::StepFunctions::StateMachine",
        Properties: { StateMachineName, DefinitionString: "x".repeat(bytes) },
      };
    }
    const large: Template = { Resources: { A: machine("small", 10), B: machine("large", 1_100_000) }, Outputs: {} };
    expect(() => checkTemplate(large)).toThrow(
      "CloudFormation takes 1000000; the largest state machines are large (1100002 bytes), small (12 bytes): move large literals",
    );
    const many = Object.fromEntries(
      Array.from({ length: 501 }, (_, index) => [`R${index}`, { Type: "AWS::SNS::Topic", Properties: {} }]),
    );
    expect(() => checkTemplate({ Resources: many, Outputs: {} })).toThrow(
      "the stack has 501 resources, CloudFormation takes 500: split the service",
    );
  });

  test("more outputs, parameters or mappings than CloudFormation takes, and ids that are too long", () => {
    function many(count: number): Record<string, string> {
      return Object.fromEntries(Array.from({ length: count }, (_, index) => [`O${index}`, ""]));
    }
    expect(() => checkTemplate({ Resources: {}, Outputs: many(201) })).toThrow(
      "the stack has 201 outputs, CloudFormation takes 200: split the service, each part with its own lambent.workflows; each function and each workflow has one",
    );
    const rest = { Resources: {}, Outputs: many(200) };
    expect(() => checkTemplate(rest)).not.toThrow();
    expect(() => checkTemplate({ ...rest, Parameters: many(201) } as Template)).toThrow("has 201 parameters");
    expect(() => checkTemplate({ ...rest, Mappings: many(201) } as Template)).toThrow("has 201 mappings");
    expect(() => checkTemplate({ Resources: {}, Outputs: { ["O".repeat(256)]: "" } })).toThrow(
      "an id among the stack's outputs has 256 characters, CloudFormation takes 255",
    );
  });

  test.each<[message: string, type: string, properties: Readonly<Record<string, Json>>]>([
    ["FunctionName has 65 characters, Lambda takes 64", "Lambda::Function", { FunctionName: "f".repeat(65) }],
    [
      "Layers has 6 elements, Lambda takes 5: put several",
      "Lambda::Function",
      { Layers: ["1", "2", "3", "4", "5", "6"] },
    ],
    [
      "VpcConfig.SubnetIds has 17",
      "Lambda::Function",
      { VpcConfig: { SubnetIds: Array.from({ length: 17 }, () => "s") } },
    ],
    [
      "VpcConfig.SecurityGroupIds has 6",
      "Lambda::Function",
      { VpcConfig: { SecurityGroupIds: Array.from({ length: 6 }, () => "s") } },
    ],
    ["MemorySize is 64 MiB, Lambda takes 128 to 10240", "Lambda::Function", { MemorySize: 64 }],
    ["Timeout is 901 seconds, Lambda takes 1 to 900", "Lambda::Function", { Timeout: 901 }],
    ["EphemeralStorage.Size is 100 MiB", "Lambda::Function", { EphemeralStorage: { Size: 100 } }],
    ["Description has 257 characters", "Lambda::Function", { Description: "d".repeat(257) }],
    [
      "its environment has at least 4108 bytes",
      "Lambda::Function",
      { Environment: { Variables: { V: "v".repeat(4100) } } },
    ],
    [
      "the variable AWS_REGION is set by Lambda alone",
      "Lambda::Function",
      { Environment: { Variables: { AWS_REGION: "x" } } },
    ],
    [
      "it has 51 tags, AWS takes 50",
      "Lambda::Function",
      { Tags: Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: "" })) },
    ],
    ["a tag's text has 129 characters, AWS takes 128", "IAM::Role", { Tags: [{ Key: "k".repeat(129), Value: "" }] }],
    ["tag aws:x: AWS alone sets tags", "Lambda::Function", { Tags: [{ Key: "aws:x", Value: "" }] }],
    [
      "RoleName has 65 characters, IAM takes 64: write provider.iam.role.name",
      "IAM::Role",
      { RoleName: "r".repeat(65) },
    ],
    ["StateMachineName has 81 characters", "StepFunctions::StateMachine", { StateMachineName: "s".repeat(81) }],
    ["Target.Input has 262145 characters", "Scheduler::Schedule", { Target: { Input: "i".repeat(262_145) } }],
    ["ScheduleExpression has 257", "Scheduler::Schedule", { ScheduleExpression: "e".repeat(257) }],
    ["LogGroupName has 513 characters", "Logs::LogGroup", { LogGroupName: "l".repeat(513) }],
    ["does not keep events for 31 days", "Logs::LogGroup", { RetentionInDays: 31 }],
    [
      "LifecycleConfiguration.Rules has 1001",
      "S3::Bucket",
      { LifecycleConfiguration: { Rules: Array.from({ length: 1001 }, () => ({})) } },
    ],
  ])("a resource that its service would refuse: $0", (message, type, Properties) => {
    function check(properties: Readonly<Record<string, Json>>) {
      return () => checkTemplate({ Resources: { One: { Type: `AWS::${type}`, Properties: properties } }, Outputs: {} });
    }
    expect(check(Properties)).toThrow(`AWS::${type} One`);
    expect(check(Properties)).toThrow(message);
    // What a reference stands for is not known, and never refused.
    const references = Object.keys(Properties).map((name) => [
      name,
      { "Fn::If": ["Large", { Ref: "A" }, { Ref: "B" }] },
    ]);
    expect(check(Object.fromEntries(references))).not.toThrow();
  });

  test("references in an environment count as nothing, and names of one character are told", () => {
    const Variables = { V: { Ref: "Table" }, W: { "Fn::Sub": "x".repeat(5000) }, LARGE: "x".repeat(4000) };
    const fn = { Type: "AWS::Lambda::Function", Properties: { FunctionName: "f", Environment: { Variables } } };
    const template = { Resources: { One: fn }, Outputs: {} };
    expect(() => checkTemplate(template)).not.toThrow();
    expect(shortVariables(template)).toEqual(["f.V", "f.W"]);
  });

  test("secrets of another account, where it is known which is the service's own", () => {
    function check(accounts: readonly string[], account?: string, service = "secretsmanager") {
      const kind = service === "ssm" ? "parameter/" : "secret:";
      const secrets = accounts.map((one, n) => [`T${n}`, `arn:aws:${service}:eu-west-1:${one}:${kind}t`]);
      const actor = { name: "a", replicaCount: 1, whenBusy: "queue" as const, secrets: Object.fromEntries(secrets) };
      return () => checkSecretPlaces([{ actor, tasks: [], exports: [] }], { region: "eu-west-1", account });
    }
    expect(check(["111111111111"])).not.toThrow();
    expect(check(["111111111111"], "111111111111")).not.toThrow();
    expect(check(["111111111111"], "222222222222")).toThrow(
      "actor a: secrets.T0 (arn:aws:secretsmanager:eu-west-1:111111111111:secret:t) is of account 111111111111, and the service is deployed to 222222222222",
    );
    expect(check(["111111111111", "222222222222"])).toThrow("another secret of the service is 111111111111");
    expect(check(["111111111111"], "222222222222", "ssm")).not.toThrow();
  });

  test("a role that may do more than IAM can write down", () => {
    function role(resources: number) {
      const Resource = Array.from({ length: resources }, (_, i) => ({
        "Fn::Sub": `arn:\${AWS::Partition}:s3:::\${Bucket}/function-${i}/values/*`,
      }));
      const PolicyDocument = {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource }],
      };
      const Properties = { Policies: [{ PolicyName: "p", PolicyDocument }] };
      return { Resources: { WfRole: { Type: "AWS::IAM::Role", Properties } }, Outputs: {} };
    }
    expect(() => checkTemplate(role(200))).not.toThrow();
    expect(() => checkTemplate(role(400))).toThrow(
      /^role WfRole: its policies have at least 1\d{4} characters, IAM takes 10240: have fewer actors work together/,
    );
  });

  test("how a bucket is to be set up that is there already", () => {
    function bucket(settings: BucketConfig): () => object {
      return () =>
        bucketResources({ workflows: "*.ts", bucket: settings }, [], { prefix: "s-dev/assets/", hasAny: false });
    }
    expect(bucket({ name: "team-data", expireAfterDays: 30 })).toThrow(
      "lambent.bucket has a name and expireAfterDays: Lambent does not set up team-data, a bucket that is there already: leave one of the two out",
    );
    expect(bucket({ name: "team-data", onRemove: "keep" })).toThrow("lambent.bucket has a name and onRemove");
  });

  test("a definition over one mebibyte, by workflow", () => {
    const big = workflow(
      {},
      function big() {
        for (let part = 0; part < 5; part++) plain({ n: `${part}${"x".repeat(220_000)}` as never });
        return null;
      },
      { type: "EXPRESS" },
    );
    expect(() => compile(big.graph, target)).toThrow(
      /^workflow big: its definition has \d+ bytes, Step Functions takes 1048576/,
    );
  });

  test("too little reserved concurrency, as it will be deployed", () => {
    expect(() =>
      checkFunction("a", { provisionedConcurrency: 2, reservedConcurrency: 3 }, { whenBusy: "queue" }),
    ).toThrow("make it 4 or more");
    expect(() => checkFunction("a", { provisionedConcurrency: 2 }, { whenBusy: "queue" })).toThrow(
      "reservedConcurrency is undefined",
    );
    expect(() => checkFunction("a", { provisionedConcurrency: 2 }, { whenBusy: "spill" })).not.toThrow();
    expect(() =>
      checkFunction("a", { provisionedConcurrency: 3, reservedConcurrency: 2 }, { whenBusy: "spill" }),
    ).toThrow(
      "functions.a.reservedConcurrency is 2, and 3 replicas are provisioned, which Lambda takes from what is reserved: make it 6 or more",
    );
    const reference = { "Fn::If": ["Prod", 1, 2] } as unknown as number; // the framework takes one in its place
    expect(() =>
      checkFunction("a", { provisionedConcurrency: 3, reservedConcurrency: reference }, { whenBusy: "spill" }),
    ).not.toThrow();
    expect(() =>
      checkFunction("a", { provisionedConcurrency: reference, reservedConcurrency: 1 }, { whenBusy: "queue" }),
    ).not.toThrow();
    expect(() => checkFunction("a", { provisionedConcurrency: 0 }, { whenBusy: "queue" })).not.toThrow();
  });

  test("what contradicts replicas for a run", () => {
    const actor = { replicaCount: 3, ttlSeconds: 300, whenBusy: "queue" } as const;
    expect(() => checkFunction("a", { provisionedConcurrency: 2 }, actor)).toThrow(
      "functions.a.provisionedConcurrency is 2, and actor a has ttlSeconds: its replicas come up for a run alone: leave out provisionedConcurrency and set the actor's replicaCount, or leave out ttlSeconds",
    );
    expect(() => checkFunction("a", { reservedConcurrency: 4 }, actor)).toThrow(
      'whenBusy is "queue" with 3 replicas, but functions.a.reservedConcurrency is 4: make it 6 or more',
    );
    expect(() => checkFunction("a", { reservedConcurrency: 2 }, { ...actor, whenBusy: "spill" })).toThrow(
      "functions.a.reservedConcurrency is 2, and 3 replicas are provisioned",
    );
    expect(() => checkFunction("a", { reservedConcurrency: 6 }, actor)).not.toThrow();
  });

  test("too little reserved concurrency for the replicas that are there and those that will be, if the author says how much", () => {
    const naming = {
      getLambdaLogicalId: (key: string) => `${key}Function`,
      getLambdaProvisionedConcurrencyAliasLogicalId: (key: string) => `${key}Alias`,
    } as AwsProvider["naming"]; // what is used of it
    function template(replicas: number, reserved: number): Template {
      return {
        Resources: {
          aFunction: { Type: "AWS::Lambda::Function", Properties: { ReservedConcurrentExecutions: reserved } },
          aAlias: {
            Type: "AWS::Lambda::Alias",
            Properties: { ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: replicas } },
          },
        },
        Outputs: {},
      };
    }
    const said: string[] = [];
    function say(text: string): void {
      said.push(text);
    }
    const log = { notice: say, warning: say, error: say };
    function reserve(isWritten: boolean, deployed: Partial<Template>, next: Template): unknown {
      reserveForBothVersions(next, deployed, [{ key: "a", isWritten }], naming, log);
      return next.Resources["aFunction"]?.Properties["ReservedConcurrentExecutions"];
    }
    expect(() => reserve(true, template(10, 20), template(4, 8))).toThrow(
      "actor a goes from 10 replicas to 4, which are provisioned side by side while it is deployed, but functions.a.reservedConcurrency is 8: make it 14 for this deployment",
    );
    expect(said).toEqual([]);
    expect(reserve(false, template(10, 20), template(4, 8))).toBe(14);
    expect(said).toHaveLength(1);
    expect(reserve(false, template(4, 8), template(4, 8))).toBe(8);
    expect(reserve(false, template(4, 8), template(10, 20))).toBe(20);
    expect(reserve(true, { Resources: {} }, template(4, 8))).toBe(8);
    expect(reserve(true, {}, template(4, 8))).toBe(8);
    const leftToCloudFormation = template({ Ref: "Replicas" } as unknown as number, 8);
    expect(reserve(false, leftToCloudFormation, template(4, 8))).toBe(8);
    expect(reserve(false, template(10, 20), leftToCloudFormation)).toBe(8);
    expect(said).toHaveLength(1);
  });

  test("SnapStart, which Node.js has none of, and Lambda@Edge, which takes no environment", () => {
    expect(() => checkFunction("a", { snapStart: true })).toThrow(
      "functions.a.snapStart is true: Lambda has no SnapStart for Node.js: leave it out",
    );
    expect(() => checkFunction("a", { events: [{ cloudFront: { eventType: "viewer-request" } }] }, undefined)).toThrow(
      "functions.a.events has cloudFront: Lambda@Edge takes no environment variables",
    );
  });

  test("an entry of functions that is no map; what is left empty in one is not set, but for vpc", () => {
    expect(() => writtenFunctions({ a: "fast" })).toThrow('functions.a must be a map of settings, not "fast"');
    expect(
      writtenFunctions([{ a: null }, { b: { timeout: null, vpc: null, environment: { A: null, B: "b" } } }]),
    ).toEqual({
      a: {},
      b: { vpc: null, environment: { B: "b" } },
    });
    expect(writtenFunctions({ a: { vpc: false, tracing: false } })).toEqual({ a: { vpc: false, tracing: false } });
    expect(writtenFunctions(null)).toEqual({});
    expect(plainEnvironment(null)).toEqual({});
    expect(plainEnvironment({ A: 1, B: true, C: null, D: { Ref: "Table" } })).toEqual({ A: "1", B: "true" });
  });

  test("no version, which an alias needs, and layers beside an image", () => {
    expect(() => checkFunction("a", { versionFunction: false }, undefined)).toThrow(
      "functions.a.versionFunction is false: state machines call an alias, which needs a version",
    );
    expect(() => checkFunction("a", { image: "x", layers: ["arn"] }, { whenBusy: "spill" })).toThrow(
      "function a has a container image and layers: Lambda gives an image none",
    );
  });

  test("environments that Lambda would refuse, or that would hide a secret", () => {
    const token = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-AbCd12";
    function check(actor: Partial<ActorDefinition>, written: FunctionEntry = {}, provider: Provider = {}) {
      return (): void =>
        checkWritten(
          { actor: { name: "a", replicaCount: 1, whenBusy: "spill", ...actor }, tasks: [], exports: [] },
          "a",
          written,
          provider,
        );
    }
    expect(check({ environment: { AWS_REGION: "x" } })).toThrow(
      "actor a: environment.AWS_REGION is set by Lambda alone: choose another name",
    );
    expect(check({}, { environment: { AWS_LAMBDA_FUNCTION_NAME: "x" } })).toThrow(
      "functions.a.environment.AWS_LAMBDA_FUNCTION_NAME is set by Lambda alone",
    );
    expect(check({ secrets: { AWS_SESSION_TOKEN: token } })).toThrow("actor a: secrets.AWS_SESSION_TOKEN is set");
    expect(check({}, {}, { environment: { AWS_LAMBDA_EXEC_WRAPPER: "/opt/wrapper", TZ: "UTC" } })).not.toThrow();
    expect(check({ secrets: { T: token } }, {}, { environment: { T: "x" } })).toThrow(
      "actor a: provider.environment.T would take the place of its secret T: leave it out of one",
    );
    expect(check({ secrets: { T: token } }, { environment: { T: "x" } })).toThrow("functions.a.environment.T");
    expect(check({ secrets: { T: token }, containerImage: "image" })).toThrow(
      "actor a: secrets are read by the generated bundle, which a containerImage replaces: read T in the image",
    );
    expect(check({ secrets: { T: token }, environment: { A: "x" } })).not.toThrow();
    expect(() => checkWritten({ tasks: [], exports: [] }, "tasks", { image: "x" }, {})).toThrow(
      'functions.tasks has an image of its own ("x"), but the function of the plain tasks is deployed under this key',
    );
  });

  test("a runtime that is not Node", () => {
    const fn = { actor: { name: "a", replicaCount: 1, whenBusy: "queue" as const }, tasks: [], exports: [] };
    expect(() => functionNode(fn, "a", { runtime: "python3.13" }, {})).toThrow(
      "functions.a.runtime is python3.13: workflows need Node 20 or newer: write functions.a.runtime: nodejs24.x",
    );
    expect(() => functionNode(fn, "a", {}, { runtime: "python3.13" })).toThrow(
      "provider.runtime is python3.13: workflows need Node 20 or newer: write functions.a.runtime: nodejs24.x",
    );
    expect(functionNode(fn, "a", { runtime: "nodejs22.x" }, { runtime: "python3.13" })).toBe(22);
    expect(functionNode(fn, "a", {}, {})).toBe(24);
    const image = { ...fn, actor: { ...fn.actor, containerImage: "image" } };
    expect(functionNode(image, "a", {}, { runtime: "python3.13" })).toBe(24);
  });

  test("schedules, secrets and times to live that could never work", () => {
    function scheduled(schedule: string | { expression: string; input?: Record<string, number> }) {
      return () =>
        workflow(
          { n: 1 },
          function late({ n }) {
            return plain({ n });
          },
          { schedule },
        );
    }
    expect(scheduled("every hour")).toThrow(
      'workflow late: schedule must read rate(…), cron(…) or at(…), not "every hour"',
    );
    const misspelt = { expression: "rate(1 day)", timeZone: "Europe/Berlin" };
    expect(scheduled(misspelt)).toThrow(
      "workflow late: schedule has no option timeZone; it has: expression, timezone, input, enabled",
    );
    expect(scheduled({ expression: "rate(1 day)", input: { m: 1 } })).toThrow(
      "workflow late: its schedule gives m, but it has no such input; it has: n",
    );
    expect(() => new ActorEnvironment({ name: "a", secrets: { TOKEN: "hunter2" } })).toThrow(
      "actor a: secrets.TOKEN must be the ARN of a Secrets Manager secret or an SSM parameter",
    );
  });
});
