import type { Json } from "../sdk/base/json.ts";
import { storeLarge } from "../sdk/values/large-value.ts";
import { collect } from "./collect.ts";
import { elements, itemKeys } from "./item-range.ts";
import { join } from "./join.ts";
import type { Invocation, ListWork, Outcome } from "./payload.ts";

/**
 * Work on the lists of a map, in the place of its task: the state machine cannot read the store.
 * @param run runs a function as an invocation, of which the receipt tells
 * @throws {LambentError} if what it reads is gone from the store, or the state machine reads more than fits
 */
export async function workOnLists(
  work: ListWork,
  invocation: Invocation,
  run: (work: () => Promise<null>) => Promise<Outcome>,
): Promise<Outcome> {
  let output: Json = null;
  // It is as it crosses already: what a function returns would be encoded as an author's data.
  const { receipt } = await run(async () => {
    output = await outputOf(work, invocation);
    return null;
  });
  const outcome = { output, receipt: { ...receipt, list: work.kind } };
  return invocation.budget === undefined ? outcome : storeLarge(outcome, invocation.budget);
}

function outputOf(work: ListWork, { task, inputs, budget }: Invocation): Promise<Json> {
  switch (work.kind) {
    case "elements":
      return elements(work, budget?.reads);
    case "keys":
      return itemKeys(work, inputs);
    case "collect":
      return collect(work, budget?.bytes);
    case "join":
      return join(task, work, budget);
  }
}
