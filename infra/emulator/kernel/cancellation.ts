import { setMaxListeners } from "node:events";
import { Cancelled } from "../../language/cancelled.ts";

/**
 * A tree of what is to be stopped together: an execution, within it each Map or Parallel state, within that
 * each attempt with a timeout. Lighter than AbortController, which an inline Map of 100,000 items would feel.
 */
export class Cancellation {
  readonly #listeners = new Set<() => void>();
  readonly #detach: (() => void) | undefined;
  readonly #parent: Cancellation | undefined;
  #cancelled = false;
  #isSuspended = false;
  #controller: AbortController | undefined;

  constructor(parent?: Cancellation) {
    this.#parent = parent;
    this.#detach = parent?.onCancel(() => this.cancel());
  }

  /** Another process goes on with it: what goes on elsewhere is not to be stopped. */
  get isSuspended(): boolean {
    return this.#isSuspended || this.#parent?.isSuspended === true;
  }

  /** Cancels what is to go on in another process. */
  suspend(): void {
    this.#isSuspended = true;
    this.cancel();
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** For callees that take an AbortSignal; made on first use. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      // One listener per call in flight, and a Map has many: no leak.
      setMaxListeners(0, this.#controller.signal);
      if (this.#cancelled) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#detach?.();
    this.#controller?.abort();
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** Leaves the parent, when the work is done. */
  release(): void {
    this.#detach?.();
  }

  throwIfCancelled(): void {
    if (this.#cancelled) throw new Cancelled();
  }

  /** Calls `listener` at the cancellation, at once if that has happened; the returned function calls it off. */
  onCancel(listener: () => void): () => void {
    if (this.#cancelled) {
      listener();
      return () => {};
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
