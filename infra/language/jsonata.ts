import { setField, type Json, type JsonObject } from "../../sdk/base/json.ts";
import type { MapState, State } from "../asl/definition.ts";
import { NUMBER_FIELDS } from "../asl/number-fields.ts";
import { Cancelled } from "./cancelled.ts";
import { LONGEST_RESULT, ResultTooLarge } from "./evaluation-limits.ts";
import { queryError, runtimeError, type StateError } from "./state-error.ts";
import { evaluationMessage } from "./jsonata-engine.ts";
import { UnsupportedResult } from "./jsonata-result.ts";
import { compile, type Evaluate } from "./jsonata-expression.ts";
import type { Dataflow, Eventually, Expression, QueryLanguage, View } from "./language.ts";
import { isTurnOver } from "./sharing.ts";
import { charactersOf } from "./value-size.ts";

/** The text between `{%` and `%}`, or undefined for a literal. */
export function expressionIn(value: unknown): string | undefined {
  if (typeof value !== "string" || !value.startsWith("{%") || !value.endsWith("%}") || value.length < 4)
    return undefined;
  return value.slice(2, -2).trim();
}

export const jsonataLanguage: QueryLanguage = {
  name: "JSONata",

  dataflow(state: State): Dataflow {
    const work =
      "Arguments" in state && state.Arguments !== undefined ? template(state.Arguments, "Arguments") : undefined;
    return {
      select: (view) => view.input,
      input: work === undefined ? (view) => view.input : inspected(work),
      output: outputOf(state, "Output", (view) => (view.result === undefined ? view.input : view.result)),
      assign: assignOf(state, "Assign"),
    };
  },

  template,

  number(state, field) {
    const {
      kind,
      range: [least, most],
    } = NUMBER_FIELDS[field];
    function within(value: number): boolean {
      return value >= least && value <= most;
    }
    if (kind === "integer") {
      const type = least === 0 ? "non-negative integer" : "positive integer";
      return typed(state, field, type, (value): value is number => Number.isInteger(value) && within(Number(value)));
    }
    const read = typed(state, field, "number", (value): value is number => typeof value === "number");
    if (read === undefined) return undefined;
    return async (view) => {
      const value = await read(view);
      if (within(value)) return value;
      throw runtimeError(`${field} must be between ${least} and ${most}.`);
    };
  },

  text(state, field) {
    return typed(state, field, "string", (value): value is string => typeof value === "string");
  },

  condition(rule, index) {
    const condition = rule.Condition;
    if (typeof condition === "boolean") return () => condition;
    const field = `Choices[${index}]/Condition`;
    const evaluate = template(condition ?? false, field);
    function truth(value: Json): boolean {
      if (typeof value === "boolean") return value;
      throw wrongType(condition ?? false, field, "boolean", value);
    }
    return (view) => {
      const value = evaluate(view);
      return value instanceof Promise ? value.then(truth) : truth(value);
    };
  },

  branchOutput(rule, field) {
    return {
      select: (view) => view.input,
      input: (view) => view.input,
      output: outputOf(rule, `${field}/Output`, (view) => view.errorOutput ?? view.input),
      assign: assignOf(rule, `${field}/Assign`),
    };
  },

  items: (state) => itemsOf(state, (value): value is readonly Json[] => Array.isArray(value)),

  dataset: (state) =>
    itemsOf(state, (value): value is readonly Json[] | JsonObject => typeof value === "object" && value !== null),

  itemSelector(state) {
    return state.ItemSelector === undefined ? undefined : template(state.ItemSelector, "ItemSelector");
  },
};

/** What Items gives, or else the state's input. */
function itemsOf<T extends Json>(state: MapState, accepts: (value: Json) => value is T): Expression<T> {
  const { Items: items } = state;
  if (items === undefined) {
    return ({ input }) => {
      if (accepts(input)) return input;
      throw queryError("Items", `Map state input must be an array but was: ${JSON.stringify(input)}`);
    };
  }
  const evaluate = template(items, "Items");
  return async (view) => {
    const value = await evaluate(view);
    if (accepts(value)) return value;
    throw wrongType(items, "Items", "array", value);
  };
}

function inspected(work: Expression): Expression {
  return async (view) => {
    const value = await work(view);
    if (view.inspection !== undefined) view.inspection.afterArguments = value;
    return value;
  };
}

function outputOf(part: { readonly Output?: Json | undefined }, field: string, otherwise: Expression): Expression {
  return part.Output === undefined ? otherwise : template(part.Output, field);
}

function assignOf(part: object, field: string): Expression<JsonObject> | undefined {
  if (!("Assign" in part) || typeof part.Assign !== "object" || part.Assign === null) return undefined;
  const parts = Object.entries(part.Assign).map(([key, value]): Part => ({
    key,
    value,
    evaluate: template(value, `${field}/${key}`),
  }));
  return (view) =>
    filled<Record<string, Json>>(view, parts, {}, (values, { key }, value) => setField(values, key, value));
}

function typed<T extends Json>(
  state: object,
  field: string,
  type: string,
  is: (value: Json) => value is T,
): Expression<T> | undefined {
  const value: Json | undefined = new Map<string, Json>(Object.entries(state)).get(field);
  if (value === undefined) return undefined;
  const evaluate = template(value, field);
  return async (view) => {
    const result = await evaluate(view);
    if (is(result)) return result;
    throw wrongType(value, field, type, result);
  };
}

/** A value with expressions at any depth; what holds none is passed on as it is. */
function template(value: Json, field: string): Expression {
  return dynamic(value, field) ?? (() => value);
}

function dynamic(value: Json, field: string): Expression | undefined {
  if (typeof value === "string") {
    const source = expressionIn(value);
    return source === undefined ? undefined : defined(source, compile(source), field);
  }
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((item: Json, index): Part => ({
      key: String(index),
      value: item,
      evaluate: dynamic(item, `${field}[${index}]`),
    }));
    if (items.every(({ evaluate }) => evaluate === undefined)) return undefined;
    return (view) => filled<Json[]>(view, items, [], (list, { key }, part) => void (list[Number(key)] = part));
  }
  const fields = Object.entries(value).map(([key, part]): Part => ({
    key,
    value: part,
    evaluate: dynamic(part, `${field}/${key}`),
  }));
  if (fields.every(({ evaluate }) => evaluate === undefined)) return undefined;
  return (view) =>
    filled<Record<string, Json>>(view, fields, {}, (object, { key }, part) => setField(object, key, part));
}

/** One entry of a template: constant, or worked out per visit. */
interface Part {
  readonly key: string;
  readonly value: Json;
  readonly evaluate: Expression | undefined;
}

/**
 * Fills a template from its parts; becomes a promise only when a part does.
 * @param made Characters of what has been worked out for it so far: a part that is read where it lies takes no memory.
 * @throws {ResultTooLarge}
 */
function filled<T extends Json>(
  view: View,
  parts: readonly Part[],
  into: T,
  put: (into: T, part: Part, value: Json) => void,
  from = 0,
  made = 0,
): Eventually<T> {
  for (let index = from; index < parts.length; index++) {
    const part = parts[index];
    if (part === undefined) continue;
    const value = part.evaluate === undefined ? part.value : part.evaluate(view);
    if (value instanceof Promise) {
      return value.then((settled) => {
        const size = made + charactersOf(settled, LONGEST_RESULT);
        if (size > LONGEST_RESULT) throw new ResultTooLarge();
        put(into, part, settled);
        return filled(view, parts, into, put, index + 1, size);
      });
    }
    put(into, part, value);
  }
  return into;
}

function defined(source: string, evaluate: Evaluate, field: string): Expression {
  const about = `The JSONata expression '${source}' specified for the field '${field}'`;
  function check(value: Json | undefined): Json {
    if (value === undefined) throw queryError(field, `${about} returned nothing (undefined).`);
    return value;
  }
  function failure(error: unknown): StateError {
    return error instanceof UnsupportedResult
      ? queryError(field, `${about} returned an unsupported result type.`)
      : queryError(field, `${about} threw an error during evaluation${evaluationMessage(error)}`);
  }
  return (view: View) => {
    const value = isTurnOver() ? view.giveWay().then(() => evaluate(view)) : evaluate(view);
    if (!(value instanceof Promise)) return check(value);
    return value.then(check, (error: unknown) => {
      throw error instanceof Cancelled || error instanceof ResultTooLarge ? error : failure(error);
    });
  };
}

function wrongType(expression: Json, field: string, expected: string, value: Json): StateError {
  const source = expressionIn(expression) ?? (typeof expression === "string" ? expression : JSON.stringify(expression));
  const actual = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  return queryError(
    field,
    `The JSONata expression '${source}' specified for the field '${field}' returned an unexpected result type. ` +
      `Expected '${expected}', but was '${actual}' for value: ${JSON.stringify(value)}`,
  );
}
