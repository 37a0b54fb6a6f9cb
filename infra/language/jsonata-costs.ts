import { CHARACTERS_PER_UNIT, sizeOf, widthOf } from "./value-size.ts";

/** What JSONata's own functions look through to the last leaf. */
const DEEP = new Set(["string", "clone", "merge", "keys", "spread", "each", "sift", "boolean", "not", "distinct"]);

/** Functions that are called for every item, by way of the engine. */
const PER_ITEM = new Set(["map", "filter", "single", "reduce", "each", "sift"]);
const UNITS_OF_ITEM = 20;
const UNITS_OF_SORTED_ITEM = 100;
/** Each may be the end of an item. */
const UNITS_OF_SPLIT_CHARACTER = 4;

/** Units (see `value-size.ts`) of time or memory, whichever is more, that a call will take. Counts little beyond `most`. */
export function builtInCost(name: string, args: readonly unknown[], most: number): number {
  const [first] = args;
  const length = Array.isArray(first) ? first.length : 1;
  let size = growthOf(name, args) / CHARACTERS_PER_UNIT;
  for (const value of args) size += DEEP.has(name) ? sizeOf(value, most) : widthOf(value);
  if (name === "sort") return size + length * UNITS_OF_SORTED_ITEM;
  if (name === "split") return size + textLength(first) * UNITS_OF_SPLIT_CHARACTER;
  if (name === "toMillis" && isAmbiguous(args[1])) return Number.POSITIVE_INFINITY;
  return PER_ITEM.has(name) ? size + length * UNITS_OF_ITEM : size;
}

/** Characters of the text that a call will make, where that can be far more than it is given. */
export function growthOf(name: string, args: readonly unknown[]): number {
  const [first, second, third] = args;
  if (name === "pad") return Math.abs(Number(second)) || 0;
  if (name === "join" && Array.isArray(first)) {
    return first.reduce<number>((sum, item) => sum + textLength(item) + textLength(second), 0);
  }
  // As many times as there are characters, at most.
  if (name === "replace" && typeof first === "string") return first.length + first.length * textLength(third);
  return 0;
}

function textLength(value: unknown): number {
  return typeof value === "string" ? value.length : 0;
}

/** A picture whose parts follow each other directly can be read in very many ways. */
function isAmbiguous(picture: unknown): boolean {
  return typeof picture === "string" && (picture.match(/\]\w*(?=\[)/g) ?? []).length > 2;
}
