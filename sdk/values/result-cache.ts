import { createHash } from "node:crypto";
import type { RunnableTask } from "../invocation/runnable-task.ts";
import { currentStore } from "../store/current-store.ts";
import { fetchStored } from "./large-value.ts";
import type { Json } from "../base/json.ts";

/** A task's output as JSON. */
export interface TaskResult {
  readonly output: Json;
  /** Whether the task's function ran now. Otherwise the output was in the store. */
  readonly computed: boolean;
}

/**
 * The output of a task with `cache: true`: from the store if it is there for these inputs and this version, or else
 * computed and stored. If several invocations compute it at once, the first to finish is stored, and all return that
 * one.
 * @param sent the inputs as JSON. Files are compared by address and version, stored values by their content
 */
export async function storedResult(
  task: RunnableTask,
  cacheVersion: string,
  sent: Json,
  compute: (task: RunnableTask, inputs: Json) => Promise<TaskResult>,
): Promise<TaskResult> {
  const inputs = await fetchStored(sent);
  const { store, bucket, keyPrefix } = await currentStore();
  const key = `${keyPrefix}${resultKey(task, cacheVersion, inputs)}`;
  const stored = await store.get(bucket, key);
  if (stored !== undefined) return { output: parse(stored), computed: false };
  const { output } = await compute(task, inputs);
  await store.put(bucket, key, Buffer.from(JSON.stringify(output)), { ifAbsent: true });
  const first = await store.get(bucket, key);
  return { output: first === undefined ? output : parse(first), computed: true };
}

function resultKey({ actor, name }: RunnableTask, cacheVersion: string, inputs: Json): string {
  const digest = createHash("sha256")
    .update(JSON.stringify(withSortedKeys(inputs)))
    .digest("hex");
  return `results/${[actor?.name ?? "task", name, cacheVersion].map(encodeURIComponent).join("/")}/${digest}.json`;
}

/** A copy in which all objects have their keys in order, so that equal inputs have the same text. */
function withSortedKeys(json: Json): Json {
  if (json === null || typeof json !== "object") return json;
  if (Array.isArray(json)) return json.map(withSortedKeys);
  return Object.fromEntries(
    Object.entries(json)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, value]) => [key, withSortedKeys(value)]),
  );
}

function parse(stored: Buffer): Json {
  return JSON.parse(stored.toString("utf8")) as Json; // `storedResult` wrote it, as JSON
}
