import { StringDecoder } from "node:string_decoder";

/** Characters of a line that are logged as one, the rest of it as the next: 256 Ki, as in CloudWatch Logs. */
export const LINE_CHARACTERS = 262_144;
/** Milliseconds after which a line without an end, as of a progress display, is logged as far as it has come. */
export const SHOWN_AFTER_MS = 1000;

/**
 * Makes lines of what is written to a stream in chunks of any size. A character that is split over chunks is put
 * together. A carriage return begins the line anew, as on a terminal, so that of a progress display the last state is
 * logged. Each character is looked at once, however long it is held back.
 */
export class OutputLines {
  readonly #emit: (lines: string) => void;
  readonly #decoder: StringDecoder = new StringDecoder("utf8");
  /** Complete lines that have not been emitted, and their characters. */
  #complete: string[] = [];
  #completeLength = 0;
  /** What has come since the last line break. */
  #line = "";
  #lineBegan = 0;
  /** Whether the next character begins the line anew. Until then the line is as it was before the carriage return. */
  #isReturned = false;

  /** @param emit called with one line, or with several if they were written at once; without the line break at the end */
  constructor(emit: (lines: string) => void) {
    this.#emit = emit;
  }

  /** Milliseconds since the line began that has no end yet; undefined if there is none. */
  get age(): number | undefined {
    return this.#line === "" ? undefined : performance.now() - this.#lineBegan;
  }

  /** @param isVerbatim carriage returns are characters like others */
  write(chunk: string | Uint8Array, isVerbatim = false): void {
    const text = typeof chunk === "string" ? this.#decoder.end() + chunk : this.#decoder.write(chunk);
    const lines = text.split("\n");
    const rest = lines.pop() ?? "";
    for (const line of lines) {
      this.#append(line, isVerbatim);
      this.#complete.push(this.#line);
      this.#completeLength += this.#line.length;
      this.#clearLine();
      if (this.#completeLength >= LINE_CHARACTERS) this.#emitComplete();
    }
    this.#append(rest, isVerbatim);
    this.#emitComplete();
  }

  /** Log the line that has no end yet. */
  flush(): void {
    if (this.#line !== "") this.#emit(this.#line);
    this.#clearLine();
  }

  #append(text: string, isVerbatim: boolean): void {
    if (text === "") return;
    if (this.#line === "") this.#lineBegan = performance.now();
    if (isVerbatim) this.#continue(text);
    else this.#overwrite(text);
    while (this.#line.length > LINE_CHARACTERS) this.#emitBeginning();
  }

  #overwrite(text: string): void {
    let end = text.length;
    while (end > 0 && text[end - 1] === "\r") end -= 1;
    const start = text.lastIndexOf("\r", end - 1) + 1;
    if (start > 0) this.#isReturned = true;
    if (end > 0) this.#continue(text.slice(start, end));
    if (end < text.length) this.#isReturned = true;
  }

  #continue(text: string): void {
    this.#line = this.#isReturned ? text : this.#line + text;
    this.#isReturned = false;
  }

  #emitBeginning(): void {
    this.#emitComplete();
    const last = this.#line.charCodeAt(LINE_CHARACTERS - 1);
    // The two halves of a character that takes two UTF-16 units stay together.
    const end = last >= 0xd800 && last < 0xdc00 ? LINE_CHARACTERS - 1 : LINE_CHARACTERS;
    this.#emit(this.#line.slice(0, end));
    this.#line = this.#line.slice(end);
    this.#lineBegan = performance.now();
  }

  #emitComplete(): void {
    if (this.#complete.length > 0) this.#emit(this.#complete.join("\n"));
    this.#complete = [];
    this.#completeLength = 0;
  }

  #clearLine(): void {
    this.#line = "";
    this.#isReturned = false;
  }
}
