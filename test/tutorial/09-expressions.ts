import { conditional, expr, gt, mapTask, required, task, workflow } from "lambent";
import type { Example } from "./example.ts";

// The few computations that a state machine does well need no function: each `expr.…` is one Pass state.

export const readPage = task(function readPage({ number, size }: { number: number; size: number }) {
  return `page ${number} of ${size}`;
});

/** Lists: how long one is, a part of one, and the numbers to map over. */
export const paging = workflow({ texts: ["a", "b", "c", "d", "e"], size: 2 }, function paging({ texts, size }) {
  const count = expr.round(expr.add(expr.div(expr.length(texts), size), 0.49));
  return {
    pages: mapTask(readPage)({ number: expr.range(0, count), size: [1, 2, 3] }),
    first: expr.slice(texts, 0, size),
    last: expr.slice(texts, -1),
    joined: expr.join(expr.slice(texts, 1), "+"),
  };
});

interface Settings {
  model: string;
  tries: number;
}

/** Objects and texts, and what a text has in it. */
export const settings = workflow(
  { own: { tries: 5 }, text: '{"model": "large", "sizes": [1]}', n: 7 },
  function settings({ own, text, n }) {
    const defaults = { model: "small", tries: 1 } satisfies Settings;
    const merged = expr.merge(defaults, own);
    const parsed = expr.parse<{ model: string; sizes: number[] }>(text);
    return {
      merged,
      model: parsed.model,
      sizes: parsed.sizes,
      told: expr.format`${merged.model} tries ${merged.tries} times, ${new Date(0)}`,
      numbers: [expr.sub(n, 10), expr.mul(n, n), expr.mod(n, 4), expr.min(n, 3), expr.max(n, 3)],
      hash: expr.hash(text),
    };
  },
);

export const lengthOf = task(function lengthOf({ id }: { id: string }) {
  return id.length;
});

/** A random id and the time are made once, wherever they are used. */
export const onceOnly = workflow({}, function onceOnly() {
  const [id, now] = [expr.uuid(), expr.now()];
  return {
    length: lengthOf({ id }),
    isLater: conditional(
      gt(now, new Date("2026-01-01T00:00:00Z")),
      () => true,
      () => false,
    ),
  };
});

export const counted = workflow({ list: required<number[]>() }, function counted({ list }) {
  return expr.length(list);
});

export const examples: readonly Example[] = [
  {
    workflow: "paging",
    input: {},
    output: { pages: ["page 0 of 1", "page 1 of 2", "page 2 of 3"], first: ["a", "b"], last: ["e"], joined: "b+c+d+e" },
  },
  {
    workflow: "settings",
    input: {},
    output: {
      merged: { model: "small", tries: 5 },
      model: "large",
      sizes: [1],
      told: "small tries 5 times, 1970-01-01T00:00:00.000Z",
      numbers: [-3, 49, 3, 3, 7],
      hash: "063dd2c47e12590a54d574e95054d8f5817bfeb3089cf53acf4536399b39e004",
    },
  },
  { workflow: "onceOnly", input: {}, output: { length: 36, isLater: true } },
  { workflow: "counted", input: { list: [] }, output: 0 },
  { workflow: "counted", input: { list: [[]] }, output: 1 },
  { workflow: "counted", input: { list: [{ $stored: "x" }, 2] }, output: 2 },
  { workflow: "counted", input: { list: null }, error: "expr.length takes a list, not null" },
];
