import { JSON_LEVELS } from "../../../sdk/base/aws-limits.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import { uncarriable } from "../../../sdk/base/uncarriable.ts";
import { StateError } from "../../language/state-error.ts";
import { type Limits, sizeOf } from "../kernel/limits.ts";

/** The bytes of all variables of an execution, in whatever scope. */
interface Budget {
  used: number;
}

/** The variables of a scope: the execution, a branch, an iteration. Inner scopes read those outside and assign their own. */
export class Variables {
  readonly #outer: Variables | undefined;
  readonly #budget: Budget;
  #values: Map<string, Json> | undefined;

  /** @param values What this scope has already. */
  constructor(outer?: Variables, values?: JsonObject) {
    this.#outer = outer;
    this.#budget = outer === undefined ? { used: 0 } : outer.#budget;
    this.restore(values);
  }

  get(name: string): Json | undefined {
    const value = this.#values?.get(name);
    return value === undefined ? this.#outer?.get(name) : value;
  }

  /** @throws {StateError} when a variable, or all of them together, would be too large. */
  assign(values: JsonObject, limits: Limits): void {
    for (const [name, value] of Object.entries(values)) {
      if (uncarriable(value) !== undefined)
        throw tooLarge(`The variable '${name}' is nested deeper than ${JSON_LEVELS} levels.`);
      const size = sizeOf(value);
      if (size > limits.variableBytes)
        throw tooLarge(`The size of the variable '${name}' exceeds ${limits.variableBytes} bytes.`);
      this.#set(name, value, size);
      if (this.#budget.used > limits.variablesBytes) {
        throw tooLarge(`The total size of the variables of the execution exceeds ${limits.variablesBytes} bytes.`);
      }
    }
  }

  #set(name: string, value: Json, size: number = sizeOf(value)): void {
    this.#values ??= new Map();
    const before = this.#values.get(name);
    this.#budget.used += size - (before === undefined ? 0 : sizeOf(before));
    this.#values.set(name, value);
  }

  /** Puts back what has been assigned before. */
  restore(values: Json | undefined): void {
    if (isJsonObject(values)) for (const [name, value] of Object.entries(values)) this.#set(name, value);
  }

  /** What has been assigned in this scope, if anything. */
  own(): JsonObject | undefined {
    return this.#values === undefined ? undefined : Object.fromEntries(this.#values);
  }

  /** All that can be read here. */
  all(): JsonObject {
    return { ...this.#outer?.all(), ...Object.fromEntries(this.#values ?? []) };
  }
}

function tooLarge(cause: string): StateError {
  return new StateError("States.DataLimitExceeded", cause, { placed: true });
}
