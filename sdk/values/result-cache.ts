import { createHash } from "node:crypto";
import type { RunnableTask } from "../invocation/runnable-task.ts";
import { currentStore } from "../store/current-store.ts";
import { fetchStored } from "./large-value.ts";
import type { Json } from "../base/json.ts";

/** A task's output, as it crosses. */
export interface TaskResult {
  readonly output: Json;
  /** Whether the task's function ran for it; otherwise it was stored. */
  readonly computed: boolean;
}

/**
 * The output that `task` has for `inputs` under `cacheVersion`: from the store, or computed and put there.
 * Of several that compute at the same time the first to finish is kept, and all return its output.
 * @param sent as they crossed the wire: files count by address and version, stored values as if they had crossed
 */
export async function storedResult(
  task: RunnableTask,
  cacheVersion: string,
  sent: Json,
  compute: (task: RunnableTask, inputs: Json) => Promise<TaskResult>,
): Promise<TaskResult> {
  const inputs = await fetchStored(sent);
  const { store, bucket, prefix } = await currentStore();
  const key = `${prefix}${resultKey(task, cacheVersion, inputs)}`;
  const known = await store.get(bucket, key);
  if (known !== undefined) return { output: parse(known), computed: false };
  const { output } = await compute(task, inputs);
  await store.put(bucket, key, Buffer.from(JSON.stringify(output)), { ifAbsent: true });
  const kept = await store.get(bucket, key);
  return { output: kept === undefined ? output : parse(kept), computed: true };
}

function resultKey({ actor, name }: RunnableTask, cacheVersion: string, inputs: Json): string {
  const digest = createHash("sha256")
    .update(JSON.stringify(sorted(inputs)))
    .digest("hex");
  return `results/${[actor?.name ?? "task", name, cacheVersion].map(encodeURIComponent).join("/")}/${digest}.json`;
}

/** Objects with their keys in order, so that equal inputs have one text. */
function sorted(json: Json): Json {
  if (json === null || typeof json !== "object") return json;
  if (Array.isArray(json)) return json.map(sorted);
  return Object.fromEntries(
    Object.entries(json)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, value]) => [key, sorted(value)]),
  );
}

function parse(stored: Buffer): Json {
  return JSON.parse(stored.toString("utf8")) as Json; // what is stored was written above
}
