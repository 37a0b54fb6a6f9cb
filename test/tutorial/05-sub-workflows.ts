import { existsSync, rmSync, writeFileSync } from "node:fs";
import {
  conditional,
  currentContext,
  expr,
  gt,
  mapTask,
  partial,
  repeatUntil,
  required,
  task,
  tryCatch,
  workflow,
} from "lambent";
import type { Example } from "./example.ts";

// A workflow that is called in another one runs within it. By `start` it has an execution of its own, which the one that
// starts it waits for: with its own history and ARN, for each item of a map if need be, and of the workflow itself.

export class NotPaid extends Error {}
export class CardExpired extends NotPaid {}

export const book = task(function book({ order, price, at }: { order: string; price: number; at?: Date }) {
  if (order === "expired") throw new CardExpired(`${order} is not paid`);
  return { order, paid: price, day: at?.getUTCDate() ?? 0 };
});

export const ordering = workflow(
  { order: required<string>(), price: 5, at: new Date("2026-01-31") },
  function ordering({ order, price, at }) {
    return book({ order, price, at });
  },
);

/** Within, and as an execution of its own, which may take ten minutes. */
export const orderTwice = workflow({ order: "a" }, function orderTwice({ order }) {
  const within = ordering({ order });
  return [within.paid, ordering.start({ order: within.order, price: 7 }, { timeout: 600 }).paid];
});

/** What it is not given has its defaults, and instances cross as they do between tasks. */
export const orderOn = workflow({ at: new Date("2026-02-05") }, function orderOn({ at }) {
  return [ordering.start({ order: "a", at }).day, ordering.start({ order: "b" }).day];
});

/** Its errors are known by the names that they have within: by their classes, and by the classes that these extend. */
export const orderOrNot = workflow({ order: "expired" }, function orderOrNot({ order }) {
  return tryCatch(
    () => ordering.start({ order }).order,
    (error) => error.message,
    { errors: [NotPaid] },
  );
});

export const orderAnyhow = workflow({ order: "expired" }, function orderAnyhow({ order }) {
  return ordering.start({ order });
});

/** An execution for each item. */
export const orderAll = workflow({ orders: ["a", "b"] }, function orderAll({ orders }) {
  return mapTask(partial(ordering.start, { price: 3 }))({ order: orders });
});

export const orderSome = workflow({ orders: ["a", "expired"] }, function orderSome({ orders }) {
  return mapTask(ordering.start, { minSuccessRatio: 0.5 })({ order: orders });
});

export class Busy extends Error {}

/** Busy when it is asked for the first time, which it notes for whichever replica of this machine is asked next. */
export const askShop = task(function askShop({ shop, call }: { shop: string; call: string }) {
  const note = `/tmp/asked-${call}`;
  if (existsSync(note)) rmSync(note);
  else {
    writeFileSync(note, shop);
    throw new Busy(shop);
  }
  return currentContext().executionId ?? "";
});

export const askingShop = workflow({ shop: "corner", call: "" }, function askingShop({ shop, call }) {
  return { shop, execution: askShop({ shop, call }) };
});

/** Each attempt is an execution of its own. */
export const askAgain = workflow({ shop: "corner" }, function askAgain({ shop }) {
  return askingShop.start({ shop, call: expr.uuid() }, { retries: { maxAttempts: 1, errors: [Busy] } }).shop;
});

/** Where the same is started more than once, each round and each item has an execution of its own. */
export const orderDaily = workflow({ orders: ["a", "a"] }, function orderDaily({ orders }) {
  return repeatUntil({
    state: { day: 0, paid: 0 },
    do: ({ day, paid }) => {
      const all = mapTask(partial(ordering.start, { price: 2 }))({ order: orders });
      return { day: expr.add(day, 1), paid: expr.add(paid, expr.add(all[0]!.paid, all[1]!.paid)) };
    },
    until: ({ day }) => gt(day, 1),
    maxIterations: 3,
  });
});

/** A workflow starts itself by its function's second parameter, and says what comes of it; up to a depth. */
export const countDown = workflow(
  { n: 3 },
  function countDown({ n }, self) {
    const rest = conditional(
      gt(n, 0),
      () => self.start<{ said: string }>({ n: expr.sub(n, 1) }).said,
      () => "lift-off",
    );
    return { said: expr.format`${n} ${rest}` };
  },
  { maxDepth: 4 },
);

export const launch = workflow({ n: 1 }, function launch({ n }) {
  return [countDown({ n }).said, countDown.start({ n }).said];
});

export const examples: readonly Example[] = [
  { workflow: "orderTwice", input: {}, output: [5, 7] },
  { workflow: "orderOn", input: {}, output: [5, 31] },
  { workflow: "orderOrNot", input: {}, output: "expired is not paid" },
  { workflow: "orderOrNot", input: { order: "a" }, output: "a" },
  { workflow: "orderAnyhow", input: {}, error: "CardExpired: " },
  {
    workflow: "orderAll",
    input: { orders: ["a", "a"] },
    output: [
      { order: "a", paid: 3, day: 31 },
      { order: "a", paid: 3, day: 31 },
    ],
  },
  { workflow: "orderSome", input: {}, output: [{ order: "a", paid: 5, day: 31 }, null] },
  { workflow: "askAgain", input: {}, output: "corner" },
  { workflow: "orderDaily", input: {}, output: { day: 2, paid: 8 } },
  { workflow: "countDown", input: {}, output: { said: "3 2 1 0 lift-off" } },
  { workflow: "countDown", input: { n: 9 }, error: "TooDeep: workflow countDown: 5 executions are around this one" },
  { workflow: "launch", input: {}, output: ["1 0 lift-off", "1 0 lift-off"] },
];
