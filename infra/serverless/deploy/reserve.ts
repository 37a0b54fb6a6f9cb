import { isObject } from "../../../sdk/base/json.ts";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { AwsProvider, PluginTools, Template } from "./framework.ts";

/** An actor's function, with who sets its reserved concurrency. */
export interface ReservingFunction {
  /** Its key in `functions` of serverless.yml. */
  readonly key: string;
  /** Whether serverless.yml sets it. Otherwise Lambent does. */
  readonly isWritten: boolean;
}

/**
 * Reserve enough concurrency for this deployment. While it runs, the old version is still provisioned beside the new
 * one, and Lambda refuses to reserve less than both together. So a function that gets fewer replicas than it has keeps
 * more reserved than it needs, until the next deployment.
 * @param template what is about to be deployed; it is changed
 * @param deployed what is deployed now
 * @throws {LambentError} if the author reserves less than that
 */
export function reserveForBothVersions(
  template: Template,
  deployed: Partial<Template>,
  functions: readonly ReservingFunction[],
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

/** The provisioned concurrency of a function's alias; NaN if the template has a reference in its place. */
function provisioned({ Resources = {} }: Partial<Template>, key: string, naming: AwsProvider["naming"]): number {
  const alias = Resources[naming.getLambdaProvisionedConcurrencyAliasLogicalId(key)];
  const config = alias?.Properties["ProvisionedConcurrencyConfig"];
  if (!isObject(config) || !("ProvisionedConcurrentExecutions" in config)) return 0;
  return Number(config.ProvisionedConcurrentExecutions);
}
