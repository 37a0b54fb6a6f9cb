import { EPHEMERAL_STORAGE_MIB, FUNCTION_SECONDS, MEMORY_MIB } from "../base/aws-limits.ts";
import { type ActorCache, cacheOf } from "../cache/actor-cache.ts";
import type { ActorDefinition, ActorSettings } from "./definition.ts";
import { PLAIN_TASKS } from "../base/function-names.ts";
import { LambentError, refuseUnknown } from "../base/errors.ts";
import type { CacheLimits } from "../cache/replica-cache.ts";
import { defineTask, type Task, type TaskFunction, type TaskOptions } from "./task.ts";

export interface ActorOptions extends ActorSettings {
  /** Warm replicas kept ready: the alias's provisioned concurrency. Default 1. */
  readonly replicaCount?: number;
  /**
   * What an invocation gets while every replica is busy. `queue`, the default: a place in line. On one machine that is
   * so from the first on; on Lambda, where reserved concurrency is twice `replicaCount` so that a deployment can
   * provision the new version beside the old one, as many again as there are replicas run on cold on-demand instances,
   * and only those beyond are throttled and tried again by the state machine. `spill`: a cold on-demand instance.
   */
  readonly whenBusy?: "queue" | "spill";
  /** For each of its caches, unless the cache has limits of its own. */
  readonly cache?: CacheLimits;
}

/**
 * A pool of warm replicas: one Lambda function whose provisioned concurrency is `replicaCount`.
 * @example
 * const actor = new ActorEnvironment({ name: "my-actor", replicaCount: 2 });
 */
export class ActorEnvironment {
  readonly name: string;
  /**
   * Call a function once per replica and distinct arguments. Its result may be anything, for it never leaves the
   * replica; concurrent calls with equal arguments share one call; a failure is not kept.
   */
  readonly cache: ActorCache;
  readonly #definition: ActorDefinition;

  /** @throws {LambentError} for a name or a size that Lambda would refuse */
  constructor(options: ActorOptions) {
    const { cache, replicaCount = 1, whenBusy = "queue", ...rest } = options;
    checkActor({ ...options, replicaCount });
    this.name = options.name;
    this.cache = cacheOf(
      { name: options.name, ...(cache === undefined ? {} : { limits: cache }) },
      refuseOldDecorators,
    );
    this.#definition = Object.freeze({ ...rest, replicaCount, whenBusy });
  }

  /**
   * A task that runs on this actor's replicas.
   * @param fn its inputs are one object; what it returns must survive JSON
   */
  task<O, I = {}>(fn: TaskFunction<I, O>, options: TaskOptions = {}): Task<I, O> {
    return defineTask(fn, options, this.#definition);
  }
}

function refuseOldDecorators(second: unknown): void {
  if (typeof second === "string" || typeof second === "symbol") {
    throw new LambentError(
      `@actor.cache on ${String(second)} was called as TypeScript's old decorators are: remove "experimentalDecorators" from tsconfig.json`,
    );
  }
}

const BOUNDS: readonly (readonly [
  field: "replicaCount" | "memorySize" | "timeout" | "ephemeralStorageSize",
  min: number,
  max: number,
  unit: string,
])[] = [
  ["replicaCount", 1, 1000, "replicas"],
  ["memorySize", MEMORY_MIB.least, MEMORY_MIB.most, "MiB"],
  ["timeout", 1, FUNCTION_SECONDS, "seconds"],
  ["ephemeralStorageSize", EPHEMERAL_STORAGE_MIB.least, EPHEMERAL_STORAGE_MIB.most, "MiB"],
];

const SECRET_ARN = /^arn:aws[\w-]*:(secretsmanager:[\w-]+:\d{12}:secret:.+|ssm:[\w-]+:\d{12}:parameter\/.+)$/;

const OPTIONS: readonly (keyof ActorOptions)[] = [
  "name",
  "replicaCount",
  "whenBusy",
  "cache",
  "memorySize",
  "timeout",
  "ephemeralStorageSize",
  "architecture",
  "environment",
  "secrets",
  "vpc",
  "layers",
  "containerImage",
];

function checkActor(options: ActorOptions): void {
  const { name } = options;
  const unknown = Object.entries(options).filter(([option]) => !OPTIONS.some((known) => known === option));
  refuseUnknown(`actor ${JSON.stringify(name)}`, Object.fromEntries(unknown), OPTIONS);
  if (name === PLAIN_TASKS) {
    throw new LambentError(`an actor cannot be named "${PLAIN_TASKS}": the function of the plain tasks is`);
  }
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
    throw new LambentError(
      `actor ${JSON.stringify(name)}: its name becomes a Lambda function's: 1 to 40 lower-case letters, digits and "-", a letter first`,
    );
  }
  for (const [field, min, max, unit] of BOUNDS) {
    const value = options[field];
    if (value !== undefined && !(Number.isInteger(value) && value >= min && value <= max)) {
      throw new LambentError(
        `actor ${name}: ${field} must be a whole number of ${unit} from ${min} to ${max}, not ${value}`,
      );
    }
  }
  for (const [variable, arn] of Object.entries(options.secrets ?? {})) {
    if (!SECRET_ARN.test(arn)) {
      throw new LambentError(
        `actor ${name}: secrets.${variable} must be the ARN of a Secrets Manager secret or an SSM parameter, not ${JSON.stringify(arn)}`,
      );
    }
    if (options.environment?.[variable] !== undefined) {
      throw new LambentError(`actor ${name}: ${variable} is in both environment and secrets: leave it out of one`);
    }
  }
  const { maxEntries: _, maxBytes: __, ...unknownLimits } = options.cache ?? {};
  refuseUnknown(`actor ${name}: cache`, unknownLimits, ["maxEntries", "maxBytes"]);
  const { whenBusy } = options;
  if (whenBusy !== undefined && whenBusy !== "queue" && whenBusy !== "spill") {
    throw new LambentError(`actor ${name}: whenBusy must be "queue" or "spill", not ${JSON.stringify(whenBusy)}`);
  }
}
