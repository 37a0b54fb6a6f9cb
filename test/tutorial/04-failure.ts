import { conditional, eq, fail, gt, mapTask, repeatUntil, required, task, tryCatch, workflow } from "lambent";
import type { CaughtError } from "lambent";
import type { Example } from "./example.ts";

// What a workflow does where a part of it fails.

export class PaymentError extends Error {}
export class CardRefused extends PaymentError {}

export const charge = task(function charge({ card, amount }: { card: string; amount: number }) {
  if (card === "stolen") throw new CardRefused(`card "${card}" is refused\n`);
  if (amount > 100) throw new TypeError("amount");
  return { paid: amount };
});

export const note = task(function note({ text, error }: { text: string; error: CaughtError }) {
  return `${text}: ${error.name}: ${error.message}`;
});

/** What the first function calls may fail; then the second one's calls run in its place. */
export const pay = workflow({ card: "valid", amount: 5 }, function pay({ card, amount }) {
  return tryCatch(
    () => charge({ card, amount }),
    (error) => note({ text: "not paid", error }),
  );
});

/** Which errors, by their classes or names: any other fails the execution. */
export const payOrRefuse = workflow({ card: "stolen", amount: 5 }, function payOrRefuse({ card, amount }) {
  const paid = tryCatch(
    () => charge({ card, amount }).paid,
    (error) => error.message,
    { errors: [PaymentError] },
  );
  return { paid };
});

/** What fails on purpose is caught like any other error, and what is caught may fail with an error of another name. */
export const afford = workflow({ amount: 5 }, function afford({ amount }) {
  const bill = tryCatch(
    () =>
      conditional(
        gt(amount, 10),
        () => fail("TooExpensive", "more than 10"),
        () => charge({ card: "valid", amount }),
      ),
    (error) => ({ paid: 0, because: error }),
  );
  return tryCatch(
    () =>
      conditional(
        eq(bill.paid, 0),
        () => fail("NotPaid", "nothing"),
        () => bill,
      ),
    (error) => fail("NoBill", error.name),
  );
});

/** Within each other, in loops, and side by side. */
export const persist = workflow({ card: "stolen" }, function persist({ card }) {
  return repeatUntil({
    state: { tries: [] as (string | number | number[])[], left: 1 },
    do: ({ left }) => {
      const outcome = tryCatch(
        () =>
          tryCatch(
            () => [charge({ card, amount: 1 }).paid, charge({ card: "valid", amount: 200 }).paid],
            () => charge({ card, amount: 2 }).paid,
            { errors: [PaymentError] },
          ),
        (error) => error.name,
      );
      return { tries: [card, outcome], left: charge({ card: "valid", amount: left }).paid };
    },
    until: ({ left }) => eq(left, 1),
    maxIterations: 3,
  });
});

/** Each item of a map catches its own. */
export const payAll = workflow({ cards: required<string[]>() }, function payAll({ cards }) {
  return mapTask(pay)({ card: cards });
});

const refused = 'CardRefused: card "stolen" is refused\n';

export const examples: readonly Example[] = [
  { workflow: "pay", input: {}, output: { paid: 5 } },
  { workflow: "pay", input: { card: "stolen" }, output: `not paid: ${refused}` },
  { workflow: "payOrRefuse", input: {}, output: { paid: 'card "stolen" is refused\n' } },
  { workflow: "payOrRefuse", input: { card: "valid" }, output: { paid: 5 } },
  { workflow: "payOrRefuse", input: { card: "valid", amount: 101 }, error: "TypeError: " },
  { workflow: "afford", input: {}, output: { paid: 5 } },
  { workflow: "afford", input: { amount: 11 }, error: "NoBill: NotPaid" },
  { workflow: "afford", input: { amount: 0 }, error: "NoBill: NotPaid" },
  { workflow: "persist", input: {}, output: { tries: ["stolen", "CardRefused"], left: 1 } },
  { workflow: "persist", input: { card: "valid" }, output: { tries: ["valid", "TypeError"], left: 1 } },
  { workflow: "payAll", input: { cards: ["valid", "stolen"] }, output: [{ paid: 5 }, `not paid: ${refused}`] },
];
