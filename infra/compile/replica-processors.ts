import type { Json } from "../../sdk/base/json.ts";
import { query } from "./expression.ts";
import {
  caught,
  leaseState,
  NOW,
  provisionedAction,
  pushStates,
  transient,
  type Cooling,
} from "./replica-schedules.ts";
import type { StateNames } from "./state-names.ts";
import type { State } from "./states.ts";

// A run asks for the replicas of all functions side by side, and then waits for one function after the other, on one
// clock: so the number of looks goes by the time alone, and not by the number of functions, and the history has room.

/** How long a run waits for its replicas at most, in seconds. Lambda itself gives each 15 minutes to initialise. */
const LONGEST_START = 1800;

/** Seconds between two looks at most. */
const LONGEST_PAUSE = 10;

/** The most pauses of a run, of all functions together: the first few are shorter. */
const MOST_PAUSES = LONGEST_START / LONGEST_PAUSE + 6;

/** Of one: WaitForReplicas 2, LookAgain 5, AreReplicasReady 2, and StartAgain 5 where another is just doing the same. */
const EVENTS_OF_PAUSE = 14;

/** The most events of all pauses, whose number a definition does not tell. */
export const PAUSE_EVENTS: number = MOST_PAUSES * EVENTS_OF_PAUSE;

type Fields = { readonly [field: string]: Json };

/** What Lambda says of the alias goes on beside the item, in the state's output: `status`, `requested`, `reason`. */
const SEEN = `{
  "status": $states.result.Status,
  "requested": $states.result.RequestedProvisionedConcurrentExecutions,
  "reason": $exists($states.result.StatusReason) ? $states.result.StatusReason : ""
}`.replaceAll(/\s+/g, " ");

/** JSONata: whether the function has to be asked for its replicas. What failed for an earlier run is tried again once. */
const IS_UNFIT =
  '$not($exists($states.input.put)) and ($states.input.status = "FAILED" or $states.input.requested != $states.input.replicas)';

/** Of a Map over functions: for each a lease, the schedule of the cooling pushed forward, and its replicas asked for. */
export function asking(names: StateNames, cooling: Cooling): Fields {
  const state = {
    lease: names.fresh("Lease"),
    push: names.fresh("PutOffCooling"),
    pushFirst: names.fresh("ScheduleCooling"),
    get: names.fresh("LookForReplicas"),
    are: names.fresh("AreReplicasThere"),
    put: names.fresh("StartReplicas"),
    asked: names.fresh("ReplicasAsked"),
    refused: names.fresh("ReplicasRefused"),
  };
  const due = `${NOW} + $states.input.ttlSeconds * 1000`;
  const map = processor([
    [state.lease, leaseState("$states.input", cooling, state.push)],
    ...pushStates([state.push, state.pushFirst], due, "$states.input", cooling, state.get),
    [state.get, getTask(state.put, state.are)],
    [state.are, { Type: "Choice", Choices: [{ Condition: query(IS_UNFIT), Next: state.put }], Default: state.asked }],
    [state.put, putTask(state.asked, state.refused, state.asked)],
    [state.asked, { Type: "Succeed", Output: query("$states.input") }],
    [state.refused, refusal()],
  ]);
  // Lambda takes 15 calls a second that manage functions.
  return { MaxConcurrency: 10, ...map };
}

/** Of the Map after it: for each function that is not ready it waits until it is. `since` is when the waiting began. */
export function waiting(names: StateNames): Fields {
  const state = {
    are: names.fresh("AreReplicasReady"),
    wait: names.fresh("WaitForReplicas"),
    get: names.fresh("LookAgain"),
    put: names.fresh("StartAgain"),
    ready: names.fresh("ReplicasAreReady"),
    refused: names.fresh("ReplicasRefusedAgain"),
    failed: names.fresh("ReplicasFailed"),
    late: names.fresh("ReplicasLate"),
  };
  const status = '($exists($states.input.status) ? $states.input.status : "not provisioned")';
  const map = processor([
    [
      state.are,
      {
        Type: "Choice",
        Choices: [
          { Condition: query(isDone("$states.input.")), Next: state.ready },
          { Condition: query(`${WAITED} >= ${LONGEST_START}`), Next: state.late },
          { Condition: query("$not($exists($states.input.status))"), Next: state.wait },
          { Condition: query(IS_UNFIT), Next: state.put },
          { Condition: query('$states.input.status = "FAILED"'), Next: state.failed },
        ],
        Default: state.wait,
      },
    ],
    [
      state.wait,
      {
        Type: "Wait",
        // As long as the run has waited so far: 1, 1, 2, 4, 8 and then 10 seconds.
        Seconds: query(`$min([${LONGEST_PAUSE}, $max([1, $floor(${WAITED})])])`),
        Output: query("$states.input"),
        Next: state.get,
      },
    ],
    [state.get, getTask(state.put, state.are)],
    [state.put, putTask(state.are, state.refused, state.wait)],
    [state.ready, { Type: "Succeed", Output: {} }],
    [state.refused, refusal()],
    [state.failed, failure(`"they could not be initialised: " & $states.input.reason & ". ${FAILED_REMEDY}"`)],
    [state.late, failure(`"after ${LONGEST_START} s they are " & ${status} & ". ${LATE_REMEDY}"`)],
  ]);
  return {
    Items: query(`[$states.input[$not(${isDone("")})].$merge([$, {"since": ${NOW}}])]`),
    MaxConcurrency: 1,
    ...map,
  };
}

/** JSONata: whether a run need not wait for a function. @param item what its fields are written after */
function isDone(item: string): string {
  return `${item}requested = ${item}replicas and (${item}status = "READY" or $not(${item}warmStart))`;
}

const WAITED = `(${NOW} - $states.input.since) / 1000`;

function processor(states: readonly (readonly [string, State])[]): Fields {
  return {
    ItemProcessor: {
      ProcessorConfig: { Mode: "INLINE" },
      StartAt: states[0]?.[0] ?? "",
      States: Object.fromEntries(states) as Record<string, Json>, // a State's fields are JSON
    },
  };
}

const ALIAS = { FunctionName: query("$states.input.FunctionName"), Qualifier: query("$states.input.Qualifier") };

/** @param absent where it goes if there is no provisioned concurrency */
function getTask(absent: string, next: string): State {
  return {
    Type: "Task",
    Resource: provisionedAction("get"),
    Arguments: ALIAS,
    Output: query(`$merge([$states.input, ${SEEN}])`),
    Retry: [transient("Lambda")],
    Catch: [caught(["Lambda.ProvisionedConcurrencyConfigNotFoundException"], absent)],
    Next: next,
  };
}

/** @param conflict where it goes if another run, or a deployment, is just doing the same */
function putTask(next: string, refused: string, conflict: string): State {
  return {
    Type: "Task",
    Resource: provisionedAction("put"),
    Arguments: { ...ALIAS, ProvisionedConcurrentExecutions: query("$states.input.replicas") },
    Output: query(`$merge([$states.input, ${SEEN}, {"put": true}])`),
    Retry: [transient("Lambda")],
    Catch: [
      caught(["Lambda.ResourceConflictException"], conflict),
      { ErrorEquals: ["States.ALL"], Output: query(REFUSED), Next: refused },
    ],
    Next: next,
  };
}

const REFUSED = '$merge([$states.input, {"problem": $states.errorOutput.Error & ": " & $states.errorOutput.Cause}])';

const REFUSED_REMEDY =
  "Give the actor a smaller replicaCount, its function more reservedConcurrency, or ask for a higher quota (Service Quotas, AWS Lambda, Concurrent executions)";

const FAILED_REMEDY = "The function's log has the error: its modules do not load, or take too long or too much memory";

const LATE_REMEDY = "Look at the function's log, or set warmStart: false to begin on cold ones";

function refusal(): State {
  return failure(`"Lambda refused them: " & $states.input.problem & ". ${REFUSED_REMEDY}"`);
}

/** @param what JSONata */
function failure(what: string): State {
  const who = `"actor " & $states.input.key & ": " & $states.input.replicas & " replicas of " & $states.input.FunctionName & " are not there for the run: "`;
  return { Type: "Fail", Error: "ReplicasNotStarted", Cause: query(`${who} & ${what}`) };
}
