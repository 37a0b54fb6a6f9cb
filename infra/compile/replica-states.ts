import { LambentError } from "../../sdk/base/errors.ts";
import { EXPRESS_SECONDS } from "../../sdk/base/aws-limits.ts";
import { ALIAS, replicaName } from "../../sdk/base/function-names.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { GraphData } from "../../sdk/graph/graph.ts";
import { allNodes, invokingNode } from "../../sdk/graph/walk.ts";
import { query } from "./expression.ts";
import { caught, leaseState, NOW, pushStates, transient, type Cooling } from "./replica-schedules.ts";
import type { StateNames } from "./state-names.ts";
import type { State, StateSequence } from "./states.ts";
import type { ReplicasForRun, Target } from "./target.ts";

/** How long a run waits for its replicas at most, in seconds. Lambda itself gives each 15 minutes to initialise. */
const LONGEST_START = 1800;

/** `arn:aws:states:::aws-sdk:lambda:…ProvisionedConcurrencyConfig` */
export function provisionedAction(verb: "get" | "put" | "delete"): string {
  return `arn:aws:states:::aws-sdk:lambda:${verb}ProvisionedConcurrencyConfig`;
}

/**
 * The states that bring up the replicas of all actors with `ttlSeconds` in the workflow, be it in a branch or a nested
 * workflow that may not run: one Map over their functions. A run first says that it is at work, by a lease, and only
 * then asks for replicas, so that the cooling, which asks for leases last, cannot take away what it waits for.
 * Undefined if there are no such actors.
 * @throws {LambentError} if the workflow's type leaves no time to wait for replicas
 */
export function replicaStates(
  graph: GraphData,
  next: string,
  names: StateNames,
  target: Target,
): StateSequence | undefined {
  const functions = functionsForRun(graph, target);
  if (functions.length === 0) return undefined;
  const { cooling } = target;
  if (cooling === undefined) throw new Error("actors have replicas for a run, and nothing takes them back");
  checkType(graph, functions);
  const name = names.fresh("Replicas");
  const map: State = {
    Type: "Map",
    Items: functions.map(itemOf),
    ItemProcessor: { ProcessorConfig: { Mode: "INLINE" }, ...processor(names, cooling) },
    Output: {},
    Next: next,
  };
  return { entry: name, states: [[name, map]] };
}

/** The functions whose replicas come up for a run of the workflow, each once, in the order of their first call. */
export function functionsForRun(graph: GraphData, target: Target): readonly ReplicasForRun[] {
  const actors = new Set(allNodes(graph).map((node) => invokingNode(node)?.address.actor));
  return [...actors].flatMap((actor) => (actor === undefined ? [] : (target.replicasForRun?.(actor) ?? [])));
}

/** Whether it is the Map that {@link replicaStates} writes: its items name functions. */
export function isReplicaMap(state: { readonly [field: string]: Json | undefined }): boolean {
  return (
    state["Type"] === "Map" && JSON.stringify(state["ItemProcessor"] ?? null).includes(`"${provisionedAction("put")}"`)
  );
}

function checkType({ workflow, options }: GraphData, functions: readonly ReplicasForRun[]): void {
  if (options?.type !== "EXPRESS") return;
  const waiting = functions.find(({ warmStart }) => warmStart);
  if (waiting === undefined) return;
  throw new LambentError(
    `workflow ${workflow} is of type EXPRESS, which ends after ${EXPRESS_SECONDS} s, and it would wait minutes for the replicas of actor ${waiting.key}, which has ttlSeconds: ` +
      'give the actor warmStart: false, or leave out type: "EXPRESS"',
  );
}

function itemOf({ key, functionName, replicas, ttlSeconds, warmStart }: ReplicasForRun): Json {
  return { key, FunctionName: functionName, Qualifier: ALIAS, replicas, ttlSeconds, warmStart };
}

/** What Lambda says of the alias goes on beside the item, in the state's output: `status`, `requested`, `reason`. */
const SEEN = `{
  "status": $states.result.Status,
  "requested": $states.result.RequestedProvisionedConcurrentExecutions,
  "reason": $exists($states.result.StatusReason) ? $states.result.StatusReason : ""
}`.replaceAll(/\s+/g, " ");

/** For one function: a lease, the schedule of the cooling pushed forward, and its replicas. */
function processor(names: StateNames, cooling: Cooling): { readonly [field: string]: Json } {
  const state = {
    lease: names.fresh("Lease"),
    push: names.fresh("PutOffCooling"),
    pushFirst: names.fresh("ScheduleCooling"),
    get: names.fresh("LookForReplicas"),
    put: names.fresh("StartReplicas"),
    are: names.fresh("AreReplicasReady"),
    wait: names.fresh("WaitForReplicas"),
    ready: names.fresh("ReplicasReady"),
    refused: names.fresh("ReplicasRefused"),
    failed: names.fresh("ReplicasFailed"),
    late: names.fresh("ReplicasLate"),
  };
  const alias = { FunctionName: query("$states.input.FunctionName"), Qualifier: query("$states.input.Qualifier") };
  const states: readonly (readonly [string, State])[] = [
    [state.lease, leaseState("$states.input", cooling, state.push)],
    ...pushStates(
      [state.push, state.pushFirst],
      `${NOW} + $states.input.ttlSeconds * 1000`,
      "$states.input",
      cooling,
      state.get,
    ),
    [
      state.get,
      {
        Type: "Task",
        Resource: provisionedAction("get"),
        Arguments: alias,
        Output: query(`$merge([$states.input, ${SEEN}])`),
        Retry: [transient("Lambda")],
        Catch: [caught(["Lambda.ProvisionedConcurrencyConfigNotFoundException"], state.put)],
        Next: state.are,
      },
    ],
    [
      state.put,
      {
        Type: "Task",
        Resource: provisionedAction("put"),
        Arguments: { ...alias, ProvisionedConcurrentExecutions: query("$states.input.replicas") },
        Output: query(`$merge([$states.input, ${SEEN}, {"put": true}])`),
        Retry: [transient("Lambda")],
        Catch: [
          // Another run, or a deployment, is just doing the same.
          caught(["Lambda.ResourceConflictException"], state.wait),
          { ErrorEquals: ["States.ALL"], Output: query(REFUSED), Next: state.refused },
        ],
        Next: state.are,
      },
    ],
    [
      state.are,
      {
        Type: "Choice",
        Choices: [
          // What failed for an earlier run is tried again once.
          { Condition: query(`$not($exists($states.input.put)) and (${UNFIT})`), Next: state.put },
          { Condition: query(`$states.input.status = "READY" or $not($states.input.warmStart)`), Next: state.ready },
          { Condition: query('$states.input.status = "FAILED"'), Next: state.failed },
          { Condition: query(`${WAITED} >= ${LONGEST_START}`), Next: state.late },
        ],
        Default: state.wait,
      },
    ],
    [
      state.wait,
      {
        Type: "Wait",
        // 1, 1, 2, 4, 8 and then 10 seconds.
        Seconds: query(PAUSE),
        Output: query(`$merge([$states.input, {"waited": ${WAITED} + ${PAUSE}}])`),
        Next: state.get,
      },
    ],
    [state.ready, { Type: "Succeed", Output: {} }],
    [state.refused, failure(`"Lambda refused them: " & $states.input.problem & ". ${REFUSED_REMEDY}"`)],
    [state.failed, failure(`"they could not be initialised: " & $states.input.reason & ". ${FAILED_REMEDY}"`)],
    [state.late, failure(`"after ${LONGEST_START} s they are " & $states.input.status & ". ${LATE_REMEDY}"`)],
  ];
  return { StartAt: state.lease, States: Object.fromEntries(states) as Record<string, Json> }; // a State's fields are JSON
}

const UNFIT = '$states.input.status = "FAILED" or $states.input.requested != $states.input.replicas';

const WAITED = "($exists($states.input.waited) ? $states.input.waited : 0)";

const PAUSE = `$min([10, $max([1, ${WAITED}])])`;

const REFUSED = '$merge([$states.input, {"problem": $states.errorOutput.Error & ": " & $states.errorOutput.Cause}])';

const REFUSED_REMEDY =
  "Give the actor a smaller replicaCount, its function more reservedConcurrency, or ask for a higher quota (Service Quotas, AWS Lambda, Concurrent executions)";

const FAILED_REMEDY = "The function's log has the error: its modules do not load, or take too long or too much memory";

const LATE_REMEDY = "Look at the function's log, or set warmStart: false to begin on cold ones";

/** @param what JSONata */
function failure(what: string): State {
  const who = `"actor " & $states.input.key & ": " & $states.input.replicas & " replicas of " & $states.input.FunctionName & " are not there for the run: "`;
  return { Type: "Fail", Error: "ReplicasNotStarted", Cause: query(`${who} & ${what}`) };
}

/** What the compiler's callers tell it of an actor, as `new ActorEnvironment` was told. */
interface Actor {
  readonly name: string;
  readonly replicaCount: number;
  readonly ttlSeconds?: number;
  readonly warmStart?: boolean;
  readonly affinity?: boolean;
}

/**
 * The functions of an actor whose replicas come up for a run; none if they are always there.
 * @param functionName the name of its function, or with affinity of that of one of its replicas, without an alias
 */
export function replicasForRun(
  actor: Actor | undefined,
  functionName: (replica: number | undefined) => string,
): readonly ReplicasForRun[] {
  if (actor?.ttlSeconds === undefined) return [];
  const { name, replicaCount, affinity = false, ttlSeconds, warmStart = true } = actor;
  const numbers = affinity ? Array.from({ length: replicaCount }, (_, replica) => replica) : [undefined];
  return numbers.map((replica) => {
    const key = replicaName(name, replica);
    return { key, functionName: functionName(replica), replicas: affinity ? 1 : replicaCount, ttlSeconds, warmStart };
  });
}
