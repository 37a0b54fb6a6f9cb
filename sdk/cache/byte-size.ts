/** Elements of one collection that are looked at; the rest are taken to be like them. */
const SAMPLED_MEMBERS = 256;
/** Objects that are looked at in one value; the rest of it is taken to weigh nothing. */
const MAX_OBJECTS = 10_000;
const MAX_DEPTH = 500;

/** What V8 needs for an object, a slot of it, and a Map's or Set's slot with its free room. */
const OBJECT_BYTES = 24;
const SLOT_BYTES = 8;
const HASH_SLOT_BYTES = 40;

/**
 * About how many bytes a value keeps alive: strings, objects, collections, and the memory of buffers, which is not in
 * V8's heap. What a closure, a private field or native code holds cannot be seen: give `sizeOf` for those.
 */
export function estimateBytes(value: unknown): number {
  if (typeof value !== "object" || value === null) return primitiveBytes(value);
  try {
    return flatBytes(value) ?? new Estimate().of(value);
  } catch {
    return OBJECT_BYTES; // a getter or a proxy that throws: nothing can be said of what is behind it
  }
}

/** Most values that are no models are small records, for which nothing need be kept in mind. */
function flatBytes(value: object): number | undefined {
  if (value.constructor !== Object || Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  let bytes = OBJECT_BYTES;
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    if (typeof member === "object" && member !== null) return undefined;
    bytes += SLOT_BYTES + primitiveBytes(member);
  }
  return bytes;
}

function primitiveBytes(value: unknown): number {
  if (typeof value === "string") return OBJECT_BYTES + value.length;
  if (typeof value === "bigint") return OBJECT_BYTES + value.toString(16).length / 2;
  return typeof value === "function" ? 64 : SLOT_BYTES;
}

class Estimate {
  readonly #seen = new Set<object>();
  #depth = 0;

  of(value: unknown): number {
    if (typeof value !== "object" || value === null) return primitiveBytes(value);
    if (this.#seen.has(value) || this.#seen.size > MAX_OBJECTS || this.#depth > MAX_DEPTH) return 0;
    this.#seen.add(value);
    this.#depth++;
    const bytes = this.#object(value);
    this.#depth--;
    return bytes;
  }

  #object(value: object): number {
    if (ArrayBuffer.isView(value)) return OBJECT_BYTES * 4 + this.#memory(value);
    if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return OBJECT_BYTES * 4 + value.byteLength;
    if (Array.isArray(value)) return OBJECT_BYTES + this.#elements(value, value.length, SLOT_BYTES);
    if (value instanceof Map) return OBJECT_BYTES + this.#elements(pairs(value), value.size * 2, HASH_SLOT_BYTES / 2);
    if (value instanceof Set) return OBJECT_BYTES + this.#elements(value, value.size, HASH_SLOT_BYTES);
    let bytes = OBJECT_BYTES;
    for (const key of Object.keys(value)) bytes += SLOT_BYTES + this.of((value as Record<string, unknown>)[key]);
    return bytes;
  }

  /** A view keeps its whole buffer, unless that is Node's pool of small ones. */
  #memory(view: ArrayBufferView): number {
    if (view.buffer.byteLength <= Buffer.poolSize) return view.byteLength;
    if (this.#seen.has(view.buffer)) return 0;
    this.#seen.add(view.buffer);
    return view.buffer.byteLength;
  }

  #elements(elements: Iterable<unknown>, length: number, each: number): number {
    let looked = 0;
    let bytes = 0;
    for (const element of elements) {
      if (looked++ === SAMPLED_MEMBERS) break;
      // A number or a reference fits the slot itself.
      if (typeof element === "object" || typeof element === "string") bytes += this.of(element);
    }
    return length * each + (bytes * length) / Math.max(1, Math.min(looked, SAMPLED_MEMBERS));
  }
}

function* pairs(map: Map<unknown, unknown>): Iterable<unknown> {
  for (const [key, value] of map) yield* [key, value];
}
