import { CloudFormationClient, CreateStackCommand } from "@aws-sdk/client-cloudformation";
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { emptyBucket } from "../../../../infra/serverless/deploy/stack.ts";
import type { LambentConfig } from "../../../../infra/serverless/deploy/config.ts";
import type { Serverless } from "../../../../infra/serverless/deploy/framework.ts";
import { motoServer, startMoto, type Moto } from "../../../support/moto.ts";
import { unlessInstalled } from "../../../support/tools.ts";

describe.skipIf(motoServer === undefined)(
  `the bucket before its stack is removed, on moto's server${unlessInstalled("moto_server", motoServer)}`,
  { timeout: 60_000 },
  () => {
    let moto: Moto;
    let stacks: CloudFormationClient;
    let s3: S3Client;
    let config: object;
    beforeAll(async () => {
      moto = await startMoto();
      vi.stubEnv("AWS_ENDPOINT_URL", moto.url);
      config = { endpoint: moto.url, region: "us-east-1", credentials: { accessKeyId: "t", secretAccessKey: "t" } };
      stacks = new CloudFormationClient(config);
      s3 = new S3Client({ ...config, forcePathStyle: true });
    }, 90_000);
    afterAll(async () => {
      vi.unstubAllEnvs();
      await moto.stop();
    });

    /** Deploy a stack with that bucket and one object in it, then do what `serverless remove` begins with. */
    async function remove(
      name: string,
      deletionPolicy: string,
      bucket: LambentConfig["bucket"],
      before: () => Promise<unknown> = () => Promise.resolve(),
    ): Promise<{ said: string[]; objects: () => Promise<number> }> {
      const Resources = {
        LambentBucket: {
          Type: "AWS::S3::Bucket",
          DeletionPolicy: deletionPolicy,
          Properties: { BucketName: `${name}-bucket` },
        },
      };
      await stacks.send(new CreateStackCommand({ StackName: name, TemplateBody: JSON.stringify({ Resources }) }));
      await s3.send(new PutObjectCommand({ Bucket: `${name}-bucket`, Key: "x", Body: "x" }));
      await before();
      const said: string[] = [];
      const provider = { getAwsSdkV3Config: async () => config, naming: { getStackName: () => name } };
      const serverless = { getProvider: () => provider } as unknown as Serverless; // all that is asked of it
      const log = { notice: (text: string) => said.push(text), warning: () => 0, error: () => 0 };
      await emptyBucket(serverless, { workflows: "*.ts", ...(bucket === undefined ? {} : { bucket }) }, log);
      async function objects(): Promise<number> {
        return (await s3.send(new ListObjectsV2Command({ Bucket: `${name}-bucket` }))).KeyCount ?? 0;
      }
      return { said, objects };
    }

    test("it is emptied", async () => {
      const { said, objects } = await remove("plain", "Delete", undefined);
      expect(said).toEqual([expect.stringContaining("1 objects deleted from bucket plain-bucket")]);
      expect(await objects()).toBe(0);
    });

    test("one that is gone already is no hindrance", async () => {
      const { said } = await remove("gone", "Delete", undefined, async () => {
        await s3.send(new DeleteObjectCommand({ Bucket: "gone-bucket", Key: "x" }));
        await s3.send(new DeleteBucketCommand({ Bucket: "gone-bucket" }));
      });
      expect(said).toEqual(["Lambent: bucket gone-bucket is gone already"]);
    });

    test("one that was deployed to be kept keeps its objects, whatever serverless.yml says by now", async () => {
      const { said, objects } = await remove("kept", "Retain", { onRemove: "empty" });
      expect(said).toEqual([
        "Lambent: bucket kept-bucket is kept with all its objects (deployed with lambent.bucket.onRemove: keep)",
      ]);
      expect(await objects()).toBe(1);
    });

    test("one that is to be kept, but was not deployed so, stops the removal, since CloudFormation would delete it", async () => {
      await expect(remove("edited", "Delete", { onRemove: "keep" })).rejects.toThrow(
        "bucket edited-bucket was deployed to go with the stack, and lambent.bucket.onRemove: keep was not deployed since: run `serverless deploy` first",
      );
    });

    test("the author's own stays, and what the stack had before it goes as deployed", async () => {
      const { said, objects } = await remove("own", "Delete", { name: "team-data" });
      expect(said).toEqual([
        expect.stringContaining("bucket team-data is your own"),
        expect.stringContaining("1 objects deleted from bucket own-bucket"),
      ]);
      expect(await objects()).toBe(0);
    });
  },
);
