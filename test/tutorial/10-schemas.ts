import { type } from "arktype";
import { mapTask, task, waitForInput, workflow } from "lambent";
import * as v from "valibot";
import { z } from "zod";
import type { Example } from "./example.ts";

// Inputs and outputs may be declared by schemas, of zod, valibot, arktype or any library that follows Standard Schema.
// A caller gives what a schema takes, and tasks get what it makes of that: defaults filled in, texts parsed.

const Order = z.object({
  id: z.string().min(1),
  items: z.array(z.object({ name: z.string(), count: z.int().min(1) })).min(1),
  express: z.boolean().default(false),
  due: z.coerce.date(),
});

export const pack = task(function pack({ order }: { order: z.output<typeof Order> }) {
  const count = order.items.reduce((sum, item) => sum + item.count, 0);
  return { id: order.id, count, express: order.express, year: order.due.getUTCFullYear() };
});

export const packing = workflow(
  { order: Order, size: z.enum(["s", "m"]).default("s"), note: z.string().trim().max(5).optional() },
  function packing({ order, size, note }) {
    return { packed: pack({ order }), size, note };
  },
);

/** Of valibot's schemas the state machine knows nothing: the task that comes first looks at all of them. */
export const naming = workflow({ name: v.pipe(v.string(), v.trim(), v.minLength(2)) }, function naming({ name }) {
  return name;
});

const Point = type({ x: "number", y: "number >= 0" });

export const far = task(function far({ point }: { point: typeof Point.infer }) {
  return Math.hypot(point.x, point.y);
});

export const distances = workflow({ points: Point.array() }, function distances({ points }) {
  return mapTask(far)({ point: points });
});

/** A task's own schemas: whoever calls it, its function gets what they take, and returns it. */
export const parse = task(
  function parse({ text }) {
    return { value: Number(text) };
  },
  {
    input: z.object({ text: z.string().regex(/^[a-z0-9]+$/) }),
    output: v.object({ value: v.pipe(v.number(), v.finite()) }),
  },
);

export const parsing = workflow({ text: "1" }, function parsing({ text }) {
  return parse({ text }).value;
});

/** What a workflow returns, too. */
export const summing = workflow(
  { text: "1" },
  function summing({ text }) {
    return { sum: parse({ text }).value };
  },
  { output: z.object({ sum: z.number().max(10) }) },
);

/** An answer is looked at by the state machine, as far as it can, and by whoever sends it with a client. */
export const choosing = workflow({}, function choosing() {
  const Choice = z.object({ colour: z.enum(["red", "blue"]), note: z.string().max(10).optional() });
  const choice = waitForInput("choice", { timeout: "1h", schema: Choice });
  return choice.colour;
});

const order = { id: "a", items: [{ name: "pen", count: 2 }], due: "2027-03-01" };

export const examples: readonly Example[] = [
  {
    workflow: "packing",
    input: { order, note: " soon   " },
    output: { packed: { id: "a", count: 2, express: false, year: 2027 }, size: "s", note: "soon" },
  },
  {
    workflow: "packing",
    input: {
      order: {
        ...order,
        items: [
          { name: "pen", count: 1 },
          { name: 3, count: 0 },
        ],
      },
      size: "xl",
      note: "",
    },
    error:
      'InvalidInputs: workflow packing: order.items[1].name must be of type string, not number; order.items[1].count must be at least 1, not 0; size must be "s" or "m", not xl',
  },
  { workflow: "packing", input: {}, error: "InvalidInputs: workflow packing: order is required" },
  { workflow: "packing", input: { order, note: "too long" }, error: "InvalidInputs: workflow packing: note: " },
  {
    workflow: "packing",
    input: { order: { ...order, due: "soon" } },
    error: "InvalidInputs: workflow packing: order.due: ",
  },
  { workflow: "naming", input: { name: " Ada " }, output: "Ada" },
  {
    workflow: "naming",
    input: { name: 3 },
    error: "InvalidInputs: workflow naming: name: Invalid type: Expected string but received 3 (received the number 3)",
  },
  { workflow: "distances", input: { points: [{ x: 3, y: 4 }] }, output: [5] },
  {
    workflow: "distances",
    input: {
      points: [
        { x: 3, y: 4 },
        { x: 1, y: -1 },
      ],
    },
    error: "InvalidInputs: workflow distances: points[1].y",
  },
  { workflow: "parsing", input: { text: "12" }, output: 12 },
  { workflow: "parsing", input: { text: "1 2" }, error: "InvalidInput: task parse: inputs.text: " },
  { workflow: "parsing", input: { text: "many" }, error: "InvalidOutput: task parse: output.value: " },
  { workflow: "summing", input: { text: "10" }, output: { sum: 10 } },
  { workflow: "summing", input: { text: "11" }, error: "InvalidOutput: workflow summing: output.sum: " },
  { workflow: "choosing", input: {}, answers: { choice: { colour: "red" } }, output: "red" },
  {
    workflow: "choosing",
    input: {},
    answers: { choice: { colour: "green" } },
    error: 'InvalidAnswer: the answer to choice: it.colour must be "red" or "blue", not green',
  },
];
