/**
 * Why a text is no JSON and where, in the words of Jackson, with which AWS reads definitions and inputs; undefined for
 * JSON. Only of what follows a whole value the words are our own: Jackson leaves that unread.
 */
export function jsonFault(text: string): string | undefined {
  try {
    new Reader(text).read();
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

class Fault extends Error {}

/** An object or a list that has begun and not ended. */
interface Open {
  readonly kind: "Object" | "Array";
  /** Where it begins. */
  readonly line: number;
  readonly column: number;
  hasValue: boolean;
}

// Characters that Jackson shows of the text.
const LONGEST_SOURCE = 500;

const TOKEN = /[\p{L}\p{Nl}\p{Sc}\p{Pc}][\p{L}\p{Nl}\p{Sc}\p{Pc}\p{Nd}\p{Mn}\p{Mc}]*/uy;
const DIGITS = /\d+/y;
const VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
const NO_COMMENT =
  "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)";

/** Reads a text from left to right, to the first character that cannot stand where it does. */
class Reader {
  readonly #text: string;
  readonly #open: Open[] = [];
  /** The next character's index. */
  #position = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @throws {Fault} */
  read(): void {
    for (let isFirst = true; ; isFirst = false) {
      let character = this.#next();
      const inner = this.#open.at(-1);
      if (character === undefined) {
        if (isFirst) throw this.#fault("No content to map due to end-of-input");
        if (inner === undefined) return;
        throw this.#end(
          `: expected close marker for ${inner.kind} (start marker at ${this.#place(inner.line, inner.column)})`,
        );
      }
      if (character === "}" || character === "]") {
        this.#close(character, inner);
        continue;
      }
      if (inner?.hasValue === true) {
        if (character !== ",")
          throw this.#unexpected(character, `was expecting comma to separate ${inner.kind} entries`);
        character = this.#nextWithin(inner);
      }
      if (inner === undefined && !isFirst) throw this.#unexpected(character, "was expecting nothing after the value");
      if (inner?.kind === "Object") character = this.#name(character, inner);
      if (inner !== undefined) inner.hasValue = true;
      this.#value(character);
    }
  }

  /** The next character that is no white space, past which the position then is; undefined at the end. */
  #next(): string | undefined {
    for (;;) {
      const character = this.#text[this.#position++];
      switch (character) {
        case undefined:
          this.#position = this.#text.length;
          return undefined;
        case "\n":
          this.#line++;
          this.#lineStart = this.#position;
          break;
        case " ":
        case "\t":
        case "\r":
          break;
        case "/":
          throw this.#unexpected(character, NO_COMMENT);
        default:
          if (character >= " ") return character;
          throw this.#fault(
            `Illegal character (${described(character)}): only regular white space (\\r, \\n, \\t) is allowed between tokens`,
          );
      }
    }
  }

  #nextWithin({ kind }: Open): string {
    const character = this.#next();
    if (character === undefined) throw this.#end(` within/between ${kind} entries`);
    return character;
  }

  #close(character: string, inner: Open | undefined): void {
    const expected = inner?.kind === "Object" ? "}" : "]";
    if (inner === undefined || character !== expected) {
      const { kind, line, column } = inner ?? { kind: "root", line: 1, column: 0 };
      const at = this.#place(line, column);
      throw this.#fault(
        `Unexpected close marker '${character}': expected '${expected}' (for ${kind} starting at ${at})`,
      );
    }
    this.#open.pop();
  }

  /** A member's name, and the first character of its value. */
  #name(character: string, object: Open): string {
    if (character !== '"') throw this.#unexpected(character, "was expecting double-quote to start field name");
    this.#string("name", " in field name");
    const colon = this.#nextWithin(object);
    if (colon !== ":") throw this.#unexpected(colon, "was expecting a colon to separate field name and value");
    return this.#nextWithin(object);
  }

  #value(character: string): void {
    if (character === '"') this.#string("string value", ": was expecting closing quote for a string value");
    else if (character === "{" || character === "[") {
      const kind = character === "{" ? "Object" : "Array";
      this.#open.push({ kind, line: this.#line, column: this.#position - this.#lineStart, hasValue: false });
    } else if (character === "}") throw this.#unexpected(character, "expected a value");
    else if (/[-\d]/.test(character)) this.#number(character);
    else this.#literal(character);
  }

  #string(what: string, unclosed: string): void {
    for (;;) {
      const character = this.#text[this.#position++];
      if (character === undefined) throw this.#end(unclosed);
      if (character === '"') return;
      if (character === "\\") this.#escape();
      else if (character < " ") {
        throw this.#fault(
          `Illegal unquoted character (${described(character)}): has to be escaped using backslash to be included in ${what}`,
        );
      }
    }
  }

  #escape(): void {
    const character = this.#text[this.#position++];
    if (character === undefined) throw this.#end(" in character escape sequence");
    if (!'"\\/bfnrtu'.includes(character)) {
      throw this.#fault(`Unrecognized character escape ${described(character)}`);
    }
    for (let digits = character === "u" ? 4 : 0; digits > 0; digits--) {
      const digit = this.#text[this.#position++];
      if (digit === undefined) throw this.#end(" in character escape sequence");
      if (!/[\da-f]/i.test(digit)) {
        throw this.#unexpected(digit, "expected a hex-digit for character escape sequence");
      }
    }
  }

  #number(first: string): void {
    if (first === "-") this.#digit("expected digit (0-9) to follow minus sign, for valid numeric value");
    const leading = this.#text[this.#position - 1];
    if (leading === "0" && /\d/.test(this.#text[this.#position] ?? "")) {
      throw this.#fault("Invalid numeric value: Leading zeroes not allowed");
    }
    this.#skip(DIGITS);
    if (this.#take(".")) this.#digit("Decimal point not followed by a digit");
    this.#skip(DIGITS);
    if (this.#take("e") || this.#take("E")) {
      if (!this.#take("+")) this.#take("-");
      this.#digit("Exponent indicator not followed by a digit");
    }
    this.#skip(DIGITS);
  }

  #digit(otherwise: string): void {
    const character = this.#text[this.#position++];
    if (character === undefined) throw this.#end(" in a Number value");
    if (!/\d/.test(character)) {
      throw this.#fault(`Unexpected character (${described(character)}) in numeric value: ${otherwise}`);
    }
  }

  #literal(first: string): void {
    this.#position--;
    const token = this.#skip(TOKEN);
    if (token === "true" || token === "false" || token === "null") return;
    if (token === "") {
      this.#position++;
      throw this.#unexpected(first, `expected a valid value ${VALUES}`);
    }
    throw this.#fault(`Unrecognized token '${token}': was expecting ${VALUES}`);
  }

  #take(character: string): boolean {
    if (this.#text[this.#position] !== character) return false;
    this.#position++;
    return true;
  }

  #skip(sticky: RegExp): string {
    sticky.lastIndex = this.#position;
    const found = sticky.exec(this.#text)?.[0] ?? "";
    this.#position += found.length;
    return found;
  }

  #unexpected(character: string, why: string): Fault {
    return this.#fault(`Unexpected character (${described(character)}): ${why}`);
  }

  #end(where: string): Fault {
    this.#position = this.#text.length;
    return this.#fault(`Unexpected end-of-input${where}`);
  }

  #fault(message: string): Fault {
    return new Fault(`${message}\n at ${this.#place(this.#line, this.#position - this.#lineStart + 1)}`);
  }

  #place(line: number, column: number): string {
    const { length } = this.#text;
    const rest = length > LONGEST_SOURCE ? `[truncated ${length - LONGEST_SOURCE} chars]` : "";
    return `[Source: (String)"${this.#text.slice(0, LONGEST_SOURCE)}"${rest}; line: ${line}, column: ${column}]`;
  }
}

function described(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return `(CTRL-CHAR, code ${code})`;
  return `'${character}' (code ${code}${code > 0xff ? ` / 0x${code.toString(16)}` : ""})`;
}
