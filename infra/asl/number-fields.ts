import { BATCH_INPUT_BYTES, MAP_ITEMS_READ, WAIT_SECONDS } from "../../sdk/base/aws-limits.ts";

/** What a field that holds a number takes, be it a literal, what a path finds or what an expression gives. */
export interface NumberField {
  readonly kind: "integer" | "number";
  /** Ends included. */
  readonly range: readonly [least: number, most: number];
}

function integer(least: number, most = Number.POSITIVE_INFINITY): NumberField {
  return { kind: "integer", range: [least, most] };
}

export type NumberFieldName =
  | "TimeoutSeconds"
  | "HeartbeatSeconds"
  | "Seconds"
  | "MaxConcurrency"
  | "ToleratedFailureCount"
  | "ToleratedFailurePercentage"
  | "MaxItems"
  | "MaxItemsPerBatch"
  | "MaxInputBytesPerBatch";

export const NUMBER_FIELDS: Readonly<Record<NumberFieldName, NumberField>> = {
  TimeoutSeconds: integer(1, WAIT_SECONDS),
  HeartbeatSeconds: integer(1, WAIT_SECONDS),
  Seconds: integer(0, WAIT_SECONDS),
  MaxConcurrency: integer(0),
  ToleratedFailureCount: integer(0),
  ToleratedFailurePercentage: { kind: "number", range: [0, 100] },
  MaxItems: integer(0, MAP_ITEMS_READ),
  MaxItemsPerBatch: integer(1),
  MaxInputBytesPerBatch: integer(1, BATCH_INPUT_BYTES),
};

/** Why a heartbeat cannot go with a timeout, both in seconds; undefined when it can, or when either is not given. */
export function heartbeatRefusal(timeout: number | undefined, heartbeat: number | undefined): string | undefined {
  if (timeout === undefined || heartbeat === undefined || heartbeat < timeout) return undefined;
  return "HeartbeatSeconds must be smaller than TimeoutSeconds";
}
