import { LambentError } from "../base/errors.ts";
import { printPath } from "../base/json.ts";
import type { KeyPath } from "../graph/graph.ts";
import { makeRef, originOf, type Origin, type Ref, type Reference } from "../graph/ref.ts";
import { referencesIn } from "../graph/walk.ts";
import { isMarkName } from "../values/wire.ts";
import type { ActorDefinition } from "./definition.ts";
import { expressionOf } from "./expression-of.ts";
import { given } from "./given.ts";
import { refuseAsync } from "./trace.ts";

/**
 * What a task's key is made of: one of its inputs, or a field of one, or several of these.
 * @example
 * const key = (inputs: Ref<{ model: string; size: number }>): AffinityKey => [inputs.model, inputs.size];
 */
export type AffinityKey =
  | Reference<unknown>
  | readonly Reference<unknown>[]
  | { readonly [name: string]: Reference<unknown> };

/** Called once, when the task is made, with a Ref of its inputs. */
export type KeyOf<I> = (inputs: Ref<I>) => AffinityKey;

/**
 * The paths that a task's `affinityKey` names; `undefined` if the task has none.
 * @param what the task, for messages
 * @throws {LambentError} if it throws, computes with a Ref, or names nothing or a length, and for a task whose calls have no choice of replicas
 */
export function keyPathsOf<I>(
  what: string,
  affinityKey: KeyOf<I> | undefined,
  actor: ActorDefinition | undefined,
): readonly KeyPath[] | undefined {
  if (affinityKey === undefined) return undefined;
  if (actor === undefined) {
    throw new LambentError(
      `${what}: affinityKey is for tasks of actors, and this is a plain task: make it with actor.task of an ActorEnvironment with affinity: true, or leave affinityKey out`,
    );
  }
  if (actor.affinity !== true) {
    throw new LambentError(
      `${what}: affinityKey does nothing, for actor ${actor.name} has no affinity: give new ActorEnvironment({ name: "${actor.name}", … }) affinity: true, or leave affinityKey out`,
    );
  }
  if (typeof affinityKey !== "function") {
    throw new LambentError(
      `${what}: affinityKey must be a function such as (inputs) => inputs.model, not ${given(affinityKey)}`,
    );
  }
  return tracedPaths(`${what}: affinityKey`, affinityKey);
}

function tracedPaths<I>(what: string, affinityKey: KeyOf<I>): readonly KeyPath[] {
  const origin: Origin = { variable: "inputs", path: [], scope: affinityKey, onRead: () => undefined };
  let key: unknown;
  try {
    key = refuseAsync(affinityKey(makeRef<I>(origin)), "it");
  } catch (error) {
    if (!(error instanceof LambentError)) throw new LambentError(`${what} threw ${inWords(error)}`, { cause: error });
    throw new LambentError(`${what}: ${error.message}; a key is an input, or a field of one`, { cause: error });
  }
  const isMissing = key === undefined || key === null;
  const expression = isMissing
    ? undefined
    : expressionOf(key, what, ({ variable, path }) => ({ kind: "ref", variable, path }));
  const paths: (readonly string[])[] =
    expression === undefined ? [] : referencesIn(expression).map(({ path }) => path.map(String));
  const named = paths.filter(isKeyPath);
  if (named.length === 0 || named.length < paths.length || hasLiterals(key)) {
    throw new LambentError(
      `${what} must return an input, or a field of one, or a list or an object of several, such as (inputs) => [inputs.model, inputs.options.size], not ${paths.length > named.length ? "all inputs at once" : given(key)}`,
    );
  }
  const mark = named.flat().find(isMarkName);
  if (mark !== undefined) {
    throw new LambentError(
      `${what} reads a field named ${mark}, a name that Lambent keeps for itself: choose another field`,
    );
  }
  const counted = named.find((path) => path.indexOf("length") > 0);
  if (counted !== undefined) {
    const of = printPath("inputs", counted.slice(0, counted.indexOf("length")));
    throw new LambentError(
      `${what} reads ${of}.length, and what crosses to a task has its own fields only, which a text's or a list's length is not: return ${of} itself, or give the length as an input`,
    );
  }
  return named;
}

function inWords(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : given(error);
}

function isKeyPath(path: readonly string[]): path is KeyPath {
  return path.length > 0;
}

/** Whether there is anything but Refs in the values of a list or an object. */
function hasLiterals(key: unknown): boolean {
  if (originOf(key) !== undefined) return false;
  return Object.values(Object(key) as object).some((part) => originOf(part) === undefined);
}
