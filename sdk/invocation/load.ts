import { isObject } from "../base/json.ts";

/** One call of a cached function that is under way, and the other loads that it waits for. */
export class Load {
  /** `possibleFreezes` when it began: if that has grown since, the load may never end (see invocation.ts). */
  readonly freezesBefore: number;
  /** The number of the last invocation that will get the value. */
  lastHolder = 0;
  isSettled = false;
  /** The load whose function called for this one. */
  readonly #parent: Load | undefined;
  #waitsFor: Set<Load> | undefined;

  constructor(freezesBefore: number, parent: Load | undefined) {
    this.freezesBefore = freezesBefore;
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

  /** Whether this load cannot settle before `other` does: if `other` waited for this one too, neither ever would. */
  dependsOn(other: Load, seen: Set<Load> = new Set()): boolean {
    if (this === other) return true;
    if (this.isSettled || seen.has(this)) return false;
    seen.add(this);
    for (const next of this.#waitsFor ?? []) if (next.dependsOn(other, seen)) return true;
    return false;
  }
}

export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return thenOf(value) !== undefined;
}

/** The `then` of what `await` waits for; undefined for all else, and for what does not let it be read. */
export function thenOf(value: unknown): Function | undefined {
  if (!isObject(value) && typeof value !== "function") return undefined;
  try {
    const { then } = value as { readonly then?: unknown }; // any property of any object can be read
    return typeof then === "function" ? then : undefined;
  } catch {
    return undefined;
  }
}
