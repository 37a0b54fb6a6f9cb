import { InternedToken } from "./tokens.ts";

/**
 * V8 hashes longer texts by their length alone, so that a Map with a thousand of one length compares each with all
 * others: 10 ms for each lookup when texts of 100 KB differ at their ends only.
 */
const HASHED_CHARACTERS = 16_383;

/** Characters at the beginning, in the middle and at the end of a text by which it is looked up. */
const MARK_CHARACTERS = 64;

export function isLongText(value: unknown): value is string {
  return typeof value === "string" && value.length > HASHED_CHARACTERS;
}

/** The token of a long text, and of all texts that equal it. */
class LongText extends InternedToken {
  readonly token = "long text";
  readonly text: string;
  readonly bytes: number;
  readonly release: () => void;

  constructor(text: string, bytes: number, release: (unused: LongText) => void) {
    super();
    this.text = text;
    this.bytes = bytes;
    this.release = () => release(this);
  }
}

/** The long texts that occur in one cache's keys, each kept once. */
export class LongTexts {
  readonly #byMark = new Map<string, LongText[]>();
  /** New ones are added here; the tokeniser releases those that end up in no key. */
  readonly #unclaimed: InternedToken[];

  readonly #estimate: (value: unknown) => number;

  /** @param estimate returns the bytes that a value takes */
  constructor(unclaimed: InternedToken[], estimate: (value: unknown) => number) {
    this.#unclaimed = unclaimed;
    this.#estimate = estimate;
  }

  intern(text: string): LongText {
    const mark = markOf(text);
    const alike = this.#byMark.get(mark) ?? [];
    const existing = alike.find((one) => one.text === text);
    if (existing !== undefined) return existing;
    const made = new LongText(text, this.#estimate(text), (unused) => this.#release(mark, unused));
    this.#byMark.set(mark, [...alike, made]);
    this.#unclaimed.push(made);
    return made;
  }

  #release(mark: string, unused: LongText): void {
    const others = (this.#byMark.get(mark) ?? []).filter((one) => one !== unused);
    if (others.length === 0) this.#byMark.delete(mark);
    else this.#byMark.set(mark, others);
  }
}

function markOf(text: string): string {
  const middle = text.length >> 1;
  const parts = [
    text.slice(0, MARK_CHARACTERS),
    text.slice(middle, middle + MARK_CHARACTERS),
    text.slice(-MARK_CHARACTERS),
  ];
  return `${text.length} ${parts.join("")}`;
}
