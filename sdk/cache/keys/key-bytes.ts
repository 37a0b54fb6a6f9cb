import { InternedToken, PrivateToken } from "./tokens.ts";

/** What V8 takes for a leaf with its place in a Map, for a branch, for the slot of a token, and for a text. */
const LEAF_BYTES = 120;
const BRANCH_BYTES = 80;
const SLOT_BYTES = 8;
const TEXT_BYTES = 24;
/** A number that is no small integer is an object of its own. */
const FRACTION_BYTES = 16;

/** Of each key so much is free: a cache counts it with the entry. */
export const SMALL_KEY_BYTES = 200;
/** Of all keys of a cache together so much is free: its first shapes and branches. */
const SMALL_TRIE_BYTES = 2048;

/** Texts of so many characters are kept and counted once, however many keys contain them. */
const SHARED_CHARACTERS = 1024;

const identitySizes = new WeakMap<object, number>();

/**
 * Measure an object that is compared by identity, once. Not while it is inserted: an estimate reads fields, and so may
 * run the author's getters, which may call the cache.
 */
export function measureIdentity(value: object, estimate: (value: unknown) => number): void {
  if (!identitySizes.has(value)) identitySizes.set(value, estimate(value));
}

interface Shared {
  /** The first of the texts that are equal. */
  readonly token: unknown;
  readonly bytes: number;
  uses: number;
}

/**
 * Estimates what a trie takes in memory, while keys are inserted and removed. Each token counts where a node holds it,
 * so that what many keys begin with counts once; long texts, and objects that are compared by identity, count once
 * wherever they are.
 */
export class KeyBytes {
  leaves = 0;
  branches = 0;
  readonly #estimate: (value: unknown) => number;
  /** Of all tokens. */
  #tokens = 0;
  readonly #shared = new Map<unknown, Shared>();

  /** @param estimate returns the bytes that a value takes */
  constructor(estimate: (value: unknown) => number) {
    this.#estimate = estimate;
  }

  /** What the trie takes beyond what is free. */
  get beyondFree(): number {
    const nodes = this.branches * BRANCH_BYTES + this.leaves * (LEAF_BYTES - SMALL_KEY_BYTES);
    return Math.max(0, this.#tokens + nodes - SMALL_TRIE_BYTES);
  }

  /** Count a token that a node gets. Returns the token to keep: for a long text the first that equals it. */
  claim(token: unknown): unknown {
    const bytes = bytesOfPrimitive(token);
    this.#tokens += bytes > 0 ? bytes : SLOT_BYTES;
    if (bytes > 0) return token;
    if (token instanceof InternedToken) {
      if (token.uses++ === 0) this.#tokens += token.bytes;
      return token;
    }
    if (token instanceof PrivateToken) return token;
    const shared = this.#shared.get(token) ?? this.#share(token);
    shared.uses++;
    return shared.token;
  }

  /** Count a token no more that a node has lost. */
  release(token: unknown): void {
    const bytes = bytesOfPrimitive(token);
    this.#tokens -= bytes > 0 ? bytes : SLOT_BYTES;
    if (bytes > 0) return;
    if (token instanceof InternedToken) {
      if (--token.uses > 0) return;
      this.#tokens -= token.bytes;
      token.release();
    } else if (!(token instanceof PrivateToken)) {
      const shared = this.#shared.get(token);
      if (shared === undefined || --shared.uses > 0) return;
      this.#tokens -= shared.bytes;
      this.#shared.delete(token);
    }
  }

  #share(token: unknown): Shared {
    const isMeasured = typeof token === "object" && token !== null;
    const bytes = isMeasured ? (identitySizes.get(token) ?? 0) : this.#estimate(token);
    const shared = { token, bytes, uses: 0 };
    this.#tokens += shared.bytes;
    this.#shared.set(token, shared);
    return shared;
  }
}

/** 0 for an object, and for a primitive that is kept once: a long text, and a bigint, which may be long. */
function bytesOfPrimitive(token: unknown): number {
  switch (typeof token) {
    case "number":
      return (token | 0) === token ? SLOT_BYTES : SLOT_BYTES + FRACTION_BYTES;
    case "string":
      return token.length < SHARED_CHARACTERS ? SLOT_BYTES + TEXT_BYTES + token.length : 0;
    case "object":
      return token === null ? SLOT_BYTES : 0;
    case "function":
    case "bigint":
      return 0;
    default:
      return SLOT_BYTES;
  }
}
