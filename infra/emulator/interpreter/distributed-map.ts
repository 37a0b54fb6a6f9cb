import type { MapState } from "../../asl/definition.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { Cancellation } from "../kernel/cancellation.ts";
import { HeldOutputs } from "../kernel/limits.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { StateError } from "../../language/state-error.ts";
import type { Expression } from "../../language/language.ts";
import { type Batch, compileBatcher } from "./item-batcher.ts";
import { compileReader } from "./item-reader.ts";
import { inputOf, type MapItem, stateItems } from "./map-item.ts";
import type { MapRun } from "./map-run.ts";
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
  return {
    async run(visit) {
      const { thread } = visit;
      const data = await dataset?.(visit);
      const given = data === undefined ? undefined : stateItems(data);
      thread.record("MapStateStarted", { length: given?.length ?? 0 });
      const mapRun = thread.run.beginMapRun(program, {
        label: state.Label ?? name,
        type,
        maxConcurrency: (await concurrency?.(visit)) ?? 0,
        toleratedFailureCount: await count?.(visit),
        toleratedFailurePercentage: await percentage?.(visit),
      });
      thread.record("MapRunStarted", { mapRunArn: mapRun.arn });
      try {
        const list = given ?? (await reader?.(visit)) ?? [];
        const results = beginResults();
        await runChildren(visit, mapRun, list, selector, batch, results, isWritten);
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

async function runChildren(
  visit: Visit,
  mapRun: MapRun,
  list: readonly MapItem[],
  selector: Expression | undefined,
  batch: Batch,
  results: Results,
  isWritten: boolean,
): Promise<void> {
  const { thread } = visit;
  const held = new HeldOutputs(visit.step.name, thread.run.limits);
  const selected: Json[] = [];
  for (const [index, item] of list.entries()) {
    selected.push(
      selector === undefined
        ? inputOf(item)
        : await selector(
            visit.forItem(thread.fork(thread.cancellation, thread.latestEventId, { Index: index, ...item })),
          ),
    );
  }
  const batches = await batch(visit, selected);
  mapRun.expect(list.length, batches.length);
  const scope = new Cancellation(thread.cancellation);
  let next = 0;
  let failedItems = 0;
  async function work(lane: number): Promise<void> {
    // UpdateMapRun may narrow the run while it goes on.
    while (lane < (mapRun.maxConcurrency || MAX_CONCURRENCY)) {
      const index = next++;
      const one = batches[index];
      if (one === undefined) return;
      const outcome = await mapRun.execute(one.input, one.items, scope);
      thread.cancellation.throwIfCancelled();
      if (!isWritten) held.add(outcome.output ?? null);
      results.add(index, outcome);
      if (outcome.status !== "SUCCEEDED") {
        failedItems += one.items;
        checkFailures(mapRun, failedItems, list.length);
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
