import { LambentError } from "../../base/errors.ts";
import { isObject } from "../../base/json.ts";
import { InternedToken } from "./tokens.ts";
import type { Branch, TrieNode } from "./trie-node.ts";

/**
 * An object with the methods of `Equatable`, of whatever types. An author's `equals` is written for instances of its
 * own class; here it may be called with an instance of another.
 */
export interface UntypedEquatable {
  equals(other: unknown): unknown;
  hashCode(): unknown;
}

export function isEquatable(value: object): value is UntypedEquatable {
  const { equals, hashCode } = value as Partial<UntypedEquatable>; // any property of any object can be read
  return typeof equals === "function" && typeof hashCode === "function";
}

/** The token of a value with `equals` and `hashCode`, and of all values that equal it. */
export class Representative extends InternedToken {
  readonly token = "representative";
  readonly value: UntypedEquatable;
  readonly prototype: unknown;
  readonly bytes: number;
  /**
   * One edge of the trie that carries this token, the one made last: the node it leads from, and the one it leads to.
   */
  parent: Branch | undefined;
  node: TrieNode | undefined;
  /** The next in the list of those with the same hash. */
  next: Representative | undefined;
  readonly release: () => void;

  constructor(
    value: UntypedEquatable,
    prototype: unknown,
    bytes: number,
    next: Representative | undefined,
    release: () => void,
  ) {
    super();
    this.value = value;
    this.prototype = prototype;
    this.bytes = bytes;
    this.next = next;
    this.release = release;
  }

  setEdge(parent: Branch | undefined, node: TrieNode | undefined): void {
    this.parent = parent;
    this.node = node;
  }
}

/** The values with `equals` and `hashCode` that occur in one cache's keys. */
export class Representatives {
  readonly #byHash = new Map<unknown, Representative>();
  /** New ones are added here; the tokeniser releases those that end up in no key. */
  readonly #unclaimed: InternedToken[];
  readonly #estimate: (value: unknown) => number;

  /** @param estimate returns the bytes that a value takes */
  constructor(unclaimed: InternedToken[], estimate: (value: unknown) => number) {
    this.#unclaimed = unclaimed;
    this.#estimate = estimate;
  }

  /** The representative of a value; undefined if it has none, or lacks the methods. */
  find(value: object): Representative | undefined {
    // `isEquatable` written out: once V8 has read a property here, it knows the hidden class and with it the prototype.
    const { equals, hashCode } = value as Partial<UntypedEquatable>; // any property of any object can be read
    if (typeof equals !== "function" || typeof hashCode !== "function") return undefined;
    const prototype: unknown = Object.getPrototypeOf(value);
    const instance = value as UntypedEquatable; // both methods are there
    let candidate = this.#byHash.get(instance.hashCode());
    while (candidate !== undefined && !represents(candidate, instance, prototype)) candidate = candidate.next;
    return candidate;
  }

  /**
   * The representative of a value, made if there is none.
   * @throws {LambentError} when `hashCode` returns neither a number nor a string
   */
  intern(value: UntypedEquatable, prototype: unknown): Representative {
    const existing = this.find(value);
    if (existing !== undefined) return existing;
    const hash = value.hashCode();
    if (typeof hash !== "number" && typeof hash !== "string") {
      throw new LambentError(
        `${className(value)}.hashCode() returned ${hash === null ? "null" : `a value of type ${typeof hash}`}: return a number or a string`,
      );
    }
    // Before `#byHash` is read: it runs the author's methods, which may call the cache and so add to `#byHash`.
    const copy = snapshot(value, hash);
    const bytes = this.#estimate(copy);
    const made = new Representative(copy, prototype, bytes, this.#byHash.get(hash), () => this.#release(hash, made));
    this.#byHash.set(hash, made);
    this.#unclaimed.push(made);
    return made;
  }

  #release(hash: unknown, unused: Representative): void {
    let first = this.#byHash.get(hash);
    if (first === unused) first = unused.next;
    for (let other = first; other !== undefined; other = other.next) {
      if (other.next === unused) other.next = unused.next;
    }
    if (first === undefined) this.#byHash.delete(hash);
    else this.#byHash.set(hash, first);
  }
}

/**
 * Whether a value equals the one that is represented. Within one class one call of `equals` is enough. Instances of two
 * classes must each say that they equal the other; an `equals` that throws at an instance of another class says no.
 */
function represents(representative: Representative, value: UntypedEquatable, prototype: unknown): boolean {
  const original = representative.value;
  if (representative.prototype === prototype) return original === value || Boolean(original.equals(value));
  try {
    return Boolean(original.equals(value)) && Boolean(value.equals(original));
  } catch {
    return false;
  }
}

/**
 * A copy of the instance with the same fields, so that the key stays the same when the author changes the instance. If
 * the class does not take the copy for equal, since it compares private fields, which cannot be copied, it is the
 * instance itself, which must then not change.
 */
function snapshot(value: UntypedEquatable, hash: unknown): UntypedEquatable {
  try {
    const copy: unknown = Object.create(Object.getPrototypeOf(value), Object.getOwnPropertyDescriptors(value));
    const isCopy = isObject(copy) && isEquatable(copy);
    return isCopy && copy.hashCode() === hash && copy.equals(value) && value.equals(copy) ? copy : value;
  } catch {
    return value;
  }
}

function className(value: object): string {
  const { constructor } = value;
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "an anonymous class";
}
