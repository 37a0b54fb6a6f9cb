import { HISTORY_EVENTS, PAYLOAD_BYTES, VARIABLE_BYTES, VARIABLES_BYTES } from "../../../sdk/base/aws-limits.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { StateError } from "../../language/state-error.ts";

/** Quotas of Step Functions; a run may be given others, as a benchmark of 100,000 items is. */
export interface Limits {
  /** Bytes of a state's input or output, as UTF-8. */
  readonly payloadBytes: number;
  readonly historyEvents: number;
  /** Bytes of one variable, and of all variables of an execution. */
  readonly variableBytes: number;
  readonly variablesBytes: number;
}

export const AWS_LIMITS: Limits = {
  payloadBytes: PAYLOAD_BYTES,
  historyEvents: HISTORY_EVENTS,
  variableBytes: VARIABLE_BYTES,
  variablesBytes: VARIABLES_BYTES,
};

/** Whether the JSON text of `value` is longer than `bytes`. Serialises only what a cheap estimate cannot clear. */
export function exceeds(value: Json, bytes: number): boolean {
  return atMost(value, bytes) < 0 && Buffer.byteLength(JSON.stringify(value)) > bytes;
}

/** `budget` less an upper bound of the value's size; negative as soon as the bound is past it. */
function atMost(value: Json, budget: number): number {
  if (typeof value === "string") return budget - value.length * 6 - 2;
  if (typeof value !== "object" || value === null) return budget - 25;
  let rest = budget - 2;
  if (Array.isArray(value)) {
    for (const item of value) if ((rest = atMost(item, rest - 1)) < 0) return rest;
    return rest;
  }
  for (const [key, field] of Object.entries(value)) {
    if ((rest = atMost(field, rest - key.length * 6 - 4)) < 0) return rest;
  }
  return rest;
}

/** Bytes of the value's JSON text, as UTF-8. */
export function sizeOf(value: Json): number {
  return typeof value === "number" || typeof value === "boolean" || value === null
    ? String(value).length
    : Buffer.byteLength(JSON.stringify(value));
}

/** @throws {StateError} `States.DataLimitExceeded`, which no wildcard of a retrier or catcher matches. */
export function checkPayload(value: Json, limits: Limits, what: string, did: string = "returned a result"): void {
  if (exceeds(value, limits.payloadBytes)) throw tooLarge(what, did, true);
}

/**
 * As {@link checkPayload}, for what a service or a function has answered.
 * @throws {StateError} `States.DataLimitExceeded`, which `States.ALL` does match: AWS's documentation has it otherwise,
 * but in two executions recorded on AWS a catcher of `States.ALL` caught the answer of a function that was too large.
 */
export function checkAnswer(value: Json, limits: Limits, what: string): void {
  if (exceeds(value, limits.payloadBytes)) throw tooLarge(what, "returned a result", false);
}

function tooLarge(what: string, did: string, terminal: boolean): StateError {
  return new StateError(
    "States.DataLimitExceeded",
    `${what} ${did} with a size exceeding the maximum number of bytes service limit.`,
    { terminal },
  );
}
