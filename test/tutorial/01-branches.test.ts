import { expect, test } from "vitest";
import { choose, conditional, eq, fail, ge, gt, isIn, isNull, mapTask, ne, required, task, workflow } from "lambent";
import { run } from "lambent/local";

// A workflow chooses at run time, by a Choice state, which of its branches it goes. Both are traced when it is defined.

interface Order {
  kind: "digital" | "parcel" | "freight";
  weight: number;
  country: string | null;
}

const sendLink = task(function sendLink({ order }: { order: Order }) {
  return { by: "mail", kind: order.kind };
});
const post = task(function post({ order }: { order: Order }) {
  return { by: "post", grams: order.weight * 1000 };
});

test("conditional: one of two branches runs, and what it returns is the result", async () => {
  const ship = workflow({ order: required<Order>() }, function ship({ order }) {
    return conditional(
      eq(order.kind, "digital"),
      () => sendLink({ order }),
      () => post({ order }),
    );
  });
  expect(await run(ship, { order: { kind: "digital", weight: 0, country: null } })).toEqual({
    by: "mail",
    kind: "digital",
  });
  expect(await run(ship, { order: { kind: "parcel", weight: 2, country: "NL" } })).toEqual({ by: "post", grams: 2000 });
});

test("choose: if, else if, else: the first condition that holds decides", async () => {
  const route = workflow({ order: required<Order>() }, function route({ order }) {
    return choose(
      [
        [isNull(order.country), () => "unknown country"],
        [ge(order.weight, 30), () => ({ freight: post({ order }).grams })],
        [isIn(order.country, ["NL", "BE", "LU"]), () => "Benelux"],
      ],
      () => order.country,
    );
  });
  expect(String(route.graph)).toBe(
    [
      "route(order)",
      "  choice = if order.country is null",
      '    return "unknown country"',
      "  else if order.weight >= 30",
      "    post = post {order: order}",
      "    return {freight: post.grams}",
      '  else if order.country in ["NL","BE","LU"]',
      '    return "Benelux"',
      "  else",
      "    return order.country",
      "  return choice",
    ].join("\n"),
  );
  const order = { kind: "parcel", weight: 1, country: "NL" } as const;
  expect(await run(route, { order: { ...order, country: null, weight: 99 } })).toBe("unknown country");
  expect(await run(route, { order: { ...order, weight: 30 } })).toEqual({ freight: 30_000 });
  expect(await run(route, { order })).toBe("Benelux");
  expect(await run(route, { order: { ...order, country: "FR" } })).toBe("FR");
});

test("fail: a branch that fails on purpose ends the execution with an error of its own name", async () => {
  const pay = workflow({ amount: 0, limit: 10, reason: "too expensive" }, function pay({ amount, limit, reason }) {
    const order = post({ order: { kind: "parcel", weight: amount, country: null } });
    return conditional(
      gt(order.grams, 5_000),
      () => {
        const told = sendLink({ order: { kind: "digital", weight: 0, country: null } });
        return conditional(
          ne(told.by, "post"),
          () => fail("TooExpensive", reason),
          () => limit,
        );
      },
      () => order.grams,
    );
  });
  expect(await run(pay, { amount: 5 })).toBe(5_000);
  await expect(run(pay, { amount: 6 })).rejects.toThrow("workflow pay failed: TooExpensive: too expensive");
});

test("in a map with minSuccessRatio, an item that fails on purpose is null", async () => {
  const positive = workflow({ n: required<number>() }, function positive({ n }) {
    return conditional(
      gt(n, 0),
      () => n,
      () => fail("NotPositive", "it must be positive"),
    );
  });
  const all = workflow({ ns: [1, -2, 3] }, function all({ ns }) {
    return mapTask(positive, { minSuccessRatio: 0.5 })({ n: ns });
  });
  expect(await run(all)).toEqual([1, null, 3]);
  await expect(run(all, { ns: [1, -2, -3] })).rejects.toThrow("TooFewSucceeded");
});
