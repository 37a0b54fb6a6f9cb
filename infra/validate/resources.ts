import type { QueryLanguageName } from "../asl/definition.ts";
import { OPTIMISED, SYNCHRONOUS, TOKEN } from "../../sdk/base/integrations.ts";
import { type Findings, type Members, membersOf } from "./diagnostics.ts";

const FUNCTION = /^arn:aws[a-z-]*:lambda:[^:]*:[^:]*:function:[^:]+(?::[^:]+)?$/;
const ACTIVITY = /^arn:aws[a-z-]*:states:[^:]*:[^:]*:activity:[^:]+$/;
const INTEGRATION =
  /^arn:aws[a-z-]*:states:[^:]*:[^:]*:(?:(aws-sdk):)?([a-z0-9-]+):([A-Za-z0-9]+)(?:\.(sync:2|sync|waitForTaskToken))?$/;

function recognised(resource: string): boolean {
  if (FUNCTION.test(resource) || ACTIVITY.test(resource)) return true;
  const [, sdk, service = "", action = "", pattern] = INTEGRATION.exec(resource) ?? [];
  if (sdk !== undefined) return /^[a-z]/.test(action) && (pattern === undefined || pattern === "waitForTaskToken");
  if (OPTIMISED[service]?.includes(action) !== true) return false;
  if (pattern === "waitForTaskToken") return TOKEN.has(service);
  if (pattern === "sync:2") return service === "states";
  return pattern === undefined || SYNCHRONOUS[service]?.includes(action) === true;
}

/** A Task's Resource, and what it must be given. */
export function checkResource(
  state: Members,
  at: string,
  language: QueryLanguageName,
  type: "STANDARD" | "EXPRESS",
  findings: Findings,
): void {
  const resource = state.get("Resource");
  if (typeof resource !== "string") return;
  if (!resource.startsWith("arn:")) {
    findings.error("Value is not a valid resource ARN", `${at}/Resource`);
    return;
  }
  if (!recognised(resource)) {
    findings.error(
      `The resource provided ${resource} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`,
      `${at}/Resource`,
    );
    return;
  }
  if (ACTIVITY.test(resource)) {
    checkActivity(state, at, type, findings);
    return;
  }
  const integration = INTEGRATION.exec(resource);
  if (integration === null) return;
  const [, sdk, service = "", action = "", pattern] = integration;
  if (type === "EXPRESS" && pattern !== undefined) {
    const [plain] = pattern.split(":");
    findings.error(`Express state machine does not support '.${plain}' service integration `, `${at}/Resource`);
  }
  if (sdk !== undefined) return;
  const field = language === "JSONata" ? "Arguments" : "Parameters";
  if (!state.has(field)) findings.error(`${field} field is required for resource ARN: ${resource}`, at);
  const given = membersOf(state.get(field));
  if (given === undefined) return;
  const key = `${service}:${action}`;
  checkParameters(REQUIRED[key] ?? [], given, `${at}/${field}`, findings);
  checkNames(SUPPORTED[key], given, `${at}/${field}`, findings);
}

function checkActivity(state: Members, at: string, type: "STANDARD" | "EXPRESS", findings: Findings): void {
  if (type === "EXPRESS") findings.error("Express state machine does not support Activity ARN", `${at}/Resource`);
  if (state.has("Credentials")) findings.error("The field 'Credentials' is not supported for activities", at);
}

/** The parameters without which AWS refuses the definition. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  "apigateway:invoke": ["ApiEndpoint", "Method"],
  "bedrock:invokeModel": ["ModelId"],
  "dynamodb:getItem": ["TableName", "Key"],
  "dynamodb:putItem": ["TableName", "Item"],
  "ecs:runTask": ["TaskDefinition"],
  "events:putEvents": ["Entries"],
  "glue:startJobRun": ["JobName"],
  "http:invoke": ["ApiEndpoint", "Method"],
  "lambda:invoke": ["FunctionName"],
  "sns:publish": ["Message"],
  "sqs:sendMessage": ["QueueUrl", "MessageBody"],
  "states:startExecution": ["StateMachineArn"],
};

/** Those that there are, where the service has no others; Step Functions names any other in the definition. */
const SUPPORTED: Readonly<Record<string, readonly string[]>> = {
  "apigateway:invoke": [
    "AllowNullValues",
    "ApiEndpoint",
    "AuthType",
    "Headers",
    "Method",
    "Path",
    "QueryParameters",
    "RequestBody",
    "Stage",
  ],
  "http:invoke": [
    "ApiEndpoint",
    "Authentication",
    "Headers",
    "InvocationConfig",
    "Method",
    "QueryParameters",
    "RequestBody",
    "Transform",
  ],
};

function checkParameters(required: readonly string[], given: Members, at: string, findings: Findings): void {
  for (const field of required) {
    if (!given.has(field) && !given.has(`${field}.$`))
      findings.error(`The field '${field}' is required but was missing`, at);
  }
}

function checkNames(supported: readonly string[] | undefined, given: Members, at: string, findings: Findings): void {
  if (supported === undefined) return;
  for (const name of given.keys()) {
    if (!supported.includes(name.replace(/\.\$$/, "")))
      findings.error(`The field "${name}" is not supported by Step Functions`, at);
  }
}
