import type { VirtualTime } from "./virtual-time.ts";

interface Waiting {
  /** Milliseconds until it is due, of those in which the replica is not frozen. */
  left: number;
  armedAt: number;
  callOff: (() => void) | undefined;
  readonly fn: () => void;
}

/** What `setTimeout` gives on Node.js, as far as programs use it. */
export interface ReplicaTimer {
  ref(): ReplicaTimer;
  unref(): ReplicaTimer;
  hasRef(): boolean;
  refresh(): ReplicaTimer;
  close(): void;
  [Symbol.toPrimitive](): number;
}

/**
 * The clocks and timers of one replica. While it is frozen its timers and its monotonic clock stand still, as those of a
 * paused machine do, and its wall clock goes on. When it has ended nothing that it waited for comes.
 */
export class ReplicaClock {
  readonly #time: VirtualTime;
  readonly #timers = new Map<number, Waiting>();
  #lastId = 0;
  /** Milliseconds by which its wall clock has been set. */
  #offset = 0;
  #frozenSince: number | undefined;
  #frozenFor = 0;
  #hasEnded = false;
  readonly #began: number;

  constructor(time: VirtualTime) {
    this.#time = time;
    this.#began = time.now();
  }

  /** Of the wall: milliseconds since the epoch. */
  wall(): number {
    return this.#time.now() + this.#offset;
  }

  /** Milliseconds since the replica was started, without those in which it was frozen. */
  monotonic(): number {
    const now = this.#frozenSince ?? this.#time.now();
    return now - this.#began - this.#frozenFor;
  }

  /** Set the wall clock, by so many milliseconds. */
  jump(milliseconds: number): void {
    this.#offset += milliseconds;
  }

  freeze(): void {
    if (this.#frozenSince !== undefined) return;
    this.#frozenSince = this.#time.now();
    for (const timer of this.#timers.values()) {
      timer.callOff?.();
      timer.left -= this.#time.now() - timer.armedAt;
    }
  }

  thaw(): void {
    if (this.#frozenSince === undefined) return;
    this.#frozenFor += this.#time.now() - this.#frozenSince;
    this.#frozenSince = undefined;
    for (const [id, timer] of this.#timers) this.#arm(id, timer);
  }

  end(): void {
    this.#hasEnded = true;
    for (const { callOff } of this.#timers.values()) callOff?.();
    this.#timers.clear();
  }

  /** @returns its number, for {@link cancel} */
  after(milliseconds: number, fn: () => void): number {
    const id = ++this.#lastId;
    if (this.#hasEnded) return id;
    const timer: Waiting = { left: milliseconds, armedAt: this.#time.now(), callOff: undefined, fn };
    this.#timers.set(id, timer);
    if (this.#frozenSince === undefined) this.#arm(id, timer);
    return id;
  }

  cancel(id: number): void {
    this.#timers.get(id)?.callOff?.();
    this.#timers.delete(id);
  }

  /** Resolves after so many milliseconds; never, if the replica ends before. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  #arm(id: number, timer: Waiting): void {
    timer.armedAt = this.#time.now();
    timer.callOff = this.#time.after(timer.left, () => {
      this.#timers.delete(id);
      timer.fn();
    });
  }
}

/** What `setTimeout` and its like are in a replica. */
export function timerFunctions(clock: ReplicaClock): Readonly<Record<string, unknown>> {
  function started(fn: () => void, milliseconds: number, isRepeated: boolean): ReplicaTimer {
    // Node.js takes less than a millisecond, and what is no number, for one.
    const period = milliseconds >= 1 ? milliseconds : 1;
    let id: number;
    function arm(): void {
      id = clock.after(period, () => {
        if (isRepeated) arm();
        fn();
      });
    }
    const timer: ReplicaTimer = {
      ref: () => timer,
      unref: () => timer,
      hasRef: () => true,
      refresh() {
        clock.cancel(id);
        arm();
        return timer;
      },
      close: () => clock.cancel(id),
      [Symbol.toPrimitive]: () => id,
    };
    arm();
    return timer;
  }
  function clear(timer: ReplicaTimer | number | undefined | null): void {
    if (typeof timer === "object") timer?.close();
    else if (timer !== undefined) clock.cancel(Number(timer));
  }
  return {
    setTimeout: (fn: (...args: unknown[]) => void, ms = 1, ...args: unknown[]) => started(() => fn(...args), ms, false),
    setInterval: (fn: (...args: unknown[]) => void, ms = 1, ...args: unknown[]) => started(() => fn(...args), ms, true),
    setImmediate: (fn: (...args: unknown[]) => void, ...args: unknown[]) => started(() => fn(...args), 1, false),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  };
}

/** `node:timers/promises` in a replica. */
export function timerPromises(clock: ReplicaClock): Readonly<Record<string, unknown>> {
  function delay<T>(ms = 1, value?: T, { signal }: { readonly signal?: AbortSignal } = {}): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      function abort(): void {
        clock.cancel(id);
        reject(new DOMException("The operation was aborted", "AbortError"));
      }
      const id = clock.after(Math.max(1, ms), () => {
        signal?.removeEventListener("abort", abort);
        resolve(value);
      });
      if (signal?.aborted === true) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    });
  }
  async function* interval<T>(ms = 1, value?: T): AsyncGenerator<T | undefined> {
    for (;;) yield await delay(ms, value);
  }
  return {
    setTimeout: delay,
    setImmediate: (value?: unknown) => delay(1, value),
    setInterval: interval,
    scheduler: { wait: (ms: number) => delay(ms), yield: () => delay(1) },
  };
}
