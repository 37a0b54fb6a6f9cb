import { expect, it } from "vitest";
import { waysOf } from "../../../infra/language/regexp-ways.ts";

it.each<[RegExp, number, number, boolean]>([
  [/abc/, 0, 1, false],
  [/a*b+?c{2,}/, 3, 1, false],
  [/mon|tue|wed/, 0, 3, false],
  [/(?:a|b)(?<day>c|d|e)/, 0, 6, false],
  [/a?b?c??/, 0, 8, false],
  [/(\d{1,3}\.){3}\d{1,3}/, 0, 81, false],
  [/(a|a){10}/, 0, 1024, false],
  [/(a?|b){2}/, 0, 9, false],
  [/(a+)+$/, 2, 1, true],
  [/(?=a|b)*\(x\)+/, 2, 2, true],
  [/[*+?|(]\?\*/, 0, 1, false],
  [/[\]*]x{3}/, 0, 1, false],
])("%s repeats %i times, has %i choices", (pattern, repetitions, choices, repeatsGroups) => {
  expect(waysOf(pattern.source)).toEqual({ repetitions, choices, repeatsGroups });
});
