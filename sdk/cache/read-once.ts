import { LambentError } from "../base/errors.ts";
import { isObject, printPath } from "../base/json.ts";
import type { CacheDefinition } from "./entry.ts";

const { types } = process.getBuiltinModule("node:util");

/** What can be read a single time. */
interface ReadOnce {
  /** For a sentence: `a generator`. */
  readonly what: string;
  /** What to return instead. */
  readonly instead: string;
  /** Whether nothing is left for a second caller, whatever the first did. A Response, for one, can be cloned. */
  readonly isCertain: boolean;
}

/** Any object, as far as it is looked at here. Reading any property of any object is allowed. */
interface Candidate {
  readonly [Symbol.toStringTag]?: unknown;
  readonly [Symbol.iterator]?: unknown;
  readonly [Symbol.asyncIterator]?: unknown;
  readonly next?: unknown;
  readonly pipe?: unknown;
  readonly read?: unknown;
  readonly write?: unknown;
  readonly _transform?: unknown;
  readonly close?: unknown;
  readonly readable?: unknown;
  readonly writable?: unknown;
  readonly constructor?: unknown;
  readonly bodyUsed?: unknown;
  readonly body?: unknown;
}

/** What all iterators inherit from that the language and Node.js make, generators among them. */
const ITERATOR = Object.getPrototypeOf(Object.getPrototypeOf([].values())) as object;
const ASYNC_ITERATOR = Object.getPrototypeOf(
  Object.getPrototypeOf(Object.getPrototypeOf((async function* () {})())),
) as object;

const LIST = "a list of what it gives";
const CONTENT = "what is read of it";

/** Members of a list, and fields of an object, that are looked at. */
const MEMBERS = 100;

/**
 * Refuse a result that a second caller would find used up. What can be shared with care is kept, and told once: so is
 * what a plain object, a list or a Map has as a member.
 * @throws {LambentError} for an iterator or a web stream
 */
export function refuseReadOnce(value: unknown, { counters, notify }: CacheDefinition): void {
  if (!isObject(value)) return;
  let found: ReadOnce | undefined;
  let at = "";
  try {
    found = readOnce(value);
    if (found === undefined) [at, found] = memberReadOnce(value) ?? [at, found];
  } catch {
    return; // a getter or a Proxy's trap threw
  }
  if (found === undefined) return;
  if (found.isCertain && at === "") throw refusal(counters.cache, found);
  const { what, instead } = found;
  void notify((notices) => notices.readOnce(what, at, instead));
}

/** @throws {LambentError} if calls of the function return generators */
export function refuseGeneratorFunction(fn: unknown, cache: string): void {
  if (types.isGeneratorFunction(fn)) throw refusal(cache, { what: "a generator", instead: LIST });
}

function refusal(cache: string, { what, instead }: Pick<ReadOnce, "what" | "instead">): LambentError {
  return new LambentError(
    `${cache} returned ${what}, which can be read only once: a later call would get it used up. Return ${instead}, or do without the cache`,
  );
}

function readOnce(value: Candidate & object): ReadOnce | undefined {
  const isIterator = ITERATOR.isPrototypeOf(value) || ASYNC_ITERATOR.isPrototypeOf(value);
  if (isIterator) {
    return { what: types.isGeneratorObject(value) ? "a generator" : "an iterator", instead: LIST, isCertain: true };
  }
  const { next, pipe, [Symbol.toStringTag]: tag } = value;
  const isAsyncIterable = typeof value[Symbol.asyncIterator] === "function";
  const isIterable = isAsyncIterable || typeof value[Symbol.iterator] === "function";
  if (typeof next === "function" && (isIterable || isRecord(value)))
    return { what: "an iterator", instead: LIST, isCertain: false };
  // A stream itself, a reader of one, and what has one of its two ends as `readable`, as a DecompressionStream has.
  if (typeof tag === "string" && (tag.startsWith("ReadableStream") || isWebStream(value.readable))) {
    return { what: `a ${tag}`, instead: CONTENT, isCertain: true };
  }
  if ((tag === "Response" || tag === "Request") && isObject(value.body)) {
    return {
      what: value.bodyUsed === true ? `a ${tag} that has been read` : `a ${tag}`,
      instead: `${CONTENT} (await response.json()), or clone() it in each call`,
      isCertain: false,
    };
  }
  // A socket, which is written to as well, is a connection and may be shared.
  const isSource =
    typeof value.write !== "function" ||
    typeof value._transform === "function" ||
    value.writable === false ||
    classOf(value) === "Duplexify"; // what Duplex.from and compose make
  if (typeof pipe === "function" && typeof value.read === "function" && isSource) {
    return { what: "a stream", instead: `${CONTENT}, or a path that each call opens`, isCertain: false };
  }
  // A directory's handle, the lines of a readline interface, a database's cursor.
  if (isAsyncIterable && typeof value.close === "function" && typeof pipe !== "function") {
    return { what: `an open ${classOf(value)}`, instead: LIST, isCertain: false };
  }
  return undefined;
}

/** An instance of a class has no members here: it may keep what it likes. */
function memberReadOnce(value: object): [at: string, ReadOnce | undefined] | undefined {
  if (types.isMap(value)) return memberOf(value, (key) => `.get(${String(key)})`);
  if (types.isSet(value)) return memberOf(value.entries(), () => "a member");
  if (!Array.isArray(value) && !isRecord(value)) return undefined;
  let looked = 0;
  // `for … in`, since to list the keys of a small record would take as long as all else here.
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key]; // any property of any object can be read
    const found = isObject(member) ? readOnce(member) : undefined;
    if (found !== undefined) return [Array.isArray(value) ? `[${key}]` : printPath("", [key]), found];
    if (++looked === MEMBERS) return undefined;
  }
  return undefined;
}

function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isWebStream(value: unknown): boolean {
  return isObject(value) && (value as Candidate)[Symbol.toStringTag] === "ReadableStream";
}

function classOf({ constructor }: Candidate): string {
  return typeof constructor === "function" ? constructor.name : "iterable";
}

function memberOf(
  entries: Iterable<[key: unknown, member: unknown]>,
  placeOf: (key: unknown) => string,
): [at: string, ReadOnce | undefined] | undefined {
  let looked = 0;
  for (const [key, member] of entries) {
    const found = isObject(member) ? readOnce(member) : undefined;
    if (found !== undefined) return [placeOf(key), found];
    if (++looked === MEMBERS) return undefined;
  }
  return undefined;
}
