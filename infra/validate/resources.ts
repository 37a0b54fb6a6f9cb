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
export function checkResource(state: Members, at: string, type: "STANDARD" | "EXPRESS", findings: Findings): void {
  const resource = state.get("Resource");
  if (typeof resource !== "string") return;
  if (!recognised(resource)) {
    findings.error(
      `The resource provided ${resource} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`,
      `${at}/Resource`,
    );
    return;
  }
  const pattern = /\.(sync|waitForTaskToken)(?::2)?$/.exec(resource)?.[1];
  if (type === "EXPRESS" && pattern !== undefined) {
    findings.error(`Express state machine does not support '.${pattern}' service integration `, `${at}/Resource`);
  }
  if (type === "EXPRESS" && ACTIVITY.test(resource)) {
    findings.error("Express state machine does not support Activity ARN", `${at}/Resource`);
  }
  for (const field of ["Parameters", "Arguments"])
    checkParameters(resource, state.get(field), `${at}/${field}`, findings);
}

const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  ":lambda:invoke": ["FunctionName"],
  ":states:startExecution": ["StateMachineArn"],
  ":sqs:sendMessage": ["QueueUrl", "MessageBody"],
  ":events:putEvents": ["Entries"],
};

function checkParameters(resource: string, value: unknown, at: string, findings: Findings): void {
  const given = membersOf(value);
  const action = Object.keys(REQUIRED).find(
    (suffix) => resource.replace(/\.[^.]*$/, "").endsWith(suffix) || resource.endsWith(suffix),
  );
  if (given === undefined || action === undefined) return;
  for (const field of REQUIRED[action] ?? []) {
    if (!given.has(field) && !given.has(`${field}.$`))
      findings.error(`The field '${field}' is required but was missing`, at);
  }
}
