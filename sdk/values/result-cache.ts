import { createHash } from "node:crypto";
import type { RunnableTask } from "../invocation/runnable-task.ts";
import { LambentError } from "../base/errors.ts";
import { currentStore } from "../store/current-store.ts";
import { fetchStored } from "./fetch-stored.ts";
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
 * one. What is there but was not stored so (truncated, replaced, written by something else) is told on stderr with its
 * key, and replaced by what is computed.
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
  const name = resultName(task, cacheVersion, inputs);
  const key = `${keyPrefix}${name}`;
  const place = `task ${task.name}: s3://${bucket}/${key}`;
  let found: Buffer | undefined;
  try {
    found = await store.get(bucket, key);
  } catch (error) {
    return { output: (await compute(task, inputs)).output, computed: unstored(place, error) };
  }
  const stored = found === undefined ? undefined : unseal(name, found);
  if (stored !== undefined) return { output: stored, computed: false };
  if (found !== undefined) {
    console.warn(
      `${place} is not an output that Lambent stored there (another format, cut off, or replaced): it is computed anew`,
    );
  }
  const { output } = await compute(task, inputs);
  try {
    await store.put(bucket, key, seal(name, output), { ifAbsent: found === undefined });
  } catch (error) {
    return { output, computed: unstored(place, error) };
  }
  const first = await store.get(bucket, key);
  return { output: (first === undefined ? undefined : unseal(name, first)) ?? output, computed: true };
}

/**
 * Tell that something else than an object is in the place of an output: a directory, or a link that leads out of the
 * store.
 * @throws the error, if that is not what it says
 */
function unstored(place: string, error: unknown): true {
  if (!(error instanceof LambentError)) throw error;
  console.warn(`${place} cannot hold an output, which is computed anew each time: ${error.message}`);
  return true;
}

/** The key without the prefix of the function. */
function resultName({ actor, name }: RunnableTask, cacheVersion: string, inputs: Json): string {
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

/** What is stored: the output, after the hash of its name and its text. */
function seal(name: string, output: Json): Buffer {
  const text = JSON.stringify(output);
  return Buffer.from(`{"sha256":"${hashOf(name, text)}","output":${text}}`);
}

/**
 * The output in what is stored; `undefined` if it is not what `seal` wrote. The name is part of the hash, so that the
 * output for other inputs, copied here, is none.
 */
function unseal(name: string, stored: Buffer): Json | undefined {
  const [, hash, text] = /^\{"sha256":"([0-9a-f]{64})","output":(.*)\}$/s.exec(stored.toString("utf8")) ?? [];
  if (text === undefined || hash !== hashOf(name, text)) return undefined;
  return JSON.parse(text) as Json; // by its hash it is a text that `seal` wrote, as JSON
}

function hashOf(name: string, text: string): string {
  return createHash("sha256").update(`${name}\n${text}`).digest("hex");
}
