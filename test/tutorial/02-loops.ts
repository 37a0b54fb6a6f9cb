import {
  after,
  conditional,
  fail,
  gt,
  isIn,
  isNull,
  lt,
  mapTask,
  not,
  repeatUntil,
  required,
  task,
  whileLoop,
  workflow,
} from "lambent";
import type { Example } from "./example.ts";

// A loop goes round in the state machine: a Choice state, to which the states of a round go back. What it is at is its
// state, which each round replaces by the next.

export const page = task(function page({ items, cursor }: { items: string[]; cursor: number | null }) {
  const next = cursor === null || cursor >= 3 ? null : cursor + 1;
  return { items: [...items, `item ${cursor}`], cursor: next };
});

/** While a condition holds, which is asked before each round. */
export const list = workflow({ cursor: 1 as number | null }, function list({ cursor }) {
  const pages = whileLoop({
    state: { items: [] as string[], cursor },
    while: (state) => not(isNull(state.cursor)),
    do: (state) => page({ items: state.items, cursor: state.cursor }),
    maxIterations: 5,
  });
  return pages.items;
});

interface Job {
  id: string;
  status: "running" | "done" | "failed";
  looks: number;
}

export const submit = task(function submit({ looks }: { looks: number }): Job {
  return { id: "job-1", status: "running", looks };
});

export const look = task(function look({ job }: { job: Job }): Job {
  return { ...job, looks: job.looks - 1, status: job.looks > 1 ? "running" : "done" };
});

/** Until a condition holds, which is asked after each round: polling. */
export const poll = workflow({ looks: 3 }, function poll({ looks }) {
  const job = repeatUntil({
    state: submit({ looks }),
    do: (state) => look({ job: state }),
    until: ({ status }) => isIn(status, ["done", "failed"]),
    maxIterations: 4,
  });
  return { id: job.id, status: job.status };
});

export const add = task(function add({ a, b }: { a: number; b: number }) {
  return a + b;
});

/** A round may have all that a workflow has: side by side, in branches, in maps and in loops of its own. */
export const nested = workflow({ rows: required<number>(), columns: 2 }, function nested({ rows, columns }) {
  const table = whileLoop({
    state: { row: 0, sum: 0, doubled: [] as number[] },
    while: ({ row }) => lt(row, rows),
    do: ({ row, sum }) => {
      const cells = whileLoop({
        state: { column: 0, cells: 0 },
        while: ({ column }) => lt(column, columns),
        do: ({ column, cells }) => ({ column: add({ a: column, b: 1 }), cells: add({ a: cells, b: 10 }) }),
        maxIterations: 3,
      });
      const total = conditional(
        gt(cells.cells, 15),
        () => add({ a: sum, b: cells.cells }),
        () => sum,
      );
      const doubled = after(total, () => mapTask(add)({ a: [row, total], b: [row, total] }));
      return { row: add({ a: row, b: 1 }), sum: total, doubled };
    },
    maxIterations: 10,
  });
  return { rows: table.row, doubled: table.doubled };
});

export const countdown = workflow({ from: 3 }, function countdown({ from }) {
  return whileLoop({
    state: from,
    while: (n) => gt(n, 0),
    do: (n) =>
      conditional(
        gt(n, 100),
        () => fail("TooFar", "nobody counts that far"),
        () => add({ a: n, b: -1 }),
      ),
    maxIterations: 10,
  });
});

/** Each item of a map goes round by itself. */
export const countdowns = workflow({ ns: [0, 1, 5] }, function countdowns({ ns }) {
  return mapTask(countdown)({ from: ns });
});

export const examples: readonly Example[] = [
  { workflow: "list", input: {}, output: ["item 1", "item 2", "item 3"] },
  { workflow: "list", input: { cursor: 4 }, output: ["item 4"] },
  { workflow: "poll", input: {}, output: { id: "job-1", status: "done" } },
  { workflow: "poll", input: { looks: 0 }, output: { id: "job-1", status: "done" } },
  {
    workflow: "poll",
    input: { looks: 9 },
    error: "TooManyIterations: loop loop would go round more than 4 times, its maxIterations",
  },
  { workflow: "nested", input: { rows: 2 }, output: { rows: 2, doubled: [2, 80] } },
  { workflow: "nested", input: { rows: 2, columns: 1 }, output: { rows: 2, doubled: [2, 0] } },
  { workflow: "nested", input: { rows: 0 }, output: { rows: 0, doubled: [] } },
  { workflow: "countdown", input: {}, output: 0 },
  { workflow: "countdown", input: { from: -2 }, output: -2 },
  { workflow: "countdown", input: { from: 11 }, error: "TooManyIterations: " },
  { workflow: "countdown", input: { from: 101 }, error: "TooFar: nobody counts that far" },
  { workflow: "countdowns", input: {}, output: [0, 0, 0] },
];
