import type { Json, JsonObject } from "../asl.ts";

/** The variables of a scope: the execution, a branch, an iteration. Inner scopes read those outside and assign their own. */
export class Variables {
  readonly #outer: Variables | undefined;
  #values: Map<string, Json> | undefined;

  constructor(outer?: Variables) {
    this.#outer = outer;
  }

  get(name: string): Json | undefined {
    const value = this.#values?.get(name);
    return value === undefined ? this.#outer?.get(name) : value;
  }

  assign(values: JsonObject): void {
    this.#values ??= new Map();
    for (const [name, value] of Object.entries(values)) this.#values.set(name, value);
  }

  /** All that can be read here. */
  all(): JsonObject {
    return { ...this.#outer?.all(), ...Object.fromEntries(this.#values ?? []) };
  }
}
