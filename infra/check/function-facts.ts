import type { FunctionDescription } from "../../sdk/authoring/service.ts";
import { FUNCTION_SECONDS } from "../../sdk/base/aws-limits.ts";
import { PLAIN_TASKS } from "../../sdk/base/function-names.ts";
import { functionKey } from "../../sdk/authoring/service.ts";
import { functionNames } from "../compile/affinity.ts";

/** A Lambda function, as far as its limits and its cost go by it. */
export interface FunctionFacts {
  /** The actor's name, with `-<replica>` after it where each replica is a function, or `tasks`: the plain tasks' function. */
  readonly key: string;
  /** The actor's name, or `tasks`: functions that have it in common do the same work. */
  readonly actor: string;
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

type Functions = readonly [FunctionFacts, ...FunctionFacts[]];

/** All functions that do the same work: one, or an actor's with affinity, of which each replica is one. */
export interface ActorFacts {
  /** The actor's name, or `tasks`. */
  readonly key: string;
  readonly functions: Functions;
  /** Of all of them. */
  readonly replicas: number;
  /** Of all of them; undefined if one takes of what the account has left. */
  readonly reserved: number | undefined;
  /** Seconds that each of them has at least. */
  readonly timeout: number;
}

/** The functions by what they do, in the order of the first of each. */
export function actorsOf(functions: readonly FunctionFacts[]): ActorFacts[] {
  return grouped(functions, ({ actor }) => actor).map((own) => actorFacts(own[0].actor, own));
}

/**
 * An actor's functions, as one for all of them that cost the same, with the replicas of all. Its key is the actor's, if
 * there are no others.
 */
export function alike({ key, functions }: ActorFacts): { readonly fn: FunctionFacts; readonly of: Functions }[] {
  const groups = grouped(functions, ({ memoryMiB, architecture, replicas }) =>
    JSON.stringify([memoryMiB, architecture, replicas > 0]),
  );
  return groups.map((of) => {
    const own = groups.length === 1 ? key : of.map((fn) => fn.key).join(", ");
    return { fn: { ...of[0], key: own, replicas: actorFacts(own, of).replicas }, of };
  });
}

function grouped(functions: readonly FunctionFacts[], by: (fn: FunctionFacts) => string): Functions[] {
  const groups = new Map<string, Functions>();
  for (const fn of functions) {
    const [first, ...others] = groups.get(by(fn)) ?? [];
    groups.set(by(fn), first === undefined ? [fn] : [first, ...others, fn]);
  }
  return [...groups.values()];
}

function actorFacts(key: string, functions: Functions): ActorFacts {
  const reserved = functions.map((fn) => fn.reserved ?? Number.NaN).reduce((sum, one) => sum + one, 0);
  return {
    key,
    functions,
    replicas: functions.reduce((sum, fn) => sum + fn.replicas, 0),
    reserved: Number.isNaN(reserved) ? undefined : reserved,
    timeout: Math.min(...functions.map((fn) => fn.timeout)),
  };
}

/**
 * @param fn with affinity, one of the actor's replicas
 * @param name as it is deployed if the settings have no other
 * @param own settings under the function's key
 * @param provider those of all functions
 */
export function functionFacts(
  fn: FunctionDescription,
  name: string,
  own: FunctionSettings,
  provider: FunctionSettings,
): FunctionFacts {
  const { actor } = fn;
  const replicas = numberOf(own.provisionedConcurrency) ?? actor?.replicaCount ?? 0;
  const whenBusy = actor?.whenBusy ?? "spill";
  const architecture = own.architecture ?? actor?.architecture ?? provider.architecture;
  return {
    key: functionKey(fn),
    actor: actor?.name ?? PLAIN_TASKS,
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

/** The function that a definition names; of several that a call chooses from, the first. */
export function functionNamed(text: string, functions: readonly FunctionFacts[]): FunctionFacts | undefined {
  const [first = text] = functionNames(text);
  return functions
    .filter(({ name }) => first.includes(name))
    .toSorted((left, right) => right.name.length - left.name.length)[0];
}
