import type { Json } from "../sdk/base/json.ts";
import { currentStore } from "../sdk/store/current-store.ts";
import { StoredList } from "../sdk/values/stored-list.ts";
import type { BatchList } from "./payload.ts";

/** The elements of a list, wherever it is. Marks in them stay as they are. */
export interface ListElements {
  /** Null if there is none. */
  at(index: number): Promise<Json>;
  range(from: number, to: number): Promise<readonly Json[]>;
}

/** @throws {LambentError} if a stored list is gone */
export async function openList(list: BatchList): Promise<ListElements> {
  return "$list" in list ? StoredList.open(await currentStore(), list.$list) : new PlainList(list);
}

/** One that the state machine has carried. */
class PlainList implements ListElements {
  readonly #list: readonly Json[];

  constructor(list: readonly Json[]) {
    this.#list = list;
  }

  async at(index: number): Promise<Json> {
    return this.#list[index] ?? null;
  }

  async range(from: number, to: number): Promise<readonly Json[]> {
    return this.#list.slice(from, to);
  }
}
