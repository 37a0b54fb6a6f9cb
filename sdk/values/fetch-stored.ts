import { setField, type Json } from "../base/json.ts";
import { LambentError } from "../base/errors.ts";
import { currentStore, type StoreLocation } from "../store/current-store.ts";
import { GIVEN_MARK, LIST_MARK, PLAIN_MARK, STORED_MARK } from "./mark-names.ts";
import { StoredList } from "./stored-list.ts";
import { fetchText, hashIn, REMEMBERED } from "./stored-text.ts";

/**
 * A task's inputs with stored values and lists in the places of their marks.
 * @throws {LambentError} if a mark has no key of a stored value, or if the value is gone or was changed
 */
export async function fetchStored(inputs: Json): Promise<Json> {
  const marks = new Map<string, StoredMark>();
  visitMarks(inputs, (mark) => void marks.set(nameOf(mark), mark));
  if (marks.size === 0) return inputs;
  const location = await currentStore();
  const values = await Promise.all(
    [...marks].map(async ([name, mark]) => [name, await fetchMark(location, mark)] as const),
  );
  const byName = new Map(values);
  return restore(inputs, (mark) => byName.get(nameOf(mark)) ?? null);
}

/** The mark of what is in the store: its name, and what is in it. */
interface StoredMark {
  readonly mark: typeof STORED_MARK | typeof LIST_MARK;
  readonly content: Json;
}

function nameOf({ mark, content }: StoredMark): string {
  return mark + JSON.stringify(content);
}

/** What is stored has itself values that are stored alone, if these are large. */
async function fetchMark(location: StoreLocation, { mark, content }: StoredMark): Promise<Json> {
  return mark === LIST_MARK ? fetchList(location, content) : fetchValue(location, keyOf(content));
}

/**
 * What was stored under the key of a `$stored` mark, with marks of what is stored alone in it.
 * @throws {LambentError} as {@link fetchStored}
 */
export async function fetchDivided(key: Json): Promise<Json> {
  return parse(await fetchText(await currentStore(), keyOf(key)));
}

function keyOf(content: Json): string {
  if (typeof content === "string" && hashIn(content) !== undefined) return content;
  throw new LambentError(
    `${JSON.stringify({ [STORED_MARK]: content })} stands for no stored value: leave this name to Lambent`,
  );
}

async function fetchList(location: StoreLocation, content: Json): Promise<Json> {
  const { parts } = await StoredList.open(location, content);
  // A list that memory cannot hold whole would put out of it what other inputs need.
  const isRemembered = parts.reduce((sum, { bytes }) => sum + bytes, 0) <= REMEMBERED;
  const elements = await Promise.all(parts.map(({ key }) => fetchValue(location, key, isRemembered)));
  return elements.flat(1) as Json[]; // each part is a list
}

async function fetchValue(location: StoreLocation, key: string, isRemembered?: boolean): Promise<Json> {
  const text = await fetchText(location, key, isRemembered);
  const value = parse(text);
  return text.includes(STORED_MARK) || text.includes(LIST_MARK) ? fetchStored(value) : value;
}

function parse(text: Buffer): Json {
  return JSON.parse(text.toString("utf8")) as Json; // by its hash it was stored as JSON
}

/** Call `visit` with each mark of what is in the store. */
function visitMarks(json: Json, visit: (mark: StoredMark) => void): void {
  if (json === null || typeof json !== "object") return;
  const mark = storedMark(json);
  if (mark !== undefined) visit(mark);
  else for (const part of partsOf(json)) visitMarks(part, visit);
}

/** A copy in which each mark of what is in the store is replaced by what `fetched` returns for it. */
function restore(json: Json, fetched: (mark: StoredMark) => Json): Json {
  if (json === null || typeof json !== "object") return json;
  if (Array.isArray(json)) return json.map((item: Json) => restore(item, fetched));
  const mark = storedMark(json);
  if (mark !== undefined) return fetched(mark);
  const content = soleContent(json, PLAIN_MARK);
  if (content !== undefined) return { [PLAIN_MARK]: restoreFields(content, fetched) };
  return soleContent(json, GIVEN_MARK) === undefined ? restoreFields(json, fetched) : json;
}

function restoreFields(json: Json, fetched: (mark: StoredMark) => Json): Json {
  const fields: Record<string, Json> = {};
  for (const [key, field] of Object.entries(json ?? {})) setField(fields, key, restore(field, fetched));
  return fields;
}

/** Where in an object or a list marks can be: what a caller gave has none, and in an author's data no mark is the whole. */
function partsOf(json: object): readonly Json[] {
  if (soleContent(json, GIVEN_MARK) !== undefined) return [];
  return Object.values(soleContent(json, PLAIN_MARK) ?? json) as Json[]; // of JSON
}

function storedMark(json: object): StoredMark | undefined {
  for (const mark of [STORED_MARK, LIST_MARK] as const) {
    const content = soleContent(json, mark);
    if (content !== undefined) return { mark, content };
  }
  return undefined;
}

/** What is in an object's only field, if that has this name. */
function soleContent(json: object, name: string): Json | undefined {
  if (Array.isArray(json) || !Object.hasOwn(json, name)) return undefined;
  return Object.keys(json).length === 1 ? (Reflect.get(json, name) as Json) : undefined; // of JSON
}
