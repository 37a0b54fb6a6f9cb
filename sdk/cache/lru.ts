import type { Room, RoomItem } from "./room.ts";

/**
 * A list that knows its least recently used item.
 *
 * A use only writes a number into the item (`Room.touch`). Moving it in a linked list, as is usual, would take half as
 * long again as the `Map.get` that finds it. So `#items` is not in order all the time; `oldest` sorts it when it has to:
 * - The first `#sortedCount` items were sorted by their last use when the room's clock was at `#sortedAt`. `#head` is
 *   the first of these that may still be the oldest.
 * - An item there that was not used since then (`usedAt` is at most `#sortedAt`) is older than all items behind it.
 * - One that was used since is skipped. When all have been skipped or removed, the whole list is sorted again.
 */
export class Lru<T extends RoomItem> {
  readonly #room: Room;
  #count = 0;
  /** With items that have been removed, until the next sort; undefined in the place of those that were the oldest. */
  #items: (T | undefined)[] = [];
  #head = 0;
  #sortedCount = 0;
  #sortedAt = 0;

  constructor(room: Room) {
    this.#room = room;
  }

  add(item: T): void {
    if (this.#items.length > 2 * this.#count + 16) this.#sort();
    this.#room.touch(item);
    this.#items.push(item);
    this.#count++;
  }

  remove(item: T): void {
    item.usedAt = 0;
    // The oldest is removed most often, and dropped from the list at once; all others when the list is sorted.
    if (this.#items[this.#head] === item) this.#items[this.#head++] = undefined;
    this.#count--;
  }

  oldest(): T | undefined {
    if (this.#count === 0) return undefined;
    for (;;) {
      for (; this.#head < this.#sortedCount; this.#head++) {
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
    let isSorted = true; // stays so if no item was used since it was added
    for (const item of items) {
      if (item === undefined || item.usedAt === 0) continue;
      if (item.usedAt < latest) isSorted = false;
      latest = item.usedAt;
      items[kept++] = item;
    }
    items.length = kept;
    if (!isSorted) items.sort(byUse);
    this.#head = 0;
    this.#sortedCount = kept;
    this.#sortedAt = this.#room.clock;
  }
}

function byUse(a: RoomItem | undefined, b: RoomItem | undefined): number {
  return (a?.usedAt ?? 0) - (b?.usedAt ?? 0);
}
