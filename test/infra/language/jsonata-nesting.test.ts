import { expect, it } from "vitest";
import { evaluationMessage } from "../../../infra/language/jsonata-engine.ts";
import { compile } from "../../../infra/language/jsonata-expression.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { view } from "../../support/view.ts";

const F = "$f := function($x) { $x <= 0 ? 0 : 1 + $f($x - 1) }";
const EVEN = "$even := function($x) { $x = 0 ? 0 : 1 + $odd($x - 1) }";
const ODD = "$odd := function($x) { $x = 0 ? 0 : 1 + $even($x - 1) }";

function nested(open: string, close: string, times: number): string {
  return `${open.repeat(times)}1${close.repeat(times)}`;
}

function joined(term: string, operator: string, times: number): string {
  return Array<string>(times).fill(term).join(operator);
}

it.each<[string, string, string]>([
  ["terms of a sum", joined("1", " + ", 100), joined("1", " + ", 101)],
  ["parts of a text", joined("'a'", " & ", 100), joined("'a'", " & ", 101)],
  ["conditions", joined("true", " and ", 100), joined("true", " and ", 101)],
  ["parentheses", nested("(", ")", 99), nested("(", ")", 100)],
  ["lists", nested("[", "]", 99), nested("[", "]", 100)],
  ["objects", nested("{'a': ", "}", 99), nested("{'a': ", "}", 100)],
  ["choices", nested("true ? ", " : 0", 99), nested("true ? ", " : 0", 100)],
  ["calls", nested("$string(", ")", 99), nested("$string(", ")", 100)],
  ["functions in a row", `1${" ~> $string".repeat(99)}`, `1${" ~> $string".repeat(100)}`],
  ["calls of a function by itself", `(${F}; $f(31))`, `(${F}; $f(32))`],
  ["calls of functions by each other", `(${EVEN}; ${ODD}; $even(31))`, `(${EVEN}; ${ODD}; $even(32))`],
])("%s: as deep as AWS goes, and no deeper", async (_, deepest, deeper) => {
  await expect(Promise.resolve(compile(deepest)(view(null)))).resolves.toBeDefined();
  const error = await Promise.resolve(compile(deeper)(view(null))).catch((failure: unknown) => failure);
  expect(evaluationMessage(error)).toBe(
    ": Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive",
  );
});

const numbers = Array.from({ length: 300 }, (_, number) => number);

it.each<[string, string, Json]>([
  ["tail calls", "($f := function($x, $s) { $x = 0 ? $s : $f($x - 1, $s + 1) }; $f(1000, 0))", 1000],
  ["a long list", `$count([${numbers.map((number) => `$string(${number})`).join()}])`, 300],
  ["a large object", `$count($keys({${numbers.map((number) => `"k${number}": $string(${number})`).join()}}))`, 300],
  ["lists in a loop", "$count($map([1..500], function($i) { [$string($i), {'a': [$i + 1], 'b': $string($i)}] }))", 500],
  ["groups", "$count($keys([1..300].{'a': $}{$string(a): $sum([a])}))", 300],
  ["groups with a name of their own", "$count($keys($states.input#$i{$string($i): $sum([a, $i])}))", 300],
  ["a tree", "($f := function($x) { $x = 0 ? [] : [$x, $f($x - 1), $f($x - 1)] }; $count($f(7)))", 127],
  ["what is not evaluated", `true ? 1 : ${joined("1", " + ", 150)}`, 1],
])("%s: no depth", async (_, source, expected) => {
  expect(await compile(source)(view(numbers.map((a) => ({ a }))))).toEqual(expected);
});

it("an item that fails fails the list, and no other waits for it", async () => {
  const failing = compile("[$string(1), $error('x'), $string(2)]")(view(null));
  await expect(Promise.resolve(failing)).rejects.toMatchObject({ code: "D3137" });
});
