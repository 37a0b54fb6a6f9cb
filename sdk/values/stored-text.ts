import { createHash } from "node:crypto";
import { LambentError } from "../base/errors.ts";
import type { StoreLocation } from "../store/current-store.ts";

/** Requests to the store at a time, since sockets and open files are limited. */
const MOST_REQUESTS = 16;

let requests = 0;
const waiting: (() => void)[] = [];

/**
 * Store a text under its hash.
 * @returns the key
 */
export async function storeText({ store, bucket, keyPrefix }: StoreLocation, text: Buffer): Promise<string> {
  const key = keyOf(keyPrefix, sha256(text));
  // Also if it is there already: S3 expires an object so many days after it was last written.
  await inTurn(() => store.put(bucket, key, text));
  return key;
}

/** Characters of a key. All of one function are of one length. */
export function keyLength({ keyPrefix }: StoreLocation): number {
  return keyOf(keyPrefix, "0".repeat(64)).length;
}

/**
 * Bytes of the LRU cache of fetched texts. With it, a value that is an input of all items of a Map is fetched once per
 * replica and not for each item, and so is the part of a list that many items are in.
 */
export const REMEMBERED: number = 16 * 1024 * 1024;

/** By key; the most recently used is the last. Texts, since their size is known and tasks cannot change them. */
const remembered = new Map<string, Buffer>();
let rememberedBytes = 0;
/** By key: what is being fetched. */
const fetching = new Map<string, Promise<Buffer>>();

/** What was stored for a workflow is not there, or is another thing: what reads it may be tried again. */
export class StoredValueLost extends LambentError {
  override readonly name = "StoredValueLost";
}

/**
 * What {@link storeText} stored under a key.
 * @param isRemembered whether the next call is likely to come soon
 * @throws {StoredValueLost} if it is gone or was changed
 */
export async function fetchText(location: StoreLocation, key: string, isRemembered: boolean = true): Promise<Buffer> {
  const known = remembered.get(key);
  if (known !== undefined) {
    remember(key, known);
    return known;
  }
  const begun = fetching.get(key);
  if (begun !== undefined) return begun;
  const fetched = inTurn(() => fetchVerified(location, key));
  fetching.set(key, fetched);
  try {
    const text = await fetched;
    if (isRemembered) remember(key, text);
    return text;
  } finally {
    fetching.delete(key);
  }
}

async function fetchVerified({ store, bucket }: StoreLocation, key: string): Promise<Buffer> {
  const text = await store.get(bucket, key);
  if (text === undefined) {
    throw new StoredValueLost(
      `s3://${bucket}/${key} is gone, a value that was too large for the state machine: it was deleted or has expired; run the workflow again`,
    );
  }
  if (sha256(text) !== hashIn(key)) {
    throw new StoredValueLost(`s3://${bucket}/${key} is not what was stored there: run the workflow again`);
  }
  return text;
}

/** The hash that a key names; undefined if it is no key of a stored text. */
export function hashIn(key: unknown): string | undefined {
  return typeof key === "string" ? /(?:^|\/)values\/([0-9a-f]{64})\.json$/.exec(key)?.[1] : undefined;
}

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

async function inTurn<T>(request: () => Promise<T>): Promise<T> {
  if (requests < MOST_REQUESTS) requests++;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await request();
  } finally {
    const next = waiting.shift();
    if (next === undefined) requests--;
    else next();
  }
}

function keyOf(keyPrefix: string, hash: string): string {
  return `${keyPrefix}values/${hash}.json`;
}

function sha256(text: Buffer): string {
  return createHash("sha256").update(text).digest("hex");
}
