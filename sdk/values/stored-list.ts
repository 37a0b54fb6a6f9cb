import type { Json } from "../base/json.ts";
import { LambentError } from "../base/errors.ts";
import type { StoreLocation } from "../store/current-store.ts";
import type { ListManifest, ListPart, ListWriter } from "./list-writer.ts";
import { LIST_MARK } from "./mark-names.ts";
import { fetchText, hashIn } from "./stored-text.ts";

/** The byte of a line break. JSON on one line has none. */
const LINE_BREAK = 0x0a;

/** A list in the store, of which single elements can be read. */
export class StoredList {
  readonly parts: readonly ListPart[];
  readonly #location: StoreLocation;
  /** Of each part the index of its first element. */
  readonly #firsts: readonly number[];
  /** The part that was read last. Neighbours are in it, also when others have taken its place in memory. */
  #last: { readonly part: number; readonly lines: Promise<Lines> } | undefined;

  private constructor(location: StoreLocation, parts: readonly ListPart[]) {
    let first = 0;
    this.#location = location;
    this.parts = parts;
    this.#firsts = parts.map(({ count }) => (first += count) - count);
  }

  /**
   * @param content what is in the list's mark
   * @throws {LambentError} if it is no content of such a mark, or the list is gone
   */
  static async open(location: StoreLocation, content: Json | undefined): Promise<StoredList> {
    const { key } = (content ?? {}) as { readonly key?: Json }; // undefined if it is no object
    if (typeof key !== "string" || hashIn(key) === undefined) {
      throw new LambentError(
        `${JSON.stringify({ [LIST_MARK]: content })} stands for no stored list: leave this name to Lambent`,
      );
    }
    const text = await fetchText(location, key);
    // By its hash it is a text that `ListWriter` wrote.
    return new StoredList(location, (JSON.parse(text.toString("utf8")) as ListManifest).parts);
  }

  /** The element at an index; null if there is none. Marks in it stay as they are. */
  async at(index: number): Promise<Json> {
    const part = this.#partOf(index);
    const first = this.#firsts[part];
    if (first === undefined) return null;
    return parse((await this.#lines(part)).at(index - first));
  }

  /** The elements from an index to another, which is not one of them. */
  async range(from: number, to: number): Promise<Json[]> {
    const elements: Json[] = [];
    for (let part = this.#partOf(from); part < this.parts.length; part++) {
      const first = this.#firsts[part] ?? Infinity;
      if (first >= to) break;
      const all = parse((await this.#lines(part)).text) as Json[]; // a part is a list
      for (const element of all.slice(Math.max(0, from - first), to - first)) elements.push(element);
    }
    return elements;
  }

  /** Add its parts to another list, and the elements of parts of fewer bytes than `small` one by one. */
  async copyTo(writer: ListWriter, small: number): Promise<void> {
    for (const [index, part] of this.parts.entries()) {
      if (part.bytes >= small) await writer.addPart(part);
      else for (const element of (await this.#lines(index)).first(part.count)) await writer.add(element);
    }
  }

  #partOf(index: number): number {
    let [low, high] = [0, this.parts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { count = 0 } = this.parts[middle] ?? {};
      if ((this.#firsts[middle] ?? 0) + count > index) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #lines(part: number): Promise<Lines> {
    if (this.#last?.part === part) return this.#last.lines;
    const lines = fetchText(this.#location, this.parts[part]?.key ?? "").then((text) => new Lines(text));
    lines.catch(() => (this.#last = undefined)); // what failed is tried again
    this.#last = { part, lines };
    return lines;
  }
}

/** The text of a part, of which elements are found by the line breaks between them, without reading the others. */
class Lines {
  readonly text: Buffer;
  /** The line that was read last, and where it begins: from there to the next is not far. */
  #line = 0;
  #start = 1;

  constructor(text: Buffer) {
    this.text = text;
  }

  /** The JSON of an element. */
  at(line: number): Buffer {
    if (line < this.#line) [this.#line, this.#start] = [0, 1];
    // Some 1 ms for 1 MiB. `indexOf` takes ten times as long where lines are short.
    for (; this.#line < line; this.#start++) if (this.text[this.#start] === LINE_BREAK) this.#line++;
    return this.text.subarray(this.#start, this.#end());
  }

  /** The JSON of each of the first elements. */
  *first(count: number): Generator<Buffer> {
    for (let line = 0; line < count; line++) yield this.at(line);
  }

  #end(): number {
    const next = this.text.indexOf(LINE_BREAK, this.#start);
    return next === -1 ? this.text.byteLength - 1 : next - 1; // before the bracket, or the comma
  }
}

function parse(text: Buffer): Json {
  return JSON.parse(text.toString("utf8")) as Json; // by its hash it was written as JSON
}
