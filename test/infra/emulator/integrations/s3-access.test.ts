import { createServer } from "node:http";
import { S3Client } from "@aws-sdk/client-s3";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { s3ClientConfig } from "../../../../infra/emulator/integrations/s3-access.ts";
import { listen } from "../../../../infra/emulator/service/server.ts";
import { type Definition, only, run } from "../../../support/emulator.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "AKIAOWN", AWS_SECRET_ACCESS_KEY: "own" };

function environment(variables: Readonly<Record<string, string | undefined>>): void {
  const none = { AWS_ENDPOINT_URL_S3: undefined, AWS_ENDPOINT_URL: undefined };
  const noKeys = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_SESSION_TOKEN: undefined };
  for (const [name, value] of Object.entries({ ...none, ...noKeys, ...variables })) vi.stubEnv(name, value);
}

afterEach(() => void vi.unstubAllEnvs());

const NOWHERE =
  "this emulator has no S3: name the endpoint of one (AWS_ENDPOINT_URL_S3=http://127.0.0.1:9000), or allow requests to AWS itself with your own credentials (--aws";

describe("without an endpoint of S3", () => {
  it.each([
    [
      "Task",
      { Type: "Task", Resource: "arn:aws:states:::aws-sdk:s3:deleteObject", Arguments: { Bucket: "b", Key: "k" } },
    ],
    [
      "ItemReader",
      map({ ItemReader: { Resource: "arn:aws:states:::s3:getObject", Arguments: { Bucket: "b", Key: "k" } } }),
    ],
    ["ResultWriter", map({ ResultWriter: { Resource: "arn:aws:states:::s3:putObject", Arguments: { Bucket: "b" } } })],
  ])("a %s is refused when it is created, and nothing is sent", async (_, state) => {
    environment(KEYS);
    await expect(run(only(state))).rejects.toThrow(NOWHERE);
  });

  it("nor is an endpoint of AWS's own one, whatever names it", () => {
    environment({ ...KEYS, AWS_ENDPOINT_URL_S3: "https://s3.eu-west-1.amazonaws.com" });
    expect(s3ClientConfig({}, "eu-west-1")).toBeUndefined();
    expect(
      s3ClientConfig({ endpointUrl: "https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com" }, "eu-west-1"),
    ).toBeUndefined();
  });

  it.each([
    "https://s3.amazonaws.com.",
    "https://S3.EU-WEST-1.AMAZONAWS.COM",
    "https://amazonaws.com",
    "https://s3.eu-west-1.api.aws",
    "https://bucket.on.aws:443",
    "http://127.0.0.1@s3.amazonaws.com",
    "https://s3.cn-north-1.api.amazonwebservices.com.cn",
    "https://s3.eusc-de-east-1.api.amazonwebservices.eu",
    "https://s3.us-iso-east-1.api.aws.ic.gov",
    "https://s3.us-isob-east-1.api.aws.scloud",
    "https://s3.eu-isoe-west-1.api.cloud-aws.adc-e.uk",
  ])("%s is an endpoint of AWS", (endpointUrl) => {
    expect(s3ClientConfig({ endpointUrl }, "eu-west-1")).toBeUndefined();
  });

  it("all endpoints are AWS's that its SDK knows, in each partition", () => {
    const { endpointProvider } = new S3Client({ region: "us-east-1" }).config;
    const regions = "us-east-1 cn-north-1 us-gov-west-1 us-iso-east-1 us-isob-east-1 eu-isoe-west-1 us-isof-south-1";
    for (const Region of [...regions.split(" "), "eusc-de-east-1"]) {
      for (const UseDualStack of [false, true]) {
        const { url } = endpointProvider({ Region, UseDualStack, UseFIPS: false, Bucket: "b" });
        expect(s3ClientConfig({ endpointUrl: { s3: url.href } }, Region)).toBeUndefined();
      }
    }
  });

  it.each([
    "https://s3.amazonaws.com.example.org",
    "https://myamazonaws.com",
    "https://s3.aws.example",
    "http://minio",
  ])("%s is none of AWS's", (endpointUrl) => {
    expect(s3ClientConfig({ endpointUrl }, "eu-west-1")).toMatchObject({ endpoint: endpointUrl });
  });

  it("requests go to AWS, with the keys that the SDK finds, if that is asked for", () => {
    environment(KEYS);
    expect(s3ClientConfig({ aws: true }, "eu-west-1")).toEqual({ region: "eu-west-1" });
  });
});

describe("an endpoint of S3", () => {
  it("gets dummies as keys, and those of the environment if it has some: never those of a profile", () => {
    environment({ AWS_ENDPOINT_URL: "http://127.0.0.1:9000", AWS_ENDPOINT_URL_S3: "", AWS_PROFILE: "own" });
    const config = { region: "us-east-1", endpoint: "http://127.0.0.1:9000", forcePathStyle: true };
    expect(s3ClientConfig({}, "us-east-1")).toEqual({
      ...config,
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    vi.stubEnv("AWS_ACCESS_KEY_ID", "minio");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    expect(s3ClientConfig({ aws: true }, "us-east-1")).toEqual({
      ...config,
      credentials: { accessKeyId: "minio", secretAccessKey: "secret" },
    });
  });

  it("that is no URL is refused", () => {
    expect(() => s3ClientConfig({ endpointUrl: { s3: "localhost" } }, "us-east-1")).toThrow(
      "endpointUrl of s3 is not a URL of http or https, as http://127.0.0.1:4566: localhost",
    );
  });

  it("is where a Task's request goes, signed with the dummies", async () => {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.authorization?.slice(0, 34)}`);
      response.writeHead(204).end();
    });
    onTestFinished(() => void server.close());
    environment({ AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${await listen(server, "127.0.0.1", 0)}` });
    const Resource = "arn:aws:states:::aws-sdk:s3:deleteObject";
    const { status } = await run(only({ Type: "Task", Resource, Arguments: { Bucket: "b", Key: "k" } }));
    expect(status).toBe("SUCCEEDED");
    expect(seen).toEqual(["DELETE /b/k?x-id=DeleteObject AWS4-HMAC-SHA256 Credential=local/"]);
  });
});

function map(fields: Definition): Definition {
  const ItemProcessor = {
    ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
    StartAt: "P",
    States: { P: { Type: "Pass", End: true } },
  };
  return { Type: "Map", ItemProcessor, ...fields };
}
