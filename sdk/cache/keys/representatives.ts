import { LambentError } from "../../base/errors.ts";
import { Interned } from "./builtin-classes.ts";
import type { Branch, Place } from "./trie-node.ts";

/** An object with the methods of `Equatable`; unlike an author's `equals`, this one may be handed a stranger. */
export interface ByProtocol {
  equals(other: unknown): unknown;
  hashCode(): unknown;
}

export function followsProtocol(value: object): value is ByProtocol {
  const { equals, hashCode } = value as Partial<ByProtocol>;
  return typeof equals === "function" && typeof hashCode === "function";
}

/** One value of a class with `equals` and `hashCode`, standing for all that equal it. */
export class Representative extends Interned {
  readonly token = "representative";
  readonly value: ByProtocol;
  readonly prototype: unknown;
  /** Where it was last made part of a path: the place before it, and the one it leads to. */
  parent: Branch | undefined;
  place: Place | undefined;
  /** Another with the same hash. */
  next: Representative | undefined;
  readonly release: () => void;

  constructor(value: ByProtocol, prototype: unknown, next: Representative | undefined, release: () => void) {
    super();
    this.value = value;
    this.prototype = prototype;
    this.next = next;
    this.release = release;
  }

  standAt(parent: Branch | undefined, place: Place | undefined): void {
    this.parent = parent;
    this.place = place;
  }
}

/** The values of classes that follow the protocol, as far as one cache's keys hold them. */
export class Representatives {
  readonly #byHash = new Map<unknown, Representative>();
  /** Where to note what is made. */
  readonly #fresh: Interned[];

  constructor(fresh: Interned[]) {
    this.#fresh = fresh;
  }

  /** What stands for this value, if it follows the protocol and anything does. */
  find(value: object): Representative | undefined {
    // The marked place, as in `followsProtocol`; read here, so that V8 knows the class when it asks for its prototype.
    const { equals, hashCode } = value as Partial<ByProtocol>;
    if (typeof equals !== "function" || typeof hashCode !== "function") return undefined;
    const prototype: unknown = Object.getPrototypeOf(value);
    const instance = value as ByProtocol;
    let candidate = this.#byHash.get(instance.hashCode());
    while (candidate !== undefined && !stands(candidate, instance, prototype)) candidate = candidate.next;
    return candidate;
  }

  /** @throws {LambentError} when the class's hash is of no use. */
  intern(value: ByProtocol, prototype: unknown): Representative {
    const known = this.find(value);
    if (known !== undefined) return known;
    const hash = value.hashCode();
    if (typeof hash !== "number" && typeof hash !== "string") {
      throw new LambentError(
        `${className(value)}.hashCode() returned ${hash === null ? "null" : `a value of type ${typeof hash}`}: return a number or a string`,
      );
    }
    const sample = snapshot(value, hash); // first, for it may come back here
    const made = new Representative(sample, prototype, this.#byHash.get(hash), () => this.#release(hash, made));
    this.#byHash.set(hash, made);
    this.#fresh.push(made);
    return made;
  }

  #release(hash: unknown, unused: Representative): void {
    let first = this.#byHash.get(hash);
    if (first === unused) first = unused.next;
    for (let at = first; at !== undefined; at = at.next) if (at.next === unused) at.next = unused.next;
    if (first === undefined) this.#byHash.delete(hash);
    else this.#byHash.set(hash, first);
  }
}

/** Within one class one direction is enough; a stranger must agree both ways, and may not know what it is handed. */
function stands(representative: Representative, value: ByProtocol, prototype: unknown): boolean {
  const sample = representative.value;
  if (representative.prototype === prototype) return sample === value || Boolean(sample.equals(value));
  try {
    return Boolean(sample.equals(value)) && Boolean(value.equals(sample));
  } catch {
    return false;
  }
}

/**
 * A copy that a later change of the instance's fields does not reach, if the class takes it for the same value;
 * one that keeps private state does not, and must be immutable.
 */
function snapshot(value: ByProtocol, hash: unknown): ByProtocol {
  try {
    const copy: unknown = Object.create(Object.getPrototypeOf(value), Object.getOwnPropertyDescriptors(value));
    const isCopy = isObject(copy) && followsProtocol(copy);
    return isCopy && copy.hashCode() === hash && copy.equals(value) && value.equals(copy) ? copy : value;
  } catch {
    return value;
  }
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

export function className(value: object): string {
  const { constructor } = value;
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "an anonymous class";
}
