/** Elements of one collection that are measured; the others count as their average. */
const SAMPLED_MEMBERS = 256;
/** Objects in one value, and in one object of a key, that are measured; the others count as 0 bytes. */
const MAX_OBJECTS = 10_000;
const MAX_KEY_OBJECTS = 100;
const MAX_DEPTH = 500;

/**
 * What V8 takes for an object, for one property or element of it, and for one element of a Map or Set with its share of
 * free slots.
 */
const OBJECT_BYTES = 24;
const SLOT_BYTES = 8;
const HASH_SLOT_BYTES = 40;

/**
 * An estimate of the bytes that a value keeps in memory: strings, objects, collections, and the memory of buffers,
 * which is outside of V8's heap. What closures, private fields and native code hold cannot be seen and counts as
 * nothing.
 */
export function estimateBytes(value: unknown, maxObjects: number = MAX_OBJECTS): number {
  if (typeof value !== "object" || value === null) return primitiveBytes(value);
  try {
    return flatBytes(value) ?? new Estimate(maxObjects).of(value);
  } catch {
    return OBJECT_BYTES; // a getter or a Proxy's trap threw
  }
}

/** The same for an object or a text that is part of a key: keys are measured for each load, so less is looked at. */
export function estimateKeyBytes(value: unknown): number {
  return estimateBytes(value, MAX_KEY_OBJECTS);
}

/** The size of a record without objects in it, which needs no set of seen objects; undefined for all other values. */
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
  if (typeof value === "string") return OBJECT_BYTES + textBytes(value);
  if (typeof value === "bigint") return OBJECT_BYTES + value.toString(16).length / 2;
  return typeof value === "function" ? 64 : SLOT_BYTES;
}

/**
 * V8 keeps a text with any such character in two bytes for each. Of a text in one byte each, V8 tells without looking
 * at it that there is none, so that this takes 50 ns whatever the length.
 */
const TWO_BYTE_CHARACTER = /[^\0-\xff]/;

function textBytes(text: string): number {
  return TWO_BYTE_CHARACTER.test(text) ? 2 * text.length : text.length;
}

class Estimate {
  readonly #maxObjects: number;
  readonly #seen = new Set<object>();
  #depth = 0;

  constructor(maxObjects: number) {
    this.#maxObjects = maxObjects;
  }

  of(value: unknown): number {
    if (typeof value !== "object" || value === null) return primitiveBytes(value);
    if (this.#seen.has(value) || this.#seen.size > this.#maxObjects || this.#depth > MAX_DEPTH) return 0;
    this.#seen.add(value);
    this.#depth++;
    const bytes = this.#objectBytes(value);
    this.#depth--;
    return bytes;
  }

  #objectBytes(value: object): number {
    if (ArrayBuffer.isView(value)) return OBJECT_BYTES * 4 + this.#viewedBytes(value);
    if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return OBJECT_BYTES * 4 + value.byteLength;
    if (Array.isArray(value)) return OBJECT_BYTES + this.#elementBytes(value, value.length, SLOT_BYTES);
    if (value instanceof Map)
      return OBJECT_BYTES + this.#elementBytes(keysAndValues(value), value.size * 2, HASH_SLOT_BYTES / 2);
    if (value instanceof Set) return OBJECT_BYTES + this.#elementBytes(value, value.size, HASH_SLOT_BYTES);
    let bytes = OBJECT_BYTES;
    for (const key of Object.keys(value)) bytes += SLOT_BYTES + this.of((value as Record<string, unknown>)[key]);
    return bytes;
  }

  /**
   * A view keeps its whole buffer alive. Buffers of up to `Buffer.poolSize` bytes may be the pool that Node shares
   * among small ones, so of these only the view's own part counts.
   */
  #viewedBytes(view: ArrayBufferView): number {
    if (view.buffer.byteLength <= Buffer.poolSize) return view.byteLength;
    if (this.#seen.has(view.buffer)) return 0;
    this.#seen.add(view.buffer);
    return view.buffer.byteLength;
  }

  /** @param each bytes of one slot */
  #elementBytes(elements: Iterable<unknown>, length: number, each: number): number {
    let measured = 0;
    let bytes = 0;
    for (const element of elements) {
      if (measured++ === SAMPLED_MEMBERS) break;
      // All else fits into the slot, which `each` counts.
      if (typeof element === "object" || typeof element === "string") bytes += this.of(element);
    }
    return length * each + (bytes * length) / Math.max(1, Math.min(measured, SAMPLED_MEMBERS));
  }
}

function* keysAndValues(map: Map<unknown, unknown>): Iterable<unknown> {
  for (const [key, value] of map) yield* [key, value];
}
