import { NAME_CHARACTERS } from "../base/aws-limits.ts";
import { LambentError, refuseUnknown } from "../base/errors.ts";
import type { Answer, NodeOptions, Shape } from "../graph/graph.ts";
import type { Ref } from "../graph/ref.ts";
import { shapeOf } from "./answer-shape.ts";
import { checkOptions } from "./check-options.ts";
import { currentTrace } from "./current-trace.ts";
import { checkHeartbeat, secondsOf, type Duration } from "./duration.ts";
import { given } from "./given.ts";
import { checkLiterals } from "./literal-size.ts";
import { tracedTask, type Task } from "./task.ts";
import type { InputOf, Schema } from "../values/standard-schema.ts";

/**
 * What tells somebody that an answer is waited for: it gets the token that answers, and the name.
 * @example
 * const mail: Notify = task(async function mail({ token, name }: { token: string; name: string }) {
 *   console.log(`${name}: answer with ${token}`);
 * });
 */
export type Notify = Task<{ token: string; name: string }, unknown>;

/**
 * What {@link waitForInput} and {@link approve} may be given.
 * @example
 * const options: AskOptions = { timeout: "7d" };
 */
export interface AskOptions {
  /** How long the answer may take; then the node fails with `States.Timeout`. */
  readonly timeout: Duration;
  /**
   * A task that tells somebody, with what `partial` has bound: its input `token` is what the answer is sent with, `name`
   * the node's. The wait begins when it is called, and its failure is the node's. Default: nobody is told; the token is
   * in the history, where `lambent signal` and the console find it.
   */
  readonly notify?: Notify;
  /** How long whoever is to answer may be silent; then the node fails with `States.HeartbeatTimeout`. Default: no limit. */
  readonly heartbeat?: Duration;
}

/**
 * What {@link waitForInput} may be given beside.
 * @example
 * const options: InputOptions<{ width: number }> = { timeout: "1h", schema: { width: 1 } };
 */
export interface InputOptions<T> extends AskOptions {
  /**
   * An answer as an example, as an input of a workflow is declared by its default: each answer has to have its fields, of
   * their types, and a list's elements that of its first. Null stands for anything, undefined for what may be missing.
   * Another answer fails the node with `InvalidAnswer`. Default: any JSON value.
   */
  readonly schema?: T;
}

/**
 * As {@link waitForInput}, for an answer that a schema of zod, valibot, arktype or the like takes. The state machine looks
 * at it as far as the schema's JSON Schema tells, and the answer is what was sent: for all that the schema checks and
 * makes of it, give it to a task that has the schema as its `input`.
 * @param name the node's, by which it is answered
 * @param options how long it may take, the schema, and who is told
 * @returns the answer, as it was sent
 * @throws {LambentError} as {@link waitForInput} does
 * @example
 * const width: Schema<number> = {
 *   "~standard": { version: 1, vendor: "own", validate: (value) => ({ value: Number(value) }) },
 * };
 * const size = waitForInput("size", { timeout: "1d", schema: width });
 */
export function waitForInput<S extends Schema>(
  name: string,
  options: AskOptions & { readonly schema: S },
): Ref<InputOf<S>>;
/**
 * Wait for an answer from outside, for as long as a year: `lambent signal <execution> --node <name> --output <json>`, the
 * console, or SendTaskSuccess with the token. Nothing runs meanwhile, and no function is needed.
 * @param name the node's, by which it is answered
 * @param options how long it may take, what an answer is like, and who is told
 * @returns the answer
 * @throws {LambentError} outside of a workflow, and for options that do not fit
 * @example
 * const size = waitForInput("size", { timeout: "1d", schema: { width: 1, height: 1 } });
 * const published = conditional(gt(size.width, 100), () => "too wide", () => publish({ text }));
 */
export function waitForInput<T>(name: string, options: InputOptions<T>): Ref<T>;
export function waitForInput(name: string, options: InputOptions<unknown>): Ref<unknown> {
  checkOptions(`waitForInput(${given(name)})`, options);
  const { schema, ...others } = options;
  const shape = schema === undefined ? undefined : shapeOf(`waitForInput(${given(name)})`, schema);
  return ask("waitForInput", name, others, shape);
}

/**
 * What answers {@link approve}.
 * @example
 * const answer: Approval = { approved: false, by: "Ada", comment: "not before Monday" };
 */
export interface Approval {
  /** False: it is refused. */
  approved: boolean;
  /** Who has decided. */
  by?: string | null;
  /** Why, or what is to be heeded. */
  comment?: string | null;
}

const APPROVAL: Shape = {
  type: "object",
  properties: {
    approved: { type: "boolean" },
    by: { type: ["string", "null"] },
    comment: { type: ["string", "null"] },
  },
  required: ["approved"],
};

/**
 * Wait until somebody has decided: {@link waitForInput} for `{ "approved": true }`.
 * @param name the node's, by which it is answered
 * @param options how long it may take, and who is told
 * @returns the decision; a refusal is one too, and fails nothing by itself
 * @throws {LambentError} outside of a workflow, and for options that do not fit
 * @example
 * const decision = approve("release", { timeout: "7d" });
 * const published = conditional(isTrue(decision.approved), () => publish({ text }), () => "refused");
 */
export function approve(name: string, options: AskOptions): Ref<Approval> {
  return ask("approve", name, options, APPROVAL);
}

function ask<T>(call: string, name: string, asked: AskOptions, shape: Shape | undefined): Ref<T> {
  const trace = currentTrace(call, "call it in a workflow's function");
  const what = `${call}(${given(name)})`;
  if (typeof name !== "string" || !/^[A-Za-z]\w*$/.test(name) || name.length > NAME_CHARACTERS - 6) {
    throw new LambentError(
      `${what}: its name is the node's, by which it is answered: a letter, then letters, digits and "_", ${NAME_CHARACTERS - 6} at most`,
    );
  }
  checkOptions(what, asked);
  const { timeout, heartbeat, notify, ...unknown } = asked;
  refuseUnknown(what, unknown, ["timeout", "heartbeat", "notify", ...(call === "approve" ? [] : ["schema"])]);
  if (timeout === undefined) {
    throw new LambentError(`${what} needs a timeout, such as "7d": without one it would wait for a year`);
  }
  const options: NodeOptions = {
    timeout: secondsOf(`${what}: timeout`, timeout, 1),
    ...(heartbeat === undefined ? {} : { heartbeat: secondsOf(`${what}: heartbeat`, heartbeat, 1) }),
  };
  checkHeartbeat(what, options.timeout, options.heartbeat);
  const answer: Answer = shape === undefined ? {} : { shape };
  if (notify === undefined) return trace.add<T>({ kind: "input", ...trace.named(name), options, answer });
  const task = tracedTask(notify);
  if (task === undefined) {
    throw new LambentError(`${what}: notify takes a task, made by task() or actor.task(), not ${given(notify)}`);
  }
  const { definition, bound } = task;
  const named = trace.named(name);
  const inputs = { name: { kind: "literal", value: named.name }, ...trace.fields(bound, definition.name) } as const;
  checkLiterals(`task ${definition.name}'s input`, inputs);
  const { retries } = definition.options;
  return trace.add<T>({
    kind: "task",
    ...named,
    address: trace.use(definition),
    inputs,
    options: { ...options, ...(retries === undefined ? {} : { retries }) },
    answer: { ...answer, tokenInput: "token" },
  });
}
