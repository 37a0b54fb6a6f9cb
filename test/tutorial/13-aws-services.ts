import { awsCall, conditional, eq, expr, mapTask, task, tryCatch, workflow } from "lambent";
import type { Example } from "./example.ts";

// A state machine calls AWS's services by itself: without a function, with the service's own parameters and answers. The
// service here is Step Functions, which every emulator has; of any other the call is written alike.

const VALID = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}';

/** The client `@aws-sdk/client-sfn` is installed, so that parameters and answers have its commands' types. */
export const validating = workflow({ definition: VALID }, function validating({ definition }) {
  const checked = awsCall("sfn:validateStateMachineDefinition", { Definition: definition, Severity: "ERROR" });
  return { result: checked.Result, first: checked.Diagnostics[0]!.Code };
});

/** An answer is a Ref like any other: a condition reads it, and a task gets it. */
export const praise = task(function praise({ result }: { result: string }) {
  return `the definition is ${result}`;
});

export const judging = workflow({ definition: VALID }, function judging({ definition }) {
  const { Result } = awsCall("sfn:validateStateMachineDefinition", { Definition: definition });
  return conditional(
    eq(Result, "OK"),
    () => praise({ result: Result }),
    () => "no praise",
  );
});

const NOBODYS = "arn:aws:states:us-east-1:123456789012:execution:none:none";

/** A service's errors have AWS's names, and what is not caught fails the execution. */
export const looking = workflow({ execution: NOBODYS }, function looking({ execution }) {
  return tryCatch(
    () => awsCall("sfn:describeExecution", { ExecutionArn: execution }, { timeout: "10s" }).Status,
    (error) => error.name,
    { errors: ["Sfn.ExecutionDoesNotExistException"] },
  );
});

export const insisting = workflow({ execution: NOBODYS }, function insisting({ execution }) {
  return awsCall(
    "sfn:describeExecution",
    { ExecutionArn: execution },
    { retries: { maxAttempts: 1, errors: ["Sfn.ThrottlingException"] }, resource: "*" },
  ).Name;
});

/** For each item of a map, as a workflow of its own. */
export const validateAll = workflow({ definitions: [VALID, "{}"] }, function validateAll({ definitions }) {
  const results = mapTask(validating)({ definition: definitions });
  return { first: results[0]!.result, second: results[1]!.result, count: expr.length(results) };
});

/**
 * With `.waitForTaskToken` the parameters are made of the token, and whoever is sent it answers: as a rule another system,
 * by a queue's message. Here it is sent to Step Functions, which takes it for a sign of life.
 */
export const answered = workflow({}, function answered() {
  return awsCall<"sfn:sendTaskHeartbeat.waitForTaskToken", { grams: number }>(
    "sfn:sendTaskHeartbeat.waitForTaskToken",
    (token) => ({ TaskToken: token }),
    { timeout: "1h" },
  ).grams;
});

export const keys = task(function keys({ of }: { of: Record<string, string> }) {
  return Object.keys(of);
});

/** What a service answers is data, also where it looks like one of Lambent's own marks. */
export const marked = workflow({}, function marked() {
  const answer = awsCall<"sfn:sendTaskHeartbeat.waitForTaskToken", { a: Record<string, string>; b: number }>(
    "sfn:sendTaskHeartbeat.waitForTaskToken",
    (token) => ({ TaskToken: token }),
    { timeout: "1h" },
  );
  return { keys: keys({ of: answer.a }), b: answer.b };
});

export const examples: readonly Example[] = [
  { workflow: "validating", input: {}, output: { result: "OK", first: null } },
  { workflow: "validating", input: { definition: "{" }, output: { result: "FAIL", first: "INVALID_JSON_DESCRIPTION" } },
  { workflow: "judging", input: {}, output: "the definition is OK" },
  { workflow: "judging", input: { definition: "{}" }, output: "no praise" },
  { workflow: "looking", input: {}, output: "Sfn.ExecutionDoesNotExistException" },
  { workflow: "looking", input: { execution: "none" }, error: "Sfn.InvalidArnException: " },
  { workflow: "insisting", input: {}, error: "Sfn.ExecutionDoesNotExistException: " },
  { workflow: "validateAll", input: {}, output: { first: "OK", second: "FAIL", count: 2 } },
  { workflow: "answered", input: {}, answers: { sendTaskHeartbeat: { grams: 5 } }, output: 5 },
  {
    workflow: "marked",
    input: {},
    answers: { sendTaskHeartbeat: { a: { $stored: "x" }, b: 1 } },
    output: { keys: ["$stored"], b: 1 },
  },
];
