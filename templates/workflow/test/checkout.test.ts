import { run } from "lambent/local";
import { expect, test } from "vitest";
import { checkout, price } from "../workflows/checkout.ts";

test("who spends more than 50 pays less", async () => {
  expect(await run(checkout)).toEqual({ total: 71.1, note: "10 % off, since it is more than 50" });
});

test("the others pay all, in their currency", async () => {
  const order = { products: ["coffee"], counts: [2], currency: "USD" };
  expect(await run(checkout, order)).toEqual({ total: 13.2, note: "no discount" });
});

test("a task is a function by itself", async () => {
  expect(await price.fn({ product: "kettle", count: 2, currency: "EUR" })).toBe(70);
});
