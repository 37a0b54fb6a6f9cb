import { expect, test } from "vitest";
import { task } from "lambent";
import { tasksOf } from "../../handlers/handler.ts";
import { invoke } from "../../handlers/invocation.ts";
import type { Invocation } from "../../handlers/payload.ts";

const echo = task(async function echo({ a }: { a: unknown }) {
  return a;
});

/** What a function says of an invocation that no state machine of its service has written. */
async function refusal(invocation: unknown): Promise<unknown> {
  const replica = { id: "r", initializationType: "on-demand" };
  // Whatever somebody writes by hand.
  return invoke(tasksOf(undefined, [{ echo }]), invocation as Invocation, replica, () => 60_000).catch(
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

test.each([
  ["null", null, 'an invocation must read {"task": "name", "inputs": {…}}; this function\'s tasks are: echo'],
  ["another field", { task: "echo", input: 1 }, "an invocation has no field input"],
  [
    "inputs that are no object",
    { task: "echo", inputs: 1 },
    "an invocation's inputs has to be an object or a list, not 1",
  ],
  ["no budget", { task: "echo", budget: null }, "an invocation's budget has to be an object or a list, not null"],
  ["a batch of nothing", { task: "echo", batch: {} }, "an invocation's batch.indices cannot be absent"],
  [
    "an index below 0",
    { task: "echo", batch: { indices: [-1], lists: {} } },
    "an invocation's batch.indices cannot be [-1]",
  ],
  [
    "a list that is none",
    { task: "echo", batch: { indices: [0], lists: { a: 1 } } },
    'an invocation\'s batch.lists cannot be {"a":1}',
  ],
  [
    "work of another kind",
    { task: "echo", list: { kind: "sort" } },
    "an invocation's list.kind has to be one of elements, keys, collect, join",
  ],
  [
    "results of nothing",
    { task: "echo", list: { kind: "collect", first: 0, count: 1, done: [null] } },
    "an invocation's list.done cannot be [null]",
  ],
])("%s is refused by name", async (_, invocation, message) => {
  expect(await refusal(invocation)).toContain(`LambentError: ${message}`);
});
