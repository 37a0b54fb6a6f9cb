import { join } from "node:path";
import { LambentError } from "../../sdk/base/errors.ts";
import { isObject } from "../../sdk/base/json.ts";
import { describeProject } from "../project/load-project.ts";
import { LAMBENT_DIRECTORY } from "../project/names.ts";
import { thisPlatform } from "../project/packages/target-platform.ts";
import { buildSettings, checkBuildSettings, hasWorkflows, workflowPaths, type LambentConfig } from "./deploy/config.ts";
import type { DeployedService } from "./deploy/service-facts.ts";
import { writtenFunctions } from "./deploy/written-settings.ts";
import { DEFAULT_REGION, DEFAULT_STAGE, serviceConfiguration, type ServicePlace } from "./service-configuration.ts";

export interface ReadService extends DeployedService {
  /** Where the region is from: an option or serverless.yml, or nobody has said it. */
  readonly isRegionKnown: boolean;
  readonly warnings: readonly string[];
}

/**
 * Read a service as the framework would deploy it: serverless.yml with its variables, and the author's modules, which are
 * traced. Nothing is bundled for Lambda, and AWS is not asked.
 * @throws {LambentError} if there is no service, or its modules cannot be traced
 */
export async function readService(place: ServicePlace): Promise<ReadService> {
  const { root } = place;
  const written = await serviceConfiguration(place);
  const provider = isObject(written["provider"]) ? (written["provider"] as Readonly<Record<string, unknown>>) : {}; // an object has fields
  const config = configOf(written["lambent"], root);
  const { description, warnings } = await describeProject({
    root,
    workflows: workflowPaths(config),
    outDir: join(root, LAMBENT_DIRECTORY, "check"),
    platformOf: thisPlatform,
    minify: false,
    settings: buildSettings(config),
    functionSettings: config.actors ?? {},
  });
  const { stage, region } = providerNames(provider, place);
  return {
    service: textOf(written["service"]) ?? "service",
    stage,
    region: region ?? DEFAULT_REGION,
    isRegionKnown: region !== undefined,
    config,
    description,
    functions: writtenFunctions(written["functions"]),
    provider,
    warnings,
  };
}

/** A service's name, its stage and its region, as its configuration has them. */
export interface ServiceNames {
  readonly service: string;
  readonly stage: string;
  /** Absent if nobody has said it. */
  readonly region?: string | undefined;
}

/**
 * The names alone: the modules are not traced.
 * @returns undefined if nothing says that there is a service
 * @throws {LambentError} if its configuration cannot be read
 */
export async function readServiceNames(place: ServicePlace): Promise<ServiceNames | undefined> {
  const written = await serviceConfiguration(place);
  const service = textOf(written["service"]);
  if (service === undefined || !hasWorkflows(written["lambent"])) return undefined;
  return { service, ...providerNames(written["provider"], place) };
}

function providerNames(provider: unknown, { stage, region }: ServicePlace): Omit<ServiceNames, "service"> {
  const written = isObject(provider) ? (provider as Readonly<Record<string, unknown>>) : {}; // an object has fields
  return {
    stage: stage ?? textOf(written["stage"]) ?? DEFAULT_STAGE,
    region: region ?? textOf(written["region"]),
  };
}

/**
 * @param naming how the modules are named in the command
 * @throws {LambentError} if nothing says which modules the service has, or a setting of how code is put together is wrong
 */
export function configOf(
  lambent: unknown,
  root: string,
  naming: string = 'with --workflows "workflows/*.ts"',
): LambentConfig {
  if (hasWorkflows(lambent)) {
    checkBuildSettings(lambent);
    return lambent;
  }
  throw new LambentError(
    `${root} has no serverless.yml with lambent.workflows, and no modules in workflows/: go to the service's directory, name its modules ${naming}, or make a service with lambent init`,
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
