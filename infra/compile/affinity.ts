import { LambentError } from "../../sdk/base/errors.ts";
import type { Expression, KeyPath, TaskAddress } from "../../sdk/graph/graph.ts";
import { literal, query, read, readPath, readStep, stepsOf } from "./expression.ts";
import { replicaAt } from "./replica-ranking.ts";
import { GIVEN } from "../../sdk/values/wire.ts";
import type { Target } from "./target.ts";

/** The JSONata of the parts of a key, in the state that makes the call; where nothing comes out the part is missing. */
export type Key = readonly string[];

/** What a call finds its replica by: its key, or JSONata of all replicas' numbers as texts, the first choice first. */
export type ReplicaChoice = Key | { readonly ranking: string };

/**
 * The paths of the key by which a task's calls go to a replica; none for a task whose calls have no choice.
 * @throws {LambentError} if the task has no key, though its actor has affinity
 */
export function keyPaths({ actor, task, affinity }: TaskAddress): readonly KeyPath[] {
  if (affinity === undefined) return [];
  if (affinity.paths !== undefined) return affinity.paths;
  throw new LambentError(
    `task ${task}: actor ${actor} has affinity, and the task no key: write affinityKey: (inputs) => inputs.… among its options, with the input for which equal values are to meet the same replica`,
  );
}

/**
 * The key of one call.
 * @param inputs what is the same for all calls that a state makes
 * @param items by input, the JSONata of what a call has of its own: elements of lists
 */
export function keyOf(
  address: TaskAddress,
  inputs: Readonly<Record<string, Expression>>,
  items: Readonly<Record<string, string>> = {},
): Key {
  return keyPaths(address).map(([input, ...steps]) => {
    const item = items[input];
    if (item !== undefined) return elementAt(item, steps);
    return Object.hasOwn(inputs, input) ? valueAt(inputs[input], steps) : MISSING;
  });
}

/** JSONata from which nothing comes out. */
const MISSING = "{}.none";

/** What a caller gave may be wrapped as a whole, so that it counts as data. */
function elementAt(element: string, steps: readonly string[]): string {
  if (steps.length === 0) return element;
  const given = readStep(element, GIVEN);
  return readPath(`($exists(${given}) ? ${given} : ${element})`, stepsOf(steps));
}

function valueAt(expression: Expression | undefined, steps: readonly string[]): string {
  const [step, ...rest] = steps;
  switch (expression?.kind) {
    case undefined:
      return MISSING;
    case "ref":
      return read({ ...expression, path: [...expression.path, ...stepsOf(steps)] });
    case "literal":
      return readPath(`(${literal(expression.value)})`, stepsOf(steps));
    case "object":
      return step === undefined ? objectOf(expression.fields) : valueAt(field(expression.fields, step), rest);
    case "list":
      return step === undefined ? listOf(expression.items) : valueAt(expression.items[Number(step)], rest);
  }
}

function field(fields: Readonly<Record<string, Expression>>, name: string): Expression | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function objectOf(fields: Readonly<Record<string, Expression>>): string {
  return `{${Object.entries(fields)
    .map(([name, value]) => `${literal(name)}: ${valueAt(value, [])}`)
    .join(", ")}}`;
}

/** A list within a list of JSONata's is flattened, so each element is put into an object first. */
function listOf(items: readonly Expression[]): string {
  if (items.length === 0) return "[]";
  const elements = items.map((item) => `{"of": ${valueAt(item, [])}}`).join(", ");
  return `$map([${elements}], function($item) { $exists($item.of) ? $item.of : null })[]`;
}

/**
 * The `FunctionName` of a call. With affinity the call's first attempt goes to the replica that is first in the ranking
 * of its key, or in one that is given, and each further one to the next, whatever became of the one before.
 */
export function functionName({ actor, affinity }: TaskAddress, choice: ReplicaChoice, target: Target): string {
  if (affinity === undefined) return target.functionName(actor);
  const { replicas } = affinity;
  const names = Array.from({ length: replicas }, (_, replica) => target.functionName(actor, replica));
  const attempt = `$states.context.State.RetryCount % ${replicas}`;
  // The names stand first: whoever looks for them finds them before anything that an author wrote.
  const chosen = "ranking" in choice ? `${choice.ranking}[${attempt}]` : replicaAt(choice, replicas, attempt);
  return query(`${literal(names)}[$number(${chosen})]`);
}

/** The names that a `FunctionName` of a definition may come to: one, or those of an actor's replicas. */
export function functionNames(written: string): string[] {
  const [, names] = /^\{% (\["[^\]]*"\])/.exec(written) ?? [];
  // Only `functionName` above writes such a list.
  return names === undefined ? [written] : (JSON.parse(names) as string[]);
}
