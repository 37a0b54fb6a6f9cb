import type { ItemBatch, MapRunPlan } from "../interpreter/map-run.ts";

/** How many items, or child executions, there are of a Map Run, and how many have ended how. */
export interface StoredCounts {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly aborted: number;
}

/** A Map Run in a file, but for the inputs of its children; times are in milliseconds since the epoch. */
export interface StoredMapRun {
  readonly arn: string;
  readonly executionArn: string;
  readonly plan: MapRunPlan;
  readonly startDate: number;
  readonly status: "RUNNING" | "SUCCEEDED" | "FAILED" | "ABORTED";
  readonly stopDate?: number;
  readonly redriveCount: number;
  readonly redriveDate?: number;
  readonly items: StoredCounts;
  readonly executions: StoredCounts;
}

/** What its children get, in a file: it is written once. */
export interface StoredBatches {
  readonly arn: string;
  readonly batches: readonly ItemBatch[];
}

/** A line of a file: both together are what is known of a Map Run. */
export type MapRunLine = StoredMapRun | StoredBatches;
