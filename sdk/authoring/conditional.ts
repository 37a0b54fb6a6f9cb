import { currentTrace } from "./current-trace.ts";
import { LambentError } from "../base/errors.ts";
import type { Test } from "../graph/graph.ts";
import { originOf, type Input, type Primitive, type Ref, type Sync, type Value } from "../graph/ref.ts";

/** A test that the state machine makes at run time. */
export interface Condition {
  readonly [CONDITION]: (trace: ReturnType<typeof currentTrace>) => Test;
}

const CONDITION: unique symbol = Symbol("condition");

type Ordered = number | string;

/** Both are the same string, number, boolean or null. */
export function eq<T extends Primitive>(left: Ref<T>, right: NoInfer<Input<T>>): Condition {
  return compare("eq", "=", left, right);
}

/** `left` is greater: two numbers, or two strings by code unit. */
export function gt<T extends Ordered>(left: Ref<T>, right: NoInfer<Input<T>>): Condition {
  return compare("gt", ">", left, right);
}

/** `left` is less: two numbers, or two strings by code unit. */
export function lt<T extends Ordered>(left: Ref<T>, right: NoInfer<Input<T>>): Condition {
  return compare("lt", "<", left, right);
}

/** It is `true` itself, not merely truthy. */
export function isTrue(value: Ref<boolean>): Condition {
  return { [CONDITION]: (trace) => ({ kind: "isTrue", value: trace.expression(value, "isTrue") }) };
}

/** It is null, or missing. */
export function isNull(value: Ref<unknown>): Condition {
  return { [CONDITION]: (trace) => ({ kind: "isNull", value: trace.expression(value, "isNull") }) };
}

/** All of them hold; none given: it holds. */
export function and(...conditions: readonly Condition[]): Condition {
  return { [CONDITION]: (trace) => ({ kind: "and", tests: conditions.map((one) => one[CONDITION](trace)) }) };
}

/** At least one of them holds; none given: it does not. */
export function or(...conditions: readonly Condition[]): Condition {
  return { [CONDITION]: (trace) => ({ kind: "or", tests: conditions.map((one) => one[CONDITION](trace)) }) };
}

export function not(condition: Condition): Condition {
  return { [CONDITION]: (trace) => ({ kind: "not", test: condition[CONDITION](trace) }) };
}

/**
 * Run one of two branches. Both are traced; the state machine chooses.
 * @returns the output of the branch that ran
 * @example
 * const published = conditional(
 *   gt(scored.value, 0.5),
 *   () => publish({ text }),
 *   () => "too low",
 * );
 */
export function conditional<A, B>(
  condition: Condition,
  then: () => Sync<A>,
  otherwise: () => Sync<B>,
): Ref<Value<A> | Value<B>> {
  const trace = currentTrace("conditional", "call it in a workflow's function");
  if (condition === null || typeof condition !== "object" || !(CONDITION in condition)) {
    throw new LambentError(
      "conditional(…) takes a Condition, made by eq, gt, lt, isTrue, isNull, and, or, not: a plain value is known before the workflow runs",
    );
  }
  const test = condition[CONDITION](trace);
  const named = trace.named("choice");
  return trace.add({
    kind: "choice",
    ...named,
    condition: test,
    whenTrue: trace.block("a conditional's first branch", then),
    whenFalse: trace.block("a conditional's second branch", otherwise),
  });
}

function compare(name: string, operator: "=" | ">" | "<", left: unknown, right: unknown): Condition {
  if (originOf(left) === undefined) {
    throw new LambentError(
      `${name}(…) compares a Ref with a value: its first argument is known already, so use a plain if`,
    );
  }
  return {
    [CONDITION]: (trace) => ({
      kind: "compare",
      operator,
      left: trace.expression(left, `${name}(…)`),
      right: trace.expression(right, `${name}(…)`),
    }),
  };
}
