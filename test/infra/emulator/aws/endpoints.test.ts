import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type EndpointOptions, Endpoints } from "../../../../infra/emulator/aws/endpoints.ts";
import { awsService } from "../../../../infra/emulator/aws/services.ts";

const DYNAMODB = "http://127.0.0.1:8000";
const ALL = "http://127.0.0.1:4566";

function endpointOf(service: string, options: EndpointOptions = {}): unknown {
  const found = awsService(service);
  return found && new Endpoints(options).of(found);
}

function configure(text: string): void {
  const file = join(mkdtempSync(join(tmpdir(), "aws-config-")), "config");
  writeFileSync(file, text);
  vi.stubEnv("AWS_CONFIG_FILE", file);
}

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent/config");
});
afterEach(() => void vi.unstubAllEnvs());

describe("a service's endpoint", () => {
  it("is nowhere, unless one is named", () => {
    expect(endpointOf("dynamodb")).toBeUndefined();
    expect(endpointOf("dynamodb", { aws: true })).toEqual({ kind: "aws" });
  });

  it.each(["dynamodb", "DynamoDB", "dynamo_db"])(
    "is that of its own option before that of all, by the name %s",
    (name) => {
      const endpointUrl = { [name]: DYNAMODB, "*": ALL };
      expect(endpointOf("dynamodb", { endpointUrl })).toEqual({ kind: "named", url: DYNAMODB });
      expect(endpointOf("sqs", { endpointUrl })).toEqual({ kind: "named", url: ALL });
      expect(endpointOf("sqs", { endpointUrl: ALL })).toEqual({ kind: "named", url: ALL });
    },
  );

  it("is that of a variable, by AWS's own name for the service, before that of all", () => {
    vi.stubEnv("AWS_ENDPOINT_URL", ALL);
    vi.stubEnv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", DYNAMODB);
    expect(endpointOf("cloudwatchlogs")).toEqual({ kind: "named", url: DYNAMODB });
    expect(endpointOf("eventbridge")).toEqual({ kind: "named", url: ALL });
    expect(endpointOf("eventbridge", { endpointUrl: { events: DYNAMODB } })).toEqual({ kind: "named", url: DYNAMODB });
    vi.stubEnv("AWS_ENDPOINT_URL", "");
    expect(endpointOf("eventbridge")).toBeUndefined();
  });

  it("is that of AWS's config file, of the profile's services before the profile's own", () => {
    configure(`[default]
endpoint_url = ${ALL}

[profile local]
services = here
endpoint_url = ${ALL}

[services here]
dynamodb =
  endpoint_url = ${DYNAMODB}
secrets_manager =
  endpoint_url = http://127.0.0.1:1
`);
    expect(endpointOf("dynamodb")).toEqual({ kind: "named", url: ALL });
    vi.stubEnv("AWS_PROFILE", "local");
    expect(endpointOf("dynamodb")).toEqual({ kind: "named", url: DYNAMODB });
    expect(endpointOf("secretsmanager")).toEqual({ kind: "named", url: "http://127.0.0.1:1" });
    expect(endpointOf("sqs")).toEqual({ kind: "named", url: ALL });
  });

  it("is none of variables and of the config file where these are to be ignored, but what is given", () => {
    function expectIgnored(): void {
      expect(endpointOf("dynamodb")).toBeUndefined();
      expect(endpointOf("dynamodb", { endpointUrl: ALL })).toEqual({ kind: "named", url: ALL });
    }
    configure(`[default]\nendpoint_url = ${ALL}\n`);
    vi.stubEnv("AWS_ENDPOINT_URL", ALL);
    expect(endpointOf("dynamodb")).toEqual({ kind: "named", url: ALL });
    vi.stubEnv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    expectIgnored();
    vi.stubEnv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "");
    configure(`[default]\nendpoint_url = ${ALL}\nignore_configured_endpoint_urls = true\n`);
    expectIgnored();
  });

  it("of AWS's own is none without leave", () => {
    const endpointUrl = "https://dynamodb.eu-west-1.amazonaws.com";
    expect(endpointOf("dynamodb", { endpointUrl })).toBeUndefined();
    expect(endpointOf("dynamodb", { endpointUrl, aws: true })).toEqual({ kind: "aws", url: endpointUrl });
  });
});

describe("what is no endpoint is refused", () => {
  it.each<[EndpointOptions["endpointUrl"] & {}, string]>([
    ["localhost:4566", "endpointUrl is not a URL of http or https, as http://127.0.0.1:4566: localhost:4566"],
    [{ sqs: "" }, "endpointUrl of sqs is not a URL"],
    [{ sqss: ALL }, "endpointUrl names sqss, which is no service of AWS: write it as after arn:aws:states:::aws-sdk:"],
  ])("%j", (endpointUrl, message) => {
    expect(() => new Endpoints({ endpointUrl })).toThrow(message);
  });

  it("in a variable, by its name", () => {
    vi.stubEnv("AWS_ENDPOINT_URL_SQS", "ftp://x");
    expect(() => new Endpoints({})).toThrow("AWS_ENDPOINT_URL_SQS is not a URL of http or https");
  });
});

it.each([
  ["dynamodb", "DynamoDb", "@aws-sdk/client-dynamodb", "AWS_ENDPOINT_URL_DYNAMODB"],
  ["sfn", "Sfn", "@aws-sdk/client-sfn", "AWS_ENDPOINT_URL_SFN"],
  ["s3", "S3", "@aws-sdk/client-s3", "AWS_ENDPOINT_URL_S3"],
  ["cloudwatchlogs", "CloudWatchLogs", "@aws-sdk/client-cloudwatch-logs", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"],
  ["apigatewayv2", "ApiGatewayV2", "@aws-sdk/client-apigatewayv2", "AWS_ENDPOINT_URL_APIGATEWAYV2"],
  ["config", "Config", "@aws-sdk/client-config-service", "AWS_ENDPOINT_URL_CONFIG_SERVICE"],
  ["wafv2", "Wafv2", "@aws-sdk/client-wafv2", "AWS_ENDPOINT_URL_WAFV2"],
  ["iotdataplane", "IotDataPlane", "@aws-sdk/client-iot-data-plane", "AWS_ENDPOINT_URL_IOT_DATA_PLANE"],
])(
  "aws-sdk:%s has its errors under %s, its client in %s and its endpoint in %s",
  (...[name, className, clientPackage, variable]) => {
    expect(awsService(name)).toMatchObject({ className, clientPackage, variable });
  },
);
