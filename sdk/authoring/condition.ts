import { given } from "./given.ts";
import { LambentError } from "../base/errors.ts";
import { isObject } from "../base/json.ts";
import type { Comparison, Expression, Test } from "../graph/graph.ts";
import { originOf, type Input, type Primitive, type Ref } from "../graph/ref.ts";
import { className } from "../values/class-name.ts";
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
      `${what} takes Conditions, made by eq, ne, gt, ge, lt, le, isIn, isTrue, isNull, and, or, not; it was given ${given(condition)}: ${remedy}`,
    );
  }
}

type Ordered = number | string | Date;
type Comparable = Primitive | Date | bigint | URL;

/** What a comparison takes beside Refs. */
interface Operands {
  readonly types: readonly string[];
  /** For messages. */
  readonly words: string;
}

const ORDERED: Operands = { types: ["string", "number", "Date"], words: "a number, a string or a Date" };
const PRIMITIVES: Operands = {
  types: ["string", "number", "boolean", "null"],
  words: "a string, a number, a boolean or null",
};
const COMPARABLE: Operands = {
  types: [...PRIMITIVES.types, "Date", "bigint", "URL"],
  words: "a string, a number, a boolean, null, a Date, a bigint or a URL",
};

/**
 * Both are the same string, number, boolean, null, Date, bigint or URL.
 * @param left a Ref
 * @param right a value, or a Ref
 * @throws {LambentError} if the first is no Ref, or the second is of no type that is compared
 * @example
 * const language = conditional(eq(text, ""), () => "empty", () => text);
 */
export function eq<T extends Comparable>(left: Ref<T>, right: NoInfer<Input<T>>): Condition {
  return compare("eq", "=", left, right, COMPARABLE);
}

/**
 * `left` is greater: two numbers, two Dates, or two strings by code unit.
 * @param left a Ref
 * @param right a value, or a Ref
 * @throws {LambentError} if the first is no Ref, or the second is of no type that is compared
 * @example
 * const published = conditional(gt(scored.value, 0.5), () => publish({ text }), () => "too low");
 */
export function gt<T extends Ordered>(left: Ref<T>, right: NoInfer<Input<T>>): Condition {
  return compare("gt", ">", left, right, ORDERED);
}

/**
 * `left` is less: two numbers, two Dates, or two strings by code unit.
 * @param left a Ref
 * @param right a value, or a Ref
 * @throws {LambentError} if the first is no Ref, or the second is of no type that is compared
 * @example
 * const published = conditional(lt(scored.value, 0.5), () => "too low", () => publish({ text }));
 */
export function lt<T extends Ordered>(left: Ref<T>, right: NoInfer<Input<T>>): Condition {
  return compare("lt", "<", left, right, ORDERED);
}

/**
 * They are different, in type or value.
 * @param left a Ref
 * @param right a value, or a Ref
 * @throws {LambentError} if the first is no Ref, or the second is of no type that is compared
 * @example
 * const shown = conditional(ne(text, ""), () => publish({ text }), () => "empty");
 */
export function ne<T extends Comparable>(left: Ref<T>, right: NoInfer<Input<T>>): Condition {
  return compare("ne", "!=", left, right, COMPARABLE);
}

/**
 * `left` is greater, or both are the same: two numbers, two Dates, or two strings by code unit.
 * @param left a Ref
 * @param right a value, or a Ref
 * @throws {LambentError} if the first is no Ref, or the second is of no type that is compared
 * @example
 * const published = conditional(ge(scored.value, 0.5), () => publish({ text }), () => "too low");
 */
export function ge<T extends Ordered>(left: Ref<T>, right: NoInfer<Input<T>>): Condition {
  return compare("ge", ">=", left, right, ORDERED);
}

/**
 * `left` is less, or both are the same: two numbers, two Dates, or two strings by code unit.
 * @param left a Ref
 * @param right a value, or a Ref
 * @throws {LambentError} if the first is no Ref, or the second is of no type that is compared
 * @example
 * const published = conditional(le(scored.value, 0.5), () => "too low", () => publish({ text }));
 */
export function le<T extends Ordered>(left: Ref<T>, right: NoInfer<Input<T>>): Condition {
  return compare("le", "<=", left, right, ORDERED);
}

/**
 * It is one of these strings, numbers, booleans or null.
 * @param value a Ref
 * @param values a list of them and of Refs of such, or the Ref of a list
 * @throws {LambentError} if the first is no Ref, or the second no such list
 * @example
 * const isShort = isIn(text, ["yes", "no"]);
 */
export function isIn<T extends Primitive>(value: Ref<T>, values: NoInfer<Input<readonly T[]>>): Condition {
  if (originOf(value) === undefined)
    throw new LambentError(
      `isIn(…) takes a Ref first; it was given ${given(value)}, which is known already: use a plain if`,
    );
  const listed: unknown = values;
  if (originOf(listed) === undefined) {
    if (!Array.isArray(listed)) throw new LambentError(`isIn(…) takes a list second; it was given ${given(listed)}`);
    for (const one of listed) checkOperand("isIn", one, PRIMITIVES, "one of its values is");
  }
  return new Condition((trace) => ({
    kind: "compare",
    operator: "in",
    left: operand(trace, value, "isIn"),
    right: operand(trace, listed, "isIn"),
  }));
}

/**
 * It is `true` itself, not merely truthy.
 * @param value a Ref of a boolean
 * @throws {LambentError} for what is no Ref
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
 * @throws {LambentError} for what is no Ref
 * @example
 * const known = conditional(isNull(text), () => "nothing", () => publish({ text }));
 */
export function isNull(value: Ref<unknown>): Condition {
  return testRef("isNull", value);
}

/**
 * All of them hold; none given: it holds.
 * @param conditions made by this and the like
 * @throws {LambentError} for what is no condition
 * @example
 * const isMiddle = and(gt(scored.value, 0.2), lt(scored.value, 0.8));
 */
export function and(...conditions: readonly Condition[]): Condition {
  return combine("and", conditions);
}

/**
 * At least one of them holds; none given: it does not.
 * @param conditions made by this and the like
 * @throws {LambentError} for what is no condition
 * @example
 * const isOutside = or(lt(scored.value, 0.2), gt(scored.value, 0.8));
 */
export function or(...conditions: readonly Condition[]): Condition {
  return combine("or", conditions);
}

/**
 * It does not hold.
 * @param condition made by one of the others
 * @throws {LambentError} for what is no condition
 * @example
 * const isGiven = not(isNull(text));
 */
export function not(condition: Condition): Condition {
  const test = Condition.testOf(condition, "not(…)");
  return new Condition((trace) => ({ kind: "not", test: test(trace) }));
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

/** @param operands what `right` may be, where it is no Ref */
function compare(name: string, operator: Comparison, left: unknown, right: unknown, operands: Operands): Condition {
  if (originOf(left) === undefined) {
    const remedy = originOf(right) === undefined ? "which is known already: use a plain if" : "write the Ref first";
    throw new LambentError(`${name}(…) compares a Ref with a value; its first argument is ${given(left)}, ${remedy}`);
  }
  checkOperand(name, right, operands, "its second argument is");
  return new Condition((trace) => ({
    kind: "compare",
    operator,
    left: operand(trace, left, name),
    right: operand(trace, right, name),
  }));
}

/** @param operands what a value may be that is no Ref */
function checkOperand(name: string, value: unknown, { types, words }: Operands, what: string): void {
  // As anywhere, a lone `undefined` is null.
  const type = value === null || value === undefined ? "null" : isObject(value) ? className(value) : typeof value;
  if (originOf(value) !== undefined || types.includes(type)) return;
  throw new LambentError(`${name}(…) compares a Ref with ${words}, or with a Ref; ${what} ${given(value)}`);
}

function operand(trace: Trace, value: unknown, name: string): Expression {
  return trace.expression(value, `${name}(…)`);
}
