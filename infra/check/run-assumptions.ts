import type { Json } from "../../sdk/base/json.ts";

/** What no definition tells of its runs, as far as somebody has said it. */
export interface RunAssumptions {
  /** Items of maps, by a map's name; those that are not named have `items`. */
  readonly itemsOf?: Readonly<Record<string, number>>;
  /** Items of each map of whose list nothing else is known. Default {@link ASSUMED_ITEMS}. */
  readonly items?: number;
  /** The execution's input. */
  readonly input?: Readonly<Record<string, Json>>;
  /** Milliseconds that a task takes for one item, by the task's name; those that are not named take `itemMs`. */
  readonly msOf?: Readonly<Record<string, number>>;
  /** Default {@link ASSUMED_MS}. */
  readonly itemMs?: number;
  /** Where `msOf` is from, if it was measured, for people to read. */
  readonly measured?: string;
}

/** Characters of an item as JSON, where they are not known. */
export const ASSUMED_CHARACTERS = 100;

/** Items of a map, and milliseconds of a task, where nobody has said how many. */
export const ASSUMED_ITEMS = 100;
export const ASSUMED_MS = 100;
