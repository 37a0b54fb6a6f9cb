import type { QueryLanguageName, TaskState } from "../../asl/definition.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import type { Cancellation } from "../kernel/cancellation.ts";
import { heartbeatRefusal } from "../../asl/number-fields.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { runtimeError, StateError } from "../../language/state-error.ts";
import type { HttpTrace } from "../../language/language.ts";
import type { EventDetails } from "../kernel/history.ts";
import type { Integration } from "../integrations/integrations.ts";
import { invokeFunction } from "../integrations/lambda.ts";
import { prepared } from "../integrations/prepared.ts";
import { checkAnswer } from "../kernel/limits.ts";
import { inFlight } from "./in-flight.ts";
import type { MockedTask } from "./mocked-tasks.ts";
import type { Place } from "./place.ts";
import { type IntegrationResource, parseResource, type Pattern, type Resource } from "./resource.ts";
import { awaitReport } from "./task-report.ts";
import type { Run } from "./thread.ts";
import type { Visit, Work } from "./visit.ts";

export function task(state: TaskState, { language }: Place): Work {
  const resource = parseResource(state.Resource);
  const timeout = language.number(state, "TimeoutSeconds");
  const heartbeat = language.number(state, "HeartbeatSeconds");
  const credentials = state.Credentials === undefined ? undefined : language.template(state.Credentials, "Credentials");
  const perform = performer(resource, language.name);
  const work: Work = {
    async run(visit) {
      const roleArn = new Map<string, Json>(Object.entries((await credentials?.(visit)) ?? {})).get("RoleArn");
      const timeoutInSeconds = await timeout?.(visit);
      const heartbeatInSeconds = await heartbeat?.(visit);
      checkHeartbeat(timeoutInSeconds, heartbeatInSeconds);
      return perform(visit, {
        ...(timeoutInSeconds === undefined ? {} : { timeoutInSeconds }),
        ...(heartbeatInSeconds === undefined ? {} : { heartbeatInSeconds }),
        ...(roleArn === undefined ? {} : { taskCredentials: { roleArn } }),
      });
    },
  };
  if (resource.kind === "function" || (resource.kind === "integration" && resource.pattern !== "waitForTaskToken"))
    return work;
  return {
    ...work,
    // Every attempt has a token of its own, which its Arguments may hand out.
    begin(visit) {
      const { thread } = visit;
      const token = thread.frontier.held?.token;
      visit.taskToken = token ?? thread.run.identity.taskToken();
      if (token === undefined) thread.hold({ token: visit.taskToken });
    },
  };
}

/** Of literals the definition's checks have seen to it; either may come from the input. */
function checkHeartbeat(timeout: number | undefined, heartbeat: number | undefined): void {
  const refusal = heartbeatRefusal(timeout, heartbeat);
  if (refusal !== undefined) throw runtimeError(`${refusal}, but they are ${heartbeat} and ${timeout}.`);
}

interface Deadlines {
  readonly timeoutInSeconds?: number;
  readonly heartbeatInSeconds?: number;
  /** Told in the history alone: there are no roles here. */
  readonly taskCredentials?: { readonly roleArn: Json };
}

type Perform = (visit: Visit, deadlines: Deadlines) => Promise<Json>;

function performer(resource: Resource, language: QueryLanguageName): Perform {
  switch (resource.kind) {
    case "function":
      return (visit, deadlines) => performFunction(visit, resource.arn, deadlines);
    case "activity":
      return (visit, deadlines) => performActivity(visit, resource.arn, deadlines);
    case "integration":
      return (visit, deadlines) => performIntegration(visit, resource, language, deadlines);
  }
}

async function performFunction(visit: Visit, arn: string, deadlines: Deadlines): Promise<Json> {
  const { thread, effective } = visit;
  thread.record("LambdaFunctionScheduled", { resource: arn, input: effective, ...deadlines });
  thread.record("LambdaFunctionStarted");
  thread.commit();
  const kind = { events: "LambdaFunction", about: {}, name: arn } as const;
  const mock = mockOf(visit);
  const output = await attempt(visit, kind, () =>
    mock !== undefined
      ? mock.invoke()
      : inFlight(visit, deadlines.timeoutInSeconds, (cancellation) =>
          invokeFunction(thread.run.integrations.functions, arn, effective, {
            cancellation,
            caller: visit.where,
            executionArn: thread.run.executionArn,
          }),
        ),
  );
  thread.record("LambdaFunctionSucceeded", { output });
  return output;
}

async function performActivity(visit: Visit, arn: string, deadlines: Deadlines): Promise<Json> {
  const { thread, effective } = visit;
  const token = tokenOf(visit);
  const { held } = thread.frontier;
  if (held?.since === undefined) {
    thread.record("ActivityScheduled", { resource: arn, input: effective, ...deadlines });
    thread.hold({ since: thread.run.clock.now() });
  }
  thread.commit();
  const mock = mockOf(visit);
  const output = await attempt(visit, { events: "Activity", about: {}, name: arn }, async () => {
    if (mock !== undefined) {
      thread.record("ActivityStarted");
      return mock.invoke();
    }
    const { report, close } = awaitReport(visit, token, deadlines);
    try {
      // A worker that has taken the task from another process goes on with it.
      if (held?.hasStarted === true) return await report;
      const withdraw = thread.run.activities.offer(arn, token, effective, (workerName) => {
        thread.record("ActivityStarted", workerName === undefined ? {} : { workerName });
        thread.hold({ hasStarted: true });
        thread.commit();
      });
      return await report.finally(withdraw);
    } finally {
      close();
    }
  });
  thread.record("ActivitySucceeded", { output });
  return output;
}

/** What stands for this state in the test case that the execution runs. */
function mockOf({ thread, step }: Visit): MockedTask | undefined {
  const mock = thread.run.mocks?.of(step.name);
  if (mock !== undefined) thread.mocked(step.name);
  return mock;
}

/** A job that is waited for has been submitted before it ends. */
function mockedIntegration(mock: MockedTask, pattern: Pattern): Integration {
  return (_input, { submitted }) => mock.invoke(pattern === "" ? undefined : submitted);
}

/** @throws {StateError} if nothing answers for the service's action */
function integrationFor({ integrations, mocks }: Run, name: string, arn: string): Integration {
  const integration = integrations.find(name);
  if (integration !== undefined) return integration;
  const mocked = mocks === undefined ? "no test case mocks" : `the test case ${mocks.testCase} does not mock`;
  throw runtimeError(
    `No handler is registered for ${arn}, and ${mocked} this state: mock it, name an endpoint (--endpoint-url) or give a handler (--integrations).`,
  );
}

async function performIntegration(
  visit: Visit,
  resource: IntegrationResource,
  queryLanguage: QueryLanguageName,
  deadlines: Deadlines,
): Promise<Json> {
  const { thread, effective } = visit;
  const { run } = thread;
  const { service, action, pattern, arn } = resource;
  const region = resource.region ?? run.executionArn.split(":")[3] ?? "";
  const about = { resourceType: service, resource: pattern === "" ? action : `${action}.${pattern}` };
  const waits = pattern === "waitForTaskToken";
  const mock = mockOf(visit);
  const integration =
    mock === undefined
      ? integrationFor(run, `${service}:${waits ? action : about.resource}`, arn)
      : mockedIntegration(mock, pattern);
  const input = prepared(`${service}:${about.resource}`, argumentsOf(effective), queryLanguage);
  const since = thread.frontier.held?.since ?? run.clock.now();
  const resumed = thread.frontier.held?.submitted?.output;
  if (resumed === undefined) {
    thread.record("TaskScheduled", { ...about, region, parameters: input, ...deadlines });
    thread.record("TaskStarted", about);
  }
  thread.commit();
  function submitted(output: Json): void {
    thread.record("TaskSubmitted", { ...about, output });
    thread.hold({ submitted: { output }, since });
    thread.commit();
  }
  const { inspection } = visit;
  const watched =
    inspection === undefined
      ? {}
      : {
          traced(trace: HttpTrace): void {
            inspection.http = trace;
          },
        };
  function call(cancellation: Cancellation): Promise<Json> {
    const { executionArn, stateMachineArn, integrations } = run;
    return integration(input, {
      cancellation,
      submitted,
      executionArn,
      stateMachineArn,
      action: `${service}:${action}`,
      ...(waits ? { taskToken: tokenOf(visit) } : {}),
      functions: integrations.functions,
      queryLanguage,
      caller: visit.where,
      ...watched,
      ...(resumed === undefined ? {} : { resumed }),
    });
  }
  const output = await attempt(visit, { events: "Task", about, name: service }, async () => {
    // For a mock nobody reports on the token.
    if (!waits || mock !== undefined) return inFlight(visit, deadlines.timeoutInSeconds, call, since);
    // The report may come before the call that asks for it has been answered.
    const { report, close } = awaitReport(visit, tokenOf(visit), deadlines);
    report.catch(() => {});
    try {
      if (resumed === undefined) submitted(await inFlight(visit, deadlines.timeoutInSeconds, call));
      return await report;
    } finally {
      close();
    }
  });
  thread.record("TaskSucceeded", { ...about, output });
  return output;
}

function tokenOf({ taskToken }: Visit): string {
  if (taskToken === undefined) throw new TypeError("A task that waits for its token began without one");
  return taskToken;
}

function argumentsOf(value: Json): JsonObject {
  if (isJsonObject(value)) return value;
  throw runtimeError(`The parameters of an integration must be an object, but they are ${JSON.stringify(value)}.`);
}

interface Kind {
  /** What the names of its events begin with. */
  readonly events: "Task" | "LambdaFunction" | "Activity";
  /** The details that each of them has. */
  readonly about: EventDetails;
  /** How AWS names it when the result is too large. */
  readonly name: string;
}

/** Does the work, and records how it failed. */
async function attempt(visit: Visit, { events, about, name }: Kind, work: () => Promise<Json>): Promise<Json> {
  const { thread } = visit;
  try {
    const output = await work();
    checkAnswer(output, thread.run.limits, `The state/task '${name}'`);
    return output;
  } catch (error) {
    if (error instanceof Cancelled || !(error instanceof StateError)) throw error;
    const timedOut = error.error === "States.Timeout" || error.error === "States.HeartbeatTimeout";
    thread.record(`${events}${timedOut ? "TimedOut" : "Failed"}`, { ...about, error: error.error, cause: error.cause });
    throw error;
  }
}
