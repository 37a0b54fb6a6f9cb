import { expect, test } from "vitest";
import { didYouMean } from "../../../../infra/run/remote/did-you-mean.ts";

test.each([
  ["langages", "languages"],
  ["Languages", "languages"],
  ["langauges", "languages"],
  ["socring", "scoring"],
  ["fti", "fit"],
  ["scoring2", "scoring"],
])("%s is taken for %s", (typed, name) => {
  expect(didYouMean(typed, ["readings", "languages", "scoring", "fit"])).toBe(`. Did you mean ${name}?`);
});

test("what is like no name is taken for none", () => {
  expect(didYouMean("zzz", ["readings", "fit"])).toBe("");
  expect(didYouMean("checkout", [])).toBe("");
});
