import { types } from "node:util";
import { currentTrace, tracedWorkflow } from "./current-trace.ts";
import type { ActorDefinition, TaskDefinition } from "./definition.ts";
import { LambentError, refuseUnknown } from "../base/errors.ts";
import type { NodeOptions } from "../graph/graph.ts";
import { loading } from "./loading.ts";
import { noteTask } from "./made-tasks.ts";
import type { Crosses, Inputs, Ref } from "../graph/ref.ts";
import { type KeyOf, keyPathsOf } from "./affinity-key.ts";
import { type Caching, CACHING_OPTIONS, cachingOf } from "./caching-options.ts";
import { checkNameIsText, checkOptions } from "./check-options.ts";
import { checkHeartbeat } from "./duration.ts";
import { given } from "./given.ts";
import { namedErrors, type RetryOptions, type TaskNodeOptions } from "./retried-errors.ts";
import { checkLiterals } from "./literal-size.ts";
import { RETRY_ATTEMPTS, RETRY_DELAY_SECONDS, WAIT_SECONDS } from "../base/aws-limits.ts";
import { checkedRun } from "../values/checked-tasks.ts";
import type { InputOf, OutputOf, Schema } from "../values/standard-schema.ts";
import { checkSchema } from "./schema-option.ts";
import { inputFields } from "./trace.ts";

/**
 * A function that runs as one state of a state machine.
 * @example
 * const length: Task<{ text: string }, number> = task(async function length({ text }: { text: string }) {
 *   return text.length;
 * });
 * console.log(await length.fn({ text: "four" })); // 4
 */
export interface Task<I, O> {
  /**
   * Inside a workflow: add a node to the graph.
   * @returns the node's output, as a Ref
   * @throws {LambentError} outside of a workflow: there, call {@link Task.fn}
   */
  (inputs: Inputs<I>): Ref<O>;
  /** The function itself, for unit tests and for calls from other tasks' functions. */
  readonly fn: (inputs: I) => Promise<O>;
  /** The name by which replicas find it. */
  readonly taskName: string;
  /** The same task with other options for the nodes it adds. */
  withOverrides(options: TaskNodeOptions): Task<I, O>;
}

/**
 * What a task may be given beside its function: a name, a timeout and retries, and whether its outputs are kept.
 * @example
 * const options: TaskOptions = { timeout: 60, retries: 2, cache: true, cacheVersion: "v1" };
 * const slow = task(async function slow({ n }: { n: number }) {
 *   return n;
 * }, options);
 */
export type TaskOptions<I = unknown> = TaskNodeOptions &
  Caching<I> & {
    /** Default: the name of the function. */
    readonly name?: string;
  };

/** Of a task without schemas. It keeps TypeScript from taking it for one with them, whose function it types. */
export interface NoSchemas {
  readonly input?: undefined;
  readonly output?: undefined;
}

/**
 * The schema of a task's inputs: they are looked at before the function runs, which gets what the schema makes of them.
 * Others fail the task with `InvalidInput`, which is not tried again.
 */
export interface InputSchema<S extends Schema> {
  readonly input: S;
}

/** The schema of what a task's function returns. What does not fit fails the task with `InvalidOutput`. */
export interface OutputSchema<S extends Schema | undefined> {
  readonly output: S;
}

/**
 * Of a task whose output comes from outside: its function gets a token as `currentContext().taskToken` and hands it on,
 * what it returns is not looked at, and the node ends with SendTaskSuccess or SendTaskFailure for the token.
 * @example
 * const options: TokenTaskOptions = { token: true, timeout: 3600, heartbeat: 60 };
 */
export type TokenTaskOptions = TaskNodeOptions & {
  /** Default: the name of the function. */
  readonly name?: string;
  /** Says that it is such a task. */
  readonly token: true;
};

/**
 * Of a task on an actor.
 * @example
 * const options: ActorTaskOptions<{ model: string }> = { affinityKey: (inputs) => inputs.model, timeout: 60 };
 * const named = actor.task(async function named({ model }: { model: string }) {
 *   return model;
 * }, options);
 */
export type ActorTaskOptions<I> = TaskOptions<I> & {
  /**
   * On an actor with `affinity`: what its calls are sent to a replica by, so that calls with equal keys meet the same
   * one. Called once, with a Ref of the inputs, and it returns an input, a field of one, or a list or an object of
   * several. Default: the inputs that the task's function hands to cached functions, as far as its source shows them.
   * @example
   * const score = actor.task(async function score({ text, model }: { text: string; model: string }) {
   *   return `${model}: ${text}`;
   * }, { affinityKey: (inputs) => inputs.model });
   */
  readonly affinityKey?: KeyOf<I>;
};

/** As {@link TokenTaskOptions}, of a task on an actor. */
export type ActorTokenTaskOptions<I> = TokenTaskOptions & Pick<ActorTaskOptions<I>, "affinityKey">;

/** What a task's function returns: what its schema takes, if it has one. */
export type CheckedReturn<S extends Schema | undefined, R> = S extends Schema
  ? InputOf<S> | Promise<InputOf<S>>
  : (R & Crosses<R>) | Promise<R & Crosses<R>>;

/** What a task gives: what its schema makes of what it returns, if it has one. */
export type CheckedOutput<S extends Schema | undefined, R> = S extends Schema ? OutputOf<S> : R;

/** What {@link task} and `actor.task` take: one object in, one JSON value out. `() => …` has no inputs. */
export type TaskFunction<I, O> = (inputs: I) => (O & Crosses<O>) | Promise<O & Crosses<O>>;

/**
 * A task that runs on demand: on the function that all of a service's plain tasks share.
 * @param fn its inputs are one object; what it returns must survive JSON
 * @param options its name, its timeout in seconds, retries, and whether its outputs are kept in the bucket
 * @throws {LambentError} if it has no name, or options that do not fit
 * @example
 * const greet = task(async function greet({ name }: { name: string }) {
 *   return `hello ${name}`;
 * });
 */
export function task<O, I = {}>(fn: TaskFunction<I, O>, options?: TaskOptions<NoInfer<I>> & NoSchemas): Task<I, O>;
/**
 * A task whose inputs are looked at by a schema, and what it returns too if there is one for that.
 * @param fn gets what the schema makes of the inputs
 * @param options with the schema as `input`
 * @throws {LambentError} as {@link task} does
 * @example
 * const named: Schema<{ name: string }> = {
 *   "~standard": { version: 1, vendor: "own", validate: (value) => ({ value: value as { name: string } }) },
 * };
 * const hello = task(async function hello({ name }) {
 *   return `hello ${name}`;
 * }, { input: named });
 */
export function task<S extends Schema, R, O extends Schema | undefined = undefined>(
  fn: (inputs: OutputOf<S>) => CheckedReturn<O, R>,
  options: TaskOptions<InputOf<S>> & InputSchema<S> & Partial<OutputSchema<O>>,
): Task<InputOf<S>, CheckedOutput<O, R>>;
/**
 * A task of which what it returns is looked at by a schema.
 * @param fn returns what the schema takes
 * @param options with the schema as `output`
 * @throws {LambentError} as {@link task} does
 * @example
 * const text: Schema<string> = {
 *   "~standard": { version: 1, vendor: "own", validate: (value) => ({ value: String(value) }) },
 * };
 * const hello = task(async function hello({ name }: { name: string }) {
 *   return `hello ${name}`;
 * }, { output: text });
 */
export function task<S extends Schema, I = {}>(
  fn: (inputs: I) => InputOf<S> | Promise<InputOf<S>>,
  options: TaskOptions<NoInfer<I>> & OutputSchema<S>,
): Task<I, OutputOf<S>>;
/**
 * A task whose output comes from whoever has its token.
 * @param fn hands on `currentContext().taskToken`; what it returns is not looked at
 * @param options with `token: true`; `heartbeat` is the seconds within which a heartbeat has to come, again and again
 * @throws {LambentError} as {@link task} does
 * @example
 * const measure = task<{ grams: number }, { parcel: string }>(
 *   async function measure({ parcel }) {
 *     console.log(`${parcel}: answer with ${currentContext().taskToken}`);
 *   },
 *   { token: true, timeout: 3600 },
 * );
 */
export function task<O, I = {}>(fn: (inputs: I) => unknown, options: TokenTaskOptions): Task<I, O>;
export function task<O, I = {}>(
  fn: (inputs: I) => unknown,
  options: TaskOptions<NoInfer<I>> | TokenTaskOptions = {},
): Task<I, O> {
  return defineTask<I, O>(fn, options, undefined);
}

function checkToken(
  what: string,
  { token, heartbeat, cache, output }: Omit<AllTaskOptions<never>, "affinityKey">,
): void {
  if (token !== undefined && typeof token !== "boolean") {
    throw new LambentError(`${what}: token must be true or false, not ${given(token)}`);
  }
  if (token === true && output !== undefined) {
    throw new LambentError(
      `${what}: output is the schema of what a task returns, and with token: true that is not its output: leave it out`,
    );
  }
  if (token === true && cache === true) {
    throw new LambentError(
      `${what}: cache keeps what a task returns, and with token: true that is not its output: leave one of both out`,
    );
  }
  if (heartbeat !== undefined && token !== true) throw heartbeatWithoutToken(what);
}

function heartbeatWithoutToken(what: string): LambentError {
  return new LambentError(
    `${what}: heartbeat is of tasks that wait for their token: add token: true, or say with timeout how long an attempt may take`,
  );
}

/** Those of all kinds of tasks; which may be together is checked. */
interface AllTaskOptions<I> extends TaskNodeOptions, Partial<Record<(typeof CACHING_OPTIONS)[number], unknown>> {
  readonly name?: string;
  readonly token?: boolean;
  readonly input?: Schema;
  readonly output?: Schema;
  readonly affinityKey?: KeyOf<I>;
}

/** As {@link task}, on `actor`. */
export function defineTask<I, O>(
  fn: (inputs: I) => unknown,
  options: AllTaskOptions<I>,
  actor: ActorDefinition | undefined,
): Task<I, O> {
  if (typeof fn !== "function") throw new LambentError(`a task is made of a function, not of ${given(fn)}`);
  const what = fn.name === "" ? "task(…)" : `task ${fn.name}`;
  checkOptions(what, options);
  refuseGenerator(fn, options.name ?? fn.name);
  const { name = fn.name, retries, timeout, heartbeat, token, affinityKey, input, output, ...others } = options;
  const { cache, cacheVersion, cacheIgnore, cacheSerialize, cacheTtlSeconds, ...unknown } = others;
  checkNameIsText(what, name);
  if (name === "") {
    throw new LambentError("a task needs a name: write `task(async function name(…) {…})` or pass { name }");
  }
  const workflow = tracedWorkflow();
  if (workflow !== undefined && loading.toDescribe) {
    throw new LambentError(
      `task ${name} is made in the function of workflow ${workflow}, which replicas do not call: make it at its module's top level`,
    );
  }
  refuseActorOptions(`task ${name}`, unknown);
  refuseUnknown(`task ${name}`, unknown, [
    "name",
    ...CACHING_OPTIONS,
    "retries",
    "timeout",
    "heartbeat",
    "token",
    "input",
    "output",
    "affinityKey",
  ]);
  checkSchema(`task ${name}: input`, input);
  checkSchema(`task ${name}: output`, output);
  const caching = cachingOf(name, { cache, cacheVersion, cacheIgnore, cacheSerialize, cacheTtlSeconds });
  checkToken(`task ${name}`, options);
  const keyPaths = keyPathsOf(`task ${name}`, affinityKey, actor);
  const run = checkedRun(name, { input, output }, fn);
  const definition: TaskDefinition = {
    name,
    actor,
    ...caching,
    ...(keyPaths === undefined ? {} : { keyPaths }),
    options: checkNodeOptions(`task ${name}`, {
      ...(retries === undefined ? {} : { retries }),
      ...(timeout === undefined ? {} : { timeout }),
      ...(heartbeat === undefined ? {} : { heartbeat }),
    }),
    ...(token === true ? { isAnswered: true } : {}),
    run,
  };
  noteTask(definition);
  return makeTask({ definition, bound: {} }, async (inputs: I): Promise<O> => run(inputs) as O); // as the overloads say
}

function refuseGenerator(fn: Function, name: string): void {
  if (!types.isGeneratorFunction(fn)) return;
  throw new LambentError(`task ${name} is a generator function, and what it gives is no JSON: return a list of it`);
}

const TRACED: unique symbol = Symbol("task");

/** What a call of a task adds to a graph: the task, and the inputs that `partial` has bound. */
export interface TracedTask {
  readonly definition: TaskDefinition;
  readonly bound: Readonly<Record<string, unknown>>;
}

export function makeTask<I, O>(traced: TracedTask, fn: (inputs: I) => Promise<O>): Task<I, O> {
  const { definition, bound } = traced;
  function call(inputs: Inputs<I>): Ref<O> {
    const trace = currentTrace(`task ${definition.name}`, `to run its function here, call ${definition.name}.fn(…)`);
    const given = { ...trace.fields(bound, definition.name), ...inputFields(trace, inputs, definition.name) };
    checkLiterals(`task ${definition.name}'s input`, given);
    return trace.add<O>({
      kind: "task",
      ...trace.named(definition.name),
      address: trace.use(definition),
      inputs: given,
      options: definition.options,
      ...(definition.isAnswered === true ? { answer: {} } : {}),
    });
  }
  return Object.assign(call, {
    fn,
    taskName: definition.name,
    withOverrides: (options: TaskNodeOptions): Task<I, O> => {
      checkOptions(`task ${definition.name}: withOverrides(…)`, options);
      if (options.heartbeat !== undefined && definition.isAnswered !== true)
        throw heartbeatWithoutToken(`task ${definition.name}`);
      const merged = checkNodeOptions(`task ${definition.name}`, { ...definition.options, ...options });
      return makeTask({ bound, definition: { ...definition, options: merged } }, fn);
    },
    [TRACED]: traced,
  });
}

/** What a task is to a trace; `undefined` for any other value. */
export function tracedTask(value: unknown): TracedTask | undefined {
  if (typeof value !== "function" || !Object.hasOwn(value, TRACED)) return undefined;
  return Reflect.get(value, TRACED) as TracedTask; // only `makeTask` sets it
}

/** Plain tasks have no replicas of their own, and a task of an actor has the actor's. */
function refuseActorOptions(what: string, unknown: object): void {
  const option = ["replicaCount", "ttlSeconds", "warmStart"].find((name) => name in unknown);
  if (option === undefined) return;
  throw new LambentError(
    `${what}: ${option} is of replicas, which actors have: write new ActorEnvironment({ name, ${option} }), and make the task with its task(…)`,
  );
}

/** The options, with errors by their names. */
export function checkNodeOptions(what: string, options: TaskNodeOptions): NodeOptions {
  const { retries, timeout, heartbeat, ...unknown } = options;
  refuseUnknown(what, unknown, ["retries", "timeout", "heartbeat"]);
  if (timeout !== undefined && !(Number.isInteger(timeout) && timeout > 0)) {
    throw new LambentError(`${what}: timeout must be a whole number of seconds, not ${given(timeout)}`);
  }
  checkMost(`${what}: timeout`, timeout, WAIT_SECONDS, "seconds");
  if (heartbeat !== undefined && !(Number.isInteger(heartbeat) && heartbeat > 0)) {
    throw new LambentError(`${what}: heartbeat must be a whole number of seconds, not ${given(heartbeat)}`);
  }
  checkHeartbeat(what, timeout, heartbeat);
  if (retries !== undefined) checkRetry(what, typeof retries === "object" ? retries : { maxAttempts: retries });
  if (typeof retries !== "object" || retries.errors === undefined) return options as NodeOptions; // no errors to name
  return { ...options, retries: { ...retries, ...namedErrors(what, retries.errors) } };
}

function checkMost(what: string, value: number | undefined, most: number, unit: string): void {
  if (value === undefined || value <= most) return;
  throw new LambentError(`${what} must be ${most} ${unit} at most, which Step Functions takes, not ${value}`);
}

/** The bounds are those of ASL's `Retry`. */
function checkRetry(what: string, retry: RetryOptions): void {
  const { maxAttempts, intervalSeconds = 1, backoffRate = 2, maxDelaySeconds, jitter, errors: _, ...unknown } = retry;
  function whole(value: number): boolean {
    return Number.isInteger(value) && value > 0;
  }
  const known = ["maxAttempts", "intervalSeconds", "backoffRate", "maxDelaySeconds", "jitter", "errors"];
  refuseUnknown(`${what}: retries`, unknown, known);
  if (!(Number.isInteger(maxAttempts) && maxAttempts >= 0)) {
    throw new LambentError(`${what}: retries must be a whole number of retries, 0 or more, not ${given(maxAttempts)}`);
  }
  if (!whole(intervalSeconds)) {
    throw new LambentError(`${what}: intervalSeconds must be a whole number of seconds, not ${given(intervalSeconds)}`);
  }
  if (!(Number.isFinite(backoffRate) && backoffRate >= 1))
    throw new LambentError(`${what}: backoffRate must be 1 or more, not ${given(backoffRate)}`);
  checkMost(`${what}: retries`, maxAttempts, RETRY_ATTEMPTS, "retries");
  checkMost(`${what}: intervalSeconds`, intervalSeconds, WAIT_SECONDS, "seconds");
  if (jitter !== undefined && typeof jitter !== "boolean") {
    throw new LambentError(`${what}: jitter must be true or false (JitterStrategy FULL or NONE), not ${given(jitter)}`);
  }
  if (maxDelaySeconds !== undefined && !(whole(maxDelaySeconds) && maxDelaySeconds > intervalSeconds)) {
    throw new LambentError(
      `${what}: maxDelaySeconds must be whole and more than intervalSeconds, not ${given(maxDelaySeconds)}`,
    );
  }
  checkMost(`${what}: maxDelaySeconds`, maxDelaySeconds, RETRY_DELAY_SECONDS, "seconds");
}
