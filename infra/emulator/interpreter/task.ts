import type { Json, JsonObject, TaskState } from "../../asl.ts";
import type { Cancellation } from "../cancellation.ts";
import { Cancelled } from "../cancellation.ts";
import { runtimeError, StateError } from "../errors.ts";
import { invokeFunction } from "../integrations/lambda.ts";
import type { EventDetails } from "../history.ts";
import { checkPayload } from "../limits.ts";
import type { Place, Work } from "./program.ts";
import { parseResource, type Resource } from "./resource.ts";
import { within } from "./thread.ts";
import type { Visit } from "./visit.ts";

export function task(state: TaskState, { language }: Place): Work {
  const resource = parseResource(state.Resource);
  const timeout = language.number(state, "TimeoutSeconds");
  const heartbeat = language.number(state, "HeartbeatSeconds");
  const perform = performer(resource);
  return {
    async run(visit) {
      const timeoutInSeconds = await timeout?.(visit);
      const heartbeatInSeconds = await heartbeat?.(visit);
      return perform(visit, {
        ...(timeoutInSeconds === undefined ? {} : { timeoutInSeconds }),
        ...(heartbeatInSeconds === undefined ? {} : { heartbeatInSeconds }),
      });
    },
  };
}

interface Deadlines {
  readonly timeoutInSeconds?: number;
  readonly heartbeatInSeconds?: number;
}

type Perform = (visit: Visit, deadlines: Deadlines) => Promise<Json>;

function performer(resource: Resource): Perform {
  switch (resource.kind) {
    case "function":
      return (visit, deadlines) => performFunction(visit, resource.arn, deadlines);
    case "integration":
      return (visit, deadlines) => performIntegration(visit, resource, deadlines);
  }
}

async function performFunction(visit: Visit, arn: string, deadlines: Deadlines): Promise<Json> {
  const { thread, effective } = visit;
  thread.record("LambdaFunctionScheduled", { resource: arn, input: effective, ...deadlines });
  thread.record("LambdaFunctionStarted");
  const output = await attempt(visit, { events: "LambdaFunction", about: {}, name: arn }, deadlines, (cancellation) =>
    invokeFunction(thread.run.integrations.functions, arn, effective, cancellation),
  );
  thread.record("LambdaFunctionSucceeded", { output });
  return output;
}

async function performIntegration(
  visit: Visit,
  resource: Extract<Resource, { kind: "integration" }>,
  deadlines: Deadlines,
): Promise<Json> {
  const { thread, effective } = visit;
  const { run } = thread;
  const about = { resourceType: resource.service, resource: resource.action };
  const integration = run.integrations.find(`${resource.service}:${resource.action}`);
  if (integration === undefined) throw runtimeError(`No handler is registered for ${resource.arn}.`);
  const input = argumentsOf(effective);
  thread.record("TaskScheduled", { ...about, region: resource.region, parameters: input, ...deadlines });
  thread.record("TaskStarted", about);
  const output = await attempt(visit, { events: "Task", about, name: resource.service }, deadlines, (cancellation) =>
    integration(input, { cancellation, executionArn: run.executionArn }),
  );
  thread.record("TaskSucceeded", { ...about, output });
  return output;
}

function argumentsOf(value: Json): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw runtimeError(`The parameters of an integration must be an object, but they are ${JSON.stringify(value)}.`);
}

interface Attempt {
  /** What the names of its events begin with. */
  readonly events: "Task" | "LambdaFunction";
  /** The details that each of them has. */
  readonly about: EventDetails;
  /** How AWS names it when the result is too large. */
  readonly name: string;
}

/** Does the work within its deadline, and records how it failed. */
async function attempt(
  visit: Visit,
  { events, about, name }: Attempt,
  deadlines: Deadlines,
  work: (cancellation: Cancellation) => Promise<Json>,
): Promise<Json> {
  const { thread } = visit;
  const { clock, limits } = thread.run;
  const milliseconds = deadlines.timeoutInSeconds === undefined ? undefined : deadlines.timeoutInSeconds * 1000;
  clock.begin();
  try {
    const output = await within(thread, milliseconds, work, () => new StateError("States.Timeout", undefined));
    checkPayload(output, limits, `The state/task '${name}'`);
    return output;
  } catch (error) {
    if (error instanceof Cancelled || !(error instanceof StateError)) throw error;
    const outcome = error.error === "States.Timeout" ? "TimedOut" : "Failed";
    thread.record(`${events}${outcome}`, { ...about, error: error.error, cause: error.cause });
    throw error;
  } finally {
    clock.end();
  }
}
