import { isObject } from "../../../sdk/base/json.ts";
import { PLAIN_TASKS } from "../../../sdk/base/function-names.ts";
import type { Receipt } from "../../../sdk/invocation/receipt.ts";
import { receiptsIn } from "./executions.ts";
import type { ExecutionHistory } from "./history.ts";
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
}

/** By an item's index in the whole map. */
export interface BatchCall {
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
  const receipts = attempt.output === undefined ? [] : receiptsIn(result);
  const isOwn = typeof field(payload, "task") === "string";
  const output = receipts.length > 0 ? field(answer, "output") : answer;
  const batch = isOwn ? field(payload, "batch") : undefined;
  return {
    functionName: plainName(name),
    receipts,
    input: written(isOwn ? field(payload, "inputs") : payload),
    output: written(output),
    batch: batch === undefined ? undefined : batchOf(batch, output),
  };
}

function batchOf(batch: unknown, output: unknown): BatchCall {
  const indices = listIn(batch, "indices").map(Number);
  const lists = Object.entries(objectIn(batch, "lists"));
  const inputs = indices.map((index, position): [number, string] => {
    const own = lists.map(([name, list]) => [name, Array.isArray(list) ? (list[position] ?? null) : null]);
    return [index, JSON.stringify(Object.fromEntries(own))];
  });
  const outputs = Object.entries(objectIn(output, "done")).map(([index, value]): [number, string] => [
    Number(index),
    JSON.stringify(value),
  ]);
  const failures = listIn(output, "failed").map((failed) => ({
    index: Number(field(failed, "index")),
    error: String(field(failed, "error")),
    cause: String(field(failed, "cause")),
  }));
  return { inputs: new Map(inputs), outputs: new Map(outputs), failures };
}

/** Of `arn:aws:lambda:us-east-1:123456789012:function:<name>:live`, and of `<name>:live`, the name. */
function plainName(functionName: string): string {
  const [, name] = /(?:^|:)function:([^:]+)/.exec(functionName) ?? [];
  return name ?? functionName.replace(/:.*/, "");
}

/** What is said of a function: the actor's name, without those of its service and stage. */
export function actorNames({ arn, definition }: ExecutionHistory): (functionName: string) => string {
  const machine = arn?.split(":")[6]?.replace(/-express$/, "");
  const [, workflow] = /"workflow ([^"]+), compiled by Lambent"/.exec(definition ?? "") ?? [];
  const prefix =
    machine !== undefined && workflow !== undefined && machine.endsWith(`-${workflow}`)
      ? machine.slice(0, -workflow.length)
      : undefined;
  return function actorName(functionName) {
    const name =
      prefix !== undefined && functionName.startsWith(prefix) ? functionName.slice(prefix.length) : functionName;
    return name === PLAIN_TASKS ? "plain tasks" : name;
  };
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
