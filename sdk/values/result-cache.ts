import { setTimeout as sleep } from "node:timers/promises";
import { FUNCTION_SECONDS } from "../base/aws-limits.ts";
import { LambentError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { InvocationContext } from "../invocation/invocation-context.ts";
import type { RunnableTask } from "../invocation/runnable-task.ts";
import { currentScope } from "../invocation/scope.ts";
import { currentStore } from "../store/current-store.ts";
import { Lease, type LeasePlace, LeaseWatch } from "../store/lease.ts";
import { fetchStored } from "./fetch-stored.ts";
import { resultName } from "./result-name.ts";
import { StoredOutput } from "./stored-output.ts";

/** A task's output as JSON. */
export interface TaskResult {
  readonly output: Json;
  /** Whether the task's function ran now. Otherwise the output was in the store. */
  readonly computed: boolean;
}

/** How the output is computed, if it has to be. */
type Compute = () => Promise<TaskResult>;

/**
 * The output of a task with `cache: true`: from the store if it is there for these inputs and this version, or else
 * computed and stored. If several invocations compute it at once, the first to finish is stored, and all return that
 * one; with `cacheSerialize` one computes, and the others wait. What is there but was not stored so (truncated, replaced,
 * written by something else) is told on stderr with its key, and replaced by what is computed; so is, without a word, what
 * is older than `cacheTtlSeconds`, and what was there before an invocation of an execution with `overwriteCache`.
 * @param sent the inputs as JSON. Files are compared by address and version, stored values by their content
 */
export async function storedResult(
  task: RunnableTask,
  cacheVersion: string,
  sent: Json,
  compute: (task: RunnableTask, inputs: Json) => Promise<TaskResult>,
): Promise<TaskResult> {
  const inputs = await fetchStored(sent);
  const { store, bucket, keyPrefix } = await currentStore();
  const name = resultName(task, cacheVersion, inputs);
  const place = { store, bucket, key: `${keyPrefix}${name}` };
  const { given = [], remainingMs = FUNCTION_SECONDS * 1000 } = invocationContext() ?? {};
  const stored = new StoredOutput(task, name, place);
  function anew(): Promise<TaskResult> {
    return compute(task, inputs);
  }
  try {
    if (given.includes(true)) await stored.disregard();
    const found = await stored.find();
    if (found !== undefined) return { output: found, computed: false };
  } catch (error) {
    return { output: (await anew()).output, computed: unstored(stored, error) };
  }
  if (task.cacheSerialize !== true) return computeAndStore(stored, anew);
  return computeAlone(stored, anew, { ...place, key: `${place.key}.lease` }, remainingMs / 2);
}

/** Of the call that is running. Its class is not loaded here, which would make more of the code that a cold start loads. */
function invocationContext(): InvocationContext | undefined {
  return currentScope.getStore()?.context as InvocationContext | undefined; // handlers make no other
}

async function computeAndStore(stored: StoredOutput, compute: Compute): Promise<TaskResult> {
  const { output } = await compute();
  try {
    return { output: await stored.put(output), computed: true };
  } catch (error) {
    return { output, computed: unstored(stored, error) };
  }
}

/** Milliseconds between two looks at an output that another invocation computes: the first, and the longest. */
const LOOKS = { first: 20, longest: 1000 } as const;

/**
 * Compute the output while no other invocation does, or wait for the one that does.
 * @param patienceMs how long to wait at most. Then it is computed nevertheless: whoever has waited for half of their time
 *   has the other half for that, and nobody waits for what never comes
 */
async function computeAlone(
  stored: StoredOutput,
  compute: Compute,
  place: LeasePlace,
  patienceMs: number,
): Promise<TaskResult> {
  const watch = new LeaseWatch(place);
  const beganAt = performance.now();
  for (let pause: number = LOOKS.first; ; pause = Math.min(pause * 1.5, LOOKS.longest)) {
    const { isFree, from } = await watch.look();
    if (isFree) {
      const found = await stored.find();
      if (found !== undefined) return { output: found, computed: false };
      const lease = await Lease.take(place, from);
      if (lease !== undefined) return computeUnder(lease, stored, compute);
    }
    if (performance.now() - beganAt >= patienceMs) {
      const seconds = Math.round(patienceMs / 1000);
      console.warn(
        `${stored} is being computed elsewhere for ${seconds} s, half of the time that there is: it is computed here too`,
      );
      return computeAndStore(stored, compute);
    }
    await sleep(pause * (0.5 + Math.random() / 2));
  }
}

async function computeUnder(lease: Lease, stored: StoredOutput, compute: Compute): Promise<TaskResult> {
  try {
    // Its holder may have stored it between the last look and the lease.
    const found = await stored.find();
    return found === undefined ? await computeAndStore(stored, compute) : { output: found, computed: false };
  } finally {
    await lease.end();
  }
}

/**
 * Tell that something else than an object is in the place of an output: a directory, or a link that leads out of the
 * store.
 * @throws the error, if that is not what it says
 */
function unstored(stored: StoredOutput, error: unknown): true {
  if (!(error instanceof LambentError)) throw error;
  console.warn(`${stored} cannot hold an output, which is computed anew each time: ${error.message}`);
  return true;
}
