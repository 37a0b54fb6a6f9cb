import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CreateBucketCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from "@aws-sdk/client-s3";
import { ListStateMachinesCommand, SFNClient } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Template } from "../../../../infra/serverless/deploy/framework.ts";
import { uploadObject } from "../../../../infra/serverless/deploy/upload-object.ts";
import { motoServer, startMoto, type Moto } from "../../../support/moto.ts";
import { projectDirectory } from "../../../support/project-directory.ts";
import { S3Server, s3Server } from "../../../support/s3-server.ts";
import { packagedTemplate, resourcesOf, serverless, type Run } from "../../../support/serverless.ts";
import { findTool, runTool, unlessInstalled } from "../../../support/tools.ts";

const FLOW = `
import { ActorEnvironment, asset, S3File, task, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "model", ephemeralStorageSize: 2048 });
const model = asset("models/minilm.onnx");
const embed = actor.task(async function embed({ file, text }: { file: S3File<"onnx">; text: string }) {
  return text.length + (await file.download()).length;
});
const plain = task(async function plain({ n }: { n: number }) { return n; });
export const embedding = workflow({ file: model, text: "costs \${AWS::Region}" }, function embedding({ file, text }) {
  return [embed({ file, text }), embed({ file: model, text }), plain({ n: 1 })];
});
`;

const SERVICE = `
service: assets-test
plugins: [lambent/plugin]
lambent: { workflows: flow.ts, buckets: { team-models: read }, bucket: { expireAfterDays: 90 } }
provider:
  name: aws
  runtime: nodejs24.x
  region: eu-west-1
`;

function sha256(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("hex");
}

function keyOf(content: string): string {
  return `assets-test-dev/assets/${sha256(content)}/minilm.onnx`;
}

describe("the template of a service with assets", () => {
  const project = projectDirectory({ "flow.ts": FLOW, "models/minilm.onnx": "one", "serverless.yml": SERVICE });
  let template: Template;
  beforeAll(async () => {
    template = await packagedTemplate(project.root);
  }, 120_000);
  afterAll(() => project.remove());

  const lint = findTool("cfn-lint");
  test.skipIf(lint === undefined)(
    `cfn-lint finds no error and no warning${unlessInstalled("cfn-lint", lint)}`,
    () => {
      const file = ".serverless/cloudformation-template-update-stack.json";
      expect(runTool(lint ?? "", ["--regions", "eu-west-1", "--", file], project.root)).toEqual({
        code: 0,
        output: "",
      });
    },
    120_000,
  );

  test("a definition names the bucket by what CloudFormation makes, and nothing that its author wrote passes for that", () => {
    const machine = resourcesOf(template, "AWS::StepFunctions::StateMachine")["EmbeddingStateMachine"];
    expect(machine?.["DefinitionSubstitutions"]).toMatchObject({ LambentBucket: { Ref: "LambentBucket" } });
    const text = String(machine?.["DefinitionString"]);
    expect(text.match(/s3:\/\/\$\{LambentBucket\}\/assets-test-dev\/assets\/[0-9a-f]{64}\/minilm\.onnx/g)).toHaveLength(
      2,
    );
    expect(text).toContain("\\u0024{AWS::Region}");
    expect(text).not.toContain("lambent-bucket-");
  });

  test("functions may read the service's assets, and write none", () => {
    for (const role of ["ModelLambentRole", "TasksLambentRole"]) {
      const text = JSON.stringify(template.Resources[role]);
      expect(text).toContain('{"Fn::Sub":"${LambentBucket.Arn}/assets-test-dev/assets/*"}');
      const { Policies } = resourcesOf(template, "AWS::IAM::Role")[role] as {
        Policies: { PolicyDocument: { Statement: { Action: string[] }[] } }[];
      };
      const writes = JSON.stringify(
        Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).filter(({ Action }) =>
          Action.includes("s3:PutObject"),
        ),
      );
      expect(writes).not.toContain("assets/");
    }
  });

  test("what a deployment no longer names expires after 380 days, and what is in use never does, whatever else expires", () => {
    const { LifecycleConfiguration } = template.Resources["LambentBucket"]?.Properties ?? {};
    const { Rules } = LifecycleConfiguration as unknown as { Rules: Record<string, unknown>[] };
    expect(Rules.filter(({ Prefix = "" }) => keyOf("one").startsWith(String(Prefix)))).toEqual([
      expect.objectContaining({ Id: "AbandonedUploads" }),
      {
        Id: "SupersededAssets",
        Status: "Enabled",
        Prefix: "assets-test-dev/assets/",
        TagFilters: [{ Key: "lambent", Value: "superseded" }],
        ExpirationInDays: 380,
      },
    ]);
    expect(Rules).toContainEqual({
      Id: "Expire-assets-test-dev-model",
      Status: "Enabled",
      ExpirationInDays: 90,
      Prefix: "assets-test-dev-model/",
    });
  });

  test("a function is told how much its disk holds", () => {
    const { Environment } = resourcesOf(template, "AWS::Lambda::Function")["ModelLambdaFunction"] ?? {};
    expect(Environment).toMatchObject({ Variables: { LAMBENT_EPHEMERAL_STORAGE: "2048" } });
  });
});

test("in a bucket of the author's own the definition names it, and functions may read its assets", async () => {
  const yaml = SERVICE.replace("expireAfterDays: 90", "name: team-data");
  const project = projectDirectory({ "flow.ts": FLOW, "models/minilm.onnx": "one", "serverless.yml": yaml });
  const template = await packagedTemplate(project.root);
  project.remove();
  const machine = resourcesOf(template, "AWS::StepFunctions::StateMachine")["EmbeddingStateMachine"];
  expect(machine?.["DefinitionString"]).toContain(`s3://team-data/${keyOf("one")}`);
  expect(JSON.stringify(template.Resources["ModelLambentRole"])).toContain(":s3:::team-data/assets-test-dev/assets/*");
}, 60_000);

describe.skipIf(motoServer === undefined)(
  `assets that are deployed to moto's server${unlessInstalled("moto_server", motoServer)}`,
  { timeout: 240_000 },
  () => {
    const project = projectDirectory({ "flow.ts": FLOW, "models/minilm.onnx": "one", "serverless.yml": SERVICE });
    let moto: Moto;
    let s3: S3Client;
    let states: SFNClient;
    beforeAll(async () => {
      moto = await startMoto();
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      const config = { endpoint: moto.url, region: "eu-west-1", credentials };
      s3 = new S3Client({ ...config, forcePathStyle: true });
      states = new SFNClient(config);
    });
    afterAll(async () => {
      project.remove();
      await moto.stop();
    });

    function run(...command: string[]): Promise<Run> {
      return serverless(project.root, command, { AWS_ENDPOINT_URL: moto.url, SLS_AWS_MONITORING_FREQUENCY: "100" });
    }

    async function bucket(): Promise<string> {
      const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
      return Buckets.find(({ Name }) => Name?.includes("lambentbucket"))?.Name ?? "";
    }

    /** Each asset's tags, by key. */
    async function assets(): Promise<Record<string, string[]>> {
      const Bucket = await bucket();
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
      const tagged = Contents.map(async ({ Key = "" }): Promise<[string, string[]]> => {
        const { TagSet = [] } = await s3.send(new GetObjectTaggingCommand({ Bucket, Key }));
        return [Key, TagSet.map(({ Key: key, Value }) => `${key}=${Value}`)];
      });
      return Object.fromEntries(await Promise.all(tagged));
    }

    test("a first deployment makes the bucket, uploads, and then makes what may use it", async () => {
      const { code, output } = await run("deploy");
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(output).toContain(`Lambent: models/minilm.onnx: 0.0 MB uploaded`);
      expect(output).toContain(`Lambent: 1 asset, 1 uploaded to bucket ${await bucket()}`);
      expect(await assets()).toEqual({ [keyOf("one")]: [] });
      const object = await s3.send(new GetObjectCommand({ Bucket: await bucket(), Key: keyOf("one") }));
      expect(await object.Body?.transformToString()).toBe("one");
      const { stateMachines = [] } = await states.send(new ListStateMachinesCommand({}));
      expect(stateMachines.map(({ name }) => name)).toEqual(["assets-test-dev-embedding"]);
    });

    test("nothing is uploaded twice", async () => {
      expect((await run("deploy", "--force")).output).toContain(
        `Lambent: 1 asset, 0 uploaded to bucket ${await bucket()}`,
      );
    });

    test("another content is another object, and the one before is marked for its end", async () => {
      project.write("models/minilm.onnx", "two");
      expect((await run("deploy")).output).toContain("Lambent: 1 asset, 1 uploaded");
      expect(await assets()).toEqual({ [keyOf("one")]: ["lambent=superseded"], [keyOf("two")]: [] });
    });

    test("a content that comes back is not uploaded again, and not marked any more", async () => {
      project.write("models/minilm.onnx", "one");
      expect((await run("deploy")).output).toContain("Lambent: 1 asset, 0 uploaded");
      expect(await assets()).toEqual({ [keyOf("one")]: [], [keyOf("two")]: ["lambent=superseded"] });
      const object = await s3.send(new GetObjectCommand({ Bucket: await bucket(), Key: keyOf("two") }));
      expect(await object.Body?.transformToString()).toBe("two");
    });

    test("a package that was made with a content that is no longer here is deployed with what is in the bucket, or refused", async () => {
      expect(await run("package", "--package", "made")).toMatchObject({ code: 0 });
      project.write("models/minilm.onnx", "three");
      expect(await run("deploy", "--package", "made", "--force")).toMatchObject({ code: 0 });
      expect((await assets())[keyOf("one")]).toEqual([]);
      project.write("models/minilm.onnx", "never uploaded");
      expect(await run("package", "--package", "made")).toMatchObject({ code: 0 });
      project.write("models/minilm.onnx", "four");
      expect((await run("deploy", "--package", "made", "--force")).output).toContain(
        "the package was made with another content of minilm.onnx than is here, which was never uploaded: package again",
      );
      project.write("models/minilm.onnx", "one");
      expect(await run("deploy", "--force")).toMatchObject({ code: 0 });
    });

    test("a service that has no asset any more marks the last", async () => {
      project.write(
        "flow.ts",
        FLOW.replace(
          'asset("models/minilm.onnx")',
          'new S3File({ uri: "s3://team-models/k", version: "v", format: "onnx" })',
        ),
      );
      expect(await run("deploy")).toMatchObject({ code: 0 });
      expect(new Set(Object.values(await assets()).flat())).toEqual(new Set(["lambent=superseded"]));
      expect(await run("remove")).toMatchObject({ code: 0 });
      expect(await bucket()).toBe("");
    });

    test("a first deployment through a bucket of the author's own makes the stack with the bucket first, too", async () => {
      await s3.send(new CreateBucketCommand({ Bucket: "my-deploys" }));
      project.write("flow.ts", FLOW);
      project.write("serverless.yml", `${SERVICE}  deploymentBucket: { name: my-deploys }\n`);
      expect(await run("deploy")).toMatchObject({ code: 0, output: expect.stringContaining("1 asset, 1 uploaded") });
      expect(await assets()).toEqual({ [keyOf("one")]: [] });
      expect(await run("remove")).toMatchObject({ code: 0 });
    });

    test("a stack that is there without the bucket gets it one step ahead", async () => {
      const [before] = SERVICE.split("plugins");
      const plain = `${before}provider: { name: aws, runtime: nodejs24.x, region: eu-west-1 }\n`;
      project.write("serverless.yml", `${plain}resources: { Resources: { Topic: { Type: "AWS::SNS::Topic" } } }\n`);
      expect(await run("deploy")).toMatchObject({ code: 0 });
      expect(await bucket()).toBe("");
      project.write("serverless.yml", SERVICE);
      expect(await run("deploy")).toMatchObject({ code: 0, output: expect.stringContaining("1 asset, 1 uploaded") });
      expect(await assets()).toEqual({ [keyOf("one")]: [] });
      expect(await run("remove")).toMatchObject({ code: 0 });
    });
  },
);

describe.skipIf(s3Server === undefined)(`a file on its way to S3${unlessInstalled("versitygw", s3Server)}`, () => {
  const project = projectDirectory({});
  const source = join(project.root, "large.bin");
  const content = randomBytes(40 * 1024 * 1024);
  let server: S3Server;
  let client: S3Client;
  let bucket: string;
  beforeAll(async () => {
    writeFileSync(source, content);
    server = await S3Server.start();
    client = new S3Client(server.config);
    bucket = await server.makeBucket("uploads");
  });
  afterAll(() => {
    client.destroy();
    server.stop();
    project.remove();
  });

  test("it arrives in parts, and those that get lost are sent again", async () => {
    const sent: number[] = [];
    server.faults.push("503");
    const upload = { source, bucket, key: "large.bin", hash: sha256(content), size: content.byteLength };
    await uploadObject(client, upload, (bytes) => sent.push(bytes));
    expect(sent.toSorted((a, b) => b - a)).toEqual([16, 16, 8].map((mib) => mib * 1024 * 1024));
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: "large.bin" }));
    expect(sha256(Buffer.from((await Body?.transformToByteArray()) ?? []))).toBe(sha256(content));
  });

  test("one that is no longer what was traced is not stored", async () => {
    const upload = { source, bucket, key: "changed.bin", hash: sha256("before"), size: content.byteLength };
    await expect(uploadObject(client, upload, () => undefined)).rejects.toThrow(
      `${source} was changed while it was uploaded: deploy again`,
    );
    await expect(client.send(new GetObjectCommand({ Bucket: bucket, Key: "changed.bin" }))).rejects.toThrow(
      "key does not exist",
    );
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    expect(Uploads).toEqual([]);
  });
});
