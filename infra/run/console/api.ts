// What `/console/api` answers, for the server and for the page alike: types alone. Times are milliseconds since the
// epoch, durations milliseconds, and sizes bytes, unless a name says otherwise. All that AWS's API can be asked, the page
// asks it by `POST /` of the same origin.
//
//   GET  /console/api/service                              Service
//   GET  /console/api/state-machines                       StateMachines
//   GET  /console/api/graph?stateMachineArn=…              GraphAnswer  (or ?executionArn=…: as it was when that began)
//   GET  /console/api/timeline?executionArn=…              Timeline     (infra/run/timeline/model.ts)
//   GET  /console/api/failed-node?executionArn=…           FailedNode
//   GET  /console/api/replicas                             Replicas
//   GET  /console/api/replicas/<id>/caches                 CacheContents
//   POST /console/api/replicas/<id>/recycle|freeze|thaw    Replica      (the body is {})
//   GET  /console/api/logs?…                               Logs         (LogQuery tells the parameters)
//   GET  /console/api/tokens                               PendingTokens
//   POST /console/api/answer-problem                       AnswerProblem (the body is an AnswerLookedAt)
//   GET  /console/api/events?executionArn=…                text/event-stream of ConsoleEvent
//
// A POST has `content-type: application/json`. What cannot be answered is a Failure with its status: 400, 403 (the
// server's guard), 404, 405, 409 (not in this state) or 415.
import type { Json } from "../../../sdk/base/json.ts";
import type { CacheContent } from "../../emulator/replicas/cache-content.ts";
import type { Graph } from "../timeline/model.ts";

/** Why a request was refused, for people to read. */
export interface Failure {
  readonly __type: string;
  readonly message: string;
}

/** What is served, and by whom. */
export interface Service {
  /** Another one: the server has been started anew, and nothing that a page holds is true any more. */
  readonly run: string;
  /** The service's name; absent where state machines alone are served. */
  readonly name?: string;
  readonly stage?: string;
  readonly region: string;
  readonly accountId: string;
  /** `serverless offline` */
  readonly servedBy: string;
  readonly functions: FunctionsServed;
  /** Whether Wait states and retry delays pass at once. */
  readonly skipsWaits: boolean;
}

/** Where functions run. Elsewhere, nothing is known of replicas and logs, and the page says so. */
export type FunctionsServed =
  | { readonly where: "here" }
  | { readonly where: "elsewhere"; readonly endpoint: string; readonly why: string };

export interface StateMachines {
  readonly stateMachines: readonly StateMachine[];
}

export interface StateMachine {
  readonly stateMachineArn: string;
  readonly name: string;
  /** What people call it: a workflow's name, or its own. */
  readonly title: string;
  readonly type: "STANDARD" | "EXPRESS";
  /** Whether Lambent has compiled it. */
  readonly isLambent: boolean;
  /** Whether it is a part of how Lambent works, which nobody starts by hand. */
  readonly isInternal: boolean;
  /** What the form asks for. Absent: nothing is known of its input, which is any JSON. */
  readonly inputs?: readonly Input[];
}

/** An input of a workflow, as its author has declared it. */
export interface Input {
  readonly name: string;
  /** JSON's type of its default; absent if that tells nothing: any JSON is taken. */
  readonly type?: "string" | "number" | "boolean" | "object" | "array";
  /** Absent: it has none. */
  readonly default?: Json;
  readonly isRequired: boolean;
  /** A file's address: `s3://bucket/key`. */
  readonly isFile: boolean;
  /** There may be files within it, by such addresses. */
  readonly hasFiles: boolean;
  /** JSON Schema (2020-12) of what is taken. */
  readonly schema: { readonly [keyword: string]: Json };
}

export interface GraphAnswer {
  readonly isLambent: boolean;
  /** Absent: the definition has no states that could be drawn. */
  readonly graph?: Graph;
}

export interface Execution {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED" | "PENDING_REDRIVE";
  readonly startDate: number;
  /** Absent: it runs. */
  readonly stopDate?: number;
  readonly redriveCount: number;
}

export interface FailedNode {
  /** Where the execution failed, with its item: `score[1]`. Absent: it did not fail, or its history tells of no node. */
  readonly node?: string;
}

export interface Replicas {
  readonly functions: FunctionsServed;
  /** Empty where functions run elsewhere. */
  readonly replicas: readonly Replica[];
}

export interface Replica {
  readonly id: string;
  readonly functionName: string;
  /** What people call its function: the actor, or `tasks`. */
  readonly title: string;
  readonly version: string;
  readonly initializationType: "provisioned-concurrency" | "on-demand";
  /** `frozen`: no invocation goes to it until it is thawed. */
  readonly state: "starting" | "idle" | "busy" | "frozen" | "ended";
  /** What happens to it when its invocation has ended. */
  readonly next?: "freeze" | "recycle";
  readonly pid?: number;
  /** Resident; absent where this cannot be told. */
  readonly memoryBytes?: number;
  readonly memoryLimitBytes: number;
  readonly startedAt: number;
  /** Absent: it is not initialised yet. */
  readonly initMs?: number;
  readonly invocations: number;
  /** Whether it served a first invocation, which on Lambda would have been cold if it is on demand. */
  readonly coldStarts: number;
  /** In the order in which they were first used. */
  readonly caches: readonly CacheStatistics[];
}

/** What a cache of a replica has done, by the receipts of the invocations that executions have made. */
export interface CacheStatistics {
  readonly cache: string;
  readonly hits: number;
  readonly loads: number;
  readonly joined: number;
  readonly evictions: number;
  readonly loadMs: number;
  /** Values loaded while the replica initialised. */
  readonly preloads: number;
  /** When the last of these invocations ended. */
  readonly entries: number;
  readonly bytes: number;
}

/** What is in a replica's caches now. A busy replica is not asked: 409. */
export interface CacheContents {
  readonly caches: readonly CacheContent[];
}

/** The parameters of `GET /console/api/logs`, each of which leaves some lines out. */
export interface LogQuery {
  /** Lines after the one of this number: `last` of an earlier answer. */
  readonly after?: string;
  /** Lines of its child executions are among them. */
  readonly executionArn?: string;
  readonly node?: string;
  readonly item?: string;
  /** An id, or how it begins. */
  readonly replica?: string;
  readonly functionName?: string;
  /** At most so many, the latest. Default and most: 1,000. */
  readonly limit?: string;
}

export interface Logs {
  readonly functions: FunctionsServed;
  /** The oldest first. */
  readonly lines: readonly LogLine[];
  /** Of all lines so far, to be given as `after`. */
  readonly last: number;
  /** How many lines are forgotten already, of all executions: the memory for them is bounded. */
  readonly forgotten: number;
}

export interface LogLine {
  /** From 1, in the order in which they were printed. */
  readonly number: number;
  readonly at: number;
  readonly functionName: string;
  readonly replica: string;
  readonly requestId?: string;
  /** Absent: printed outside of an invocation, or in one that no execution has made. */
  readonly executionArn?: string;
  /** The task or map whose call it is: `score`. */
  readonly node?: string;
  /** Of a map: `3`, in a map of maps `3.0`. */
  readonly item?: string;
  readonly stream: "stdout" | "stderr";
  readonly level?: string;
  /** One line, or several that were printed at once. */
  readonly text: string;
}

/** An answer that is looked at before it is sent. */
export interface AnswerLookedAt {
  readonly taskToken: string;
  /** JSON, as SendTaskSuccess takes it. */
  readonly output: string;
}

export interface AnswerProblem {
  /** What the state machine would say of the answer; absent if it takes it. */
  readonly problem?: string;
}

export interface PendingTokens {
  /** Those that have waited longest, 1,000 at most. */
  readonly tokens: readonly PendingToken[];
  /** How many wait beside them. */
  readonly more: number;
}

/** A task that waits for SendTaskSuccess or SendTaskFailure, or an activity's for a worker. */
export interface PendingToken {
  readonly taskToken: string;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  /** The state, with its item: `approve[3]`. */
  readonly where: string;
  readonly since: number;
  /** The arguments, as JSON text, cut off after 2,000 characters. */
  readonly input: string;
  /** When it fails with States.Timeout unless it is answered before. Absent: it has no TimeoutSeconds. */
  readonly timesOutAt?: number;
  /** When it fails with States.HeartbeatTimeout unless a heartbeat comes before. */
  readonly heartbeatDueAt?: number;
}

/**
 * What happens, as `data:` of server-sent events, each with its `type` as `event:`. The first is a snapshot. What happens
 * faster than a page takes it is put together: of an execution, a replica or a token its latest state is sent, and if
 * there are too many of them, a new snapshot. Comments (lines that begin with a colon) come every 15 s.
 */
export type ConsoleEvent =
  | {
      readonly type: "snapshot";
      readonly run: string;
      /** The latest of each state machine, at most 100 of all. */
      readonly executions: readonly Execution[];
      readonly replicas: readonly Replica[];
      readonly tokens: PendingTokens;
      /** `last` of the logs. */
      readonly lastLog: number;
    }
  /** It has started, been redriven, or ended. */
  | { readonly type: "execution"; readonly execution: Execution }
  /**
   * Something has happened in the execution that `?executionArn` names, or in a child execution of its Distributed Maps:
   * its own history has so many events now, and this is its status.
   */
  | { readonly type: "history"; readonly executionArn: string; readonly events: number; readonly status: string }
  | { readonly type: "replica"; readonly replica: Replica }
  | { readonly type: "replica-ended"; readonly id: string; readonly functionName: string; readonly reason: string }
  | { readonly type: "token"; readonly token: PendingToken }
  | { readonly type: "token-ended"; readonly taskToken: string }
  /** So many wait beside those that have been told. */
  | { readonly type: "more-tokens"; readonly more: number }
  /** There are new lines, to be asked for with `after`. */
  | { readonly type: "logs"; readonly lastLog: number }
  /** State machines have been created, changed or deleted. */
  | { readonly type: "state-machines" };
