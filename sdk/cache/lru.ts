/** What an `Lru` can keep: when it was last used is told by the item itself. */
export interface Listed {
  /** By the list's own clock, which counts uses; 0 for what is not, or no longer, in a list. */
  usedAt: number;
  /** Estimated bytes, or what `sizeOf` said. */
  bytes: number;
}

/**
 * Items by last use, with room for so many and so many bytes.
 *
 * A use only writes a number: moving the item in a linked list would cost as much again as half of the `Map.get` that
 * finds it. The order is put right when the oldest is asked for: `items` up to `#sorted` are in the order of their last
 * use as of `#sortedAt`. One there that was not used since is older than all behind it; any that was is passed over,
 * and stands at its place again when those are used up and all are sorted anew.
 */
export class Lru<T extends Listed> {
  readonly maxEntries: number;
  readonly maxBytes: number;
  entries = 0;
  bytes = 0;
  #items: (T | undefined)[] = [];
  #clock = 0;
  #head = 0;
  #sorted = 0;
  #sortedAt = 0;

  constructor(maxEntries: number, maxBytes: number) {
    this.maxEntries = maxEntries;
    this.maxBytes = maxBytes;
  }

  get isOverfull(): boolean {
    return this.entries > this.maxEntries || this.bytes > this.maxBytes;
  }

  add(item: T): void {
    if (this.#items.length > 2 * this.entries + 16) this.#sort();
    item.usedAt = ++this.#clock;
    this.#items.push(item);
    this.entries++;
    this.bytes += item.bytes;
  }

  remove(item: T): void {
    item.usedAt = 0;
    // Others leave their place when all are sorted; the oldest, the one that leaves most often, at once.
    if (this.#items[this.#head] === item) this.#items[this.#head++] = undefined;
    this.entries--;
    this.bytes -= item.bytes;
  }

  touch(item: T): void {
    item.usedAt = ++this.#clock;
  }

  oldest(): T | undefined {
    if (this.entries === 0) return undefined;
    for (;;) {
      for (; this.#head < this.#sorted; this.#head++) {
        const item = this.#items[this.#head];
        if (item !== undefined && item.usedAt > 0 && item.usedAt <= this.#sortedAt) return item;
      }
      this.#sort();
    }
  }

  #sort(): void {
    const items = this.#items;
    let kept = 0;
    let latest = 0;
    let isSorted = true; // where nothing was used since it was added
    for (const item of items) {
      if (item === undefined || item.usedAt === 0) continue;
      if (item.usedAt < latest) isSorted = false;
      latest = item.usedAt;
      items[kept++] = item;
    }
    items.length = kept;
    if (!isSorted) items.sort(byUse);
    this.#head = 0;
    this.#sorted = kept;
    this.#sortedAt = this.#clock;
  }
}

function byUse(a: Listed | undefined, b: Listed | undefined): number {
  return (a?.usedAt ?? 0) - (b?.usedAt ?? 0);
}
