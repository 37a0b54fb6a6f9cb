import { isObject } from "../../../sdk/base/json.ts";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { AwsProvider, PluginTools, Template } from "./framework.ts";

/** A function whose reserved concurrency Lambent sets, or its author. */
export interface Reserving {
  /** Among serverless.yml's `functions`. */
  readonly key: string;
  /** Whether serverless.yml says how much is reserved. */
  readonly isWritten: boolean;
}

/**
 * While a deployment runs the old version is still provisioned beside the new one, and Lambda refuses to reserve less
 * than both together: where a function gets far fewer replicas, more is reserved until the deployment after this one.
 * @param template what is about to be deployed, which is changed
 * @param deployed what is deployed now
 * @throws {LambentError} if the author reserves too little for this
 */
export function reserveForBoth(
  template: Template,
  deployed: Partial<Template>,
  functions: readonly Reserving[],
  naming: AwsProvider["naming"],
  log: PluginTools["log"],
): void {
  for (const { key, isWritten } of functions) {
    const id = naming.getLambdaLogicalId(key);
    const resource = template.Resources[id];
    const reserved = resource?.Properties["ReservedConcurrentExecutions"];
    const [before, after] = [deployed, template].map((one) => provisioned(one, key, naming)) as [number, number];
    if (resource === undefined || typeof reserved !== "number" || before === 0) continue;
    if (!Number.isFinite(before + after) || reserved >= before + after) continue;
    if (isWritten) {
      throw new LambentError(
        `actor ${key} goes from ${before} replicas to ${after}, which are provisioned side by side while it is deployed, but functions.${key}.reservedConcurrency is ${reserved}: make it ${before + after} for this deployment`,
      );
    }
    const Properties = { ...resource.Properties, ReservedConcurrentExecutions: before + after };
    template.Resources[id] = { ...resource, Properties };
    log.notice(
      `Lambent: actor ${key} goes from ${before} replicas to ${after}: ${before + after} are reserved while both are provisioned; the next deployment makes it ${reserved}`,
    );
  }
}

/** The provisioned concurrency of a function's alias; no number where the template leaves it to CloudFormation. */
function provisioned({ Resources = {} }: Partial<Template>, key: string, naming: AwsProvider["naming"]): number {
  const alias = Resources[naming.getLambdaProvisionedConcurrencyAliasLogicalId(key)];
  const config = alias?.Properties["ProvisionedConcurrencyConfig"];
  if (!isObject(config) || !("ProvisionedConcurrentExecutions" in config)) return 0;
  return Number(config.ProvisionedConcurrentExecutions);
}
