import { createHash } from "node:crypto";
import type { RunnableTask } from "../invocation/runnable-task.ts";
import { isObject, type Json, type JsonObject } from "../base/json.ts";

/** The key of an output without the prefix of the function: by the inputs, but for those that the task leaves out. */
export function resultName({ actor, name, cacheIgnore }: RunnableTask, cacheVersion: string, inputs: Json): string {
  const hash = createHash("sha256");
  for (const text of sortedTexts(without(inputs, cacheIgnore))) hash.update(text);
  const digest = hash.digest("hex");
  return `results/${[actor?.name ?? "task", name, cacheVersion].map(encodeURIComponent).join("/")}/${digest}.json`;
}

function without(inputs: Json, names: readonly string[] = []): Json {
  if (names.length === 0 || !isObject(inputs)) return inputs; // a task's inputs are an object
  return Object.fromEntries(Object.entries(inputs).filter(([name]) => !names.includes(name)));
}

/** Elements from which on the text of a list is made element by element: no string has more than 512 MB. */
const LONG_LIST = 10_000;

/** The JSON of a value whose objects have their keys in order, in pieces. */
function* sortedTexts(json: Json): Generator<string> {
  if (Array.isArray(json) && json.length >= LONG_LIST) {
    for (const [index, element] of json.entries()) {
      yield index === 0 ? "[" : ",";
      yield* sortedTexts(element as Json); // of JSON
    }
    yield "]";
  } else if (isObject(json) && !Array.isArray(json)) yield* sortedFields(json as JsonObject);
  else yield JSON.stringify(withSortedKeys(json));
}

function* sortedFields(object: JsonObject): Generator<string> {
  const keys = Object.keys(withSortedKeys(Object.fromEntries(Object.keys(object).map((key) => [key, null]))) ?? {});
  for (const [index, key] of keys.entries()) {
    yield `${index === 0 ? "{" : ","}${JSON.stringify(key)}:`;
    yield* sortedTexts(object[key] ?? null);
  }
  yield keys.length === 0 ? "{}" : "}";
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
