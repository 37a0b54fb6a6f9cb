import type { Bar } from "../model.ts";

/**
 * The bar of a later timeline that was this one in an earlier one. Its lane, its kind and its beginning are told better
 * when its receipt comes; its name, its attempt and its child execution stay.
 */
export function sameBar(bar: Bar, lanes: readonly (readonly Bar[])[]): Bar | undefined {
  const called = lanes
    .flat()
    .filter(({ label, attempt, child }) => label === bar.label && attempt === bar.attempt && child === bar.child);
  return called.reduce<Bar | undefined>(
    (best, one) => (best === undefined || distance(one, bar) < distance(best, bar) ? one : best),
    undefined,
  );
}

function distance(one: Bar, other: Bar): number {
  return Math.abs(one.start - other.start);
}
