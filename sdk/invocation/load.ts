import { isObject } from "../base/json.ts";

/** One run of a cached function that is under way, and what it waits for. */
export class Load {
  /** The stretch of time without a freeze in which it began (see `awakeFor` in invocation.ts). */
  readonly awake: number;
  /** The last invocation that may be given the value. */
  givenTo = 0;
  isSettled = false;
  /** The load whose function called for this one. */
  readonly #parent: Load | undefined;
  #waitsFor: Set<Load> | undefined;

  constructor(awake: number, parent: Load | undefined) {
    this.awake = awake;
    this.#parent = parent;
    parent?.waitFor(this);
  }

  waitFor(other: Load): void {
    if (this.isSettled) return;
    this.#waitsFor ??= new Set();
    this.#waitsFor.add(other);
  }

  settle(): void {
    this.isSettled = true;
    this.#waitsFor = undefined;
    this.#parent?.forget(this);
  }

  forget(settled: Load): void {
    this.#waitsFor?.delete(settled);
  }

  /** Whether this load cannot settle before `other` does. */
  dependsOn(other: Load, seen: Set<Load> = new Set()): boolean {
    if (this === other) return true;
    if (this.isSettled || seen.has(this)) return false;
    seen.add(this);
    for (const next of this.#waitsFor ?? []) if (next.dependsOn(other, seen)) return true;
    return false;
  }
}

export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return isObject(value) && "then" in value && typeof value.then === "function";
}
