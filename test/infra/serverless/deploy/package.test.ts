import { lambdaPlatform } from "../../../../infra/project/packages/target-platform.ts";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Resource, Template } from "../../../../infra/serverless/deploy/framework.ts";
import { loadProject } from "../../../../infra/project/load-project.ts";
import { projectDirectory, type ProjectDirectory } from "../../../support/project-directory.ts";
import { packagedTemplate, resourcesOf } from "../../../support/serverless.ts";

const FLOWS = `
import { ActorEnvironment, task, workflow } from "lambent";
const model = new ActorEnvironment({ name: "model", replicaCount: 2, environment: { A: "actor", B: "actor" } });
const score = model.task(async function score({ n }: { n: number }) { return n + 1; });
const plain = task(async function plain({ n }: { n: number }) { return n; });
const alone = task(async function alone() { return "what only the plain tasks need"; });
export const wf = workflow({ n: 1 }, function wf({ n }) { return plain({ n: score({ n }) }); });
export const aside = workflow({}, function aside() { return alone({}); });
`;
const READS = `
import { ActorEnvironment, workflow } from "lambent";
import { large } from "./lib/large.ts";
const reader = new ActorEnvironment({ name: "reader" }).task(async function reader() { return large.length; });
export const read = workflow({}, function read() { return reader({}); });
`;
const modules = {
  "flows.ts": FLOWS,
  "reads.ts": READS,
  "lib/large.ts": 'export const large = "what only the reader needs";',
};

const SERVICE = `
service: beside
plugins: [lambent/plugin]
lambent: { workflows: "*s.ts" }
provider: { name: aws, runtime: nodejs24.x, region: eu-west-1 }
`;

let projects: ProjectDirectory[] = [];
afterEach(() => {
  for (const project of projects) project.remove();
  projects = [];
});

function project(files: Readonly<Record<string, string>>): string {
  const made = projectDirectory({ ...modules, ...files });
  projects.push(made);
  return made.root;
}

/** SHA-256 of each zip in a package. */
function zips(root: string): Record<string, string> {
  const names = readdirSync(join(root, ".serverless")).filter((name) => name.endsWith(".zip"));
  return Object.fromEntries(
    names.map((name) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(root, ".serverless", name)))
        .digest("hex"),
    ]),
  );
}

/** The modules that an entry imports before its first request: path to text. */
function eagerModules(read: (path: string) => string): Map<string, string> {
  const texts = new Map<string, string>();
  function visit(path: string): void {
    if (texts.has(path)) return;
    const text = read(path);
    texts.set(path, text);
    for (const [, imported = ""] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) visit(imported);
  }
  visit("index.mjs");
  return texts;
}

/** The text of the modules that a zip's entry imports before its first request. */
function eagerCode(root: string, name: string): string {
  const files = unzipSync(readFileSync(join(root, ".serverless", `${name}.zip`)));
  return [...eagerModules((path) => Buffer.from(files[path] ?? []).toString()).values()].join("\n");
}

const AUTHOR = /^(flows|reads|lib\/large)\.ts$|^lambent[-:]/;

/** The modules of the replica's cache, and of what it knows of the invocations that use it. */
const CACHE = /\bsdk\/(cache|invocation)\/[\w/-]+\.[jt]s$/;

/** The text of all modules in a zip, source maps apart. */
function code(root: string, name: string): string {
  const files = unzipSync(readFileSync(join(root, ".serverless", `${name}.zip`)));
  return Object.entries(files)
    .filter(([path]) => path.endsWith(".mjs"))
    .map(([, bytes]) => Buffer.from(bytes).toString())
    .join("\n");
}

describe("serverless package", { timeout: 120_000 }, () => {
  // Packaged once for the tests that only look at it.
  const plain = projectDirectory({ ...modules, "serverless.yml": SERVICE });
  let packaged: Template;
  beforeAll(async () => {
    packaged = await packagedTemplate(plain.root);
  }, 120_000);
  afterAll(() => plain.remove());

  test("packages the same bytes every time, in any directory, time zone and minute", async () => {
    const first = zips(plain.root);
    expect(Object.keys(first)).toEqual(["model.zip", "reader.zip", "tasks.zip"]);
    await packagedTemplate(plain.root);
    expect(zips(plain.root)).toEqual(first);
    const there = project({ "serverless.yml": SERVICE });
    await packagedTemplate(there, { TZ: "Pacific/Auckland" });
    expect(zips(there)).toEqual(first);
  });

  test("a function's zip has what its tasks need, and not what other functions do, in whatever modules it is", () => {
    const { root } = plain;
    function holders(text: string): string[] {
      return ["model", "reader", "tasks"].filter((name) => code(root, name).includes(text));
    }
    expect(holders("what only the reader needs")).toEqual(["reader"]);
    expect(holders("what only the plain tasks need")).toEqual(["tasks"]);
    const names = Object.keys(unzipSync(readFileSync(join(root, ".serverless", "model.zip"))));
    expect(names).toContain("index.mjs");
    expect(names).toContain("index.mjs.map");
  });

  test("a first request loads neither AWS clients nor streams and hashes", () => {
    const { root } = plain;
    expect(code(root, "model")).toContain("GetObjectCommand");
    const eager = eagerCode(root, "model");
    expect(eager).not.toContain("GetObjectCommand");
    const builtins = [...eager.matchAll(/from\s*"(node:[^"]+)"/g)].map(([, builtin]) => builtin);
    expect(builtins).toEqual([]); // those that are needed at once are not imported: that would load all they have
  });

  test("a first request loads at most 10 KB, middy included, beside the author's code and the cache", async () => {
    const { root } = plain;
    const { artifacts } = await loadProject({
      root,
      workflows: ["*s.ts"],
      outDir: join(root, "measured"),
      platformOf: () => lambdaPlatform("x86_64", 24),
      minify: true,
    });
    const sizes = artifacts.map(({ directory, bundle }) => {
      const others = bundle.parts.filter(({ path, isLazy }) => !isLazy && (AUTHOR.test(path) || CACHE.test(path)));
      const texts = eagerModules((path) => readFileSync(join(directory, path), "utf8")).values();
      return Buffer.byteLength([...texts].join("")) - others.reduce((sum, { bytes }) => sum + bytes, 0);
    });
    expect(sizes).toHaveLength(3);
    expect(Math.min(...sizes)).toBeGreaterThan(7000); // what is measured is there
    expect(Math.max(...sizes)).toBeLessThan(10 * 1024);
  });

  test("serverless.yml overrides what is generated: functions, resources, extensions", async () => {
    const template = await packagedTemplate(
      project({
        "serverless.yml": `${SERVICE.replace('"*s.ts"', '"*s.ts", bucket: { onRemove: keep, expireAfterDays: 30 }')}
functions:
  model:
    memorySize: 3008
    provisionedConcurrency: 5
    reservedConcurrency: 12
    logRetentionInDays: 3
    environment: { B: yaml, C: yaml }
  tasks: { timeout: 30, name: my-own-name }
resources:
  Resources:
    Topic: { Type: AWS::SNS::Topic }
  extensions:
    WfStateMachine: { Properties: { StateMachineName: my-machine } }
    LambentBucket: { Properties: { BucketName: my-bucket } }
`,
      }),
    );
    const { Resources } = template;
    expect(Resources["ModelLambdaFunction"]?.Properties).toMatchObject({
      MemorySize: 3008,
      ReservedConcurrentExecutions: 12,
      Environment: {
        Variables: {
          A: "actor",
          B: "yaml",
          C: "yaml",
          LAMBENT_BUCKET: { Ref: "LambentBucket" },
          NODE_OPTIONS: "--enable-source-maps",
        },
      },
    });
    expect(Resources["ModelProvConcLambdaAlias"]?.Properties["ProvisionedConcurrencyConfig"]).toEqual({
      ProvisionedConcurrentExecutions: 5,
    });
    expect(Resources["ModelLogGroup"]?.Properties["RetentionInDays"]).toBe(3);
    expect(Resources["TasksLambdaFunction"]?.Properties).toMatchObject({ Timeout: 30, FunctionName: "my-own-name" });
    expect(JSON.stringify(Resources["TasksLambentRole"])).toContain("${LambentBucket.Arn}/my-own-name/*");
    expect(Resources["WfStateMachine"]?.Properties["StateMachineName"]).toBe("my-machine");
    expect(Resources["LambentBucket"]?.Properties).toMatchObject({
      BucketName: "my-bucket",
      PublicAccessBlockConfiguration: { BlockPublicAcls: true },
    });
    expect(Resources["LambentBucket"]).toMatchObject({
      DeletionPolicy: "Retain",
      Properties: {
        LifecycleConfiguration: {
          Rules: expect.arrayContaining([
            expect.objectContaining({ Id: "AbandonedUploads" }),
            expect.objectContaining({ Prefix: "my-own-name/values/", ExpirationInDays: 380 }),
            expect.objectContaining({ Id: "Expire", ExpirationInDays: 30 }),
          ]),
        },
      },
    });
    expect(Resources["Topic"]?.Type).toBe("AWS::SNS::Topic");
  });

  test("no provisioned concurrency, as in a development stage by param, leaves an alias of its own", async () => {
    const root = project({
      "serverless.yml": `${SERVICE}
params: { default: { replicas: 2 }, dev: { replicas: 0 } }
functions: { model: { provisionedConcurrency: "\${param:replicas}" } }
`,
    });
    const { Resources } = await packagedTemplate(root);
    expect(Object.keys(resourcesOf({ Resources, Outputs: {} }, "AWS::Lambda::Alias"))).toEqual([
      "ReaderProvConcLambdaAlias",
      "TasksLambentAlias",
      "ModelLambentAlias",
    ]);
    expect(Resources["WfStateMachine"]?.Properties["DefinitionSubstitutions"]).toEqual({
      ModelLambentAlias: { Ref: "ModelLambentAlias" },
      TasksLambentAlias: { Ref: "TasksLambentAlias" },
    });
  });

  test("lives beside hand-written functions, a list of functions, and provider-wide settings, which reach actors too", async () => {
    const root = project({
      "api.js": "export const handler = async () => ({ statusCode: 200 });",
      "serverless.yml": `${SERVICE.replace("region: eu-west-1", `region: eu-west-1, logRetentionInDays: 7, tags: { team: a }, environment: { ALL: provider }, vpc: { subnetIds: [subnet-1], securityGroupIds: [sg-1] }, iam: { role: { permissionsBoundary: "arn:aws:iam::123456789012:policy/boundary", statements: [{ Effect: Allow, Action: "dynamodb:GetItem", Resource: "arn:aws:dynamodb:eu-west-1:123456789012:table/t" }] } }`)}
package: { patterns: ["!**", "api.js"] }
functions:
  - api: { handler: api.handler, events: [{ httpApi: "GET /" }] }
  - model: { memorySize: 256 }
`,
    });
    const { Resources } = await packagedTemplate(root);
    expect(Object.keys(resourcesOf({ Resources, Outputs: {} }, "AWS::Lambda::Function"))).toEqual([
      "ApiLambdaFunction",
      "ModelLambdaFunction",
      "TasksLambdaFunction",
      "ReaderLambdaFunction",
    ]);
    expect(Resources["ApiLambdaFunction"]?.Properties["Role"]).toEqual({
      "Fn::GetAtt": ["IamRoleLambdaExecution", "Arn"],
    });
    expect(Resources["ModelLambdaFunction"]?.Properties).toMatchObject({
      MemorySize: 256,
      Tags: [{ Key: "team", Value: "a" }],
      VpcConfig: { SubnetIds: ["subnet-1"] },
      Environment: { Variables: { ALL: "provider", A: "actor" } },
    });
    expect(Resources["ModelLambentRole"]?.Properties).toMatchObject({
      PermissionsBoundary: "arn:aws:iam::123456789012:policy/boundary",
      ManagedPolicyArns: [
        { "Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole" },
      ],
    });
    expect(JSON.stringify(Resources["ModelLambentRole"])).toContain("dynamodb:GetItem");
    expect(Resources["ModelLogGroup"]?.Properties["RetentionInDays"]).toBe(7);
    expect(Resources["WfStateMachineLogGroup"]?.Properties["RetentionInDays"]).toBe(7);
    expect(Object.keys(unzipSync(readFileSync(join(root, ".serverless", "beside.zip"))))).toEqual(["api.js"]);
  });

  test("takes a bucket that is there, and a role that the author brings, as they are", async () => {
    const { Resources, Outputs } = await packagedTemplate(
      project({
        "serverless.yml": SERVICE.replace(
          'workflows: "*s.ts"',
          'workflows: "*s.ts", bucket: { name: team-data }, tracing: false, logs: { level: "OFF" }',
        ).replace("region: eu-west-1", "region: eu-west-1, iam: { role: 'arn:aws:iam::123456789012:role/mine' }"),
      }),
    );
    expect(Resources["LambentBucket"]).toBeUndefined();
    expect(Resources["ModelLambdaFunction"]?.Properties).toMatchObject({
      Role: "arn:aws:iam::123456789012:role/mine",
      Environment: { Variables: { LAMBENT_BUCKET: "team-data" } },
    });
    expect(Resources["ModelLambdaFunction"]?.Properties["TracingConfig"]).toBeUndefined();
    expect(Resources["WfStateMachine"]?.Properties["LoggingConfiguration"]).toBeUndefined();
    expect(JSON.stringify(Resources["WfStateMachineRole"])).not.toContain('"*"');
    expect(Outputs["LambentBucketName"]).toMatchObject({ Value: "team-data" });
  });

  test("each function writes under its own name, and reads the files and values of those it shares a workflow with", () => {
    const { Resources } = packaged;
    function objects(id: string): unknown {
      const { Policies } = (Resources[id] as Resource).Properties as unknown as {
        Policies: { PolicyDocument: { Statement: { Action: string[]; Resource: unknown; Condition?: unknown }[] } }[];
      };
      return Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
        .filter(({ Action }) => Action[0]?.startsWith("s3:"))
        .map(({ Action, Resource, Condition }) => [Action, Resource, ...(Condition === undefined ? [] : [Condition])]);
    }
    function listing(...prefixes: string[]): unknown {
      return [["s3:ListBucket"], [bucket("")], { StringLike: { "s3:prefix": prefixes } }];
    }
    function bucket(key: string): object {
      return { "Fn::Sub": `\${LambentBucket.Arn}${key}` };
    }
    expect(objects("ModelLambentRole")).toEqual([
      [["s3:GetObject", "s3:PutObject"], [bucket("/beside-dev-model/*")]],
      [["s3:GetObject"], [bucket("/beside-dev-tasks/files/*"), bucket("/beside-dev-tasks/values/*")]],
      listing("beside-dev-model/*", "beside-dev-tasks/files/*", "beside-dev-tasks/values/*"),
    ]);
    expect(objects("ReaderLambentRole")).toEqual([
      [["s3:GetObject", "s3:PutObject"], [bucket("/beside-dev-reader/*")]],
      listing("beside-dev-reader/*"),
    ]);
  });

  test("carries all that an actor is told to its function", async () => {
    const image = `123456789012.dkr.ecr.eu-west-1.amazonaws.com/pictures@sha256:${"0".repeat(64)}`;
    const root = project({
      "settings.ts": `
import { ActorEnvironment, workflow } from "lambent";
const settings = new ActorEnvironment({
  name: "settings", replicaCount: 3, whenBusy: "spill", memorySize: 4096, timeout: 120, ephemeralStorageSize: 2048,
  architecture: "arm64", layers: ["arn:aws:lambda:eu-west-1:123456789012:layer:l:1"],
  vpc: { subnetIds: ["subnet-1", "subnet-2"], securityGroupIds: ["sg-1"] },
}).task(async function one() { return 1; });
const pictures = new ActorEnvironment({ name: "pictures", containerImage: "${image}" }).task(async function two() { return 2; });
export const wf = workflow({}, function wf() { return [one({}), two({})]; });
`
        .replace("const settings =", "const one =")
        .replace("const pictures =", "const two ="),
      "serverless.yml": SERVICE.replace('"*s.ts"', "settings.ts"),
    });
    const { Resources } = await packagedTemplate(root);
    const settings = Resources["SettingsLambdaFunction"]?.Properties;
    expect(settings).toMatchObject({
      MemorySize: 4096,
      Timeout: 120,
      EphemeralStorage: { Size: 2048 },
      Architectures: ["arm64"],
      Layers: ["arn:aws:lambda:eu-west-1:123456789012:layer:l:1"],
      VpcConfig: { SubnetIds: ["subnet-1", "subnet-2"], SecurityGroupIds: ["sg-1"] },
    });
    expect(settings).not.toHaveProperty("ReservedConcurrentExecutions"); // it spills
    expect(Resources["PicturesLambdaFunction"]?.Properties).toMatchObject({
      PackageType: "Image",
      Code: { ImageUri: image },
      Timeout: 900,
    });
    expect(zips(root)).not.toHaveProperty("pictures.zip");
  });

  test("is configured by serverless.ts as well", async () => {
    const root = project({
      "serverless.ts": `export default {
  service: "typed", plugins: ["lambent/plugin"], lambent: { workflows: ["*s.ts"] },
  provider: { name: "aws", runtime: "nodejs22.x", region: "eu-west-1", stage: "prod" },
};`,
    });
    const { Resources } = await packagedTemplate(root);
    expect(Resources["WfStateMachine"]?.Properties["StateMachineName"]).toBe("typed-prod-wf");
  });
});
