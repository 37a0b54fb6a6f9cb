import { currentTrace } from "./current-trace.ts";
import { given } from "./given.ts";
import { LambentError } from "../base/errors.ts";
import { isObject } from "../base/json.ts";
import type { Expression, Test } from "../graph/graph.ts";
import { originOf, type Input, type Primitive, type Ref, type Sync, type Value } from "../graph/ref.ts";
import type { Trace } from "./trace.ts";

/**
 * A test that the state machine makes at run time.
 * It is a Choice state's `Condition`, so no `if` can ask it:
 * {@link conditional} takes it.
 * @example
 * const isGood: Condition = and(gt(scored.value, 0.5), not(eq(text, "")));
 * const published = conditional(isGood, () => publish({ text }), () => "too low");
 */
export class Condition {
  readonly #test: (trace: Trace) => Test;

  constructor(test: (trace: Trace) => Test) {
    this.#test = test;
  }

  /**
   * The test that a condition stands for.
   * @param what what was given it, for the message
   * @throws {LambentError} if it is no condition
   */
  static testOf(condition: unknown, what: string): (trace: Trace) => Test {
    // By its field: `instanceof` would ask a Ref for its prototype.
    if (isObject(condition) && #test in condition) return condition.#test;
    const remedy =
      originOf(condition) === undefined
        ? "a plain value is known before the workflow runs, so use a plain if"
        : "where it is a boolean, write isTrue(…) around it";
    throw new LambentError(
      `${what} takes Conditions, made by eq, gt, lt, isTrue, isNull, and, or, not; it was given ${given(condition)}: ${remedy}`,
    );
  }
}

type Ordered = number | string;

/**
 * Both are the same string, number, boolean or null.
 * @param left a Ref
 * @param right a value, or a Ref
 * @throws {LambentError} for what is neither of these
 * @example
 * const language = conditional(eq(text, ""), () => "empty", () => text);
 */
export function eq<T extends Primitive>(left: Ref<T>, right: NoInfer<Input<T>>): Condition {
  return compare("eq", "=", left, right, ["string", "number", "boolean", "null"]);
}

/**
 * `left` is greater: two numbers, or two strings by code unit.
 * @param left a Ref
 * @param right a value, or a Ref
 * @throws {LambentError} for what is neither of these
 * @example
 * const published = conditional(gt(scored.value, 0.5), () => publish({ text }), () => "too low");
 */
export function gt<T extends Ordered>(left: Ref<T>, right: NoInfer<Input<T>>): Condition {
  return compare("gt", ">", left, right, ["string", "number"]);
}

/**
 * `left` is less: two numbers, or two strings by code unit.
 * @param left a Ref
 * @param right a value, or a Ref
 * @throws {LambentError} for what is neither of these
 * @example
 * const published = conditional(lt(scored.value, 0.5), () => "too low", () => publish({ text }));
 */
export function lt<T extends Ordered>(left: Ref<T>, right: NoInfer<Input<T>>): Condition {
  return compare("lt", "<", left, right, ["string", "number"]);
}

/**
 * It is `true` itself, not merely truthy.
 * @param value a Ref of a boolean
 * @throws {LambentError} for what is neither of these
 * @example
 * const checking = workflow({ dryRun: false, line: "" }, function checking({ dryRun, line }) {
 *   return conditional(isTrue(dryRun), () => line, () => publish({ text: line }));
 * });
 */
export function isTrue(value: Ref<boolean>): Condition {
  return testRef("isTrue", value);
}

/**
 * It is null, or missing.
 * @param value a Ref
 * @throws {LambentError} for what is neither of these
 * @example
 * const known = conditional(isNull(text), () => "nothing", () => publish({ text }));
 */
export function isNull(value: Ref<unknown>): Condition {
  return testRef("isNull", value);
}

/**
 * All of them hold; none given: it holds.
 * @param conditions made by this and the like
 * @throws {LambentError} for what is neither of these
 * @example
 * const isMiddle = and(gt(scored.value, 0.2), lt(scored.value, 0.8));
 */
export function and(...conditions: readonly Condition[]): Condition {
  return combine("and", conditions);
}

/**
 * At least one of them holds; none given: it does not.
 * @param conditions made by this and the like
 * @throws {LambentError} for what is neither of these
 * @example
 * const isOutside = or(lt(scored.value, 0.2), gt(scored.value, 0.8));
 */
export function or(...conditions: readonly Condition[]): Condition {
  return combine("or", conditions);
}

/**
 * It does not hold.
 * @param condition made by one of the others
 * @throws {LambentError} for what is neither of these
 * @example
 * const isGiven = not(isNull(text));
 */
export function not(condition: Condition): Condition {
  const test = Condition.testOf(condition, "not(…)");
  return new Condition((trace) => ({ kind: "not", test: test(trace) }));
}

/**
 * Run one of two branches. Both are traced; the state machine chooses, by a Choice state.
 * @param condition made by `eq`, `gt`, `lt`, `isTrue`, `isNull`, `and`, `or` or `not`
 * @param then called now; its nodes run if the condition holds
 * @param otherwise called now; its nodes run if it does not
 * @returns the output of the branch that ran
 * @throws {LambentError} outside of a workflow, or for what is no condition or no function
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
  const test = Condition.testOf(condition, "conditional(…)");
  for (const branch of [then, otherwise]) {
    if (typeof branch === "function" && originOf(branch) === undefined) continue;
    throw new LambentError(
      `conditional(…) takes a function for each of its two branches, such as () => 1; it was given ${given(branch)}`,
    );
  }
  const tested = test(trace);
  const named = trace.named("choice");
  return trace.add({
    kind: "choice",
    ...named,
    condition: tested,
    whenTrue: trace.block("a conditional's first branch", then),
    whenFalse: trace.block("a conditional's second branch", otherwise),
  });
}

function combine(kind: "and" | "or", conditions: readonly Condition[]): Condition {
  const tests = conditions.map((condition) => Condition.testOf(condition, `${kind}(…)`));
  return new Condition((trace) => ({ kind, tests: tests.map((test) => test(trace)) }));
}

function testRef(kind: "isTrue" | "isNull", value: unknown): Condition {
  if (originOf(value) === undefined) {
    throw new LambentError(
      `${kind}(…) takes a Ref; it was given ${given(value)}, which is known already: use a plain if`,
    );
  }
  return new Condition((trace) => ({ kind, value: operand(trace, value, kind) }));
}

/** @param types that `right` may be of, where it is no Ref */
function compare(
  name: string,
  operator: "=" | ">" | "<",
  left: unknown,
  right: unknown,
  types: readonly string[],
): Condition {
  if (originOf(left) === undefined) {
    const remedy = originOf(right) === undefined ? "which is known already: use a plain if" : "write the Ref first";
    throw new LambentError(`${name}(…) compares a Ref with a value; its first argument is ${given(left)}, ${remedy}`);
  }
  // As anywhere, a lone `undefined` is null.
  const type = right === null || right === undefined ? "null" : typeof right;
  if (originOf(right) === undefined && !types.includes(type)) {
    const wanted = types.includes("boolean") ? "a string, a number, a boolean or null" : "a number or a string";
    throw new LambentError(
      `${name}(…) compares a Ref with ${wanted}, or with a Ref; its second argument is ${given(right)}`,
    );
  }
  return new Condition((trace) => ({
    kind: "compare",
    operator,
    left: operand(trace, left, name),
    right: operand(trace, right, name),
  }));
}

function operand(trace: Trace, value: unknown, name: string): Expression {
  return trace.expression(value, `${name}(…)`);
}
