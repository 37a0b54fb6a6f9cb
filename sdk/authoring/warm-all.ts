import { LambentError } from "../base/errors.ts";
import type { Cached } from "../cache/replica-cache.ts";
import { isObject } from "../base/json.ts";
import type { Affinity, Expression, KeyPath, MapNode } from "../graph/graph.ts";
import type { Input, Ref } from "../graph/ref.ts";
import { isMark } from "../values/wire.ts";
import { WARMED, warmingTaskName } from "../invocation/warming-name.ts";
import { cachedFunction } from "./cached-functions.ts";
import { currentTrace } from "./current-trace.ts";
import { given } from "./given.ts";
import { checkLiterals } from "./literal-size.ts";

/**
 * Have replicas call a cached function with each of these argument lists, so that what runs `after` finds them loaded.
 *
 * With `affinity: true` each list is loaded exactly once, on its own replica: that to which the workflow sends what has
 * its key. The key of a list is its arguments, of an object among them its fields, and these have to be the
 * values that the task's `affinityKey` names, in the same order. Where the workflow has no map
 * over a task of the actor, each list is where single calls with its key look first. Where it has one, lists are shared
 * out as the items of a map are, so that all replicas load about as many; single calls may then look elsewhere.
 *
 * Without affinity nobody can say which replica gets which call. Then as many invocations as there are replicas run at
 * the same time, each of which calls the function with all lists. Replicas that are idle get one each, as a rule; one
 * that is busy with other work is left out, and one that is done before others begin may get two. What came of it is in
 * the receipts of these invocations: `replica` says which it was, and in `caches` `misses` says what it has loaded and
 * `hits` what it had already.
 *
 * A list whose load fails fails the workflow by that error. The replicas keep what is loaded as their caches' limits have
 * it: give them room.
 * @param cached what an actor's `cache` has made; it is in the actor's bundle if one of its tasks uses it
 * @param lists one list of arguments for each load; there may be Refs in them
 * @returns a Ref to give to `after`, which is a list of nulls
 * @throws {LambentError} for what is no cached function, or no list of arguments
 * @example
 * const actor = new ActorEnvironment({ name: "scoring", replicaCount: 2, affinity: true });
 * const loadModel = actor.cache(async function loadModel(model: string) {
 *   return { size: model.length };
 * });
 * const score = actor.task(
 *   async function score({ model, text }: { model: string; text: string }) {
 *     return (await loadModel(model)).size * text.length;
 *   },
 *   { affinityKey: (inputs) => inputs.model },
 * );
 * const scoring = workflow({ models: ["a", "b"], texts: ["x", "y"] }, function scoring({ models, texts }) {
 *   return after(warmAll(loadModel, ["a"], ["b"]), () => mapTask(score)({ model: models, text: texts }));
 * });
 */
export function warmAll<A extends readonly unknown[], R, C extends readonly unknown[]>(
  cached: Cached<A, R, C>,
  ...lists: { readonly [K in keyof A]: Input<A[K]> }[]
): Ref<null[]> {
  const trace = currentTrace("warmAll", "call it in a workflow's function");
  const { name, actor } = checkCached(cached);
  const what = `warmAll(${name}, …)`;
  if (lists.length === 0) {
    throw new LambentError(`${what} needs a list of arguments for each load: warmAll(${name}, ["a"], ["b"])`);
  }
  const expressions = lists.map((list, index) => {
    if (!Array.isArray(list)) {
      throw new LambentError(
        `${what} takes lists of arguments, one for each load, such as warmAll(${name}, ["a"], ["b"]); it was given ${given(list)}`,
      );
    }
    return trace.expression(list, `${what}'s list ${index + 1}`);
  });
  const all = trace.expression(lists, `${what}'s lists`);
  checkLiterals(`${what}'s lists`, all);
  const { replicaCount: replicas } = actor;
  const warmed: Expression = { kind: "literal", value: actor.name };
  const common = {
    kind: "map",
    ...trace.named("warmAll"),
    concurrency: replicas,
    options: {},
  } satisfies Partial<MapNode>;
  const address = { actor: actor.name, task: warmingTaskName(name) };
  if (actor.affinity !== true) {
    const numbers: Expression = { kind: "literal", value: Array.from({ length: replicas }, (_, one) => one) };
    return trace.add({
      ...common,
      address,
      bound: { [WARMED.actor]: warmed, [WARMED.lists]: all },
      lists: { [WARMED.replica]: numbers },
    });
  }
  const affinity: Affinity = { replicas, paths: keyPaths(expressions) };
  return trace.add({
    ...common,
    address: { ...address, affinity },
    bound: { [WARMED.actor]: warmed },
    lists: { [WARMED.list]: all },
    batch: { size: "auto", concurrentItems: 1, replicas },
  });
}

function checkCached(cached: unknown): ReturnType<typeof cachedFunction> & {} {
  const found = cachedFunction(cached);
  if (found === undefined) {
    throw new LambentError(
      `warmAll(…) takes a function that an actor's cache has made, const load = actor.cache(async function load(…) {…}), and not ${given(cached)}`,
    );
  }
  const { name, actor, isOnlyOne } = found;
  if (name === "") {
    throw new LambentError(
      `warmAll(…) was given a cached function of actor ${actor.name} that has no name, by which its replicas could find it: write actor.cache(async function load(…) {…})`,
    );
  }
  if (!isOnlyOne) {
    throw new LambentError(
      `warmAll(${name}, …): actor ${actor.name} has several cached functions named ${name}, and its replicas find them by name: rename the others`,
    );
  }
  return found;
}

/** An argument that is an object in each list, with the same fields, is as many values as it has fields. */
function keyPaths(lists: readonly Expression[]): KeyPath[] {
  const length = Math.max(...lists.map((list) => elementsOf(list).length));
  return Array.from({ length }, (_, index) => index).flatMap((index): KeyPath[] => {
    const names = lists.map((list) => fieldNames(elementsOf(list)[index]));
    const [first] = names;
    const path: KeyPath = [WARMED.list, String(index)];
    if (first === undefined || names.some((others) => others?.toSorted().join() !== first.toSorted().join()))
      return [path];
    return first.map((field): KeyPath => [...path, field]);
  });
}

function elementsOf(list: Expression): readonly Expression[] {
  if (list.kind === "list") return list.items;
  if (list.kind !== "literal" || !Array.isArray(list.value)) return [];
  return list.value.map((value): Expression => ({ kind: "literal", value }));
}

/** Of an object without Lambent's own marks. */
function fieldNames(expression: Expression | undefined): string[] | undefined {
  if (expression === undefined || expression.kind === "ref" || expression.kind === "list") return undefined;
  const fields: unknown = expression.kind === "object" ? expression.fields : expression.value;
  if (!isObject(fields) || Array.isArray(fields) || isMark(Object.keys(fields))) return undefined;
  const names = Object.keys(fields);
  return names.length === 0 ? undefined : names;
}
