/** What a list can keep: its neighbours are in it, so that keeping it costs no further object. */
export interface Listed<T> {
  newer: T | undefined;
  older: T | undefined;
  /** Estimated bytes, or what `sizeOf` said. */
  bytes: number;
}

/** Things by last use, with room for so many entries and bytes. Does not order by a Map, whose front is slow to delete. */
export class Lru<T extends Listed<T>> {
  readonly maxEntries: number;
  readonly maxBytes: number;
  entries = 0;
  bytes = 0;
  newest: T | undefined = undefined;
  oldest: T | undefined = undefined;

  constructor(maxEntries: number, maxBytes: number) {
    this.maxEntries = maxEntries;
    this.maxBytes = maxBytes;
  }

  get isOverfull(): boolean {
    return this.entries > this.maxEntries || this.bytes > this.maxBytes;
  }

  add(item: T): void {
    this.entries++;
    this.bytes += item.bytes;
    this.#link(item);
  }

  remove(item: T): void {
    this.entries--;
    this.bytes -= item.bytes;
    this.#unlink(item);
  }

  /** Make an item of the list its newest. */
  touch(item: T): void {
    const { newest } = this;
    if (newest === item) return;
    this.#unlink(item);
    this.#link(item);
  }

  #link(item: T): void {
    item.older = this.newest;
    item.newer = undefined;
    if (this.newest === undefined) this.oldest = item;
    else this.newest.newer = item;
    this.newest = item;
  }

  #unlink(item: T): void {
    const { newer, older } = item;
    if (newer === undefined) this.newest = older;
    else newer.older = older;
    if (older === undefined) this.oldest = newer;
    else older.newer = newer;
  }
}
