import type { Json } from "../../../sdk/base/json.ts";
import type { Cancellation } from "../kernel/cancellation.ts";

/** How a child execution ended. */
export interface ChildOutcome {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
  readonly input: Json;
  readonly output: Json | undefined;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly startDate: Date;
  readonly stopDate: Date;
}

/** One child execution's part of the items. */
export interface ItemBatch {
  readonly input: Json;
  /** How many items are in the input. */
  readonly items: number;
}

/** How a Distributed Map runs its children. */
export interface MapRunPlan {
  /** The Map state's Label, or its name. */
  readonly label: string;
  readonly type: "STANDARD" | "EXPRESS";
  readonly maxConcurrency: number;
  readonly toleratedFailureCount: number | undefined;
  readonly toleratedFailurePercentage: number | undefined;
}

/** A Distributed Map's run, as the service keeps it for DescribeMapRun and UpdateMapRun. */
export interface MapRun {
  readonly arn: string;
  /** UpdateMapRun may change these while it runs. */
  readonly maxConcurrency: number;
  readonly toleratedFailureCount: number | undefined;
  readonly toleratedFailurePercentage: number | undefined;
  /** Of each child execution, in their order, as another process has saved them. */
  readonly savedBatches: readonly ItemBatch[] | undefined;
  /** Tells of each child execution that there will be. */
  expect(batches: readonly ItemBatch[]): void;
  /** The children that are not run again: those that have succeeded, and those that cannot be redriven. */
  settled(): Iterable<{
    readonly index: number;
    readonly outcome: ChildOutcome | undefined;
    readonly isFailure: boolean;
  }>;
  /** Runs a child execution to its end, or goes on with it; the cancellation aborts it. */
  execute(index: number, batch: ItemBatch, cancellation: Cancellation): Promise<ChildOutcome>;
  /**
   * Begins it once more, for the children that did not succeed. Gives the number of redrives.
   * @throws {StateError} `States.Runtime` when it has been redriven too often
   */
  redrive(): number;
  end(status: "SUCCEEDED" | "FAILED" | "ABORTED"): void;
}
