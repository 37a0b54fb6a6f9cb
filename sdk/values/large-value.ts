import { createHash } from "node:crypto";
import { PAYLOAD_BYTES } from "../base/aws-limits.ts";
import { currentStore, type StoreLocation } from "../store/current-store.ts";
import { LambentError } from "../base/errors.ts";
import type { Budget, Reads } from "./budget.ts";
import type { Receipt } from "../invocation/receipt.ts";
import type { Json } from "../base/json.ts";
import type { FILE, GIVEN, PLAIN, STORED } from "./wire.ts";

// Only their types are imported. This module is loaded on first use, and esbuild would put what it shares with the
// handler into a chunk of its own, which would be one more file to load in a cold start.
const FILE_MARK: typeof FILE = "$s3File";
const GIVEN_MARK: typeof GIVEN = "$given";
const PLAIN_MARK: typeof PLAIN = "$plain";
const STORED_MARK: typeof STORED = "$stored";

/**
 * Bytes that Step Functions adds to a function's answer: `HttpStatusCode`, `HttpHeaders`, `AllHttpHeaders` and so on.
 */
const ENVELOPE = 4096;

/** A part of an output that may be stored. */
interface StorablePart {
  readonly json: Json;
  /** Puts something else in its place. */
  readonly replace: (json: Json) => void;
}

/** A part that the state machine reads, so that it must not be stored. */
interface RequiredPart {
  readonly json: Json;
  /** Its path in the output. */
  readonly at: string;
  /** Who reads it. */
  readonly by: string;
}

/** An object or a list from which the state machine takes fields or elements: each of its members is a part. */
interface DividedContainer {
  readonly at: string;
  readonly by: string;
  readonly members: number;
}

/** The parts of an output, by whether the state machine reads them. */
interface Parts {
  readonly storable: StorablePart[];
  readonly required: RequiredPart[];
  readonly divided: DividedContainer[];
}

/**
 * Make an outcome small enough to be a state's result. If its output has more bytes than the budget, its largest parts
 * are stored, each under the hash of its text, and a mark with the key takes the place of each.
 * @throws {LambentError} if what the state machine reads of the output is more than Step Functions accepts
 */
export async function storeLarge<T extends { readonly output: Json; readonly receipt: Receipt }>(
  outcome: T,
  budget: Budget,
): Promise<T> {
  const { output, receipt } = outcome;
  const limit = PAYLOAD_BYTES - ENVELOPE - bytesOf(receipt);
  const size = bytesOf(output);
  if (size <= Math.min(budget.bytes, limit)) return outcome;
  const location = await currentStore();
  let reduced = output;
  const parts: Parts = { storable: [], required: [], divided: [] };
  collectParts(output, budget.reads, "output", parts, (json) => (reduced = json));
  const markBytes = bytesOf(markOf(keyOf(location, "0".repeat(64))));
  const largest = parts.storable
    .map((part) => ({ part, bytes: bytesOf(part.json) }))
    .filter(({ bytes }) => bytes > markBytes)
    .toSorted((left, right) => right.bytes - left.bytes);
  let remaining = size;
  const chosen: StorablePart[] = [];
  for (const { part, bytes } of largest) {
    if (remaining <= Math.min(budget.bytes, limit)) break;
    remaining += markBytes - bytes;
    chosen.push(part);
  }
  if (remaining > limit) throw tooLarge(receipt.task, size, remaining, parts);
  await forEachConcurrently(chosen, async (part) => {
    const text = Buffer.from(JSON.stringify(part.json));
    const key = keyOf(location, sha256(text));
    // Also if it is there already: S3 expires an object so many days after it was last written.
    await location.store.put(location.bucket, key, text);
    part.replace(markOf(key));
  });
  return { ...outcome, output: reduced };
}

/**
 * Add the parts of `json` to `parts`. Containers around them are copied, so that a part can be replaced in the copy.
 */
function collectParts(
  json: Json,
  reads: Reads | undefined,
  at: string,
  parts: Parts,
  replace: StorablePart["replace"],
): void {
  if (reads === undefined) {
    parts.storable.push({ json, replace });
  } else if (reads.fields === undefined || json === null || typeof json !== "object" || isMark(json)) {
    parts.required.push({ json, at, by: reads.by });
  } else {
    const copy: Json = Array.isArray(json) ? [...json] : Object.fromEntries(Object.entries(json));
    replace(copy);
    const fields = Object.entries(json);
    parts.divided.push({ at, by: reads.by, members: fields.length });
    for (const [key, field] of fields) {
      const inner = Object.hasOwn(reads.fields, key) ? reads.fields[key] : reads.elements;
      const path = Array.isArray(json) ? `${at}[${key}]` : `${at}.${key}`;
      // Defined, since assigning to `__proto__` would set the prototype instead.
      collectParts(field, inner, path, parts, (value) => void Object.defineProperty(copy, key, { ...FIELD, value }));
    }
  }
}

/** Whether the object was written by `encode` for a file or for data that looks like a mark: it is not taken apart. */
function isMark(json: object): boolean {
  const [name, ...others] = Object.keys(json);
  return others.length === 0 && (name === FILE_MARK || name === PLAIN_MARK);
}

const FIELD = { enumerable: true, configurable: true, writable: true };

/** @param remaining bytes of the output after all that may be stored has been */
function tooLarge(task: string, size: number, remaining: number, { required, divided }: Parts): LambentError {
  const [read] = required
    .map(({ json, ...where }) => ({ ...where, bytes: bytesOf(json) }))
    .toSorted((one, other) => other.bytes - one.bytes);
  const [container] = divided.toSorted((one, other) => other.members - one.members);
  if (container !== undefined && (read === undefined || read.bytes < remaining / 2)) {
    return new LambentError(
      `task ${task} returned ${size} bytes. Its large parts are stored for the tasks that get them, but ${container.by} takes ` +
        `${container.at} apart, and of its ${container.members} parts ${remaining} bytes are left, of which Step Functions carries ` +
        `${PAYLOAD_BYTES}: return fewer and larger parts, or an S3File`,
    );
  }
  const part = read === undefined || read.at === "output" ? "" : `, ${read.bytes} of them in ${read.at}`;
  return new LambentError(
    `task ${task} returned ${size} bytes${part}. Large values are stored for the tasks that get them, but this one is ` +
      `read by ${read?.by ?? "the state machine"}, and Step Functions carries ${PAYLOAD_BYTES} bytes: return what is read ` +
      "in fields of its own, pass what is large to tasks whole, or return an S3File",
  );
}

/**
 * A copy of a task's inputs in which stored values have taken the places of their marks.
 * @throws {LambentError} if a mark has no key of a stored value, or if the value is gone or was changed
 */
export async function fetchStored(inputs: Json): Promise<Json> {
  const keys = new Set<Json>();
  const restored = restore(inputs, (key) => {
    keys.add(key);
    return null;
  });
  if (keys.size === 0) return restored;
  const location = await currentStore();
  const values = new Map<Json, Json>();
  await forEachConcurrently([...keys], async (key) => void values.set(key, await fetchOne(location, key)));
  return restore(inputs, (key) => values.get(key) ?? null);
}

/**
 * Bytes of the LRU cache of fetched texts. With it, a value that is an input of all items of a Map is fetched once per
 * replica and not for each item.
 */
const REMEMBERED = 16 * 1024 * 1024;

/** By key; the most recently used is the last. Texts, since their size is known and tasks cannot change them. */
const remembered = new Map<string, Buffer>();
let rememberedBytes = 0;

function remember(key: string, text: Buffer): void {
  if (text.byteLength > REMEMBERED) return;
  forget(key);
  remembered.set(key, text);
  rememberedBytes += text.byteLength;
  for (const oldest of remembered.keys()) {
    if (rememberedBytes <= REMEMBERED) break;
    forget(oldest);
  }
}

function forget(key: string): void {
  rememberedBytes -= remembered.get(key)?.byteLength ?? 0;
  remembered.delete(key);
}

async function fetchOne({ store, bucket }: StoreLocation, key: Json): Promise<Json> {
  const hash = typeof key === "string" ? /(?:^|\/)values\/([0-9a-f]{64})\.json$/.exec(key)?.[1] : undefined;
  if (typeof key !== "string" || hash === undefined) {
    throw new LambentError(
      `${JSON.stringify({ [STORED_MARK]: key })} stands for no stored value: leave this name to Lambent`,
    );
  }
  const cached = remembered.get(key);
  const text = cached ?? (await store.get(bucket, key));
  if (text === undefined) {
    throw new LambentError(
      `s3://${bucket}/${key} is gone, a value that was too large for the state machine: it was deleted or has expired; run the workflow again`,
    );
  }
  if (cached === undefined && sha256(text) !== hash) {
    throw new LambentError(`s3://${bucket}/${key} is not what was stored there: run the workflow again`);
  }
  remember(key, text);
  return JSON.parse(text.toString("utf8")) as Json; // by its hash it is a text that `storeLarge` wrote, as JSON
}

/** A copy in which each mark is replaced by what `fetched` returns for its key. */
function restore(json: Json, fetched: (key: Json) => Json): Json {
  if (json === null || typeof json !== "object") return json;
  if (Array.isArray(json)) return json.map((item: Json) => restore(item, fetched));
  const [[name, content = null] = [], ...others] = Object.entries(json);
  if (others.length > 0) return restoreFields(json, fetched);
  if (name === STORED_MARK) return fetched(content);
  if (name === GIVEN_MARK) return json;
  // The content of $plain is data of the author's that looks like a mark, so only its fields are searched for marks.
  return name === PLAIN_MARK ? { [PLAIN_MARK]: restoreFields(content, fetched) } : restoreFields(json, fetched);
}

function restoreFields(json: Json, fetched: (key: Json) => Json): Json {
  return Object.fromEntries(Object.entries(json ?? {}).map(([key, field]) => [key, restore(field, fetched)]));
}

/** Up to 16 at a time, since sockets and open files are limited. */
async function forEachConcurrently<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values(); // shared: each worker takes the next item from it
  async function worker(): Promise<void> {
    for (const item of queue) await work(item);
  }
  await Promise.all(Array.from({ length: 16 }, worker));
}

function keyOf({ keyPrefix }: StoreLocation, hash: string): string {
  return `${keyPrefix}values/${hash}.json`;
}

function markOf(key: string): Json {
  return { [STORED_MARK]: key };
}

function sha256(text: Buffer): string {
  return createHash("sha256").update(text).digest("hex");
}

function bytesOf(json: Json | Receipt): number {
  return Buffer.byteLength(JSON.stringify(json));
}
