import { LambentError } from "../sdk/base/errors.ts";
import { isObject } from "../sdk/base/json.ts";
import { allCounters } from "../sdk/invocation/invocation.ts";
import type { RunnableTask } from "../sdk/invocation/runnable-task.ts";
import { warmedFunction, WARMED } from "../sdk/invocation/warming-name.ts";

/** The task that calls a cached function of the replica for `warmAll`; `undefined` if the name is none of such a task. */
export function warmingTask(name: unknown): RunnableTask | undefined {
  const cache = typeof name === "string" ? warmedFunction(name) : undefined;
  return cache === undefined ? undefined : { name: String(name), run: (inputs) => warm(cache, inputs) };
}

/** One after the other: each may take all of the replica's memory while it loads. */
async function warm(cache: string, inputs: unknown): Promise<null> {
  const {
    [WARMED.actor]: actor,
    [WARMED.list]: list,
    [WARMED.lists]: lists = [list],
  } = isObject(inputs) ? fieldsOf(inputs) : {};
  const call = cachedFunction(String(actor), cache);
  for (const args of Array.isArray(lists) ? lists : [])
    await Reflect.apply(call, undefined, Array.isArray(args) ? args : []);
  return null;
}

function fieldsOf(inputs: object): Readonly<Record<string, unknown>> {
  return { ...inputs };
}

function cachedFunction(actor: string, cache: string): Function {
  const found = [...allCounters]
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
