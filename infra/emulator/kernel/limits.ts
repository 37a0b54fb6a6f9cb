import {
  HISTORY_EVENTS,
  JSON_LEVELS,
  PAYLOAD_BYTES,
  VARIABLE_BYTES,
  VARIABLES_BYTES,
} from "../../../sdk/base/aws-limits.ts";
import { type Json } from "../../../sdk/base/json.ts";
import { uncarriable } from "../../../sdk/base/uncarriable.ts";
import { StateError } from "../../language/state-error.ts";
import { memoryOf } from "./memory-budget.ts";

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

const OVER_LIMIT = "with a size exceeding the maximum number of bytes service limit.";

/** Why a value cannot be handed on, as the end of a sentence; undefined when it can. Serialises only what a cheap estimate cannot clear. */
function excess(value: Json, bytes: number): string | undefined {
  if (atMost(value, bytes, JSON_LEVELS) >= 0) return undefined;
  if (uncarriable(value) !== undefined) return `that is nested deeper than ${JSON_LEVELS} levels.`;
  if (Buffer.byteLength(JSON.stringify(value)) <= bytes) return undefined;
  return OVER_LIMIT;
}

/** `budget` less an upper bound of the value's size; negative as soon as the bound is past it, or nested too deeply. */
function atMost(value: Json, budget: number, levels: number): number {
  if (typeof value === "string") return budget - value.length * 6 - 2;
  if (typeof value !== "object" || value === null) return budget - 25;
  if (levels === 0) return -1;
  let rest = budget - 2;
  if (Array.isArray(value)) {
    for (const item of value) if ((rest = atMost(item, rest - 1, levels - 1)) < 0) return rest;
    return rest;
  }
  for (const [key, field] of Object.entries(value)) {
    if ((rest = atMost(field, rest - key.length * 6 - 4, levels - 1)) < 0) return rest;
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
  const why = excess(value, limits.payloadBytes);
  if (why !== undefined) throw tooLarge(`${what} ${did} ${why}`, true);
}

/**
 * As {@link checkPayload}, for what a service or a function has answered.
 * @throws {StateError} `States.DataLimitExceeded`, which `States.ALL` does match: AWS's documentation has it otherwise,
 * but in two executions recorded on AWS a catcher of `States.ALL` caught the answer of a function that was too large.
 */
export function checkAnswer(value: Json, limits: Limits, what: string): void {
  const why = excess(value, limits.payloadBytes);
  if (why !== undefined) throw tooLarge(`${what} returned a result ${why}`, false);
}

// Far more than a state may hand on, and what a machine can hold of several states.
const HELD_PAYLOADS = 256;

/** Counts what a state holds of the outputs of its branches or iterations until all of them have ended. */
export class HeldOutputs {
  readonly #name: string;
  readonly #most: number;
  #bytes = 0;

  /** @param name Of the state. */
  constructor(name: string, limits: Limits) {
    this.#name = name;
    this.#most = limits.payloadBytes * HELD_PAYLOADS;
  }

  /** @throws {StateError} `States.DataLimitExceeded` */
  add(output: Json): void {
    this.#bytes += memoryOf(output);
    if (this.#bytes > this.#most) throw payloadTooLarge(`The state/task '${this.#name}'`);
  }
}

/** What was made was not even looked at in whole. */
export function payloadTooLarge(what: string): StateError {
  return tooLarge(`${what} returned a result ${OVER_LIMIT}`, true);
}

function tooLarge(cause: string, terminal: boolean): StateError {
  return new StateError("States.DataLimitExceeded", cause, { terminal });
}
