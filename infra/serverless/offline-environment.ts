import type { ServiceDescription } from "../../sdk/authoring/service.ts";
import { LambentError, messageOf } from "../../sdk/base/errors.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { Environment } from "../run/prepare.ts";
import type { ServedService } from "./deploy/framework.ts";
import { resourcesHere, type Here } from "./offline-resources.ts";
import { valueOf } from "../templates/template-values.ts";

type Written = Readonly<Record<string, unknown>>;

/** Variables of functions as serverless.yml has them, with what they refer to as it is on this machine. */
export class OfflineEnvironment {
  readonly #serverless: ServedService;
  readonly #here: Here;
  /** By variable, why it has no value here. */
  readonly #unresolved = new Map<string, string>();

  constructor(serverless: ServedService, here: Here) {
    this.#serverless = serverless;
    this.#here = here;
  }

  /** For `serve`. What refers to functions and workflows is worked out when these are known. */
  of(written: Written | null = {}): Environment {
    return Object.fromEntries(
      Object.entries(written ?? {}).flatMap(([name, value]): [string, Environment[string]][] => {
        if (isPlain(value)) return [[name, String(value)]];
        return [[name, (description) => this.#resolve(name, value, description)]];
      }),
    );
  }

  /** Put values in the places of references, for the functions that serverless-offline runs: it has none for them. */
  settle(description: ServiceDescription): void {
    const { functions, provider } = this.#serverless.service;
    for (const owner of [provider, ...Object.values(functions)]) {
      const { environment } = owner;
      if (environment !== undefined && environment !== null)
        Object.assign(owner, { environment: this.#settled(environment, description) });
    }
  }

  /** A line for each variable that has no value here. */
  get unresolved(): string[] {
    return [...this.#unresolved].map(([name, reason]) => `the variable ${name} is not set: ${reason}`);
  }

  #settled(written: Written, description: ServiceDescription): Record<string, string> {
    const values = Object.entries(written).map(([name, value]): [string, string | undefined] => [
      name,
      isPlain(value) ? String(value) : this.#resolve(name, value, description),
    ]);
    return Object.fromEntries(values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  }

  #resolve(name: string, value: unknown, description: ServiceDescription): string | undefined {
    if (value === null || value === undefined) return undefined; // no variable, as the framework has it
    try {
      // What YAML has is JSON.
      const found = valueOf(value as Json, resourcesHere(this.#serverless, this.#here, description));
      return typeof found === "string" ? found : JSON.stringify(found);
    } catch (error) {
      if (!(error instanceof LambentError)) throw error;
      this.#unresolved.set(name, messageOf(error));
      return undefined;
    }
  }
}

function isPlain(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}
