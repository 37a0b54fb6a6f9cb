import { setImmediate } from "node:timers/promises";
import { beforeEach, expect, it } from "vitest";
import { BoundedRegExp } from "../../../infra/language/bounded-regexp.ts";
import { TooMuchHere } from "../../../infra/language/evaluation-limits.ts";

// What matches have taken counts for one turn of the event loop.
beforeEach(() => setImmediate());

it.each([
  ["(a+)+$", `${"a".repeat(40)}!`],
  ["a*b", "a".repeat(500_000)],
  ["a*a*a*b", "a".repeat(20_000)],
  [`${"a?".repeat(40)}${"a".repeat(40)}`, "a".repeat(40)],
  ["(a|a){40}b", "a".repeat(60)],
  ["(a|aa)*b", "a".repeat(60)],
  ["^(\\w+\\s?)*$", `${"word ".repeat(20)}!`],
])("%s is given up on a text that would hold the process", (source, text) => {
  expect(() => new BoundedRegExp(source, "g").exec(text)).toThrow(TooMuchHere);
});

it.each([
  ["(\\d{1,3}\\.){3}\\d{1,3}", "at 192.168.0.1", "192.168.0.1"],
  ["mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", "in dec", "dec"],
  ["^[^@]+@[^@]+$", "someone@example.org", "someone@example.org"],
])("%s is matched here", (source, text, found) => {
  expect(new BoundedRegExp(source, "g").exec(text)?.[0]).toBe(found);
});

it("many matches of one turn are given up together, and those of the next turn begin anew", async () => {
  const pattern = new BoundedRegExp("a*a*b|a", "g");
  const text = "a".repeat(2_000);
  function matchAll(): void {
    while (pattern.exec(text) !== null);
  }
  expect(matchAll).toThrow(TooMuchHere);
  await setImmediate();
  expect(new BoundedRegExp("a+", "g").exec("aa")?.[0]).toBe("aa");
});
