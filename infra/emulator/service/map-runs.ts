import { ApiError } from "../kernel/api-error.ts";
import type { MapRun, MapRunPlan } from "../interpreter/map-run.ts";
import type { Program } from "../interpreter/thread.ts";
import type { Execution, Surroundings } from "./execution.ts";
import { type MapRunDescription, MapRunRecord } from "./map-run-record.ts";
import { paged, type PageRequest } from "./paging.ts";
import { between, count, number, optional, type Reader, structure } from "./request-readers.ts";
import { programLabelled } from "./stored-execution.ts";
import type { StoredBatches, StoredMapRun } from "./stored-map-run.ts";

/** What UpdateMapRun can change, and its ranges. */
export const MAP_RUN_SETTINGS: Readonly<
  Record<"maxConcurrency" | "toleratedFailureCount" | "toleratedFailurePercentage", Reader<number | undefined>>
> = {
  maxConcurrency: optional(count),
  toleratedFailureCount: optional(count),
  toleratedFailurePercentage: optional(between(number, 0, 100)),
};

const settingsOf = structure(MAP_RUN_SETTINGS);

/** The Map Runs of all executions, and the operations on them. */
export class MapRuns {
  readonly #runs = new Map<string, MapRunRecord>();
  readonly #byParent = new Map<string, MapRunRecord[]>();

  begin(
    parent: Execution,
    program: Program,
    plan: MapRunPlan,
    surroundings: Surroundings,
    register: (child: Execution) => void,
  ): MapRun {
    const run = new MapRunRecord(parent, program, plan, surroundings, register);
    this.#add(run);
    run.save();
    return run;
  }

  /** Puts back what another process has saved. */
  restore(
    parent: Execution,
    { batches, ...stored }: StoredMapRun & Partial<StoredBatches>,
    children: readonly Execution[],
    surroundings: Surroundings,
    register: (child: Execution) => void,
  ): void {
    const program = programLabelled(parent.plan.definition, stored.plan.label, new Map());
    const run = new MapRunRecord(parent, program, stored.plan, surroundings, register, stored);
    this.#add(run);
    if (batches !== undefined) run.restore(batches, children);
  }

  #add(run: MapRunRecord): void {
    const { arn } = run.parent.plan;
    this.#runs.set(run.arn, run);
    const siblings = this.#byParent.get(arn);
    if (siblings === undefined) this.#byParent.set(arn, [run]);
    else siblings.push(run);
  }

  /** Drops an execution's runs and gives their ARNs. */
  forget(executionArn: string): readonly string[] {
    const arns = (this.#byParent.get(executionArn) ?? []).map(({ arn }) => arn);
    this.#byParent.delete(executionArn);
    for (const arn of arns) this.#runs.delete(arn);
    return arns;
  }

  describe(arn: string): MapRunDescription {
    return this.#find(arn).describe();
  }

  get(arn: string): MapRun | undefined {
    return this.#runs.get(arn);
  }

  list(
    executionArn: string,
    request: PageRequest,
  ): { readonly mapRuns: readonly object[]; readonly nextToken?: string } {
    const { page, ...rest } = paged(this.#byParent.get(executionArn) ?? [], request);
    return {
      mapRuns: page.map((run) => {
        const required = {
          executionArn,
          mapRunArn: run.arn,
          stateMachineArn: run.parent.plan.stateMachineArn,
          startDate: run.startDate,
        };
        return run.stopDate === undefined ? required : Object.assign(required, { stopDate: run.stopDate });
      }),
      ...rest,
    };
  }

  update(request: {
    readonly mapRunArn: string;
    readonly maxConcurrency?: number | undefined;
    readonly toleratedFailureCount?: number | undefined;
    readonly toleratedFailurePercentage?: number | undefined;
  }): Record<string, never> {
    const { maxConcurrency, toleratedFailureCount, toleratedFailurePercentage } = settingsOf(request, "the request");
    const run = this.#find(request.mapRunArn);
    run.maxConcurrency = maxConcurrency ?? run.maxConcurrency;
    run.toleratedFailureCount = toleratedFailureCount ?? run.toleratedFailureCount;
    run.toleratedFailurePercentage = toleratedFailurePercentage ?? run.toleratedFailurePercentage;
    run.save();
    return {};
  }

  #find(arn: string): MapRunRecord {
    const run = this.#runs.get(arn);
    if (run === undefined)
      throw new ApiError("ResourceNotFound", `Resource not found: '${arn}'`, { resourceName: arn });
    return run;
  }
}
