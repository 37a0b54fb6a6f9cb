import { LambentError } from "../sdk/base/errors.ts";
import { isObject } from "../sdk/base/json.ts";
import type { CacheCounters } from "../sdk/invocation/counters.ts";
import type { RunnableTask } from "../sdk/invocation/runnable-task.ts";
import { warmedFunction, WARMED } from "../sdk/invocation/warming-name.ts";

/**
 * The task that calls a cached function of the replica for `warmAll`; `undefined` if the name is none of such a task.
 * @param caches those of the replica
 */
export function warmingTask(name: unknown, caches: Iterable<CacheCounters>): RunnableTask | undefined {
  const cache = typeof name === "string" ? warmedFunction(name) : undefined;
  return cache === undefined ? undefined : { name: String(name), run: (inputs) => warm(cache, caches, inputs) };
}

/** One after the other: each may take all of the replica's memory while it loads. */
async function warm(cache: string, caches: Iterable<CacheCounters>, inputs: unknown): Promise<null> {
  const {
    [WARMED.actor]: actor,
    [WARMED.list]: list,
    [WARMED.lists]: lists = [list],
  } = isObject(inputs) ? fieldsOf(inputs) : {};
  const call = cachedFunction(String(actor), cache, caches);
  for (const args of Array.isArray(lists) ? lists : [])
    await Reflect.apply(call, undefined, Array.isArray(args) ? args : []);
  return null;
}

function fieldsOf(inputs: object): Readonly<Record<string, unknown>> {
  return { ...inputs };
}

function cachedFunction(actor: string, cache: string, caches: Iterable<CacheCounters>): Function {
  const found = [...caches]
    .filter((counters) => counters.actor === actor && counters.cache === cache)
    .map(({ owner }) => owner?.deref())
    .filter((owner) => typeof owner === "function");
  const [only, ...others] = found;
  if (only === undefined) {
    throw new LambentError(
      `warmAll: the function of actor ${actor} has no cached function ${cache}, since none of the actor's tasks uses it: use it in one, or leave it out of warmAll`,
    );
  }
  if (others.length > 0)
    throw new LambentError(`warmAll: actor ${actor} has several cached functions named ${cache}: rename the others`);
  return only;
}
