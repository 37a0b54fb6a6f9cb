import { ActorEnvironment, conditional, gt, mapTask, partial, task, workflow } from "lambent";

/** Two replicas, which stay warm. */
const actor = new ActorEnvironment({ name: "prices", replicaCount: 2 });

/** Once per replica and currency. What it returns never leaves the replica, so it may be anything. */
const loadPrices = actor.cache(async function loadPrices(currency: string): Promise<ReadonlyMap<string, number>> {
  const rate = { EUR: 1, USD: 1.1 }[currency];
  if (rate === undefined) throw new Error(`no price is in ${currency}: there are EUR and USD`);
  const euros = { tea: 4, coffee: 6, cup: 9, kettle: 35 };
  return new Map(Object.entries(euros).map(([product, price]) => [product, price * rate]));
});

/** Runs on a warm replica, where the prices are at hand. What goes in and comes out is JSON. */
export const price = actor.task(async function price(line: { product: string; count: number; currency: string }) {
  const { product, count, currency } = line;
  const each = (await loadPrices(currency)).get(product);
  if (each === undefined) throw new Error(`there is no ${product}`);
  return Number((each * count).toFixed(2));
});

/** A plain task: it needs no warm replica. */
export const sum = task(async function sum({ prices }: { prices: number[] }) {
  return prices.reduce((all, one) => all + one, 0);
});

export const discount = task(async function discount({ total }: { total: number }) {
  return { total: Number((total * 0.9).toFixed(2)), note: "10 % off, since it is more than 50" };
});

export const fullPrice = task(async function fullPrice({ total }: { total: number }) {
  return { total, note: "no discount" };
});

/**
 * Traced once: inputs are declared as their defaults, and every call of a task is a state. What a task returns is a Ref
 * here, which only says where a value will be, so a choice is a `conditional`.
 */
export const checkout = workflow(
  { products: ["tea", "cup", "kettle"], counts: [2, 4, 1], currency: "EUR" },
  function checkout({ products, counts, currency }) {
    const total = sum({ prices: mapTask(partial(price, { currency }))({ product: products, count: counts }) });
    return conditional(
      gt(total, 50),
      () => discount({ total }),
      () => fullPrice({ total }),
    );
  },
);
