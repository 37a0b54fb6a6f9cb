import { LambentError, refuseUnknown } from "../base/errors.ts";
import type { Test } from "../graph/graph.ts";
import { originOf, type Input, type Ref, type Sync, type Value } from "../graph/ref.ts";
import { checkOptions } from "./check-options.ts";
import { Condition } from "./condition.ts";
import { currentTrace } from "./current-trace.ts";
import { given } from "./given.ts";
import { checkLiterals } from "./literal-size.ts";

interface LoopOptions<S> {
  /** What it begins with: a value, a Ref, or a literal with Refs in it. */
  readonly state: S;
  /** One round: calls tasks and the like, and returns the next state. It is traced once. */
  readonly do: (state: Ref<Value<S>>) => Sync<Input<Value<S>>>;
  /** Whole number from 1 on. One more round and the execution fails with `TooManyIterations`. */
  readonly maxIterations: number;
}

/**
 * What {@link whileLoop} takes.
 * @example
 * const options: WhileOptions<number> = { state: 3, while: (n) => gt(n, 0), do: (n) => n, maxIterations: 5 };
 */
export interface WhileOptions<S> extends LoopOptions<S> {
  /** Asked before each round. */
  readonly while: (state: Ref<Value<S>>) => Condition;
}

/**
 * What {@link repeatUntil} takes.
 * @example
 * const options: RepeatOptions<number> = { state: 3, do: (n) => n, until: (n) => le(n, 0), maxIterations: 5 };
 */
export interface RepeatOptions<S> extends LoopOptions<S> {
  /** Asked after each round. */
  readonly until: (state: Ref<Value<S>>) => Condition;
}

/**
 * Go round as long as a condition holds: a Choice state, to which the round's states go back. The state is in a
 * variable of the state machine.
 * @param options the state to begin with, the condition, one round, and how many rounds there may be
 * @returns the state when the condition no longer holds; it may be the one that it begins with
 * @throws {LambentError} if an option is missing, unknown or of the wrong type
 * @example
 * const page = task(async function page({ items, cursor }: { items: string[]; cursor: number | null }) {
 *   return { items: [...items, `page ${cursor}`], cursor: cursor === 9 ? null : Number(cursor) + 1 };
 * });
 * const all = whileLoop({
 *   state: { items: [] as string[], cursor: 0 as number | null },
 *   while: ({ cursor }) => not(isNull(cursor)),
 *   do: ({ items, cursor }) => page({ items, cursor }),
 *   maxIterations: 100,
 * });
 */
export function whileLoop<S>(options: WhileOptions<S>): Ref<Value<S>> {
  checkLoop("whileLoop", options, "while");
  return loop("whileLoop", options, options.while, 0);
}

/**
 * Go round until a condition holds, once at least: as {@link whileLoop}, which asks before its first round.
 * @param options the state to begin with, one round, the condition, and how many rounds there may be
 * @returns the state when the condition holds
 * @throws {LambentError} if an option is missing, unknown or of the wrong type
 * @example
 * const look = task(async function look({ id }: { id: string }) {
 *   return { id, status: "done" };
 * });
 * const job = repeatUntil({
 *   state: { id: text, status: "running" },
 *   do: ({ id }) => look({ id }),
 *   until: ({ status }) => isIn(status, ["done", "failed"]),
 *   maxIterations: 60,
 * });
 */
export function repeatUntil<S>(options: RepeatOptions<S>): Ref<Value<S>> {
  checkLoop("repeatUntil", options, "until");
  return loop("repeatUntil", options, options.until, 1);
}

/** @param fewest rounds without asking */
function loop<S>(
  what: string,
  options: LoopOptions<S>,
  condition: (state: Ref<Value<S>>) => Condition,
  fewest: 0 | 1,
): Ref<Value<S>> {
  const trace = currentTrace(what, "call it in a workflow's function");
  const initial = trace.expression(options.state, `${what}(…).state`);
  checkLiterals(`${what}(…).state`, initial);
  const named = trace.named("loop");
  const state = trace.name("state");
  function ask(asked: Condition): Test {
    const test = Condition.testOf(asked, `${what}(…)`)(trace);
    return fewest === 0 ? test : { kind: "not", test };
  }
  const round = trace.round(
    `${what}(…)`,
    state,
    // The variable holds what `state` and `do` come to.
    (ref) => ask(condition(ref as Ref<Value<S>>)),
    (ref) => options.do(ref as Ref<Value<S>>),
  );
  return trace.add({ kind: "loop", ...named, initial, state, fewest, most: options.maxIterations, ...round });
}

function checkLoop(what: string, options: object, asks: "while" | "until"): void {
  checkOptions(`${what}(…)`, options);
  const { state, do: next, maxIterations, [asks]: condition, ...unknown } = options as Partial<Record<string, unknown>>;
  refuseUnknown(`${what}(…)`, unknown, ["state", "do", asks, "maxIterations"]);
  if (state === undefined)
    throw new LambentError(`${what}(…) needs a state: what it begins with, such as { done: false }`);
  for (const [name, value] of Object.entries({ do: next, [asks]: condition })) {
    if (typeof value === "function" && originOf(value) === undefined) continue;
    throw new LambentError(`${what}(…): ${name} must be a function of the state, not ${given(value)}`);
  }
  if (typeof maxIterations === "number" && Number.isSafeInteger(maxIterations) && maxIterations > 0) return;
  throw new LambentError(
    `${what}(…): maxIterations must be a whole number from 1 on, after which the execution fails; it was given ${given(maxIterations)}`,
  );
}
