import type { Json } from "../base/json.ts";
import type { StoreLocation } from "../store/current-store.ts";
import { LIST_MARK } from "./mark-names.ts";
import { storeText } from "./stored-text.ts";

/**
 * Bytes of a part. To read one element is to read its part, so smaller is better; but each is a request to S3, of some
 * 20 ms, and 1 MiB takes about as long to come. The 16 MiB that a replica remembers hold enough of them for as many
 * batches of a map as it meets in turn.
 */
export const PART_BYTES = 1024 * 1024;

/** Parts that may be on their way to the store while the next is put together. */
const MOST_PENDING = 8;

/** One object of a stored list: a JSON array with each element in a line of its own. */
export interface ListPart {
  readonly key: string;
  /** How many elements it has. */
  readonly count: number;
  /** Of the JSON of the elements as a list, without the line breaks. */
  readonly bytes: number;
}

/** What a list's key leads to. */
export interface ListManifest {
  readonly parts: readonly ListPart[];
}

/**
 * Writes a stored list element by element, so that the whole is never one text. Equal elements and parts in the same
 * order make an equal list, with the same key.
 */
export class ListWriter {
  readonly #location: StoreLocation;
  readonly #parts: Promise<ListPart>[] = [];
  /** The JSON of the elements of the next part. */
  #elements: Buffer[] = [];
  #bytes = EMPTY_BYTES;

  constructor(location: StoreLocation) {
    this.#location = location;
  }

  /** Add an element by its JSON, which is a text without line breaks. */
  async add(element: Buffer): Promise<void> {
    const more = element.byteLength + (this.#elements.length === 0 ? 0 : 1);
    if (this.#elements.length > 0 && this.#bytes + more > PART_BYTES) await this.#endPart();
    this.#bytes += element.byteLength + (this.#elements.length === 0 ? 0 : 1);
    this.#elements.push(element);
  }

  /** Add all elements of a part that is in the store already. */
  async addPart(part: ListPart): Promise<void> {
    await this.#endPart();
    this.#parts.push(Promise.resolve(part));
  }

  /** @returns the mark of the list */
  async end(): Promise<Json> {
    await this.#endPart();
    const parts = await Promise.all(this.#parts);
    const manifest: ListManifest = { parts };
    const key = await storeText(this.#location, Buffer.from(JSON.stringify(manifest)));
    return listMark(
      key,
      parts.reduce((sum, { count }) => sum + count, 0),
      togetherBytes(parts.map(({ bytes }) => bytes)),
    );
  }

  async #endPart(): Promise<void> {
    const count = this.#elements.length;
    if (count === 0) return;
    const [text, bytes] = [partText(this.#elements), this.#bytes];
    this.#elements = [];
    this.#bytes = EMPTY_BYTES;
    const part = storeText(this.#location, text).then((key): ListPart => ({ key, count, bytes }));
    part.catch(() => undefined); // whoever waits for it learns of it
    this.#parts.push(part);
    await this.#parts.at(-MOST_PENDING);
  }
}

export function listMark(key: string, count: number, bytes: number): Json {
  return { [LIST_MARK]: { key, count, bytes } };
}

/** Bytes of `[]`. */
const EMPTY_BYTES = 2;

/** Bytes of lists one after the other in one. None of them is empty. */
export function togetherBytes(lists: readonly number[]): number {
  // Each gives a bracket for a comma, but for the last.
  return lists.length === 0 ? EMPTY_BYTES : lists.reduce((sum, bytes) => sum + bytes - 1, 1);
}

function partText(elements: readonly Buffer[]): Buffer {
  const separator = Buffer.from(",\n");
  return Buffer.concat([
    Buffer.from("["),
    ...elements.flatMap((element, index) => (index === 0 ? [element] : [separator, element])),
    Buffer.from("]"),
  ]);
}
