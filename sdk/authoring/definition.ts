import { LambentError } from "../base/errors.ts";
import type { RunnableTask } from "../invocation/runnable-task.ts";
import type { NodeOptions, TaskAddress } from "../graph/graph.ts";

/** What runs a task, as a state needs to know it. */
export interface TaskDefinition extends RunnableTask {
  readonly actor?: ActorDefinition | undefined;
  readonly options: NodeOptions;
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

export function addressOf({ name, actor }: TaskDefinition): TaskAddress {
  return { ...(actor === undefined ? {} : { actor: actor.name }), task: name };
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
