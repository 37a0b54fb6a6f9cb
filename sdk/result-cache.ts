import { createHash } from "node:crypto";
import { addressOf, type TaskDefinition } from "./definition.ts";
import { currentStore } from "./current-store.ts";
import type { Json } from "./ref.ts";

/** What a task with `cache: true` left behind, or has just made. */
export interface StoredResult {
  readonly output: Json;
  /** Whether the task's function ran for it. */
  readonly computed: boolean;
}

/**
 * The output that `task` has for `inputs` under its version: from the store, or computed and put there.
 * Of several that compute at the same time the first to finish is kept, and all return its output.
 * @param inputs as they crossed the wire: files count by address and version
 */
export async function storedResult(
  task: TaskDefinition & { readonly cacheVersion: string },
  inputs: Json,
  compute: () => Promise<Json>,
): Promise<StoredResult> {
  const { store, bucket, prefix } = await currentStore();
  const key = `${prefix}${resultKey(task, inputs)}`;
  const known = await store.get(bucket, key);
  if (known !== undefined) return { output: parse(known), computed: false };
  const output = await compute();
  await store.put(bucket, key, Buffer.from(JSON.stringify(output)), { ifAbsent: true });
  const kept = await store.get(bucket, key);
  return { output: kept === undefined ? output : parse(kept), computed: true };
}

function resultKey(task: TaskDefinition & { readonly cacheVersion: string }, inputs: Json): string {
  const { actor = "task", task: name } = addressOf(task);
  const digest = createHash("sha256")
    .update(JSON.stringify(sorted(inputs)))
    .digest("hex");
  return `results/${[actor, name, task.cacheVersion].map(encodeURIComponent).join("/")}/${digest}.json`;
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
