/**
 * What authors of workflows import: tasks, actors with their caches, workflows, maps, conditions and files.
 * @module
 */

export { ActorEnvironment } from "./authoring/actor.ts";
export type { ActorOptions } from "./authoring/actor-options.ts";
export { after } from "./authoring/after.ts";
export { asset } from "./authoring/asset.ts";
export { awsCall, type AwsCallOptions, type AwsRight } from "./authoring/aws-call.ts";
export type { AwsAnswer, AwsParameters } from "./authoring/aws-call-types.ts";
export type { Asset } from "./values/asset-types.ts";
export { and, type Condition, eq, ge, gt, isIn, isNull, isTrue, le, lt, ne, not, or } from "./authoring/condition.ts";
export { choose, conditional, type Way } from "./authoring/conditional.ts";
export { dynamic, type Calls, type Dynamic, type DynamicOptions, type DynamicTasks } from "./authoring/dynamic.ts";
export type { Call } from "./invocation/planned-calls.ts";
export { expr } from "./authoring/expr.ts";
export { fail } from "./authoring/fail.ts";
export { type Context } from "./invocation/context.ts";
export { currentContext } from "./invocation/scope.ts";
export { LambentError, NonRetryableError } from "./base/errors.ts";
export { S3File } from "./values/file.ts";
export type { Schema } from "./values/standard-schema.ts";
export type { FileReference } from "./values/file-reference.ts";
export type { Graph } from "./graph/graph.ts";
export type { Equatable, Key } from "./cache/keys/key-type.ts";
export { lazy, type LazyWorkflow } from "./authoring/lazy.ts";
export { launchPlan, type LaunchPlan, type LaunchPlanOptions } from "./authoring/launch-plan.ts";
export { repeatUntil, whileLoop, type RepeatOptions, type WhileOptions } from "./authoring/loop.ts";
export { mapTask, type MapOptions } from "./authoring/map-task.ts";
export type { WorkflowMapOptions } from "./authoring/map-workflow.ts";
export type { Mapped } from "./authoring/mapped.ts";
export type { Duration } from "./authoring/duration.ts";
export { sleep, sleepUntil } from "./authoring/sleep.ts";
export {
  approve,
  waitForInput,
  type Approval,
  type AskOptions,
  type InputOptions,
  type Notify,
} from "./authoring/wait-for-input.ts";
export { partial } from "./authoring/partial.ts";
export type { CacheReceipt, DownloadReceipt, Receipt } from "./invocation/receipt.ts";
export type { Crosses, Input, Ref, Value, ValueClass } from "./graph/ref.ts";
export type { Json } from "./base/json.ts";
export type { Cached, CacheLimits, CacheOptions } from "./cache/replica-cache.ts";
export type { ErrorClass, RetryOptions as Retry, TaskNodeOptions as NodeOptions } from "./authoring/retried-errors.ts";
export type {
  BoundWorkflow,
  StartedWorkflow,
  StartNodeOptions,
  WorkflowNodeOptions,
} from "./authoring/called-workflow.ts";
export type { Self, SelfStart } from "./authoring/recursion.ts";
export type { AffinityKey } from "./authoring/affinity-key.ts";
export { task, type ActorTaskOptions, type Task, type TaskOptions, type TokenTaskOptions } from "./authoring/task.ts";
export { tryCatch, type CatchOptions, type CaughtError } from "./authoring/try-catch.ts";
export { warmAll } from "./authoring/warm-all.ts";
export type { FailureHandler } from "./authoring/on-failure.ts";
export { required, type Required } from "./authoring/required.ts";
export { workflow, type Workflow } from "./authoring/workflow.ts";
