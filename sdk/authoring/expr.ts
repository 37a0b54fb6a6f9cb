import { LambentError } from "../base/errors.ts";
import { isObject } from "../base/json.ts";
import type { Computation } from "../graph/graph.ts";
import { originOf, type Input, type Leaf, type Ref, type Value } from "../graph/ref.ts";
import { isPlain } from "../values/wire.ts";
import { currentTrace } from "./current-trace.ts";
import { given } from "./given.ts";
import { checkLiterals } from "./literal-size.ts";
import type { Simplify } from "./simplify.ts";

/** What `expr.format` writes into a text. */
type Formatted = string | number | boolean | Date | bigint | URL;

/** `never` for what has no fields: lists, and values that cross as a whole. */
type WithFields<T> = Value<T> extends Leaf | readonly unknown[] ? never : T;

/** What JSONata calls a type, for what is known while tracing. */
type Kind = "number" | "integer" | "text" | "list" | "object" | "formatted";

/**
 * What a state machine computes by itself, without a function: each call is one Pass state, which computes once.
 * Whatever goes beyond these is for a task.
 * @example
 * const report = workflow({ texts: ["a", "b"], name: "x" }, function report({ texts, name }) {
 *   return publish({ text: expr.format`${name}: ${expr.length(texts)} texts` });
 * });
 */
export const expr = {
  /** How many elements a list has. */
  length(list: Ref<readonly unknown[]>): Ref<number> {
    return compute("length", [["list", list]]);
  },
  /** The whole numbers from `from` on, up to `to` and without it. */
  range(from: Input<number>, to: Input<number>): Ref<number[]> {
    return compute("range", [
      ["integer", from],
      ["integer", to],
    ]);
  },
  /** A part of a list, as `Array.prototype.slice` takes it. */
  slice<T>(list: Ref<readonly T[]>, from: Input<number>, to?: Input<number>): Ref<T[]> {
    return compute("slice", [
      ["list", list],
      ["integer", from],
      ...(to === undefined ? [] : [["integer", to] as const]),
    ]);
  },
  /** The fields of both objects; where both have one, it is the second's. */
  merge<A extends object, B extends object>(
    one: WithFields<A>,
    other: WithFields<B>,
  ): Ref<Simplify<Omit<Value<A>, keyof Value<B>> & Value<B>>> {
    return compute("merge", [
      ["object", one],
      ["object", other],
    ]);
  },
  /** The texts of a list, with `separator` between them. */
  join(texts: Input<readonly string[]>, separator: Input<string>): Ref<string> {
    return compute("join", [
      ["list", texts],
      ["text", separator],
    ]);
  },
  /** A text with Refs in it, as a tag: a Date is written as its ISO text, a number with 15 digits at most. */
  format(texts: TemplateStringsArray, ...values: readonly Input<Formatted>[]): Ref<string> {
    if (!Array.isArray(texts) || !("raw" in texts)) {
      throw new LambentError(`expr.format is a tag: expr.format\`user \${name}\`; it was given ${given(texts)}`);
    }
    const parts = texts.flatMap((text, index): [Kind, unknown][] => [
      ["text", text],
      ...(index < values.length ? [["formatted", values[index]] as [Kind, unknown]] : []),
    ]);
    return compute("format", parts);
  },
  /** `a + b` */
  add(a: Input<number>, b: Input<number>): Ref<number> {
    return arithmetic("add", a, b);
  },
  /** `a - b` */
  sub(a: Input<number>, b: Input<number>): Ref<number> {
    return arithmetic("sub", a, b);
  },
  /** `a * b` */
  mul(a: Input<number>, b: Input<number>): Ref<number> {
    return arithmetic("mul", a, b);
  },
  /** `a / b`; by 0 the execution fails. */
  div(a: Input<number>, b: Input<number>): Ref<number> {
    return arithmetic("div", a, b);
  },
  /** `a % b` */
  mod(a: Input<number>, b: Input<number>): Ref<number> {
    return arithmetic("mod", a, b);
  },
  /** The lesser of two numbers. */
  min(a: Input<number>, b: Input<number>): Ref<number> {
    return arithmetic("min", a, b);
  },
  /** The greater of two numbers. */
  max(a: Input<number>, b: Input<number>): Ref<number> {
    return arithmetic("max", a, b);
  },
  /** As `Math.round`. */
  round(value: Input<number>): Ref<number> {
    return compute("round", [["number", value]]);
  },
  /** The value in a JSON text, which is data. A text that is none fails. Nobody checks that it is a `T`. */
  parse<T>(json: Ref<string>): Ref<T> {
    return compute("parse", [["text", json]]);
  },
  /** SHA-256 of a text as UTF-8, in hexadecimal. */
  hash(text: Input<string>): Ref<string> {
    return compute("hash", [["text", text]]);
  },
  /** A random UUID, the same wherever its Ref is used. */
  uuid(): Ref<string> {
    return compute("uuid", []);
  },
  /** The time at which the execution comes to it, the same wherever its Ref is used. */
  now(): Ref<Date> {
    return compute("now", []);
  },
} as const;

function arithmetic(computation: Computation, a: Input<number>, b: Input<number>): Ref<number> {
  if ((computation === "div" || computation === "mod") && b === 0)
    throw new LambentError(`expr.${computation}(…) divides by 0, which would fail each execution: give another number`);
  return compute(computation, [
    ["number", a],
    ["number", b],
  ]);
}

function compute<T>(computation: Computation, operands: readonly (readonly [Kind, unknown])[]): Ref<T> {
  const what = `expr.${computation}`;
  const trace = currentTrace(what, "it is computed by the state machine; here, compute it in TypeScript");
  for (const [kind, value] of operands) checkOperand(what, kind, value);
  const expressions = operands.map(([, value]) => trace.expression(value, `${what}(…)`));
  if (expressions.length > 0 && expressions.every(({ kind }) => kind === "literal"))
    throw new LambentError(`${what}(…) is given no Ref: what is known already is computed in TypeScript`);
  expressions.forEach((expression) => checkLiterals(`${what}(…)`, expression));
  return trace.add({ kind: "compute", ...trace.named(`expr_${computation}`), computation, operands: expressions });
}

const WORDS: Readonly<Record<Kind, string>> = {
  number: "a number",
  integer: "a whole number",
  text: "a text",
  list: "a list",
  object: "an object with fields",
  formatted: "a text, a number, a boolean, a Date, a bigint or a URL",
};

function checkOperand(what: string, kind: Kind, value: unknown): void {
  if (originOf(value) !== undefined || isOfKind(kind, value)) return;
  throw new LambentError(
    `${what}(…) takes ${WORDS[kind]}, or the Ref of one, and was given ${given(value)}: whatever else is to be computed is for a task`,
  );
}

function isOfKind(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case "number":
      return typeof value === "number";
    case "integer":
      return Number.isInteger(value);
    case "text":
      return typeof value === "string";
    case "list":
      return Array.isArray(value);
    case "object":
      return isObject(value) && isPlain(value);
    case "formatted":
      return (
        ["string", "number", "boolean", "bigint"].includes(typeof value) ||
        value instanceof Date ||
        value instanceof URL
      );
  }
}
