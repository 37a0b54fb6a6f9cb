import { FunctionServiceError } from "../lambda/functions.ts";
import type { ProvisionedConcurrency, ProvisionedConcurrencyConfig } from "../lambda/provisioned-concurrency.ts";
import { lambdaTime, noProvisionedConcurrency } from "../lambda/provisioned-requests.ts";
import type { ResolvedFunction } from "./replica-config.ts";
import type { ReplicaSet } from "./replica-set.ts";
import { parseTarget } from "./replica-target.ts";

/** A pool's functions, as far as their provisioned replicas are concerned. */
export interface ProvisioningHost {
  /** `arn:aws:lambda:<region>:<account>:function:` */
  readonly arnPrefix: string;
  /** A function as it is deployed now. */
  find(name: string): ProvisionedFunction | undefined;
}

export interface ProvisionedFunction {
  readonly config: ResolvedFunction;
  /** By qualifier, those that exist already. */
  readonly sets: ReadonlyMap<string, ReplicaSet>;
  /** The replicas of an alias or a version; undefined if there is no such qualifier. */
  setOf(qualifier: string): ReplicaSet | undefined;
}

/** Lambda's operations on provisioned concurrency; the replicas of the alias or version follow. */
export function provisionedConcurrency(host: ProvisioningHost): ProvisionedConcurrency {
  function find(functionName: string, qualifier?: string): { name: string; found: ProvisionedFunction } {
    const { name } = parseTarget(functionName, qualifier);
    const found = host.find(name);
    if (found === undefined) throw notFound(`Function not found: ${host.arnPrefix}${name}`);
    return { name, found };
  }
  function findSet(functionName: string, qualifier: string): { config: ResolvedFunction; set: ReplicaSet } {
    const { name, found } = find(functionName, qualifier);
    const set = found.setOf(qualifier);
    if (set !== undefined) return { config: found.config, set };
    throw notFound(
      `${/^\d+$/.test(qualifier) ? "Function" : "Alias"} not found: ${host.arnPrefix}${name}:${qualifier}`,
    );
  }
  return {
    async put({ functionName, qualifier }, count) {
      const { config, set } = findSet(functionName, qualifier);
      checkReserved(config, count);
      if (set.provisioned !== count || describe(set).Status === "FAILED") set.provision(count);
      return describe(set);
    },
    async get({ functionName, qualifier }) {
      const { set } = findSet(functionName, qualifier);
      if (set.provisioned === 0) throw noProvisionedConcurrency();
      return describe(set);
    },
    async delete({ functionName, qualifier }) {
      const { set } = findSet(functionName, qualifier);
      if (set.provisioned > 0) set.provision(0);
    },
    async list(functionName) {
      const { name, found } = find(functionName);
      return [...found.sets]
        .filter(([, { provisioned }]) => provisioned > 0)
        .map(([qualifier, set]) => ({ FunctionArn: `${host.arnPrefix}${name}:${qualifier}`, ...describe(set) }));
    },
  };
}

function describe(set: ReplicaSet): ProvisionedConcurrencyConfig {
  const { provisioned } = set;
  const { available, since, failure } = set.provisioning;
  return {
    RequestedProvisionedConcurrentExecutions: provisioned,
    AvailableProvisionedConcurrentExecutions: available,
    AllocatedProvisionedConcurrentExecutions: available,
    ...statusOf(available >= provisioned, failure),
    LastModified: lambdaTime(since),
  };
}

function statusOf(
  isReady: boolean,
  failure: string | undefined,
): Pick<ProvisionedConcurrencyConfig, "Status" | "StatusReason"> {
  if (isReady) return { Status: "READY" };
  return failure === undefined ? { Status: "IN_PROGRESS" } : { Status: "FAILED", StatusReason: failure };
}

/** @throws {FunctionServiceError} if more would be provisioned than are reserved */
function checkReserved({ reservedConcurrency }: ResolvedFunction, count: number): void {
  if (reservedConcurrency === undefined || count <= reservedConcurrency) return;
  throw new FunctionServiceError(
    "InvalidParameterValueException",
    400,
    "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
  );
}

function notFound(message: string): FunctionServiceError {
  return new FunctionServiceError("ResourceNotFoundException", 404, message);
}
