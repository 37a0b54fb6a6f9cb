import { isObject, type Json } from "../sdk/base/json.ts";
import type { ListElements } from "./list-elements.ts";
import type { Batch, BatchList, StoredList } from "./payload.ts";

/** The inputs of the items of a batch. Of a stored list, elements are read as they are needed. */
export class BatchInputs {
  /** What all items have. */
  readonly #bound: object;
  readonly #lists: readonly (readonly [string, BatchList])[];
  readonly #opened = new Map<string, Promise<ListElements>>();

  constructor(bound: Json | undefined, lists: Batch["lists"]) {
    this.#bound = isObject(bound) ? bound : {};
    this.#lists = Object.entries(lists);
  }

  /**
   * @param position of the item in the batch
   * @param index of the item in the whole map
   * @throws {LambentError} if a stored list is gone
   */
  async of(position: number, index: number): Promise<Json> {
    const own = this.#lists.map(async ([name, list]): Promise<[string, Json]> => [
      name,
      (isStored(list) ? await (await this.#open(name, list)).at(index) : list[position]) ?? null,
    ]);
    return { ...this.#bound, ...Object.fromEntries(await Promise.all(own)) };
  }

  #open(name: string, list: StoredList): Promise<ListElements> {
    let opened = this.#opened.get(name);
    if (opened === undefined) {
      // Most batches need none of it.
      opened = import("./list-elements.ts").then(({ openList }) => openList(list));
      this.#opened.set(name, opened);
    }
    return opened;
  }
}

function isStored(list: BatchList): list is StoredList {
  return "$list" in list;
}
