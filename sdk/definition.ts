import { LambentError } from "./errors.ts";
import type { NodeOptions, TaskAddress } from "./graph.ts";

/** What runs a task, as it needs to know it. */
export interface TaskDefinition {
  readonly name: string;
  /** The actor it runs on; absent for a plain task. */
  readonly actor?: ActorDefinition;
  /** With `cache: true`: the version its outputs are stored under. */
  readonly cacheVersion?: string;
  readonly options: NodeOptions;
  readonly run: (inputs: unknown) => Promise<unknown>;
}

/** The network that a function's replicas join, as Lambda's `VpcConfig`. */
export interface Vpc {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/** An actor as its constructor was told. */
export interface ActorDefinition {
  readonly name: string;
  readonly replicaCount: number;
  readonly ttlSeconds?: number;
  readonly memorySize?: number;
  readonly timeout?: number;
  readonly ephemeralStorageSize?: number;
  readonly architecture?: "x86_64" | "arm64";
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly vpc?: Vpc;
  readonly layers?: readonly string[];
  readonly containerImage?: string;
  readonly whenBusy: "queue" | "spill";
  readonly affinity?: boolean;
}

export function addressOf({ name, actor }: TaskDefinition): TaskAddress {
  return { ...(actor === undefined ? {} : { actor: actor.name }), task: name };
}

/**
 * Add `definition` to those that are `known`.
 * @throws {LambentError} if one function would know two tasks by one name
 */
export function addTask(known: Set<TaskDefinition>, definition: TaskDefinition): void {
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
