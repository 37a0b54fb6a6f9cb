import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import type { QueryLanguageName } from "../../asl/definition.ts";
import type { HttpTrace } from "../../language/language.ts";
import type { Cancellation } from "../kernel/cancellation.ts";
import type { Functions } from "../lambda/functions.ts";
import type { Objects } from "./objects.ts";

/**
 * What a handler is told besides the state's arguments.
 * @example
 * const whoAsks: Integration = async (_input, context: IntegrationContext) => context.executionArn;
 */
export interface IntegrationContext {
  /** Fires when the state no longer waits: its timeout, a sibling's failure, StopExecution. */
  readonly cancellation: Cancellation;
  /** The execution whose state it is. */
  readonly executionArn: string;
  /** Of the state machine that the execution is of. */
  readonly stateMachineArn: string;
  /** What follows `arn:aws:states:::`, without its pattern: `dynamodb:putItem`. */
  readonly action: string;
  /** With `.waitForTaskToken`: what SendTaskSuccess and SendTaskFailure are to name. */
  readonly taskToken?: string;
  /** Lambda's functions, as they were when the execution began. */
  readonly functions: Functions;
  /** The state's. */
  readonly queryLanguage: QueryLanguageName;
  /** The state as people know it, with its item: `score[3]`. */
  readonly caller?: string;
  /** Takes the trace of an HTTP Task, where somebody looks at it. */
  readonly traced?: (trace: HttpTrace) => void;
  /** What `submitted` was told by a process that ended: the job goes on, and is to be waited for. */
  readonly resumed?: Json;
  /** Tells that the job has been handed over, with the answer to that; for actions that wait for a job's end. */
  submitted(output: Json): void;
}

/**
 * Performs one API action for a Task state and gives what AWS's integration gives as the state's result.
 * @throws {StateError} with the error name that AWS uses, such as `S3.NoSuchKeyException`.
 * @example
 * const sendMessage: Integration = async (input) => ({ MessageId: "1", MD5OfMessageBody: String(input["MessageBody"]) });
 * const states = new StepFunctions({
 *   functions: httpFunctions("http://127.0.0.1:3002"),
 *   integrations: { "sqs:sendMessage": sendMessage },
 * });
 */
export type Integration = (input: JsonObject, context: IntegrationContext) => Promise<Json>;

/** Performs an action beside the Task's own, by what follows `arn:aws:states:::`. @throws {StateError} */
export type CallAction = (action: string, input: JsonObject) => Promise<Json>;

/** The service actions at hand, by `service:action` as it stands in the resource ARN: `s3:getObject`, `aws-sdk:s3:getObject`. */
export interface Integrations {
  readonly functions: Functions;
  readonly objects: Objects;
  find(action: string): Integration | undefined;
}
