/** Work that has a place. It is long once it has had the place for a while. */
interface Holder {
  readonly interrupted: AbortController;
  isLong: boolean;
}

/**
 * What has a place. It tells when it has made ready; its time counts from then on. The signal says that others need
 * the place, and that it is to begin again later.
 */
type Work<T> = (onBegin: () => void, interrupted: AbortSignal) => Promise<T>;

/**
 * So many places for work that takes a moment or very long, which nobody knows beforehand. Where all places are held
 * by long work and somebody waits, one of them begins again later: long work has all places but one at most.
 */
export class Places {
  readonly #most: number;
  readonly #longAfterMs: number;
  readonly #holders = new Set<Holder>();
  readonly #new: (() => void)[] = [];
  /** Those that have been interrupted. */
  readonly #long: (() => void)[] = [];

  constructor(most: number, longAfterMs: number) {
    this.#most = most;
    this.#longAfterMs = longAfterMs;
  }

  /** @param work Can be begun again. Rejects once it is interrupted. */
  async run<T>(work: Work<T>): Promise<T> {
    for (let isLong = false; ; isLong = true) {
      const holder: Holder = { interrupted: new AbortController(), isLong };
      await this.#enter(holder);
      let timer: NodeJS.Timeout | undefined;
      const onBegin = (): void => {
        timer = setTimeout(() => {
          holder.isLong = true;
          this.#makeWay();
        }, this.#longAfterMs);
      };
      try {
        return await work(onBegin, holder.interrupted.signal);
      } catch (error) {
        if (!holder.interrupted.signal.aborted) throw error;
      } finally {
        clearTimeout(timer);
        this.#holders.delete(holder);
        this.#fill();
      }
    }
  }

  #enter(holder: Holder): Promise<void> {
    return new Promise((resolve) => {
      (holder.isLong ? this.#long : this.#new).push(() => {
        this.#holders.add(holder);
        resolve();
      });
      this.#fill();
      this.#makeWay();
    });
  }

  /** Gives free places to those that wait. */
  #fill(): void {
    while (this.#holders.size < this.#most) {
      const mayBeLong = this.#longHolders().length < this.#most - 1;
      const next = (mayBeLong ? this.#long.shift() : undefined) ?? this.#new.shift();
      if (next === undefined) return;
      next();
    }
  }

  #makeWay(): void {
    if (this.#new.length === 0) return;
    const long = this.#longHolders();
    if (long.length === this.#most) long.at(-1)?.interrupted.abort();
  }

  #longHolders(): readonly Holder[] {
    return [...this.#holders].filter(({ isLong }) => isLong);
  }
}
