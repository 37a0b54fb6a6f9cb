import { createHash } from "node:crypto";
import { PAYLOAD_BYTES } from "../base/aws-limits.ts";
import { currentStore, type StoreLocation } from "../store/current-store.ts";
import { LambentError } from "../base/errors.ts";
import type { Budget, Reads } from "./budget.ts";
import type { Receipt } from "../invocation/receipt.ts";
import type { Json } from "../base/json.ts";
import type { FILE, PLAIN, STORED } from "./wire.ts";

// Their types alone are imported: what this module shares with the handler would become one more file of a cold start.
const FILE_MARK: typeof FILE = "$s3File";
const PLAIN_MARK: typeof PLAIN = "$plain";
const STORED_MARK: typeof STORED = "$stored";

/** Bytes of what Step Functions adds to a function's answer: status, headers, their copies. */
const ENVELOPE = 4096;

/** A part of an output that may be stored. */
interface Part {
  readonly json: Json;
  /** Put something else in its place. */
  readonly replace: (json: Json) => void;
}

/** A part that the state machine reads, and so has to have. */
interface Kept {
  readonly json: Json;
  readonly at: string;
  readonly by: string;
}

/** An object or a list of which the state machine takes fields or elements. */
interface Split {
  readonly at: string;
  readonly by: string;
  readonly parts: number;
}

/** An output taken apart along what is read of it. */
interface Opened {
  readonly parts: Part[];
  readonly kept: Kept[];
  readonly split: Split[];
}

/**
 * An outcome as it can cross: where its output takes more than its budget, the largest parts are stored, under the hash of
 * their text, and marks stand for them.
 * @throws {LambentError} if what the state machine has to read is more than it can carry
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
  let crossing = output;
  const opened: Opened = { parts: [], kept: [], split: [] };
  open(output, budget.reads, "output", opened, (json) => (crossing = json));
  const mark = bytesOf(markOf(keyOf(location, "0".repeat(64))));
  const large = opened.parts
    .map((part) => ({ part, bytes: bytesOf(part.json) }))
    .filter(({ bytes }) => bytes > mark)
    .toSorted((left, right) => right.bytes - left.bytes);
  let left = size;
  const chosen: Part[] = [];
  for (const { part, bytes } of large) {
    if (left <= Math.min(budget.bytes, limit)) break;
    left += mark - bytes;
    chosen.push(part);
  }
  if (left > limit) throw tooLarge(receipt.task, size, left, opened);
  await inTurns(chosen, async (part) => {
    const text = Buffer.from(JSON.stringify(part.json));
    const key = keyOf(location, sha256(text));
    // Written anew though it may be there: what is returned again must not expire with the first time.
    await location.store.put(location.bucket, key, text);
    part.replace(markOf(key));
  });
  return { ...outcome, output: crossing };
}

/** Take `json` apart into what may be stored and what is read; what is between the two is copied, so that parts can be replaced. */
function open(json: Json, reads: Reads | undefined, at: string, opened: Opened, replace: Part["replace"]): void {
  if (reads === undefined) {
    opened.parts.push({ json, replace });
  } else if (reads.fields === undefined || json === null || typeof json !== "object" || isMark(json)) {
    opened.kept.push({ json, at, by: reads.by });
  } else {
    const copy: Json = Array.isArray(json) ? [...json] : Object.fromEntries(Object.entries(json));
    replace(copy);
    const fields = Object.entries(json);
    opened.split.push({ at, by: reads.by, parts: fields.length });
    for (const [key, field] of fields) {
      const inner = Object.hasOwn(reads.fields, key) ? reads.fields[key] : undefined;
      const place = Array.isArray(json) ? `${at}[${key}]` : `${at}.${key}`;
      // Defined, since assigning to `__proto__` would set the prototype instead.
      open(field, inner, place, opened, (value) => void Object.defineProperty(copy, key, { ...FIELD, value }));
    }
  }
}

/** What encoding writes: these are no containers of the author's. */
function isMark(json: object): boolean {
  const [name, ...others] = Object.keys(json);
  return others.length === 0 && (name === FILE_MARK || name === PLAIN_MARK);
}

const FIELD = { enumerable: true, configurable: true, writable: true };

function tooLarge(task: string, size: number, left: number, { kept, split }: Opened): LambentError {
  const [read] = kept
    .map(({ json, ...where }) => ({ ...where, bytes: bytesOf(json) }))
    .toSorted((one, other) => other.bytes - one.bytes);
  const [apart] = split.toSorted((one, other) => other.parts - one.parts);
  if (apart !== undefined && (read === undefined || read.bytes < left / 2)) {
    return new LambentError(
      `task ${task} returned ${size} bytes. Its large parts are stored for the tasks that get them, but ${apart.by} takes ` +
        `${apart.at} apart, and of its ${apart.parts} parts ${left} bytes are left, of which Step Functions carries ` +
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
 * Inputs with what is stored in the place of its marks.
 * @throws {LambentError} if a mark has no key of a stored value, or what is stored there is not what was
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
  await inTurns([...keys], async (key) => void values.set(key, await fetchOne(location, key)));
  return restore(inputs, (key) => values.get(key) ?? null);
}

/** Bytes of text that a replica remembers, so that a map's items do not each fetch what is bound for all of them. */
const REMEMBERED = 16 * 1024 * 1024;

/** By key, the one used last at the end. Text and not values: its size is known, and nobody can change it. */
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
  const known = remembered.get(key);
  const text = known ?? (await store.get(bucket, key));
  if (text === undefined) {
    throw new LambentError(
      `s3://${bucket}/${key} is gone, a value that was too large for the state machine: it was deleted or has expired; run the workflow again`,
    );
  }
  if (known === undefined && sha256(text) !== hash) {
    throw new LambentError(`s3://${bucket}/${key} is not what was stored there: run the workflow again`);
  }
  remember(key, text);
  return JSON.parse(text.toString("utf8")) as Json; // its hash says that it was written above
}

/** A copy with what `fetched` says in the place of each mark. */
function restore(json: Json, fetched: (key: Json) => Json): Json {
  if (json === null || typeof json !== "object") return json;
  if (Array.isArray(json)) return json.map((item: Json) => restore(item, fetched));
  const [[name, content = null] = [], ...others] = Object.entries(json);
  if (others.length > 0) return restoreFields(json, fetched);
  if (name === STORED_MARK) return fetched(content);
  // Within $plain stands data, whose own look does not matter.
  return name === PLAIN_MARK ? { [PLAIN_MARK]: restoreFields(content, fetched) } : restoreFields(json, fetched);
}

function restoreFields(json: Json, fetched: (key: Json) => Json): Json {
  return Object.fromEntries(Object.entries(json ?? {}).map(([key, field]) => [key, restore(field, fetched)]));
}

/** A few at a time: sockets and open files are limited. */
async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  async function worker(): Promise<void> {
    for (const item of queue) await work(item);
  }
  await Promise.all(Array.from({ length: 16 }, worker));
}

function keyOf({ prefix }: StoreLocation, hash: string): string {
  return `${prefix}values/${hash}.json`;
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
