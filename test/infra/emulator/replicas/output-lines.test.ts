import { expect, test } from "vitest";
import { LINE_CHARACTERS, OutputLines } from "../../../../infra/emulator/replicas/output-lines.ts";

/** What is logged of these chunks, and then of what has no end yet. */
function logged(chunks: readonly (string | Uint8Array)[], isVerbatim = false): string[] {
  const emitted: string[] = [];
  const lines = new OutputLines((text) => emitted.push(text));
  for (const chunk of chunks) lines.write(chunk, isVerbatim);
  lines.flush();
  return emitted;
}

test.each([
  ["a line in parts", ["par", "tial\n"], ["partial"]],
  ["lines that are written at once", ["one\ntwo\n"], ["one\ntwo"]],
  ["an end of one line and a beginning of the next", ["a", "b\nc", "d\n"], ["ab", "cd"]],
  ["an empty line", ["\n", "a\n\n"], ["", "a\n"]],
  ["a line without an end", ["a\nb"], ["a", "b"]],
  ["nothing", ["", new Uint8Array()], []],
])("%s", (_, chunks, expected) => {
  expect(logged(chunks)).toEqual(expected);
});

test.each([
  ["progress that returns before each state", ["\r1 %", "\r2 %", "\r100 %", "\n"], ["100 %"]],
  ["progress that returns after each state", ["1 %\r", "2 %\r", "100 %\r", "\n"], ["100 %"]],
  ["states in one chunk", ["1 %\r2 %\r3 %"], ["3 %"]],
  ["a state that never ends its line", ["1 %\r", "2 %\r"], ["2 %"]],
  ["a state in parts", ["1 %\r1", "0 %"], ["10 %"]],
  ["Windows' line ends", ["one\r\ntwo\r\n", "three\r", "\nfour"], ["one\ntwo", "three", "four"]],
  ["returns alone", ["\r", "\r\r", "\r\n"], [""]],
])("a carriage return begins the line anew: %s", (_, chunks, expected) => {
  expect(logged(chunks)).toEqual(expected);
});

test("in a verbatim message a carriage return stays", () => {
  expect(logged(["one\rtwo\n"], true)).toEqual(["one\rtwo"]);
});

test("characters that are split over chunks are kept whole", () => {
  const bytes = Buffer.from("żółć 🐢\n");
  expect(logged([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(["żółć 🐢"]);
});

test("a line has a largest length, and no character is cut in two", () => {
  const turtles = "🐢".repeat(LINE_CHARACTERS);
  const lines = logged([`a${turtles}\n`]);
  expect(lines.map(({ length }) => length)).toEqual([LINE_CHARACTERS - 1, LINE_CHARACTERS, 2]);
  expect(lines.join("")).toBe(`a${turtles}`);
  expect(lines.every((line) => line === Buffer.from(line).toString())).toBe(true);
});

test("many lines that are written at once are logged in parts", () => {
  const text = "x".repeat(1000);
  const lines = logged([`${text}\n`.repeat(1000)]);
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.every(({ length }) => length <= LINE_CHARACTERS + 2000)).toBe(true);
  expect(lines.join("\n").split("\n")).toEqual(Array(1000).fill(text));
});

// By looking at all that is held back with each chunk, each of these would take a minute.
test.each([
  ["updates of a progress display", (n: number) => `\r${n} of 200000`, ["199999 of 200000"]],
  ["returns alone", () => "\r", []],
])("two hundred thousand %s", (_, chunk, expected) => {
  expect(logged(Array.from({ length: 200_000 }, (__, n) => chunk(n)))).toEqual(expected);
});

test("a million dots are lines of the largest length", () => {
  const lengths = logged(Array<string>(1_000_000).fill(".")).map(({ length }) => length);
  expect(lengths).toEqual([LINE_CHARACTERS, LINE_CHARACTERS, LINE_CHARACTERS, 1_000_000 - 3 * LINE_CHARACTERS]);
});

test("a million returns in one chunk, and then a character", () => {
  expect(logged([`${"\r".repeat(1_000_000)}x`])).toEqual(["x"]);
});
