import { existsSync, rmSync, writeFileSync } from "node:fs";
import {
  conditional,
  currentContext,
  expr,
  fail,
  gt,
  lazy,
  mapTask,
  partial,
  repeatUntil,
  required,
  task,
  tryCatch,
  workflow,
  type Workflow,
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

export const checkStock = workflow(
  { shop: required<string>(), wanted: 1 },
  function checkStock({ shop, wanted }) {
    return conditional(
      gt(wanted, 9),
      () => fail("SoldOut", shop),
      () => ({ shop, price: expr.mul(wanted, 0.1) }),
    );
  },
  { type: "EXPRESS" },
);

/** An EXPRESS workflow is started in the same way, by one of either type. */
export const findPrice = workflow({ shop: "corner", wanted: 3 }, function findPrice({ shop, wanted }) {
  return checkStock.start({ shop, wanted }).price;
});

export const findPrices = workflow(
  { shops: ["a", "b"], wanted: 3 },
  function findPrices({ shops, wanted }) {
    return tryCatch(
      () => ({ prices: mapTask(partial(checkStock.start, { wanted }))({ shop: shops }), missing: null }),
      (error) => ({ prices: [], missing: expr.format`${error.name} ${error.message}` }),
    );
  },
  { type: "EXPRESS" },
);

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

/**
 * Workflows that start each other: one of them names the other, which is made further down, by `lazy`. TypeScript has to
 * be told the type of one of them.
 */
export const isEven = workflow(
  { n: 3 },
  function isEven({ n }) {
    const rest = lazy("isOdd", () => isOdd);
    return conditional(
      gt(n, 0),
      () => rest.start({ n: expr.sub(n, 1) }),
      () => true,
    );
  },
  { maxDepth: 4 },
);

export const isOdd: Workflow<{ n?: number }, boolean> = workflow({ n: 3 }, function isOdd({ n }) {
  return conditional(
    gt(n, 0),
    () => isEven.start({ n: expr.sub(n, 1) }),
    () => false,
  );
});

/** A tree of executions: each starts one for each of its leaves, of whichever workflow that is. */
export const countFolder = workflow({ depth: 1, names: ["a", "b"] }, function countFolder({ depth, names }) {
  const files = mapTask(partial(lazy("countFile", () => countFile).start, { depth }))({ name: names });
  return expr.format`${expr.join(files, " ")}`;
});

export const countFile: Workflow<{ name: string; depth: number }, string> = workflow(
  { name: required<string>(), depth: required<number>() },
  function countFile({ name, depth }) {
    return conditional(
      gt(depth, 0),
      () => expr.format`${name}(${countFolder.start({ depth: expr.sub(depth, 1), names: ["c"] })})`,
      () => name,
    );
  },
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
  { workflow: "findPrice", input: {}, output: 0.1 * 3 },
  { workflow: "findPrice", input: { wanted: 10 }, error: "SoldOut: corner" },
  {
    workflow: "findPrices",
    input: {},
    output: {
      prices: [
        { shop: "a", price: 0.1 * 3 },
        { shop: "b", price: 0.1 * 3 },
      ],
      missing: null,
    },
  },
  { workflow: "findPrices", input: { shops: ["a"], wanted: 10 }, output: { prices: [], missing: "SoldOut a" } },
  { workflow: "orderDaily", input: {}, output: { day: 2, paid: 8 } },
  { workflow: "countDown", input: {}, output: { said: "3 2 1 0 lift-off" } },
  { workflow: "countDown", input: { n: 9 }, error: "TooDeep: workflow countDown: 5 executions are around this one" },
  { workflow: "isEven", input: {}, output: false },
  { workflow: "isOdd", input: {}, output: true },
  { workflow: "isEven", input: { n: 9 }, error: "TooDeep: workflow isEven: 6 executions are around this one" },
  { workflow: "countFolder", input: {}, output: "a(c) b(c)" },
  { workflow: "launch", input: {}, output: ["1 0 lift-off", "1 0 lift-off"] },
];
