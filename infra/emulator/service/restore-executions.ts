import type { Execution, Surroundings } from "./execution.ts";
import type { Executions } from "./executions.ts";
import type { MapRuns } from "./map-runs.ts";
import type { Storage } from "./storage.ts";

/** What executions of an earlier process come back to. */
export interface RestoreOptions {
  readonly storage: Storage;
  readonly surroundings: Surroundings;
  readonly executions: Executions;
  readonly mapRuns: MapRuns;
  /** How many executions are kept. */
  readonly keep: number;
  /** Whether there is a state machine of this ARN. */
  readonly exists: (stateMachineArn: string) => boolean;
}

/** Takes the executions and Map Runs that an earlier process has saved, and has those that ran go on. */
export function restoreExecutions(options: RestoreOptions): void {
  const { storage, surroundings, executions, keep, exists } = options;
  const bounds = { most: keep, mostBytes: surroundings.memory.most };
  const restored = storage.executions(surroundings, bounds, exists);
  for (const execution of restored) executions.add(execution);
  const byArn = new Map(restored.map((one) => [one.plan.arn, one]));
  storage.replay(byArn);
  restoreMapRuns(options, byArn);
  for (const one of restored) if (one.status === "RUNNING") goOn(one, byArn);
}

function restoreMapRuns(
  { storage, surroundings, executions, mapRuns }: RestoreOptions,
  byArn: ReadonlyMap<string, Execution>,
): void {
  const children = childrenByMapRun(byArn.values());
  for (const stored of storage.mapRuns((arn) => byArn.has(arn))) {
    const parent = byArn.get(stored.executionArn);
    if (parent === undefined) continue;
    mapRuns.restore(parent, stored, children.get(stored.arn) ?? [], surroundings, (child) => executions.begin(child));
  }
}

/** Of those without a Map Run too, under undefined. */
function childrenByMapRun(executions: Iterable<Execution>): ReadonlyMap<string | undefined, readonly Execution[]> {
  const children = new Map<string | undefined, Execution[]>();
  for (const one of executions) {
    const siblings = children.get(one.plan.mapRunArn);
    if (siblings === undefined) children.set(one.plan.mapRunArn, [one]);
    else siblings.push(one);
  }
  return children;
}

/** Children go on with their Map Run, and not without it. */
function goOn(one: Execution, byArn: ReadonlyMap<string, Execution>): void {
  const { child } = one.plan;
  if (child === undefined) one.resume();
  else if (byArn.get(child.root.arn)?.status !== "RUNNING") one.stop(undefined, "The emulator was stopped.");
}
