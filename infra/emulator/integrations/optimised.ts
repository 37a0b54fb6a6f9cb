import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import { isJsonObject } from "../../../sdk/base/json.ts";
import type { QueryLanguageName } from "../../asl/definition.ts";
import { StateError } from "../../language/state-error.ts";
import { exceptionName, type FaultStyle, sdkStyle } from "../aws/service-fault.ts";
import type { AwsService } from "../aws/services.ts";
import { BEDROCK_ACTIONS } from "./bedrock-actions.ts";
import { EMR_ACTIONS, EMR_SERVERLESS_ACTIONS } from "./emr-actions.ts";
import type { IntegrationContext } from "./integrations.ts";
import type { OwnAction } from "./own-action.ts";

/** An integration that Step Functions has of its own, as `dynamodb:putItem`, with an API of AWS's behind it. */
export interface Optimised {
  /** The API's; of some actions, which are named, another one's. */
  readonly serviceId: string;
  readonly serviceIdOf?: Readonly<Record<string, string>>;
  /** What the names of its errors begin with. */
  readonly prefix: string;
  /**
   * What AWS's former SDK for Java, which most of these have their errors of, calls the service, and an error without
   * a class. Integrations that are younger than the present SDK have no former name.
   */
  readonly formerName?: string;
  readonly formerError: string;
  /** What Step Functions makes of the arguments. */
  readonly before?: (input: JsonObject, context: IntegrationContext) => JsonObject;
  /**
   * Looks at the answer. @throws {StateError}
   * @param waits for a job's end or for a token
   */
  readonly after?: (output: JsonObject, waits: boolean) => void;
  /** Nothing of the HTTP answer stands beside what it says. */
  readonly isBare?: true;
  /** Actions that the API does not have, or has otherwise. */
  readonly actions?: Readonly<Record<string, OwnAction>>;
}

/** By the service's name in the Resource. */
export const OPTIMISED: Readonly<Record<string, Optimised>> = {
  athena: of("Athena", "Athena", "AmazonAthena"),
  batch: of("Batch", "Batch", "AWSBatch"),
  bedrock: {
    ...young("Bedrock", "Bedrock"),
    serviceIdOf: { invokeModel: "Bedrock Runtime" },
    actions: BEDROCK_ACTIONS,
    isBare: true,
  },
  codebuild: of("CodeBuild", "CodeBuild", "AWSCodeBuild"),
  databrew: of("DataBrew", "DataBrew", "AWSGlueDataBrew"),
  dynamodb: { ...of("DynamoDB", "DynamoDB", "AmazonDynamoDBv2"), formerError: "AmazonDynamoDBException" },
  ecs: { ...of("ECS", "ECS", "AmazonECS"), after: failOfTasksNotPlaced },
  eks: of("EKS", "EKS", "AmazonEKS"),
  elasticmapreduce: { ...of("EMR", "ElasticMapReduce", "AmazonElasticMapReduce"), actions: EMR_ACTIONS },
  "emr-containers": of("EMR containers", "EMRContainers", "AmazonEMRContainers"),
  "emr-serverless": { ...young("EMR Serverless", "EmrServerless"), actions: EMR_SERVERLESS_ACTIONS },
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

function young(serviceId: string, prefix: string): Optimised {
  return { serviceId, prefix, formerError: `${prefix}Exception` };
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
      if (language === "JSONata" || formerName === undefined)
        return new StateError(error, sdkStyle(service).fault(fault).cause);
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

/** AWS's name for it, https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html */
function failOfTasksNotPlaced(output: JsonObject, waits: boolean): void {
  const { Failures } = output;
  if (waits && Array.isArray(Failures) && Failures.length > 0)
    throw new StateError("AmazonECS.Unknown", JSON.stringify(output));
}
