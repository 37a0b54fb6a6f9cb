import { setTimeout as sleep } from "node:timers/promises";
import { LambentError } from "../../sdk/base/errors.ts";
import { PLAIN_TASKS } from "../../sdk/base/function-names.ts";
import { actorsOf, type ActorFacts, type FunctionFacts } from "../check/function-facts.ts";
import { didYouMean } from "../run/remote/did-you-mean.ts";
import type { FunctionConfiguration, LambdaApi, Provisioned } from "./lambda-api.ts";

/** An actor's replicas as they are now. With affinity each is a function. */
export interface ActorReplicas {
  readonly actor: string;
  /** As many as the service says. */
  readonly wanted: number;
  readonly requested: number;
  readonly available: number;
  /** Replicas come up for runs, and go when none has been at work for so long. */
  readonly ttlSeconds?: number;
  readonly functions: readonly FunctionReplicas[];
}

export interface FunctionReplicas extends Provisioned, Partial<FunctionConfiguration> {
  readonly functionName: string;
}

/** Milliseconds between two looks at replicas that come up. */
const LOOK_MS = 1000;

/** The actors of a service: the plain tasks' function has no replicas, and is left out. */
export function actorsWithReplicas(functions: readonly FunctionFacts[]): ActorFacts[] {
  return actorsOf(functions.filter(({ actor }) => actor !== PLAIN_TASKS));
}

/**
 * Those of one name, or all.
 * @throws {LambentError} if there is none of the name, or none at all
 */
export function chosenActors(functions: readonly FunctionFacts[], name: string | undefined): ActorFacts[] {
  const actors = actorsWithReplicas(functions);
  const chosen = actors.filter(({ key }) => name === undefined || key === name);
  if (chosen.length > 0) return chosen;
  const names = actors.map(({ key }) => key).toSorted();
  const there =
    names.length === 0 ? "the service has none" : `there are: ${names.join(", ")}${didYouMean(name ?? "", names)}`;
  throw new LambentError(name === undefined ? "the service has no actor" : `there is no actor ${name}; ${there}`);
}

/** @param tellsConfiguration whether Lambda tells of the functions, too, as an emulator does not */
export async function replicasOf(
  lambda: LambdaApi,
  actors: readonly ActorFacts[],
  tellsConfiguration: boolean,
): Promise<ActorReplicas[]> {
  return Promise.all(actors.map((actor) => replicasOfActor(lambda, actor, tellsConfiguration)));
}

async function replicasOfActor(
  lambda: LambdaApi,
  { key, functions, replicas }: ActorFacts,
  tellsConfiguration: boolean,
): Promise<ActorReplicas> {
  const found = await Promise.all(
    functions.map(async ({ name }): Promise<FunctionReplicas> => {
      const state = await lambda.get(name);
      const isTold = tellsConfiguration && state.status !== "missing";
      return { functionName: name, ...state, ...(isTold ? await lambda.configuration(name) : {}) };
    }),
  );
  const [{ ttlSeconds }] = functions;
  return {
    actor: key,
    wanted: replicas,
    requested: found.reduce((sum, one) => sum + one.requested, 0),
    available: found.reduce((sum, one) => sum + one.available, 0),
    ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
    functions: found,
  };
}

/**
 * Have an actor so many replicas. With affinity the first functions get one each, and the others none.
 * @throws {LambentError} if it cannot have as many, or is not deployed
 */
export async function warm(lambda: LambdaApi, actor: ActorFacts, count: number): Promise<void> {
  const { key, functions, reserved } = actor;
  await refuseMissing(lambda, actor);
  if (functions.length > 1) {
    if (count > functions.length)
      throw new LambentError(
        `actor ${key} has affinity, where each of its ${functions.length} replicas is a function with one instance: for ${count} set replicaCount and deploy`,
      );
    await Promise.all(functions.map(({ name }, index) => (index < count ? lambda.put(name, 1) : lambda.remove(name))));
    return;
  }
  if (reserved !== undefined && count > reserved)
    throw new LambentError(
      `actor ${key} reserves ${reserved} of the account's concurrency, and Lambda takes no more replicas than that: for ${count} set replicaCount, or functions.${key}.reservedConcurrency, and deploy`,
    );
  await lambda.put(functions[0].name, count);
}

/** @returns how many of its functions had replicas */
export async function cool(lambda: LambdaApi, actor: ActorFacts): Promise<number> {
  await refuseMissing(lambda, actor);
  const had = await Promise.all(actor.functions.map(({ name }) => lambda.remove(name)));
  return had.filter(Boolean).length;
}

async function refuseMissing(lambda: LambdaApi, { key, functions }: ActorFacts): Promise<void> {
  const [{ name }] = functions;
  if ((await lambda.get(name)).status !== "missing") return;
  throw new LambentError(
    `actor ${key} has no function ${name} with an alias live there: deploy the service, or name its --stage, --region or --endpoint`,
  );
}

/**
 * Wait until no replica comes up any more.
 * @returns how they are then
 */
export async function settled(
  lambda: LambdaApi,
  actors: readonly ActorFacts[],
  onLook: (replicas: readonly ActorReplicas[]) => void,
): Promise<ActorReplicas[]> {
  for (;;) {
    const replicas = await replicasOf(lambda, actors, false);
    onLook(replicas);
    const isComing = replicas.some(({ functions }) => functions.some(({ status }) => status === "IN_PROGRESS"));
    if (!isComing) return replicas;
    await sleep(LOOK_MS);
  }
}
