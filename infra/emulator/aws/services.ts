import { JSON_SERVICE_IDS, SERVICE_IDS } from "./service-ids.ts";

/** A service of AWS, by the names that it has in each place. */
export interface AwsService {
  /** In its model: `CloudWatch Logs`. */
  readonly id: string;
  /** What the names of its errors begin with, and in lower case what follows `aws-sdk:`: `CloudWatchLogs`. */
  readonly className: string;
  /** What the requests of a Task need for it: the SDK's client, or nothing. */
  readonly clientPackage: string;
  /** Of its endpoint: `AWS_ENDPOINT_URL_CLOUDWATCH_LOGS`. */
  readonly variable: string;
  /** It speaks JSON with a target in a header, for which no client is needed. */
  readonly speaksJson: boolean;
}

/** Further names, as optimised integrations, the command line and hosts have them. */
const ALIASES: Readonly<Record<string, string>> = {
  ce: "Cost Explorer",
  cloudwatchevents: "EventBridge",
  cognitoidp: "Cognito Identity Provider",
  ddb: "DynamoDB",
  elasticmapreduce: "EMR",
  events: "EventBridge",
  logs: "CloudWatch Logs",
  monitoring: "CloudWatch",
  states: "SFN",
  stepfunctions: "SFN",
};

/** Asked for by every emulator, and so without a look at all of them. */
export const S3: AwsService = describe("S3", false);

/** Asked for by `apigateway:invoke`, which calls none of its actions. */
export const API_GATEWAY: AwsService = describe("API Gateway", false);

let known: ReadonlyMap<string, AwsService> | undefined;

/** @param name in any of its forms: `dynamodb`, `cloudwatchlogs`, `cloudwatch_logs`, `CloudWatch Logs`, `events` */
export function awsService(name: string): AwsService | undefined {
  known ??= allServices();
  return known.get(plainName(ALIASES[plainName(name)] ?? name));
}

function allServices(): ReadonlyMap<string, AwsService> {
  const json = new Set(JSON_SERVICE_IDS.split("\n"));
  const services = SERVICE_IDS.split("\n").map((id) => describe(id, json.has(id)));
  return new Map(
    services.flatMap((service) => [
      [plainName(service.id), service],
      [plainName(service.className), service],
    ]),
  );
}

function describe(id: string, speaksJson: boolean): AwsService {
  return {
    id,
    className: classNameOf(id),
    clientPackage: `@aws-sdk/client-${id.toLowerCase().replaceAll(" ", "-")}`,
    variable: `AWS_ENDPOINT_URL_${id.toUpperCase().replaceAll(" ", "_")}`,
    speaksJson,
  };
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** As the SDK for Java names its clients, which Step Functions calls: `SFN` is `Sfn`, `Config Service` is `Config`. */
function classNameOf(id: string): string {
  return javaName(id)
    .replace(/^(?:Amazon|Aws)/, "")
    .replace(/Service$/, "");
}

/** A name of a model as the SDK for Java has it as a class: `KMSInvalidStateException` is `KmsInvalidStateException`. */
export function javaName(name: string): string {
  const words = name
    .replace(/[^A-Za-z0-9]+/g, " ")
    // A version: `SESv2`, `ApiGatewayV2`.
    .replace(/([^a-z]{2,})v(\d+)/g, "$1 v$2 ")
    .replace(/([^A-Z]{2,})V(\d+)/g, "$1 V$2 ")
    .replace(/(?<=[a-z])(?=[A-Z][a-zA-Z0-9])/g, " ")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .replace(/(\d)([a-zA-Z])/g, "$1 $2")
    .trim()
    .split(/ +/);
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase()).join("");
}
