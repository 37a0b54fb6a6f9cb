import { LambentError } from "../base/errors.ts";
import type { RunnableTask } from "../invocation/runnable-task.ts";
import type { Schema } from "../values/standard-schema.ts";
import type { GraphData, KeyPath, NodeOptions, TaskAddress } from "../graph/graph.ts";

/** What runs a task, as a state needs to know it. */
export interface TaskDefinition extends RunnableTask {
  readonly actor?: ActorDefinition | undefined;
  readonly options: NodeOptions;
  /** Whether its output comes from whoever has its token. Absent: it is what it returns. */
  readonly isAnswered?: true;
  /** Of a task on an actor with affinity what its author says of its key. Absent: the source may tell. */
  readonly keyPaths?: readonly KeyPath[];
}

/** The network that a function's replicas join, as Lambda's `VpcConfig`. */
export interface Vpc {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/** What an actor is told of its function, and passes on as it is. */
export interface ActorSettings {
  /** Becomes the Lambda function's name: lower-case letters, digits, `-`. */
  readonly name: string;
  /**
   * Whether equal keys meet the same replica. Each replica is then a function of its own, `<name>-0` to `<name>-<n-1>`,
   * with one provisioned instance, and a call of a task goes to the one that is meant for its `affinityKey`; if that one
   * is busy or gone, to the next. Default: false, any replica that is free takes any call.
   */
  readonly affinity?: boolean;
  /** MiB, as Lambda's `MemorySize`: 128 to 10240. Default 1024. */
  readonly memorySize?: number;
  /** Seconds, as Lambda's `Timeout`: 1 to 900. Default 900. */
  readonly timeout?: number;
  /** MiB of /tmp, as Lambda's `EphemeralStorage`: 512 to 10240. */
  readonly ephemeralStorageSize?: number;
  readonly architecture?: "x86_64" | "arm64";
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Environment variables whose values are read while a replica initialises, before the author's modules load: each is
   * the ARN of a Secrets Manager secret or of an SSM parameter. The function may read these and no others.
   */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly vpc?: Vpc;
  /** ARNs of layer versions. */
  readonly layers?: readonly string[];
  /** An ECR image instead of a bundled zip. */
  readonly containerImage?: string;
}

/** An actor as its constructor was told, its defaults filled in. */
export interface ActorDefinition extends ActorSettings {
  readonly replicaCount: number;
  /** Seconds. Absent: its replicas are always there. */
  readonly ttlSeconds?: number;
  /** Absent: true. */
  readonly warmStart?: boolean;
  readonly whenBusy: "queue" | "spill";
}

export function addressOf({ name, actor, keyPaths }: TaskDefinition): TaskAddress {
  if (actor === undefined) return { task: name };
  const affinity = { replicas: actor.replicaCount, ...(keyPaths === undefined ? {} : { paths: keyPaths }) };
  return { actor: actor.name, task: name, ...(actor.affinity === true ? { affinity } : {}) };
}

/**
 * Add `definition` to those that are `known`.
 * @throws {LambentError} if one function would know two tasks by one name
 */
export function addTask<T extends RunnableTask>(known: Set<T>, definition: T): void {
  const { name, actor } = definition;
  for (const other of known) {
    // `withOverrides` makes a new definition of the same function.
    if (other.name === name && other.actor?.name === actor?.name && other.run !== definition.run) {
      const where = actor === undefined ? "among the plain tasks" : `on actor ${actor.name}`;
      throw new LambentError(`two tasks are named ${name} ${where}: give one of them another { name }`);
    }
  }
  known.add(definition);
}

/** What a workflow is to the compiler and the handler. */
export interface WorkflowDefinition {
  readonly graph: GraphData;
  readonly tasks: ReadonlySet<TaskDefinition>;
  /** The workflows whose state machines it starts, those of the workflows within it included. */
  readonly started: ReadonlySet<WorkflowDefinition | LaterDefinition>;
  /** Of those inputs that have one, by their names. */
  readonly schemas: ReadonlyMap<string, Schema>;
  /** The file that called `workflow()`, absolute; absent if its place is unknown. */
  readonly file?: string;
}

/** A workflow that need not be made yet when another one is traced that starts it. */
export interface LaterDefinition {
  /** @throws {LambentError} if it is no workflow of the name that it was given, or does not take what it is started with */
  resolve(): WorkflowDefinition;
}

export function isLater(definition: WorkflowDefinition | LaterDefinition): definition is LaterDefinition {
  return "resolve" in definition;
}

/** @throws {LambentError} if an execution of type EXPRESS were to wait for one that may take longer than itself */
export function refuseWaiting({ graph }: Pick<WorkflowDefinition, "graph">, started: WorkflowDefinition): void {
  const { workflow: other, options } = started.graph;
  if (graph.options?.type !== "EXPRESS" || options?.type === "EXPRESS") return;
  throw new LambentError(
    `workflow ${graph.workflow} is of type EXPRESS, of which Step Functions lets no execution wait for one of type STANDARD, and it calls ${other}.start: call ${other} itself, or make ${other} EXPRESS or ${graph.workflow} STANDARD`,
  );
}

/**
 * Workflows, and those whose state machines they start, at any depth.
 * @throws {LambentError} if one of them was named by `lazy(…)` and is not what that says
 */
export function withStarted(definitions: Iterable<WorkflowDefinition>): Set<WorkflowDefinition> {
  const found = new Set(definitions);
  for (const definition of found) {
    for (const one of definition.started) {
      const started = isLater(one) ? one.resolve() : one;
      refuseWaiting(definition, started);
      found.add(started); // the loop comes to it
    }
  }
  return found;
}
