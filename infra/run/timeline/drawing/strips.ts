import type { Bar } from "../model.ts";

/** The bars of a lane that are side by side, by when they begin. */
export interface Strip {
  /** How many rows below the lane's first one. */
  readonly level: number;
  readonly isItem: boolean;
  readonly isBatch: boolean;
  readonly bars: readonly Bar[];
  /** Of each bar and all before it, the last end: it only grows, so that what is in view is found by halving. */
  readonly ends: readonly number[];
}

const STRIPS = new WeakMap<readonly Bar[], readonly Strip[]>();

/**
 * A lane's strips, those with items last, so that they are drawn over the batches around them. They are made once for a
 * list of bars, and not for each picture.
 * @param bars of one lane, by when they begin
 */
export function stripsOf(bars: readonly Bar[]): readonly Strip[] {
  const known = STRIPS.get(bars);
  if (known !== undefined) return known;
  const byKey = new Map<number, Bar[]>();
  for (const bar of bars) {
    const key = 2 * bar.row + (bar.kind === "item" ? 1 : 0);
    const own = byKey.get(key);
    if (own === undefined) byKey.set(key, [bar]);
    else own.push(bar);
  }
  const strips = [...byKey]
    .toSorted(([one], [other]) => (one % 2) - (other % 2) || one - other)
    .map(([key, own]) => stripOf(Math.floor(key / 2), key % 2 === 1, own));
  STRIPS.set(bars, strips);
  return strips;
}

function stripOf(level: number, isItem: boolean, bars: readonly Bar[]): Strip {
  let last = Number.NEGATIVE_INFINITY;
  const ends = bars.map(({ end }) => (last = Math.max(last, end)));
  return { level, isItem, isBatch: bars.some(({ kind }) => kind === "batch"), bars, ends };
}

/** The number of the first bar of a strip that may end after a time. */
export function firstInView({ ends }: Strip, from: number): number {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ends[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
