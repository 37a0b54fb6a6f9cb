import { equalityKey } from "./equality-key.ts";

/**
 * Functions with the engine's results for lists of any length. The engine's own `$distinct` takes quadratic time, its
 * `$sort` quadratic memory, and its `$max` and `$min` pass every number as an argument, of which there may be 120,000.
 */
export const LIST_FUNCTIONS: Readonly<Record<string, ListFunction>> = {
  distinct,
  sort,
  max: (list) => extreme(list, Math.max),
  min: (list) => extreme(list, Math.min),
};

/** @param this What the engine calls its functions with. */
export type ListFunction = (this: Focus, ...args: unknown[]) => unknown;

interface Focus {
  /** A list that is one value if it has one item. */
  createSequence(): unknown[];
}

type Comes = (one: unknown, other: unknown) => unknown;

function distinct(this: Focus, list: unknown): unknown {
  if (!Array.isArray(list) || list.length <= 1) return list;
  const result = "sequence" in list ? this.createSequence() : [];
  const seen = new Set<unknown>();
  for (const value of list) {
    const key = equalityKey(value);
    if (seen.has(key)) continue;
    seen.add(key);
    result.push(value);
  }
  return result;
}

/** The engine has seen to it that they are numbers. */
function extreme(list: unknown, choose: (one: number, other: number) => number): unknown {
  if (!Array.isArray(list) || list.length === 0) return undefined;
  return list.reduce((one, other) => choose(one, other));
}

function sort(this: Focus, list: unknown, comesAfter?: unknown): unknown {
  if (!Array.isArray(list) || list.length <= 1) return list;
  // The engine has turned the expression's function into one of JavaScript.
  if (typeof comesAfter === "function") return merged(list, comesAfter as Comes);
  const isSortable = ["number", "string"].some((type) => list.every((item) => typeof item === type));
  if (!isSortable) throw { code: "D3070", index: 1 }; // what the engine throws
  return list.toSorted((one, other) => (one > other ? 1 : one < other ? -1 : 0));
}

/** Merge sort, for a comparison that waits; it is asked just what the engine's would be. */
async function merged(list: readonly unknown[], comesAfter: Comes): Promise<readonly unknown[]> {
  if (list.length <= 1) return list;
  const middle = Math.floor(list.length / 2);
  const left = await merged(list.slice(0, middle), comesAfter);
  const right = await merged(list.slice(middle), comesAfter);
  const result: unknown[] = [];
  let [l, r] = [0, 0];
  while (l < left.length && r < right.length) {
    result.push((await comesAfter(left[l], right[r])) ? right[r++] : left[l++]);
  }
  for (const rest of [left.slice(l), right.slice(r)]) for (const item of rest) result.push(item);
  return result;
}
