import { isDeepStrictEqual } from "node:util";
import type { Json } from "../../sdk/base/json.ts";
import { type Fault, mayEndWith } from "./fault.ts";
import type { Outcome, Run } from "./one-run.ts";

/** Whether an output is what it is without faults. */
export type Same = (output: Json, expected: Json) => boolean;

/** Whether an execution may fail with an error that one of the faults brings which have struck. */
export type MayFail = (error: string, faults: readonly Fault[]) => boolean;

/** @returns what is wrong with a run under faults, compared with one without; undefined if nothing is */
export function problemOf(run: Run, expected: Run, same: Same, mayFail: MayFail): string | undefined {
  return (
    outcomeProblem(run, expected.outcome, same, mayFail) ?? remainsProblem(run) ?? resultsProblem(run, expected, same)
  );
}

/** Whether the execution has ended as it does without faults. */
export function isSame(outcome: Outcome, expected: Outcome, same: Same): boolean {
  if (outcome.status !== expected.status || outcome.error !== expected.error) return false;
  if (outcome.output === undefined || expected.output === undefined) return outcome.output === expected.output;
  return isDeepStrictEqual(outcome.output, expected.output) || same(outcome.output, expected.output);
}

function outcomeProblem({ outcome, struck }: Run, expected: Outcome, same: Same, mayFail: MayFail): string | undefined {
  if (isSame(outcome, expected, same)) return undefined;
  if (outcome.status === "SUCCEEDED") return "its output is another one";
  const error = errorOf(outcome);
  if (!mayEndWith(struck, error)) return "it failed, with an error that none of its faults brings";
  return mayFail(error, struck) ? undefined : "it failed, which it may not";
}

/** Step Functions gives an execution that has timed out no name of an error. */
export function errorOf({ error, status }: Outcome): string {
  return error ?? (status === "TIMED_OUT" ? "States.Timeout" : status);
}

/** What has to hold however an execution ends. */
function remainsProblem({ replicas, leftFiles }: Run): string | undefined {
  if (replicas.left > 0) return `${replicas.left} replicas were still there when it had ended`;
  if (leftFiles.length > 0) return `files of replicas that have ended were still there: ${leftFiles.join(", ")}`;
  for (const [cache, { loads, distinctKeys, replicas: having, loadedTwice }] of replicas.caches) {
    if (loadedTwice.length > 0 && loads > having * distinctKeys) {
      return `cache ${cache} loaded ${loads} times, with ${distinctKeys} keys on ${having} replicas`;
    }
  }
  return undefined;
}

function resultsProblem(run: Run, expected: Run, same: Same): string | undefined {
  for (const [key, output] of run.results) {
    if (output === undefined) return `what is stored as a task's output is torn, or another one's: ${key}`;
    const other = expected.results.get(key);
    if (other === undefined || isDeepStrictEqual(output, other) || same(output, other)) continue;
    return `the stored output of a task is another one: ${key}`;
  }
  return undefined;
}
