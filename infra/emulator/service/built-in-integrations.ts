import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import type { Clock } from "../kernel/clock.ts";
import { Cancellation } from "../kernel/cancellation.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { ApiError } from "../kernel/api-error.ts";
import { StateError } from "../../language/state-error.ts";
import type { Functions } from "../lambda/functions.ts";
import { serviceError } from "../integrations/aws-error.ts";
import type { Integration } from "../integrations/integrations.ts";
import { lambdaInvoke, sdkWording } from "../integrations/lambda.ts";
import { provisionedActions } from "../integrations/provisioned.ts";
import { Scheduler } from "../integrations/scheduler.ts";
import type { StepFunctionsApi } from "./api.ts";
import type { ExecutionDescription } from "./execution-description.ts";
import { OPERATIONS } from "./operations.ts";

export interface BuiltInOptions {
  readonly states: StepFunctionsApi;
  readonly functions: Functions;
  readonly clock: Clock;
  /** What performs an action of any kind, for schedules. */
  readonly find: (action: string) => Integration | undefined;
}

/** Lambda, Scheduler and Step Functions itself, as Tasks call them. */
export function builtInIntegrations(options: BuiltInOptions): {
  readonly integrations: ReadonlyMap<string, Integration>;
  readonly scheduler: Scheduler;
} {
  const { states, functions, clock, find } = options;
  const { region, accountId } = states.account;
  const integrations = new Map<string, Integration>([
    ["lambda:invoke", lambdaInvoke()],
    ["aws-sdk:lambda:invoke", sdkInvoke()],
    ["states:startExecution", startExecution(states)],
    ["states:startExecution.sync", startAndWait(states, clock, (text) => text)],
    ["states:startExecution.sync:2", startAndWait(states, clock, (text) => JSON.parse(text))],
  ]);
  for (const name of Object.keys(OPERATIONS))
    integrations.set(`aws-sdk:sfn:${lowerFirst(name)}`, sdkOperation(states, name, clock));
  for (const [action, perform] of Object.entries(provisionedActions(functions, clock)))
    integrations.set(`aws-sdk:lambda:${action}`, perform);
  const scheduler = new Scheduler(clock, `arn:aws:scheduler:${region}:${accountId}:schedule`, (target) =>
    fire(target, states, functions, find),
  );
  for (const [action, perform] of Object.entries(scheduler.actions()))
    integrations.set(`aws-sdk:scheduler:${action}`, perform);
  return { integrations, scheduler };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `aws-sdk:lambda:invoke`: as the optimised action, but the payload stays text. */
function sdkInvoke(): Integration {
  const invoke = lambdaInvoke(sdkWording);
  return async (input, context) => {
    const { Payload, ...answer } = asObject(await invoke(input, context));
    return { ...answer, Payload: JSON.stringify(Payload) };
  };
}

/** Any operation of this service, with the casing that the Java SDK gives its members. */
function sdkOperation(states: StepFunctionsApi, name: string, clock: Clock): Integration {
  const waits = name === "StartSyncExecution"; // whose execution's own waits may be skipped meanwhile
  return async (input, { cancellation }) => {
    try {
      const request = Object.fromEntries(
        Object.entries(input).map(([member, value]) => [lowerFirst(member), memberOf(member, value)]),
      );
      if (waits) clock.end();
      return recased(await OPERATIONS[name]?.(states, request, cancellation.signal), (date) => date.toISOString());
    } catch (error) {
      throw serviceError("Sfn", error);
    } finally {
      if (waits) clock.begin();
    }
  };
}

/** What the API takes as JSON text, a Task may give as the value itself. */
function memberOf(member: string, value: Json): Json {
  const isText = member === "Input" || member === "Output";
  return isText && typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}

function recased(value: unknown, time: (date: Date) => Json): Json {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  if (value instanceof Date) return time(value);
  if (Array.isArray(value)) return value.map((item) => recased(item, time));
  if (typeof value !== "object") return null;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [upperFirst(name), recased(member, time)]));
}

function epochMilliseconds(date: Date): number {
  return date.getTime();
}

function start(
  states: StepFunctionsApi,
  input: JsonObject,
): { readonly executionArn: string; readonly startDate: Date } {
  const { StateMachineArn, Name, Input } = input;
  if (typeof StateMachineArn !== "string") {
    throw new StateError("States.Runtime", "The StateMachineArn parameter of states:startExecution must be a string.", {
      placed: true,
    });
  }
  try {
    return states.startExecution({
      stateMachineArn: StateMachineArn,
      name: typeof Name === "string" ? Name : undefined,
      input: Input === undefined ? undefined : typeof Input === "string" ? Input : JSON.stringify(Input),
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { name, message, statusCode } = error;
    throw new StateError(
      `StepFunctions.${name}Exception`,
      `${message} (Service: AWSStepFunctions; Status Code: ${statusCode}; Error Code: ${name}; Request ID: ${crypto.randomUUID()}; Proxy: null)`,
    );
  }
}

function startExecution(states: StepFunctionsApi): Integration {
  return async (input) => recased(start(states, input), epochMilliseconds);
}

/** `.sync`: the execution's description once it has ended; its texts are read by `outputOf`. */
function startAndWait(states: StepFunctionsApi, clock: Clock, outputOf: (text: string) => Json): Integration {
  return async (input, { cancellation, submitted, resumed }) => {
    let executionArn = startedBefore(states, resumed);
    if (executionArn === undefined) {
      const started = start(states, input);
      submitted(recased(started, epochMilliseconds));
      executionArn = started.executionArn;
    }
    const child = { executionArn };
    const leave = cancellation.onCancel(() => {
      if (!cancellation.isSuspended) states.stopExecution(child);
    });
    // The child's own waits may be skipped meanwhile.
    clock.end();
    const end = await states.executionEnd(executionArn);
    clock.begin();
    leave();
    if (cancellation.cancelled) throw new Cancelled();
    const described = childDescription(end, outputOf);
    if (end.status !== "SUCCEEDED") throw new StateError("States.TaskFailed", JSON.stringify(described));
    return described;
  };
}

/** The execution that a process has started that has ended since; it may be gone with it. */
function startedBefore(states: StepFunctionsApi, resumed: Json | undefined): string | undefined {
  const executionArn = isJsonObject(resumed ?? null) ? asObject(resumed ?? null)["ExecutionArn"] : undefined;
  if (typeof executionArn !== "string") return undefined;
  try {
    return states.describeExecution({ executionArn }).executionArn;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

function childDescription(end: ExecutionDescription, outputOf: (text: string) => Json): JsonObject {
  const { executionArn, name, stateMachineArn, status, startDate, stopDate, input, output, error, cause } = end;
  return {
    ExecutionArn: executionArn,
    ...(error === undefined ? {} : { Error: error }),
    ...(cause === undefined ? {} : { Cause: cause }),
    ...(input === undefined ? {} : { Input: outputOf(input) }),
    InputDetails: { Included: true },
    Name: name,
    ...(output === undefined ? {} : { Output: outputOf(output), OutputDetails: { Included: true } }),
    StartDate: startDate.getTime(),
    StateMachineArn: stateMachineArn,
    Status: status,
    ...(stopDate === undefined ? {} : { StopDate: stopDate.getTime() }),
  };
}

function asObject(value: Json): JsonObject {
  if (isJsonObject(value)) return value;
  throw new TypeError("An integration's answer must be an object");
}

/** A schedule's target: a state machine, a function, or an action of the universal target. */
async function fire(
  target: JsonObject,
  states: StepFunctionsApi,
  functions: Functions,
  find: BuiltInOptions["find"],
): Promise<void> {
  const arn = String(target.Arn);
  const input = typeof target.Input === "string" ? target.Input : "{}";
  if (arn.includes(":stateMachine:")) states.startExecution({ stateMachineArn: arn, input });
  else if (arn.includes(":lambda:") && arn.includes(":function:")) {
    await functions.invoke({ functionName: arn, payload: input, invocationType: "Event" });
  } else {
    const action = /:scheduler:::(aws-sdk:.+)$/.exec(arn)?.[1] ?? arn;
    const integration = find(action);
    if (integration === undefined) throw new ApiError("Validation", `The target ${arn} is not supported`);
    const context = {
      cancellation: new Cancellation(),
      executionArn: "",
      stateMachineArn: "",
      action,
      functions,
      queryLanguage: "JSONPath" as const,
    };
    await integration(JSON.parse(input), { ...context, submitted() {} });
  }
}
