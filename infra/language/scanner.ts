/** Reads a small language from its text, from left to right. */
export class Scanner {
  readonly text: string;
  position = 0;
  readonly #what: string;

  /** @param what Names the text in errors: `path`, `intrinsic function`. */
  constructor(text: string, what: string) {
    this.text = text;
    this.#what = what;
  }

  get done(): boolean {
    return this.position >= this.text.length;
  }

  sees(literal: string): boolean {
    return this.text.startsWith(literal, this.position);
  }

  take(literal: string): boolean {
    if (!this.sees(literal)) return false;
    this.position += literal.length;
    return true;
  }

  expect(literal: string): void {
    if (!this.take(literal)) throw this.error(literal);
  }

  space(): void {
    this.match(/\s*/y);
  }

  /** What a sticky expression matches here, or undefined when that is nothing. */
  match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.position;
    const found = sticky.exec(this.text)?.[0];
    if (found === undefined || found === "") return undefined;
    this.position += found.length;
    return found;
  }

  integer(): number | undefined {
    const text = this.match(/-?\d+/y);
    return text === undefined ? undefined : Number(text);
  }

  number(): number | undefined {
    const text = this.match(/[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
    return text === undefined ? undefined : Number(text);
  }

  /** A text in single or double quotes; a backslash takes a quote as it is, and is itself before anything else. */
  quoted(): string {
    const quote = this.text[this.position] ?? "";
    let value = "";
    for (let at = this.position + 1; at < this.text.length; at++) {
      const character = this.text[at] ?? "";
      if (character === quote) {
        this.position = at + 1;
        return value;
      }
      if (character === "\\" && this.text[at + 1] === quote) value += this.text[++at] ?? "";
      else value += character;
    }
    throw this.error(`a closing ${quote}`);
  }

  error(expected: string): SyntaxError {
    const rest = this.text.slice(this.position, this.position + 20);
    return new SyntaxError(
      `${this.#what} '${this.text}': expected ${expected} at character ${this.position + 1}${rest === "" ? ", but it ends there" : `, but there is '${rest}'`}`,
    );
  }
}
