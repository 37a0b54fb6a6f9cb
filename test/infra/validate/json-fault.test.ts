import fc from "fast-check";
import { expect, it } from "vitest";
import { jsonFault } from "../../../infra/validate/json-fault.ts";

const values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

it.each<[text: string, fault: string, line: number, column: number]>([
  ["abc", `Unrecognized token 'abc': was expecting ${values}`, 1, 4],
  ["not a definition", `Unrecognized token 'not': was expecting ${values}`, 1, 4],
  ['{"a": tru}', `Unrecognized token 'tru': was expecting ${values}`, 1, 10],
  [
    '{"courseId": "6225", "department": "CSYE", "boardId": """, "size": "0"}',
    `Unexpected character ('"' (code 34)): was expecting comma to separate Object entries`,
    1,
    58,
  ],
  ["{a: 1}", "Unexpected character ('a' (code 97)): was expecting double-quote to start field name", 1, 3],
  ['{\n "a": 1,\n}', "Unexpected character ('}' (code 125)): was expecting double-quote to start field name", 3, 2],
  ['{"a" 1}', "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value", 1, 7],
  ['{"a": }', "Unexpected character ('}' (code 125)): expected a value", 1, 8],
  ["[1, ]", `Unexpected character (']' (code 93)): expected a valid value ${values}`, 1, 6],
  ["[1 2]", "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", 1, 5],
  ["“a”", `Unexpected character ('“' (code 8220 / 0x201c)): expected a valid value ${values}`, 1, 2],
  ["{", "Unexpected end-of-input: expected close marker for Object (start marker at start)", 1, 2],
  ['{"a": 1,', "Unexpected end-of-input within/between Object entries", 1, 9],
  ['{"a', "Unexpected end-of-input in field name", 1, 4],
  ['"a', "Unexpected end-of-input: was expecting closing quote for a string value", 1, 3],
  ["[1}", "Unexpected close marker '}': expected ']' (for Array starting at start)", 1, 4],
  [
    '"\n"',
    "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value",
    1,
    3,
  ],
  [
    "{// a\n}",
    "Unexpected character ('/' (code 47)): maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)",
    1,
    3,
  ],
  ['"\\x"', "Unrecognized character escape 'x' (code 120)", 1, 4],
  ["[01]", "Invalid numeric value: Leading zeroes not allowed", 1, 3],
  [
    "[-a]",
    "Unexpected character ('a' (code 97)) in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value",
    1,
    4,
  ],
  ["[1.]", "Unexpected character (']' (code 93)) in numeric value: Decimal point not followed by a digit", 1, 5],
])("%j is told as Jackson tells it", (text, fault, line, column) => {
  function at(row: number, of: number): string {
    return `[Source: (String)"${text}"; line: ${row}, column: ${of}]`;
  }
  // "start" stands for the place of the first character.
  expect(jsonFault(text)).toBe(`${fault.replace("start)", `${at(1, 1)})`)}\n at ${at(line, column)}`);
});

it("shows 500 characters of a long text", () => {
  const text = `{"a": "${"x".repeat(600)}"`;
  expect(jsonFault(text)).toContain(`${text.slice(0, 500)}"[truncated 108 chars]; line: 1, column: 609]`);
});

it("is found in what JSON.parse refuses, and in nothing else, however deep", () => {
  function parses(text: string): boolean {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  }
  const piece = fc.constantFrom(
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    '"',
    "1",
    "-",
    "0.5",
    "e1",
    "true",
    "nul",
    "\n",
    "\\",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const text = pieces.join("");
      expect(jsonFault(text) === undefined).toBe(parses(text));
    }),
    { numRuns: 20_000 },
  );
  expect(jsonFault("[".repeat(1_000_000))).toContain("Unexpected end-of-input");
});
