import type { LogLine as PrintedLine } from "../../emulator/replicas/replica-pool.ts";

/** A line that a replica has printed, as it is kept. */
export interface KeptLine extends PrintedLine {
  /** From 1. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** So many lines are kept, and characters of all of them. */
const LINES = 10_000;
const CHARACTERS = 4 * 2 ** 20;
/** And of one: half a megabyte in one line is no line that anybody reads. */
const LINE = 65_536;

/** What replicas have printed, the last of it. */
export class LogBook {
  #lines: KeptLine[] = [];
  /** Where the lines that are kept begin: what is before it goes when there is as much of it. */
  #first = 0;
  #characters = 0;
  #last = 0;

  /** The number of the line that was added last; 0: there is none. */
  get last(): number {
    return this.#last;
  }

  /** How many have been forgotten. */
  get forgotten(): number {
    return this.#last - (this.#lines.length - this.#first);
  }

  add(line: PrintedLine): void {
    const { length } = line.text;
    const text =
      length <= LINE ? line.text : `${line.text.slice(0, LINE)}… (${length.toLocaleString("en")} characters)`;
    this.#lines.push({ ...line, text, number: ++this.#last, at: Date.now() });
    this.#characters += text.length;
    while (this.#lines.length - this.#first > LINES || this.#characters > CHARACTERS)
      this.#characters -= this.#lines[this.#first++]?.text.length ?? 0;
    if (this.#first < LINES) return;
    this.#lines = this.#lines.slice(this.#first);
    this.#first = 0;
  }

  /** The latest of those after the number that fit, the oldest of these first. */
  find(after: number, most: number, fits: (line: KeptLine) => boolean): KeptLine[] {
    const found: KeptLine[] = [];
    for (let index = this.#lines.length - 1; index >= this.#first && found.length < most; index--) {
      const line = this.#lines[index];
      if (line === undefined || line.number <= after) break;
      if (fits(line)) found.push(line);
    }
    return found.toReversed();
  }
}
