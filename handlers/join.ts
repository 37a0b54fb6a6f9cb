import type { Json } from "../sdk/base/json.ts";
import { currentStore } from "../sdk/store/current-store.ts";
import { LambentError } from "../sdk/base/errors.ts";
import { PAYLOAD_BYTES } from "../sdk/base/aws-limits.ts";
import { isWhole, type Budget, type Reads } from "../sdk/values/budget.ts";
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

/** Bytes of an element and a comma. */
const LEAST_ELEMENT_BYTES = 2;

/** A piece that is not empty: the list as the state machine has carried it, or the parts that it has in the store. */
type Piece = { readonly bytes: number } & ({ readonly list: readonly Json[] } | { readonly stored: StoredList });

/**
 * Lists one after the other as one.
 * @param task whose outputs they are, for messages
 * @param budget how many bytes it may have as it is, and what the state machine reads of it. Absent: all
 * @returns the list, or its mark if it is larger and nothing but maps and tasks read it
 * @throws {LambentError} if the state machine reads more of it than Step Functions carries
 */
export async function join(
  task: string,
  { pieces }: Join,
  { bytes, reads }: Budget = { bytes: Infinity },
): Promise<Json> {
  const isRead = reads !== undefined && reads.list !== true;
  const full = pieces.filter((piece) => countOf(piece) > 0);
  const [only, ...others] = full;
  // What is stored already stays where it is, and is not even opened.
  if (!isRead && only !== undefined && "$list" in only && others.length === 0 && only.$list.bytes > bytes) {
    return { $list: only.$list };
  }
  const opened = await Promise.all(full.map(open));
  const together = togetherBytes(opened.map((piece) => piece.bytes));
  if (!isRead && together > bytes) return joined(opened);
  if (isRead) checkSize(task, pieces, together, reads);
  const elements: Json[] = [];
  for (const piece of opened) {
    for (const element of "list" in piece ? piece.list : await piece.stored.range(0, Infinity)) elements.push(element);
  }
  const shown = await readable(elements, reads);
  // What the states of a map's items read is in the places of marks now, and may be more than fits.
  return isRead || jsonBytes(shown) <= bytes ? shown : joined(opened);
}

/** Refuse what can be no state's result before all of it is fetched. */
function checkSize(task: string, pieces: readonly BatchList[], bytes: number, reads: Reads): void {
  const count = pieces.reduce((sum, piece) => sum + countOf(piece), 0);
  const least = isWhole(reads) ? bytes : count * LEAST_ELEMENT_BYTES;
  if (least <= PAYLOAD_BYTES) return;
  throw new LambentError(
    `the outputs of task ${task}'s ${count} items are ${bytes} bytes together. Tasks and maps get them from the store, but ` +
      `here ${reads.by} reads them, and Step Functions carries ${PAYLOAD_BYTES} bytes: have a task make of them what is ` +
      "read, return less in each, or return S3Files",
  );
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
