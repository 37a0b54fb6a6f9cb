/**
 * Numbers by which a plan decides. Each has a key, and for one seed the same key gives the same number: what is asked
 * for in between, and in which order, changes nothing. So a plan that has lost some of its faults is otherwise the same.
 */
export class Chance {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
  }

  /** In [0, 1). */
  at(key: string): number {
    let hash = 0x811c9dc5 ^ this.#seed; // FNV-1a
    for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
    // The last step of MurmurHash3: without it, keys that differ in their last letter would have near numbers.
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  between(key: string, least: number, most: number): number {
    return least + Math.floor(this.at(key) * (most - least + 1));
  }

  /** One of a list; undefined of an empty one. */
  pick<T>(key: string, list: readonly T[]): T | undefined {
    return list[Math.floor(this.at(key) * list.length)];
  }
}
