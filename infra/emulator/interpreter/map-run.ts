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
  /** Tells how many items and child executions there will be. */
  expect(items: number, executions: number): void;
  /** Runs one child execution to its end; the cancellation aborts it. `items` is how many it works on. */
  execute(input: Json, items: number, cancellation: Cancellation): Promise<ChildOutcome>;
  end(status: "SUCCEEDED" | "FAILED" | "ABORTED"): void;
}
