import { isObject, type Json, type JsonObject } from "../sdk/base/json.ts";
import { isWhole, type Reads } from "../sdk/values/budget.ts";
import { fetchStored } from "../sdk/values/fetch-stored.ts";
import { keyDigest } from "../sdk/values/replica-ranking.ts";
import { dataIn } from "../sdk/values/mark-names.ts";
import { openList } from "./list-elements.ts";
import type { Elements, ItemRange, Keys } from "./payload.ts";

/**
 * By input, the elements of a range of items.
 * @param reads what the state machine reads of them: what is in the store and in which it reads is fetched
 */
export async function elements(range: Elements, reads: Reads | undefined): Promise<Json> {
  const columns = await columnsOf(range);
  const shown = columns.map(async ([name, column]) => [name, await readable(column, reads?.fields?.[name])] as const);
  return Object.fromEntries(await Promise.all(shown));
}

/** The elements, with those in which something is read in the places of their marks. */
export async function readable(list: readonly Json[], reads: Reads | undefined): Promise<Json[]> {
  if (reads === undefined) return [...list];
  const { items, fields = {} } = reads;
  const isRead = isWhole(reads);
  return Promise.all(
    list.map((element, index) => (isRead || (fields[index] ?? items) !== undefined ? fetchStored(element) : element)),
  );
}

/** Of each item of a range the digest of its key, by which items with equal keys are found and replicas are ranked. */
export async function itemKeys(range: Keys, inputs: Json | undefined): Promise<Json> {
  const named = new Set(range.paths.map(([first]) => first));
  const all = await columnsOf(range);
  const columns = all.filter(([name]) => named.has(name));
  // Once, and not for each item.
  const bound = await fetchFields(Object.entries(isFields(inputs) ? inputs : {}).filter(([name]) => named.has(name)));
  const count = Math.max(0, ...all.map(([, column]) => column.length));
  const keys: string[] = [];
  for (let index = 0; index < count; index++) {
    const own = await fetchFields(columns.map(([name, column]) => [name, column[index] ?? null]));
    const item = { ...bound, ...own };
    keys.push(keyDigest(range.paths.map((path) => valueAt(item, path))));
  }
  return keys;
}

/** Inputs, with what is in the store in the places of its marks. */
async function fetchFields(fields: readonly (readonly [string, Json])[]): Promise<JsonObject> {
  const fetched = await fetchStored(Object.fromEntries(fields));
  return isFields(fetched) ? fetched : {};
}

async function columnsOf({ lists, from, to }: ItemRange): Promise<(readonly [string, readonly Json[]])[]> {
  return Promise.all(
    Object.entries(lists).map(async ([name, list]) => [name, await (await openList(list)).range(from, to)] as const),
  );
}

function valueAt(json: Json | undefined, path: readonly string[]): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined || !isFields(json)) return step === undefined ? json : undefined;
  const data = dataIn(json);
  if (data !== undefined) return valueAt(data, path);
  return Object.hasOwn(json, step) ? valueAt(json[step], rest) : undefined;
}

// Not isJsonObject: what this module alone uses of json.ts would be loaded in every cold start, as it is bundled.
function isFields(json: Json | undefined): json is JsonObject {
  return isObject(json) && !Array.isArray(json);
}
