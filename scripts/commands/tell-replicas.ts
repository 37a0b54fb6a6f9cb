import type { ActorFacts } from "../../infra/check/function-facts.ts";
import { lambdaBeside, type LambdaApi } from "../../infra/deployed/lambda-api.ts";
import { replicasText } from "../../infra/deployed/print-replicas.ts";
import { type ActorReplicas, chosenActors, cool, replicasOf, settled, warm } from "../../infra/deployed/replicas.ts";
import { atServer } from "../../infra/run/remote/at-server.ts";
import { serviceFacts } from "../../infra/serverless/deploy/service-facts.ts";
import { readService } from "../../infra/serverless/read-service.ts";
import { serverPlace, type ServerOptions } from "./server-options.ts";

export interface ReplicasOptions extends ServerOptions {
  readonly workflows: readonly string[];
  readonly json: boolean;
}

export interface WarmOptions extends ReplicasOptions {
  readonly wait: boolean;
}

/** Where an actor's replicas are. */
interface Place {
  readonly lambda: LambdaApi;
  readonly actors: readonly ActorFacts[];
  readonly isAws: boolean;
}

/** Print how many replicas are warm. */
export async function tellReplicas(actor: string | undefined, options: ReplicasOptions): Promise<void> {
  await atReplicas(actor, options, async ({ lambda, actors, isAws }) => {
    print(await replicasOf(lambda, actors, isAws), options.json);
  });
}

/** @returns 1 if it was to wait, and a replica cannot be warm */
export async function warmReplicas(count: number, actor: string | undefined, options: WarmOptions): Promise<number> {
  return atReplicas(actor, options, async ({ lambda, actors, isAws }) => {
    for (const one of actors) await warm(lambda, one, count);
    for (const { key, functions } of actors) {
      const [{ ttlSeconds }] = functions;
      if (ttlSeconds !== undefined)
        console.error(`${key} has ttlSeconds: the next run has as many as the service says, and ends with them`);
    }
    if (!options.wait) {
      print(await replicasOf(lambda, actors, isAws), options.json);
      return 0;
    }
    const replicas = await settled(lambda, actors, tellProgress());
    print(replicas, options.json);
    return replicas.some(({ functions }) => functions.some(({ status }) => status === "FAILED")) ? 1 : 0;
  });
}

/** Take replicas back, and print what is left. */
export async function coolReplicas(actor: string | undefined, options: ReplicasOptions): Promise<void> {
  await atReplicas(actor, options, async ({ lambda, actors, isAws }) => {
    for (const one of actors) {
      const had = await cool(lambda, one);
      if (had === 0) console.error(`${one.key} had no replicas`);
    }
    print(await replicasOf(lambda, actors, isAws), options.json);
  });
}

/** A line on a terminal whenever more of them are warm. */
function tellProgress(): (replicas: readonly ActorReplicas[]) => void {
  let told = "";
  return (replicas) => {
    if (!process.stderr.isTTY) return;
    const text = replicas.map(({ actor, available, requested }) => `${actor} ${available} of ${requested}`).join(", ");
    if (text !== told) console.error(`warm: ${text}`);
    told = text;
  };
}

function print(replicas: readonly ActorReplicas[], json: boolean): void {
  console.log(json ? JSON.stringify(replicas, null, 2) : replicasText(replicas));
}

/** Read the service of this directory, and ask the server that has its functions. */
async function atReplicas<T>(
  actor: string | undefined,
  options: ReplicasOptions,
  ask: (place: Place) => Promise<T>,
): Promise<T> {
  const { stage, region, workflows } = options;
  const service = await readService({
    root: process.cwd(),
    workflows,
    ...(stage === undefined ? {} : { stage }),
    ...(region === undefined ? {} : { region }),
  });
  const actors = chosenActors(serviceFacts(service).functions, actor);
  const place = { ...serverPlace(options), region: service.region };
  return atServer(place, `${service.service}-${service.stage}`, async ({ client, isAws }) => {
    const lambda = await lambdaBeside(client, options.endpoint);
    try {
      return await ask({ lambda, actors, isAws });
    } finally {
      lambda.close();
    }
  });
}
