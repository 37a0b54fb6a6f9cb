import type { ActorDefinition } from "../../sdk/authoring/definition.ts";
import { LambentError } from "../../sdk/base/errors.ts";

/**
 * @param written `provisionedConcurrency` of the actor's function in serverless.yml
 * @throws {LambentError} if that says how many replicas there always are of an actor with `ttlSeconds`
 */
export function checkProvisionedSetting(key: string, { ttlSeconds }: Partial<ActorDefinition>, written: unknown): void {
  if (ttlSeconds === undefined || written === undefined) return;
  throw new LambentError(
    `functions.${key}.provisionedConcurrency is ${String(written)}, and actor ${key} has ttlSeconds: its replicas come up for a run alone: ` +
      "leave out provisionedConcurrency and set the actor's replicaCount, or leave out ttlSeconds",
  );
}
