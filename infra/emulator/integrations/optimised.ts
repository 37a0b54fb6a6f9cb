import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import { isJsonObject } from "../../../sdk/base/json.ts";
import type { QueryLanguageName } from "../../asl/definition.ts";
import { StateError } from "../../language/state-error.ts";
import { exceptionName, type FaultStyle, sdkStyle } from "../aws/service-fault.ts";
import type { AwsService } from "../aws/services.ts";
import type { IntegrationContext } from "./integrations.ts";

/** An integration that Step Functions has of its own, as `dynamodb:putItem`, with an API of AWS's behind it. */
export interface Optimised {
  /** The API's. */
  readonly serviceId: string;
  /** What the names of its errors begin with. */
  readonly prefix: string;
  /** What AWS's former SDK for Java, which these have their errors of, calls the service, and an error without a class. */
  readonly formerName: string;
  readonly formerError: string;
  /** What Step Functions makes of the arguments. */
  readonly before?: (input: JsonObject, context: IntegrationContext) => JsonObject;
  /** What it makes of the answer. @throws {StateError} */
  readonly after?: (output: JsonObject) => void;
}

/** By the service's name in the Resource. */
export const OPTIMISED: Readonly<Record<string, Optimised>> = {
  athena: of("Athena", "Athena", "AmazonAthena"),
  batch: of("Batch", "Batch", "AWSBatch"),
  codebuild: of("CodeBuild", "CodeBuild", "AWSCodeBuild"),
  databrew: of("DataBrew", "DataBrew", "AWSGlueDataBrew"),
  dynamodb: { ...of("DynamoDB", "DynamoDB", "AmazonDynamoDBv2"), formerError: "AmazonDynamoDBException" },
  ecs: of("ECS", "ECS", "AmazonECS"),
  events: {
    ...of("EventBridge", "EventBridge", "AmazonEventBridge"),
    before: withExecution,
    after: failOfFailedEntries,
  },
  glue: of("Glue", "Glue", "AWSGlue"),
  mediaconvert: of("MediaConvert", "MediaConvert", "AWSMediaConvert"),
  sagemaker: of("SageMaker", "SageMaker", "AmazonSageMaker"),
  sns: { ...of("SNS", "SNS", "AmazonSNS"), before: (input) => withText(input, "Message") },
  sqs: of("SQS", "SQS", "AmazonSQS"),
};

function of(serviceId: string, prefix: string, formerName: string): Optimised {
  return { serviceId, prefix, formerName, formerError: `${formerName}Exception` };
}

/** How it tells errors: under names of its own, and in JSONPath in the words of the former SDK. */
export function optimisedStyle(
  { prefix, formerName, formerError }: Optimised,
  service: AwsService,
  language: QueryLanguageName,
): FaultStyle {
  return {
    fault(fault) {
      const { name, message, status, requestId } = fault;
      const error = `${prefix}.${name === undefined ? formerError : exceptionName(name)}`;
      if (language === "JSONata") return new StateError(error, sdkStyle(service).fault(fault).cause);
      const about = `Status Code: ${status}; Error Code: ${name ?? formerError}; Request ID: ${requestId ?? "null"}`;
      return new StateError(error, `${message} (Service: ${formerName}; ${about}; Proxy: null)`);
    },
    failure: (message) => new StateError(`${prefix}.SdkClientException`, message),
  };
}

function withText(input: JsonObject, member: string): JsonObject {
  const value = input[member];
  return typeof value === "object" && value !== null ? { ...input, [member]: JSON.stringify(value) } : input;
}

/** Each event is told which execution it comes from. */
function withExecution(input: JsonObject, { executionArn, stateMachineArn }: IntegrationContext): JsonObject {
  const { Entries } = input;
  if (!Array.isArray(Entries)) return input;
  return { ...input, Entries: Entries.map((entry) => withResources(entry, [stateMachineArn, executionArn])) };
}

function withResources(entry: Json, arns: readonly string[]): Json {
  if (!isJsonObject(entry)) return entry;
  const given = Array.isArray(entry["Resources"]) ? entry["Resources"] : [];
  return { ...entry, Resources: [...given, ...arns] };
}

function failOfFailedEntries(output: JsonObject): void {
  const { FailedEntryCount } = output;
  if (typeof FailedEntryCount === "number" && FailedEntryCount > 0)
    throw new StateError("EventBridge.FailedEntry", JSON.stringify(output));
}
