import { choose, conditional, eq, fail, ge, gt, isIn, isNull, mapTask, ne, required, task, workflow } from "lambent";
import type { Example } from "./example.ts";

// A workflow chooses at run time which of its branches it goes: each of these is one Choice state. All branches are
// traced when the workflow is defined.

interface Order {
  kind: "digital" | "parcel" | "freight";
  weight: number;
  country: string | null;
}

export const sendLink = task(function sendLink({ order }: { order: Order }) {
  return { by: "mail", kind: order.kind };
});

export const post = task(function post({ order }: { order: Order }) {
  return { by: "post", grams: order.weight * 1000 };
});

/** One of two branches runs, and what it returns is the result. */
export const ship = workflow({ order: required<Order>() }, function ship({ order }) {
  return conditional(
    eq(order.kind, "digital"),
    () => sendLink({ order }),
    () => post({ order }),
  );
});

/** If, else if, else: the first condition that holds decides. */
export const route = workflow({ order: required<Order>() }, function route({ order }) {
  return choose(
    [
      [isNull(order.country), () => "unknown country"],
      [ge(order.weight, 30), () => ({ freight: post({ order }).grams })],
      [isIn(order.country, ["NL", "BE", "LU"]), () => "Benelux"],
    ],
    () => order.country,
  );
});

/** A branch that fails on purpose ends the execution with an error of its own name, once the tasks before it have run. */
export const pay = workflow({ amount: 0, reason: "too expensive" }, function pay({ amount, reason }) {
  const order = post({ order: { kind: "parcel", weight: amount, country: null } });
  return conditional(
    gt(order.grams, 5_000),
    () => {
      const told = sendLink({ order: { kind: "digital", weight: 0, country: null } });
      return conditional(
        ne(told.by, "post"),
        () => fail("TooExpensive", reason),
        () => 0,
      );
    },
    () => order.grams,
  );
});

export const positive = workflow({ n: required<number>() }, function positive({ n }) {
  return conditional(
    gt(n, 0),
    () => n,
    () => fail("NotPositive", "it must be positive"),
  );
});

/** In a map with `minSuccessRatio`, an item that fails on purpose is null. */
export const positives = workflow({ ns: [1, -2, 3] }, function positives({ ns }) {
  return mapTask(positive, { minSuccessRatio: 0.5 })({ n: ns });
});

const parcel: Order = { kind: "parcel", weight: 1, country: "NL" };

export const examples: readonly Example[] = [
  { workflow: "ship", input: { order: { ...parcel, kind: "digital" } }, output: { by: "mail", kind: "digital" } },
  { workflow: "ship", input: { order: { ...parcel, weight: 2 } }, output: { by: "post", grams: 2000 } },
  { workflow: "route", input: { order: { ...parcel, country: null, weight: 99 } }, output: "unknown country" },
  { workflow: "route", input: { order: { ...parcel, weight: 30 } }, output: { freight: 30_000 } },
  { workflow: "route", input: { order: parcel }, output: "Benelux" },
  { workflow: "route", input: { order: { ...parcel, country: "FR" } }, output: "FR" },
  { workflow: "pay", input: { amount: 5 }, output: 5_000 },
  { workflow: "pay", input: { amount: 6 }, error: "TooExpensive: too expensive" },
  { workflow: "positives", input: {}, output: [1, null, 3] },
  { workflow: "positives", input: { ns: [1, -2, -3] }, error: "TooFewSucceeded: " },
];
