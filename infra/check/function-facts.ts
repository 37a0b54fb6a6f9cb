import type { FunctionDescription } from "../../sdk/authoring/service.ts";
import { FUNCTION_SECONDS } from "../../sdk/base/aws-limits.ts";
import { PLAIN_TASKS } from "../../sdk/base/function-names.ts";

/** A Lambda function, as far as its limits and its cost go by it. */
export interface FunctionFacts {
  /** The actor's name, or `tasks` for the plain tasks' function. */
  readonly key: string;
  /** As it is deployed. */
  readonly name: string;
  /** Provisioned concurrency; 0: on-demand instances only. */
  readonly replicas: number;
  readonly whenBusy: "queue" | "spill";
  /** Reserved concurrency; undefined: it takes of what the account has left. */
  readonly reserved: number | undefined;
  readonly memoryMiB: number;
  readonly architecture: "x86_64" | "arm64";
  /** Seconds. */
  readonly timeout: number;
  /** Seconds after a run at which its replicas go; undefined: they are there all the time. */
  readonly ttlSeconds: number | undefined;
}

/** What the author says of a function in serverless.yml, and of all functions. */
export interface FunctionSettings {
  readonly name?: string | undefined;
  readonly memorySize?: unknown;
  readonly timeout?: unknown;
  readonly architecture?: unknown;
  readonly provisionedConcurrency?: unknown;
  readonly reservedConcurrency?: unknown;
}

/** MiB, where nobody says how many: the framework's own default. */
const DEFAULT_MEMORY = 1024;

/**
 * @param name as it is deployed if the settings have no other
 * @param own settings under the function's key
 * @param provider those of all functions
 */
export function functionFacts(
  { actor }: FunctionDescription,
  name: string,
  own: FunctionSettings,
  provider: FunctionSettings,
): FunctionFacts {
  const replicas = numberOf(own.provisionedConcurrency) ?? actor?.replicaCount ?? 0;
  const whenBusy = actor?.whenBusy ?? "spill";
  const architecture = own.architecture ?? actor?.architecture ?? provider.architecture;
  return {
    key: actor?.name ?? PLAIN_TASKS,
    name: own.name ?? name,
    replicas,
    whenBusy,
    reserved: numberOf(own.reservedConcurrency) ?? (whenBusy === "queue" ? 2 * replicas : undefined),
    memoryMiB: numberOf(own.memorySize) ?? actor?.memorySize ?? numberOf(provider.memorySize) ?? DEFAULT_MEMORY,
    architecture: architecture === "arm64" ? "arm64" : "x86_64",
    timeout: numberOf(own.timeout) ?? actor?.timeout ?? numberOf(provider.timeout) ?? FUNCTION_SECONDS,
    ttlSeconds: actor?.ttlSeconds,
  };
}

/** YAML's variables may be texts. */
function numberOf(value: unknown): number | undefined {
  return value === undefined || value === null || value === "" || Number.isNaN(Number(value))
    ? undefined
    : Number(value);
}

/** The function that a definition names, be it by an expression with the name in it. */
export function functionNamed(text: string, functions: readonly FunctionFacts[]): FunctionFacts | undefined {
  return functions
    .filter(({ name }) => text.includes(name))
    .toSorted((left, right) => right.name.length - left.name.length)[0];
}
