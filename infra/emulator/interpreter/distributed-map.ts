import type { MapState } from "../../asl/definition.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { Cancellation } from "../kernel/cancellation.ts";
import { HeldOutputs } from "../kernel/limits.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { StateError } from "../../language/state-error.ts";
import type { Inside } from "./frontier.ts";
import { compileBatcher } from "./item-batcher.ts";
import { compileReader } from "./item-reader.ts";
import { inputOf, type MapItem, stateItems } from "./map-item.ts";
import type { ItemBatch, MapRun } from "./map-run.ts";
import type { Place } from "./place.ts";
import { compileWriter, type Results } from "./result-writer.ts";
import type { Program } from "./thread.ts";
import { together } from "./together.ts";
import type { Visit, Work } from "./visit.ts";

// AWS runs up to 10,000 children at once; one machine gains nothing beyond this.
const MAX_CONCURRENCY = 1000;

/** A Map in DISTRIBUTED mode: every item, or batch of items, is a child execution of its own. */
export function distributedMap(name: string, state: MapState, program: Program, place: Place): Work {
  const { language } = place;
  const dataset = state.ItemReader === undefined ? language.dataset(state) : undefined;
  const reader = state.ItemReader === undefined ? undefined : compileReader(state.ItemReader, language);
  const selector = language.itemSelector(state);
  const batch = compileBatcher(state.ItemBatcher, language);
  const beginResults = compileWriter(state.ResultWriter, language);
  const isWritten = state.ResultWriter?.Resource !== undefined;
  const concurrency = language.number(state, "MaxConcurrency");
  const count = language.number(state, "ToleratedFailureCount");
  const percentage = language.number(state, "ToleratedFailurePercentage");
  const type = state.ItemProcessor?.ProcessorConfig?.ExecutionType ?? "STANDARD";
  // Until the state is left: a redrive goes on with them.
  const gathered = new WeakMap<Inside, Results>();

  async function begin(visit: Visit, given: readonly MapItem[] | undefined): Promise<MapRun> {
    const { thread } = visit;
    thread.record("MapStateStarted", { length: given?.length ?? 0 });
    const mapRun = thread.run.beginMapRun(program, {
      label: state.Label ?? name,
      type,
      maxConcurrency: (await concurrency?.(visit)) ?? 0,
      toleratedFailureCount: await count?.(visit),
      toleratedFailurePercentage: await percentage?.(visit),
    });
    thread.open(0, { mapRunArn: mapRun.arn });
    thread.record("MapRunStarted", { mapRunArn: mapRun.arn });
    return mapRun;
  }

  /** What children have given, with that of children of another process. */
  function resultsOf(inside: Inside, mapRun: MapRun): Results {
    const known = gathered.get(inside);
    if (known !== undefined) return known;
    const results = beginResults();
    gathered.set(inside, results);
    for (const { index, outcome } of mapRun.settled()) if (outcome !== undefined) results.add(index, outcome);
    return results;
  }

  async function batchesOf(visit: Visit, list: readonly MapItem[]): Promise<readonly ItemBatch[]> {
    const selected: Json[] = [];
    for (const [index, item] of list.entries())
      selected.push(
        selector === undefined
          ? inputOf(item)
          : await selector(visit.forItem(visit.thread.withItem({ Index: index, ...item }))),
      );
    return batch(visit, selected);
  }

  return {
    async run(visit) {
      const { thread } = visit;
      const known = takeUp(visit);
      // What children have been begun with is not read anew.
      let batches = thread.frontier.inside?.batches ?? known?.savedBatches;
      const data = batches === undefined ? await dataset?.(visit) : undefined;
      const given = data === undefined ? undefined : stateItems(data);
      const mapRun = known ?? (await begin(visit, given));
      const inside = thread.frontier.inside ?? thread.frontier.open(0);
      try {
        if (batches === undefined) {
          batches = await batchesOf(visit, given ?? (await reader?.(visit)) ?? []);
          mapRun.expect(batches);
          thread.commit();
        }
        inside.batches = batches;
        const results = resultsOf(inside, mapRun);
        await runChildren(visit, mapRun, batches, results, isWritten);
        const result = await results.end(visit, mapRun);
        mapRun.end("SUCCEEDED");
        thread.recordAside("MapRunSucceeded");
        thread.recordAside("MapStateSucceeded");
        return result;
      } catch (error) {
        mapRun.end(error instanceof Cancelled ? "ABORTED" : "FAILED");
        if (error instanceof StateError) thread.record("MapRunFailed", { error: error.error, cause: error.cause });
        throw error;
      }
    },
    failed(visit, failure) {
      visit.thread.record("MapStateFailed", { error: failure.error, cause: failure.cause });
    },
  };
}

/** The Map Run that the state has begun already, if it has; a redrive begins it once more. */
function takeUp({ thread }: Visit): MapRun | undefined {
  const { inside } = thread.frontier;
  if (inside?.mapRunArn === undefined) return undefined;
  const mapRun = thread.run.mapRun(inside.mapRunArn);
  if (mapRun === undefined || inside.isRedriven !== true) return mapRun;
  inside.isRedriven = false;
  const redriveCount = mapRun.redrive();
  thread.record("MapRunRedriven", { mapRunArn: mapRun.arn, redriveCount });
  return mapRun;
}

async function runChildren(
  visit: Visit,
  mapRun: MapRun,
  batches: readonly ItemBatch[],
  results: Results,
  isWritten: boolean,
): Promise<void> {
  const { thread } = visit;
  const held = new HeldOutputs(visit.step.name, thread.run.limits);
  const scope = new Cancellation(thread.cancellation);
  const items = batches.reduce((sum, one) => sum + one.items, 0);
  const settled = new Set<number>();
  let next = 0;
  let failedItems = 0;
  for (const { index, isFailure } of mapRun.settled()) {
    settled.add(index);
    if (isFailure) failedItems += batches[index]?.items ?? 0;
  }
  async function work(lane: number): Promise<void> {
    // UpdateMapRun may narrow the run while it goes on.
    while (lane < (mapRun.maxConcurrency || MAX_CONCURRENCY)) {
      const index = next++;
      const one = batches[index];
      if (one === undefined) return;
      if (settled.has(index)) continue;
      const outcome = await mapRun.execute(index, one, scope);
      thread.cancellation.throwIfCancelled();
      if (!isWritten) held.add(outcome.output ?? null);
      results.add(index, outcome);
      if (outcome.status !== "SUCCEEDED") {
        failedItems += one.items;
        checkFailures(mapRun, failedItems, items);
      }
    }
  }
  try {
    const lanes = Math.min(mapRun.maxConcurrency || MAX_CONCURRENCY, MAX_CONCURRENCY, batches.length);
    await together(
      scope,
      Array.from({ length: lanes }, (_, lane) => work(lane)),
    );
  } finally {
    scope.cancel();
  }
}

/** The thresholds are of items, however they are batched; with both given, either one ends the run. */
function checkFailures(mapRun: MapRun, failures: number, total: number): void {
  const { toleratedFailureCount, toleratedFailurePercentage } = mapRun;
  const strict = toleratedFailureCount === undefined && toleratedFailurePercentage === undefined;
  const tooMany =
    strict ||
    (toleratedFailureCount !== undefined && failures > toleratedFailureCount) ||
    (toleratedFailurePercentage !== undefined && (failures / total) * 100 > toleratedFailurePercentage);
  if (tooMany) {
    throw new StateError(
      "States.ExceedToleratedFailureThreshold",
      "The specified tolerated failure threshold was exceeded",
    );
  }
}
