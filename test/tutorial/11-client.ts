import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { currentContext, mapTask, required, S3File, task, workflow } from "lambent";
import type { Client } from "lambent/client";
import type { Example } from "./example.ts";

// Programs start workflows, and wait for what they return, by a client that knows the workflows' types: a web server,
// a script, a test. It talks to AWS and to the emulator alike, and the workflows are those of the service's modules.

interface Order {
  readonly id: number;
  readonly amount: number;
}

export const price = task(function price({ order }: { order: Order }) {
  if (order.amount < 0) throw new RangeError(`order ${order.id} is worth ${order.amount}`);
  return order.amount * 2;
});

export const receipt = task(async function receipt({ prices }: { prices: number[] }) {
  const file = join(await mkdtemp(join(tmpdir(), "receipt-")), "lines.txt");
  await writeFile(file, prices.join("\n"));
  return { total: prices.reduce((sum, one) => sum + one, 0), lines: await S3File.from(file, "txt") };
});

export const bill = workflow({ orders: required<Order[]>(), currency: "EUR" }, function bill({ orders, currency }) {
  return { currency, total: receipt({ prices: mapTask(price)({ order: orders }) }).total };
});

export const statement = workflow({ orders: required<Order[]>() }, function statement({ orders }) {
  return receipt({ prices: mapTask(price)({ order: orders }) });
});

/** An EXPRESS workflow answers at once: its client has its result when it has started it. */
export const quote = workflow(
  { order: required<Order>() },
  function quote({ order }) {
    return { price: price({ order }) };
  },
  { type: "EXPRESS" },
);

export const deadline = task(function deadline({ order }: { order: Order }) {
  return new Date(Date.UTC(2027, 0, order.id));
});

/** Values that JSON has no form for arrive as what they are. */
export const due = workflow({ order: required<Order>() }, function due({ order }) {
  return { due: deadline({ order }) };
});

export const traceOf = task(function traceOf() {
  return currentContext().traceparent ?? null;
});

export const traced = workflow({}, function traced() {
  return traceOf({});
});

/**
 * What a web server may do when an order comes in. The name makes it safe to do so again: who starts the same workflow
 * with the same name and inputs gets the same execution.
 */
export async function billed(client: Client, order: Order): Promise<number> {
  const execution = await client.start(bill, { orders: [order] }, { name: `order-${order.id}` });
  const { total } = await execution.result({ timeoutSeconds: 60 });
  return total;
}

export const examples: readonly Example[] = [
  { workflow: "bill", input: { orders: [{ id: 1, amount: 3 }] }, output: { currency: "EUR", total: 6 } },
  { workflow: "bill", input: { orders: [{ id: 1, amount: -3 }] }, error: "RangeError: " },
  { workflow: "bill", input: { currency: 3 }, error: "InvalidInputs: workflow bill: orders is required; " },
  { workflow: "traced", input: {}, output: null },
];
