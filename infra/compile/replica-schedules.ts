import { EXPRESS_SECONDS } from "../../sdk/base/aws-limits.ts";
import type { Json } from "../../sdk/base/json.ts";
import { query } from "./expression.ts";
import type { State } from "./states.ts";

// The schedules that an actor with `ttlSeconds` has in its service's group: one named after it, which starts the cooling
// when the replicas may be idle for long enough, and for each run a lease, named `<actor>.<hash of the execution>`.

/** Where the schedules are, and what they start. */
export interface Cooling {
  /** The group of the service's schedules. */
  readonly groupName: string;
  /** The state machine that takes replicas back. */
  readonly stateMachineArn: string;
  /** The role by which schedules start it. */
  readonly roleArn: string;
}

/** What happens at a schedule's time is done within a minute, and a second is the unit: nothing is due too early. */
function at(milliseconds: string): string {
  return query(`"at(" & $substring($fromMillis($ceil((${milliseconds}) / 1000) * 1000), 0, 19) & ")"`);
}

/** When the state was entered, in milliseconds: the time of the execution's clock. */
export const NOW = "$toMillis($states.context.State.EnteredTime)";

/** Seconds after which a lease ends by itself: the longest that a STANDARD execution lasts, a year. */
const LEASE_SECONDS = 31_536_000;

/** Milliseconds that an EXPRESS execution may last, of which nobody can ask whether it still runs. */
export const EXPRESS_MS: number = EXPRESS_SECONDS * 1000;

/** `<actor>.<hash>`: at most 40 + 1 + 20 characters, of the 64 that a schedule's name may have. */
function leaseName(item: string): string {
  return query(`${item}.key & "." & $substring($hash($states.context.Execution.Id, "SHA-1"), 0, 20)`);
}

/** @param item JSONata that is what `Items` of the run's first state has for the function */
function schedule(Name: string, due: string, item: string, { groupName, stateMachineArn, roleArn }: Cooling) {
  return {
    GroupName: groupName,
    Name,
    ScheduleExpression: at(due),
    FlexibleTimeWindow: { Mode: "OFF" },
    Target: { Arn: stateMachineArn, RoleArn: roleArn, Input: query(`$string(${item})`) },
  };
}

/** A Task that says the run is at work. One that is there already is that of the same state, run twice. */
export function leaseState(item: string, cooling: Cooling, next: string): State {
  return {
    Type: "Task",
    Resource: schedulerAction("createSchedule"),
    Arguments: {
      ...schedule(leaseName(item), `${NOW} + ${LEASE_SECONDS * 1000}`, item, cooling),
      Description: query("$states.context.Execution.Id"),
      ActionAfterCompletion: "DELETE",
    },
    Output: query("$states.input"),
    Retry: [transient("Scheduler")],
    Catch: [caught(["Scheduler.ConflictException"], next)],
    Next: next,
  };
}

/**
 * Two Tasks that let the cooling start at `due`: the schedule is moved, or made if there is none. It is not deleted when
 * it has fired, since it would not be known then whether moving it or deleting it comes first.
 * @param due JSONata, milliseconds
 */
export function pushStates(
  [move, make]: readonly [string, string],
  due: string,
  item: string,
  cooling: Cooling,
  next: string,
): readonly (readonly [string, State])[] {
  const Arguments = schedule(query(`${item}.key`), due, item, cooling);
  function task(action: string, Retry: readonly Json[], error: string, otherwise: string): State {
    return {
      Type: "Task",
      Resource: schedulerAction(action),
      Arguments,
      Output: query("$states.input"),
      Retry,
      Catch: [caught([`Scheduler.${error}`], otherwise)],
      Next: next,
    };
  }
  return [
    [move, task("updateSchedule", [transient("Scheduler", "ConflictException")], "ResourceNotFoundException", make)],
    [make, task("createSchedule", [transient("Scheduler")], "ConflictException", move)],
  ];
}

export function schedulerAction(action: string): string {
  return `arn:aws:states:::aws-sdk:scheduler:${action}`;
}

/** `arn:aws:states:::aws-sdk:lambda:…ProvisionedConcurrencyConfig` */
export function provisionedAction(verb: "get" | "put" | "delete"): string {
  return `arn:aws:states:::aws-sdk:lambda:${verb}ProvisionedConcurrencyConfig`;
}

/** Goes on with what the state was given. */
export function caught(ErrorEquals: readonly string[], Next: string): Json {
  return { ErrorEquals, Output: query("$states.input"), Next };
}

/** Errors that pass by themselves: throttling, and the service's own. */
export function transient(service: "Scheduler" | "Lambda" | "Sfn", ...more: readonly string[]): Json {
  const names = [...TRANSIENT[service], "SdkClientException", `${service}Exception`, ...more];
  return {
    ErrorEquals: names.map((name) => `${service}.${name}`),
    IntervalSeconds: 1,
    MaxAttempts: 8,
    BackoffRate: 2,
    MaxDelaySeconds: 20,
    JitterStrategy: "FULL",
  };
}

const TRANSIENT = {
  Scheduler: ["ThrottlingException", "InternalServerException"],
  Lambda: ["TooManyRequestsException", "ServiceException"],
  Sfn: ["ThrottlingException"],
} as const;
