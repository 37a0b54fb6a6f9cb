import { useEffect, useState } from "preact/hooks";

/** A value that parts of the page follow. */
export class Store<T> {
  readonly #watchers = new Set<() => void>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set value(value: T) {
    this.#value = value;
    for (const tell of this.#watchers) tell();
  }

  watch(tell: () => void): () => void {
    this.#watchers.add(tell);
    return () => this.#watchers.delete(tell);
  }
}

/** The store's value, or what is picked of it; what is shown is made anew when that changes. */
export function useStore<T, Picked = T>(store: Store<T>, pick: (value: T) => Picked = asItIs): Picked {
  const [, renew] = useState<unknown>();
  const picked = pick(store.value);
  useEffect(() => {
    let last = picked;
    function compare(): void {
      const now = pick(store.value);
      if (Object.is(now, last)) return;
      last = now;
      renew({});
    }
    compare(); // it may have changed before it was watched
    return store.watch(compare);
  }, [store, picked]);
  return picked;
}

function asItIs<T, Picked>(value: T): Picked {
  return value as unknown as Picked; // the default of `pick`, where Picked is T
}
