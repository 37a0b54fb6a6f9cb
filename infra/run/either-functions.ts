import { FunctionServiceError, type Functions, type InvokeRequest, type InvokeResponse } from "../emulator/index.ts";
import type { ProvisionedConcurrency } from "../emulator/lambda/provisioned-concurrency.ts";
import type { ReplicaPool } from "../emulator/replicas/replica-pool.ts";

/** The functions of the pool, and those of the other that it does not have; these are as they are at each invocation. */
export function eitherOf(
  pool: ReplicaPool,
  provisioned: ProvisionedConcurrency,
  other: Functions | undefined,
): Functions {
  if (other === undefined) return { invoke: (request) => pool.invoke(request), provisioned, pin: () => pool.pin() };
  return {
    invoke: (request) => firstOf(pool, other, request),
    provisioned,
    pin() {
      const pinned = pool.pin();
      return {
        invoke: (request) => firstOf(pinned, other, request),
        release: () => pinned.release(),
        renew: () => pinned.renew(),
      };
    },
  };
}

async function firstOf(one: Functions, other: Functions, request: InvokeRequest): Promise<InvokeResponse> {
  try {
    return await one.invoke(request);
  } catch (error) {
    if (error instanceof FunctionServiceError && error.name === "ResourceNotFoundException")
      return other.invoke(request);
    throw error;
  }
}
