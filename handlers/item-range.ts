import { isJsonObject, type Json } from "../sdk/base/json.ts";
import type { Reads } from "../sdk/values/budget.ts";
import { fetchStored } from "../sdk/values/fetch-stored.ts";
import { keyDigest } from "../sdk/values/replica-ranking.ts";
import { GIVEN, isMark, PLAIN } from "../sdk/values/wire.ts";
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
export async function readable(list: readonly Json[], { items, fields = {} }: Partial<Reads> = {}): Promise<Json[]> {
  return Promise.all(
    list.map((element, index) => ((fields[index] ?? items) === undefined ? element : fetchStored(element))),
  );
}

/** Of each item of a range the digest of its key, by which items with equal keys are found and replicas are ranked. */
export async function itemKeys(range: Keys, inputs: Json | undefined): Promise<Json> {
  const bound = isJsonObject(inputs) ? inputs : {};
  const columns = await columnsOf(range);
  const needed = columns.filter(([name]) => range.paths.some(([first]) => first === name));
  const count = Math.max(0, ...columns.map(([, column]) => column.length));
  const keys: string[] = [];
  for (let index = 0; index < count; index++) {
    const own = Object.fromEntries(needed.map(([name, column]) => [name, column[index] ?? null]));
    const item = await fetchStored({ ...bound, ...own });
    keys.push(keyDigest(range.paths.map((path) => valueAt(item, path))));
  }
  return keys;
}

async function columnsOf({ lists, from, to }: ItemRange): Promise<(readonly [string, readonly Json[]])[]> {
  return Promise.all(
    Object.entries(lists).map(async ([name, list]) => [name, await (await openList(list)).range(from, to)] as const),
  );
}

function valueAt(json: Json | undefined, path: readonly string[]): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined || !isJsonObject(json)) return step === undefined ? json : undefined;
  if (isMark(Object.keys(json))) return valueAt(json[GIVEN] ?? json[PLAIN], path);
  return Object.hasOwn(json, step) ? valueAt(json[step], rest) : undefined;
}
