import type { Json } from "../sdk/base/json.ts";
import { currentStore } from "../sdk/store/current-store.ts";
import type { Budget } from "../sdk/values/budget.ts";
import { jsonBytes } from "../sdk/values/json-bytes.ts";
import { ListWriter, PART_BYTES, togetherBytes } from "../sdk/values/list-writer.ts";
import { addElements } from "../sdk/values/store-value.ts";
import { StoredList } from "../sdk/values/stored-list.ts";
import { readable } from "./item-range.ts";
import type { BatchList, Join } from "./payload.ts";

/**
 * Bytes of a part that is copied into one with its neighbours. Every copy is read and written once more; without any, a
 * list of a million numbers from pieces of a thousand would be a thousand objects.
 */
const SMALL_PART_BYTES = PART_BYTES / 8;

/** A piece that is not empty: the list as the state machine has carried it, or the parts that it has in the store. */
type Piece = { readonly bytes: number } & ({ readonly list: readonly Json[] } | { readonly stored: StoredList });

/**
 * Lists one after the other as one.
 * @param budget how many bytes it may have as it is, and what the state machine reads of it. Absent: all
 * @returns the list, or its mark if it is larger and nothing but maps and tasks read it
 */
export async function join({ pieces }: Join, { bytes, reads }: Budget = { bytes: Infinity }): Promise<Json> {
  const isRead = reads !== undefined && reads.list !== true;
  const opened = await Promise.all(pieces.filter((piece) => countOf(piece) > 0).map(open));
  if (!isRead && togetherBytes(opened.map((piece) => piece.bytes)) > bytes) return joined(opened);
  const elements: Json[] = [];
  for (const piece of opened) {
    for (const element of "list" in piece ? piece.list : await piece.stored.range(0, Infinity)) elements.push(element);
  }
  return isRead ? readable(elements, reads) : elements;
}

function countOf(piece: BatchList): number {
  return "$list" in piece ? piece.$list.count : piece.length;
}

async function open(piece: BatchList): Promise<Piece> {
  if (!("$list" in piece)) return { bytes: jsonBytes(piece), list: piece };
  return { bytes: piece.$list.bytes, stored: await StoredList.open(await currentStore(), piece.$list) };
}

/** A stored list of the parts of all pieces, as they are in the store, but for small ones. */
async function joined(pieces: readonly Piece[]): Promise<Json> {
  const location = await currentStore();
  const writer = new ListWriter(location);
  for (const piece of pieces) {
    if ("list" in piece) await addElements(location, writer, piece.list);
    else await piece.stored.copyTo(writer, SMALL_PART_BYTES);
  }
  return writer.end();
}
