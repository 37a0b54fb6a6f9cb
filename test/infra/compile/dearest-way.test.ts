import { expect, test } from "vitest";
import { dearestWay, NUMBERS } from "../../../infra/compile/dearest-way.ts";

/** Loops within loops, each gone round three times: `ask0`, within it `ask1`, and so on, and in the innermost `work`. */
function nested(depth: number) {
  const next = new Map([["work", [`ask${depth - 1}`]]]);
  for (let level = 0; level < depth; level++) {
    const inner = level + 1 < depth ? `ask${level + 1}` : "work";
    next.set(`ask${level}`, [inner, level === 0 ? "end" : `ask${level - 1}`]);
  }
  let looks = 0;
  const way = dearestWay<number>("ask0", {
    costs: NUMBERS,
    cost: (state) => Number(state === "work"),
    next(state) {
      looks++;
      return next.get(state) ?? [];
    },
    rounds: () => 3,
  });
  return { cost: way.cost, looks };
}

test("a loop's rounds are as dear as those of the loops within them", () => {
  expect(nested(1).cost).toBe(2);
  expect(nested(2).cost).toBe(2 * 2);
  expect(nested(5).cost).toBe(2 ** 5);
});

test("of twice as many loops within each other each state is looked at some times more, not as often squared", () => {
  const [ten, twenty, forty] = [nested(10).looks, nested(20).looks, nested(40).looks];
  expect(twenty / ten).toBeLessThan(5);
  expect(forty / twenty).toBeLessThan(5);
});

test("states in a row, of any number, are each looked at a few times", () => {
  let looks = 0;
  const { cost } = dearestWay<number>("0", {
    costs: NUMBERS,
    cost: () => 1,
    next(state) {
      looks++;
      return Number(state) < 20_000 ? [String(Number(state) + 1)] : [];
    },
    rounds: () => 1,
  });
  expect(cost).toBe(20_001);
  expect(looks).toBeLessThan(4 * 20_001);
});
