import { dynamic, mapTask, required, task, workflow } from "lambent";
import type { Example } from "./example.ts";

// Which tasks are called, how often and with what, is decided while the workflow runs: by a function that computes with
// values, in a replica, and returns a list of calls. The state machine makes them, each as a state of its own.

export const summarise = task(function summarise({ text }: { text: string }) {
  return { words: text.split(" ").length };
});

export const shout = task(function shout({ text, times }: { text: string; times: number }) {
  return text.toUpperCase().repeat(times);
});

/** The names of the tasks are those under which `calls` has them. */
export const readTexts = dynamic({ summarise, shout }, function readTexts({ texts }: { texts: string[] }, calls) {
  return texts
    .filter((text) => text !== "")
    .map((text) => (text.includes(" ") ? calls.summarise({ text }) : calls.shout({ text, times: 2 })));
});

/** What it gives in a workflow is the outputs of the calls, in their order. */
export const reading = workflow({ texts: ["one", "two words"] }, function reading({ texts }) {
  return readTexts({ texts });
});

// Whatever crosses between tasks may be in a call.

export const daysLater = task(function daysLater({ from, days }: { from: Date; days: bigint }) {
  return new Date(from.getTime() + Number(days) * 86_400_000);
});

export const remindDaily = dynamic(
  { daysLater },
  function remindDaily({ from, count }: { from: Date; count: number }, calls) {
    return Array.from({ length: count }, (_, index) => calls.daysLater({ from, days: BigInt(index + 1) }));
  },
);

export const dailyReminders = workflow(
  { from: required<Date>(Date), count: 2 },
  function dailyReminders({ from, count }) {
    return remindDaily({ from, count });
  },
);

// With `minSuccessRatio` the output of a call that fails is null.

export const halveOne = task(function halveOne({ n }: { n: number }) {
  if (n % 2 !== 0) throw new RangeError(`${n} is odd`);
  return n / 2;
});

export const halveSome = dynamic(
  { halveOne },
  function halveSome({ most }: { most: number }, calls) {
    return Array.from({ length: most }, (_, n) => calls.halveOne({ n }));
  },
  { minSuccessRatio: 0.5, concurrency: 2 },
);

export const halves = workflow({ most: 4 }, function halves({ most }) {
  return halveSome({ most });
});

/** A dynamic is a part of a workflow as any other: here for each element of a list. */
export const readAll = workflow({ lists: [["a"], [], ["b", "c d"]] }, function readAll({ lists }) {
  return mapTask(reading)({ texts: lists });
});

/** What is no call is refused where it is returned. */
export const careless = dynamic({ halveOne }, function careless({ n }: { n: number }, calls) {
  return [calls.halveOne({ n }), { task: "halveOne", inputs: { n } }];
});

export const refused = workflow({ n: 2 }, function refused({ n }) {
  return careless({ n });
});

/** And a task that is not declared, where it would be called; TypeScript refuses it before. */
export const astray = dynamic({ halveOne }, function astray({ n }: { n: number }, calls) {
  const { shout: undeclared } = calls as unknown as { shout: typeof calls.halveOne };
  return [calls.halveOne({ n }), undeclared({ n })];
});

export const lost = workflow({ n: 2 }, function lost({ n }) {
  return astray({ n });
});

export const examples: readonly Example[] = [
  { workflow: "reading", input: {}, output: ["ONEONE", { words: 2 }] },
  { workflow: "reading", input: { texts: ["", "x", "", "a b c"] }, output: ["XX", { words: 3 }] },
  { workflow: "reading", input: { texts: [] }, output: [] },
  {
    workflow: "dailyReminders",
    input: { from: new Date("2026-01-31T08:00:00Z") },
    output: [new Date("2026-02-01T08:00:00Z"), new Date("2026-02-02T08:00:00Z")],
  },
  { workflow: "halves", input: {}, output: [0, null, 1, null] },
  { workflow: "readAll", input: {}, output: [["AA"], [], ["BB", { words: 2 }]] },
  {
    workflow: "refused",
    input: {},
    error: "InvalidCalls: careless: at position 1 of what it returned is no call",
  },
  {
    workflow: "lost",
    input: {},
    error: "UnknownCall: astray: the call at position 1 is of shout, and the state machine knows: halveOne",
  },
];
