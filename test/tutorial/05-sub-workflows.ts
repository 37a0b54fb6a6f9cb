import { conditional, expr, gt, mapTask, partial, required, task, tryCatch, workflow } from "lambent";
import type { Example } from "./example.ts";

// A workflow that is called in another one runs within it. By `start` it has an execution of its own, which the one that
// starts it waits for: with a history and an ARN of its own, for each item of a map if need be, and of itself too.

export class CardExpired extends Error {}

export const book = task(function book({ order, price = 5 }: { order: string; price?: number }) {
  if (order === "expired") throw new CardExpired(`${order} is not paid`);
  return { order, paid: price };
});

export const ordering = workflow({ order: required<string>(), price: 5 }, function ordering({ order, price }) {
  return book({ order, price });
});

/** Within, and as an execution of its own. */
export const orderTwice = workflow({ order: "a" }, function orderTwice({ order }) {
  const within = ordering({ order });
  return [within.paid, ordering.start({ order: within.order, price: 7 }, { timeout: 600 }).paid];
});

/** Its errors have the names that they have within. */
export const orderOrNot = workflow({ order: "expired" }, function orderOrNot({ order }) {
  return tryCatch(
    () => ordering.start({ order }).order,
    (error) => error.message,
    { errors: [CardExpired] },
  );
});

export const orderAnyhow = workflow({ order: "expired" }, function orderAnyhow({ order }) {
  return ordering.start({ order });
});

/** An execution for each item. */
export const orderAll = workflow({ orders: ["a", "b"] }, function orderAll({ orders }) {
  return mapTask(partial(ordering.start, { price: 3 }))({ order: orders });
});

/** A workflow starts itself by its function's second parameter, up to a depth. */
export const countDown = workflow(
  { n: 3 },
  function countDown({ n }, self): { readonly said: unknown } {
    const rest = conditional(
      gt(n, 0),
      () => self.start<{ said: string }>({ n: expr.sub(n, 1) }).said,
      () => "lift-off",
    );
    return { said: expr.format`${n} ${rest}` };
  },
  { maxDepth: 4 },
);

export const examples: readonly Example[] = [
  { workflow: "orderTwice", input: {}, output: [5, 7] },
  { workflow: "orderOrNot", input: {}, output: "expired is not paid" },
  { workflow: "orderOrNot", input: { order: "a" }, output: "a" },
  { workflow: "orderAnyhow", input: {}, error: "CardExpired: " },
  {
    workflow: "orderAll",
    input: {},
    output: [
      { order: "a", paid: 3 },
      { order: "b", paid: 3 },
    ],
  },
  {
    workflow: "orderAll",
    input: { orders: ["a", "a"] },
    output: [
      { order: "a", paid: 3 },
      { order: "a", paid: 3 },
    ],
  },
  { workflow: "countDown", input: {}, output: { said: "3 2 1 0 lift-off" } },
  { workflow: "countDown", input: { n: 9 }, error: "TooDeep: workflow countDown: 5 executions are around this one" },
];
