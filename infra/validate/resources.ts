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
  checkParameters(REQUIRED[`${service}:${action}`] ?? [], state.get(field), `${at}/${field}`, findings);
}

function checkActivity(state: Members, at: string, type: "STANDARD" | "EXPRESS", findings: Findings): void {
  if (type === "EXPRESS") findings.error("Express state machine does not support Activity ARN", `${at}/Resource`);
  if (state.has("Credentials")) findings.error("The field 'Credentials' is not supported for activities", at);
}

/** The parameters without which AWS refuses the definition. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  "dynamodb:getItem": ["TableName", "Key"],
  "dynamodb:putItem": ["TableName", "Item"],
  "ecs:runTask": ["TaskDefinition"],
  "events:putEvents": ["Entries"],
  "glue:startJobRun": ["JobName"],
  "lambda:invoke": ["FunctionName"],
  "sns:publish": ["Message"],
  "sqs:sendMessage": ["QueueUrl", "MessageBody"],
  "states:startExecution": ["StateMachineArn"],
};

function checkParameters(required: readonly string[], value: unknown, at: string, findings: Findings): void {
  const given = membersOf(value);
  if (given === undefined) return;
  for (const field of required) {
    if (!given.has(field) && !given.has(`${field}.$`))
      findings.error(`The field '${field}' is required but was missing`, at);
  }
}
