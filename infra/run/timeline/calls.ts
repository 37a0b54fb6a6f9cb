import { isObject } from "../../../sdk/base/json.ts";
import type { Receipt } from "../../../sdk/invocation/receipt.ts";
import { plainName } from "./actors.ts";
import { receiptsIn } from "./executions.ts";
import type { Attempt } from "./visits.ts";

/** What a Task asked of a function, and what came of it. */
export interface Call {
  /** The function's name. */
  readonly functionName: string;
  readonly receipts: readonly Receipt[];
  /** As JSON: the task's inputs, or the payload of a function that is not Lambent's. */
  readonly input: string | undefined;
  readonly output: string | undefined;
  /** Absent: it is no batch. */
  readonly batch: BatchCall | undefined;
  /** What it does with a map's lists in the place of its task. */
  readonly list: string | undefined;
}

/** By an item's index in the whole map. */
export interface BatchCall {
  /** Whether it has answered for each of its items; if not, it failed as a whole or is at work. */
  readonly isAnswered: boolean;
  /** Whether its items run one after the other. */
  readonly isInOrder: boolean;
  readonly inputs: ReadonlyMap<number, string>;
  readonly outputs: ReadonlyMap<number, string>;
  readonly failures: readonly { readonly index: number; readonly error: string; readonly cause: string }[];
}

/** @returns undefined for what is no invocation of a function */
export function callOf(attempt: Attempt): Call | undefined {
  const parameters = parsed(attempt.parameters);
  const name = field(parameters, "FunctionName");
  if (typeof name !== "string") return undefined;
  const payload = field(parameters, "Payload");
  const result = parsed(attempt.output);
  const answer = field(result, "Payload") ?? result;
  const receipts = receiptsIn(attempt.waitsForToken ? parsed(attempt.submitted) : result);
  const isOwn = typeof field(payload, "task") === "string";
  const batch = isOwn ? field(payload, "batch") : undefined;
  const list = isOwn ? field(field(payload, "list"), "kind") : undefined;
  const isOwnAnswer = !attempt.waitsForToken && (receipts.length > 0 || batch !== undefined);
  const output = isOwnAnswer ? field(answer, "output") : answer;
  return {
    functionName: plainName(name),
    receipts,
    input: written(isOwn ? field(payload, "inputs") : payload),
    output: written(output),
    batch: batch === undefined ? undefined : batchOf(batch, output),
    list: typeof list === "string" ? list : undefined,
  };
}

function batchOf(batch: unknown, output: unknown): BatchCall {
  const indices = listIn(batch, "indices").map(Number);
  const lists = Object.entries(objectIn(batch, "lists"));
  const inputs = indices.map((index, position): [number, string] => {
    const own = lists.map(([name, list]) => [name, elementOf(list, position, index)]);
    return [index, JSON.stringify(Object.fromEntries(own))];
  });
  const outputs = outputsOf(objectIn(output, "done"));
  const failures = listIn(output, "failed").map((failed) => ({
    index: Number(field(failed, "index")),
    error: String(field(failed, "error")),
    cause: String(field(failed, "cause")),
  }));
  const isInOrder = field(batch, "concurrentItems") === undefined;
  const isAnswered = isObject(field(output, "done"));
  return { isAnswered, isInOrder, inputs: new Map(inputs), outputs: new Map(outputs), failures };
}

/** Of a list in the store the history has its place alone. */
function elementOf(list: unknown, position: number, index: number): unknown {
  return Array.isArray(list) ? (list[position] ?? null) : `element ${index} of a stored list`;
}

/** Of outputs that are stored together the history has their place alone. */
function outputsOf(done: object): [number, string][] {
  return Object.entries(done).flatMap(([index, value]): [number, string][] =>
    index === "$stored" ? [] : [[Number(index), JSON.stringify(value)]],
  );
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return text; // an output that AWS has cut
  }
}

function written(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? Reflect.get(value, name) : undefined;
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const list = field(value, name);
  return Array.isArray(list) ? list : [];
}

function objectIn(value: unknown, name: string): object {
  const found = field(value, name);
  return isObject(found) ? found : {};
}
