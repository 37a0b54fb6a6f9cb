import { type ActorCache, cacheOf } from "../cache/actor-cache.ts";
import type { ActorDefinition } from "./definition.ts";
import { LambentError } from "../base/errors.ts";
import { checkOptions } from "./check-options.ts";
import { noteCached } from "./cached-functions.ts";
import { checkActor, type ActorOptions } from "./actor-options.ts";
import {
  defineTask,
  type Task,
  type TaskFunction,
  type ActorTaskOptions,
  type ActorTokenTaskOptions,
  type CheckedOutput,
  type CheckedReturn,
  type InputSchema,
  type NoSchemas,
  type OutputSchema,
} from "./task.ts";
import type { InputOf, OutputOf, Schema } from "../values/standard-schema.ts";

/**
 * A pool of warm replicas: one Lambda function whose provisioned concurrency is `replicaCount`.
 * @example
 * const actor = new ActorEnvironment({ name: "my-actor", replicaCount: 2 });
 */
export class ActorEnvironment {
  /** The function's name in the service. */
  readonly name: string;
  /**
   * Call a function once per replica and distinct arguments. Its result may be anything, for it never leaves the
   * replica; concurrent calls with equal arguments share one call; a failure is not kept.
   */
  readonly cache: ActorCache;
  readonly #definition: ActorDefinition;

  /** @throws {LambentError} for a name or a size that Lambda would refuse */
  constructor(options: ActorOptions) {
    checkOptions("new ActorEnvironment(…)", options);
    const { cache, replicaCount = 1, whenBusy = "queue", ...rest } = options;
    checkActor({ ...options, replicaCount });
    this.name = options.name;
    const definition: ActorDefinition = Object.freeze({ ...rest, replicaCount, whenBusy });
    this.cache = cacheOf(
      { name: options.name, ...(cache === undefined ? {} : { limits: cache }) },
      refuseOldDecorators,
      (cached) => noteCached(cached, definition),
    );
    this.#definition = definition;
    madeAt.set(definition, new Error("an actor"));
  }

  /**
   * A task that runs on this actor's replicas.
   * @param fn its inputs are one object; what it returns must survive JSON
   * @param options as those of a task, and the key by which its calls are sent to a replica
   * @throws {LambentError} if it has no name, or options that do not fit
   */
  task<O, I = {}>(fn: TaskFunction<I, O>, options?: ActorTaskOptions<I> & NoSchemas): Task<I, O>;
  /**
   * A task on this actor's replicas whose inputs are looked at by a schema, and what it returns too if there is one.
   * @param fn gets what the schema makes of the inputs
   * @param options with the schema as `input`
   * @throws {LambentError} as for any task
   */
  task<S extends Schema, R, O extends Schema | undefined = undefined>(
    fn: (inputs: OutputOf<S>) => CheckedReturn<O, R>,
    options: ActorTaskOptions<InputOf<S>> & InputSchema<S> & Partial<OutputSchema<O>>,
  ): Task<InputOf<S>, CheckedOutput<O, R>>;
  /**
   * A task on this actor's replicas of which what it returns is looked at by a schema.
   * @param fn returns what the schema takes
   * @param options with the schema as `output`
   * @throws {LambentError} as for any task
   */
  task<S extends Schema, I = {}>(
    fn: (inputs: I) => InputOf<S> | Promise<InputOf<S>>,
    options: ActorTaskOptions<I> & OutputSchema<S>,
  ): Task<I, OutputOf<S>>;
  /**
   * A task on this actor's replicas whose output comes from whoever has its token.
   * @param fn hands on `currentContext().taskToken`; what it returns is not looked at
   * @param options with `token: true`, and the key by which its calls are sent to a replica
   * @throws {LambentError} as for any task
   */
  task<O, I = {}>(fn: (inputs: I) => unknown, options: ActorTokenTaskOptions<I>): Task<I, O>;
  task<O, I = {}>(
    fn: (inputs: I) => unknown,
    options: ActorTaskOptions<I> | ActorTokenTaskOptions<I> = {},
  ): Task<I, O> {
    return defineTask(fn, options, this.#definition);
  }
}

/** An error for each actor, whose stack says where it was made. */
const madeAt = new WeakMap<ActorDefinition, Error>();

/** The stack of the call that made an actor. */
export function actorStack(definition: ActorDefinition): string | undefined {
  return madeAt.get(definition)?.stack;
}

function refuseOldDecorators(second: unknown): void {
  if (typeof second === "string" || typeof second === "symbol") {
    throw new LambentError(
      `@actor.cache on ${String(second)} was called as TypeScript's old decorators are: remove "experimentalDecorators" from tsconfig.json`,
    );
  }
}
