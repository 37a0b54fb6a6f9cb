import {
  conditional,
  currentContext,
  eq,
  expr,
  fail,
  gt,
  mapTask,
  NonRetryableError,
  repeatUntil,
  required,
  task,
  tryCatch,
  workflow,
} from "lambent";
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

export const noteFailure = task(function noteFailure({ text, error }: { text: string; error: CaughtError }) {
  return `${text}: ${error.name}: ${error.message}`;
});

/** What the first function calls may fail; then the second one's calls run in its place. */
export const settle = workflow({ card: "valid", amount: 5 }, function settle({ card, amount }) {
  return tryCatch(
    () => charge({ card, amount }),
    (error) => noteFailure({ text: "not paid", error }),
  );
});

/** Which errors, by their classes or names: any other fails the execution. */
export const settleOrRefuse = workflow({ card: "stolen", amount: 5 }, function settleOrRefuse({ card, amount }) {
  const paid = tryCatch(
    () => charge({ card, amount }).paid,
    (error) => error.message,
    { errors: [PaymentError] },
  );
  return { paid };
});

/** What fails on purpose is caught like any other error, and a handler may fail with an error of another name. */
export const afford = workflow({ amount: 5 }, function afford({ amount }) {
  const bill = tryCatch(
    () =>
      conditional(
        gt(amount, 10),
        () => fail("TooExpensive", "more than 10"),
        () => charge({ card: "valid", amount }),
      ),
    (error) => ({ paid: 0, because: error.name }),
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
            () => charge({ card: "valid", amount: expr.add(charge({ card, amount: 1 }).paid, 199) }).paid,
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
export const settleAll = workflow({ cards: required<string[]>() }, function settleAll({ cards }) {
  return mapTask(settle)({ card: cards });
});

// Retries are of a task, of one call of it, of a call of a workflow, and of the items of a map. An error is tried again
// if it is of a class that they name, or of one that extends it; a NonRetryableError never is.

export class Busy extends Error {}
export class VeryBusy extends Busy {}
export class Closed extends NonRetryableError {}

const attempts = new Map<string, number>();

export const reach = task(function reach({ host }: { host: string }) {
  const call = `${currentContext().executionId} ${host}`;
  const attempt = (attempts.get(call) ?? 0) + 1;
  attempts.set(call, attempt);
  if (host === "closed") throw new Closed("never open");
  if (host === "busy" && attempt < 2) throw new VeryBusy(`attempt ${attempt}`);
  return `${host}: ${attempt}`;
});

const patiently = { maxAttempts: 2, intervalSeconds: 1, backoffRate: 1, maxDelaySeconds: 2, jitter: true } as const;

export const reachBusy = workflow({ host: "busy" }, function reachBusy({ host }) {
  return reach.withOverrides({ retries: { ...patiently, errors: [Busy] } })({ host });
});

/** Were it tried again, it would be in an hour. */
const inAnHour = { maxAttempts: 5, intervalSeconds: 3600 } as const;

export const reachClosed = workflow({ errors: false }, function reachClosed({ errors }) {
  return conditional(
    eq(errors, true),
    () => reach.withOverrides({ retries: { ...inAnHour, errors: [Closed, Error] } })({ host: "closed" }),
    () => reach.withOverrides({ retries: inAnHour })({ host: "closed" }),
  );
});

export const visit = workflow({ host: "busy" }, function visit({ host }) {
  return { visited: reach({ host }) };
});

/** A call of a workflow is tried again from its first task on. */
export const visitBusy = workflow({ host: "busy" }, function visitBusy({ host }) {
  return visit.withOverrides({ retries: { ...patiently, errors: [Busy] } })({ host });
});

export const visitClosed = workflow({}, function visitClosed() {
  return tryCatch(
    () => visit.withOverrides({ retries: inAnHour })({ host: "closed" }),
    (error) => ({ visited: error.name }),
    { errors: [Closed] },
  );
});

export const visitAll = workflow({ hosts: ["open", "busy"] }, function visitAll({ hosts }) {
  return mapTask(visit, { retries: { ...patiently, errors: [Busy] } })({ host: hosts });
});

export const visitAllClosed = workflow({ hosts: ["open", "closed"] }, function visitAllClosed({ hosts }) {
  return mapTask(visit.withOverrides({ retries: inAnHour }))({ host: hosts });
});

/** In batches too: of the items of one invocation those are tried again that may be. */
export const reachAll = workflow({ hosts: ["open", "busy", "closed"] }, function reachAll({ hosts }) {
  const retried = reach.withOverrides({ retries: { ...patiently, errors: [Error] } });
  return mapTask(retried, { batch: 3, minSuccessRatio: 0.5 })({ host: hosts });
});

/** Called once when the workflow has failed, with its inputs and its error, with which it then still fails. */
export const told: string[] = [];

export const tellFailure = task(function tellFailure({
  inputs,
  error,
}: {
  inputs: { card: string };
  error: CaughtError;
}) {
  told.push(`${inputs.card}: ${error.name}`);
  if (inputs.card === "stolen") throw new Error("nobody listens");
  return told.length;
});

export const settleAndTell = workflow(
  { card: "valid", amount: 5 },
  function settleAndTell({ card, amount }) {
    return charge({ card, amount }).paid;
  },
  { onFailure: tellFailure },
);

/** A workflow that is called in another one tells of itself. */
export const settleTwice = workflow({ cards: ["valid", "valid"] as const }, function settleTwice({ cards }) {
  return tryCatch(
    () => [settleAndTell({ card: cards[0] }), settleAndTell({ card: cards[1], amount: 7 })],
    ({ message }) => message,
  );
});

/** Here what does not need the failed task still runs, and then the workflow fails with the first error. */
export const noted: string[] = [];

export const writeDown = task(function writeDown({ text }: { text: string }) {
  noted.push(text);
  return text;
});

export const settleAndWrite = workflow(
  { card: "valid", amount: 5 },
  function settleAndWrite({ card, amount }) {
    const { paid } = charge({ card, amount });
    const receipt = writeDown({ text: writeDown({ text: "receipt" }) });
    const bill = conditional(
      gt(paid, 10),
      () => writeDown({ text: "large" }),
      () => writeDown({ text: "small" }),
    );
    return { bill, receipt, paid };
  },
  { failurePolicy: "afterExecutable" },
);

/** The whole execution may take so long, and one attempt of a task. */
export const linger = task(async function linger({ seconds }: { seconds: number }) {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  return seconds;
});

export const hurry = workflow({ seconds: 0 }, function hurry({ seconds }) {
  return tryCatch(
    () => linger.withOverrides({ timeout: 1 })({ seconds }),
    ({ name }) => name,
    { errors: ["States.Timeout"] },
  );
});

export const lingerInTime = workflow(
  { seconds: 0 },
  function lingerInTime({ seconds }) {
    return linger({ seconds });
  },
  { timeout: 60 },
);

const refused = 'CardRefused: card "stolen" is refused\n';

export const examples: readonly Example[] = [
  { workflow: "settle", input: {}, output: { paid: 5 } },
  { workflow: "settle", input: { card: "stolen" }, output: `not paid: ${refused}` },
  { workflow: "settleOrRefuse", input: {}, output: { paid: 'card "stolen" is refused\n' } },
  { workflow: "settleOrRefuse", input: { card: "valid" }, output: { paid: 5 } },
  { workflow: "settleOrRefuse", input: { card: "valid", amount: 101 }, error: "TypeError: " },
  { workflow: "afford", input: {}, output: { paid: 5 } },
  { workflow: "afford", input: { amount: 11 }, error: "NoBill: NotPaid" },
  { workflow: "persist", input: {}, output: { tries: ["stolen", "CardRefused"], left: 1 } },
  { workflow: "persist", input: { card: "valid" }, output: { tries: ["valid", "TypeError"], left: 1 } },
  { workflow: "settleAll", input: { cards: ["valid", "stolen"] }, output: [{ paid: 5 }, `not paid: ${refused}`] },
  { workflow: "reachBusy", input: {}, output: "busy: 2" },
  { workflow: "reachClosed", input: {}, error: "Closed: " },
  { workflow: "reachClosed", input: { errors: true }, error: "Closed: " },
  { workflow: "visitBusy", input: {}, output: { visited: "busy: 2" } },
  { workflow: "visitClosed", input: {}, output: { visited: "Closed" } },
  { workflow: "visitAll", input: {}, output: [{ visited: "open: 1" }, { visited: "busy: 2" }] },
  { workflow: "visitAllClosed", input: {}, error: "NonRetryableError: " },
  { workflow: "reachAll", input: {}, output: ["open: 1", "busy: 2", null] },
  { workflow: "settleAndTell", input: {}, output: 5 },
  { workflow: "settleAndTell", input: { amount: 200 }, error: "TypeError: " },
  { workflow: "settleAndTell", input: { card: "stolen" }, error: "CardRefused: " },
  { workflow: "settleTwice", input: {}, output: [5, 7] },
  { workflow: "settleTwice", input: { cards: ["valid", "stolen"] }, output: 'card "stolen" is refused\n' },
  { workflow: "settleAndWrite", input: {}, output: { bill: "small", receipt: "receipt", paid: 5 } },
  { workflow: "settleAndWrite", input: { card: "stolen" }, error: "CardRefused: " },
  { workflow: "hurry", input: {}, output: 0 },
  { workflow: "hurry", input: { seconds: 2 }, output: "States.Timeout" },
  { workflow: "lingerInTime", input: {}, output: 0 },
];
