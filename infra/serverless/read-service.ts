import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { LambentError, messageOf } from "../../sdk/base/errors.ts";
import { isObject } from "../../sdk/base/json.ts";
import { describeProject } from "../project/load-project.ts";
import { LAMBENT_DIRECTORY } from "../project/names.ts";
import { thisPlatform } from "../project/packages/target-platform.ts";
import { buildSettings, hasWorkflows, workflowPaths, type LambentConfig } from "./deploy/config.ts";
import type { DeployedService } from "./deploy/service-facts.ts";
import { writtenFunctions } from "./deploy/written-settings.ts";

/** Where a service is, and what serverless.yml does not say of it. */
export interface ServicePlace {
  /** The project's directory. */
  readonly root: string;
  /** Globs or paths of modules, in the place of `lambent.workflows`. Default: none. */
  readonly workflows?: readonly string[];
  readonly stage?: string;
  readonly region?: string;
}

export interface ReadService extends DeployedService {
  /** Where the region is from: an option or serverless.yml, or nobody has said it. */
  readonly isRegionKnown: boolean;
  readonly warnings: readonly string[];
}

const DEFAULT_STAGE = "dev";
const DEFAULT_REGION = "us-east-1";

/**
 * Read a service as the framework would deploy it: serverless.yml with its variables, and the author's modules, which are
 * traced. Nothing is bundled for Lambda, and AWS is not asked.
 * @throws {LambentError} if there is no service, or its modules cannot be traced
 */
export async function readService(place: ServicePlace): Promise<ReadService> {
  const { root } = place;
  const written = (await readConfiguration(place)) ?? {};
  const provider = isObject(written["provider"]) ? (written["provider"] as Readonly<Record<string, unknown>>) : {}; // an object has fields
  const config = configOf(written["lambent"], place);
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

/** A service's name, its stage and its region, as serverless.yml has them. */
export interface ServiceNames {
  readonly service: string;
  readonly stage: string;
  /** Absent if nobody has said it. */
  readonly region?: string | undefined;
}

/**
 * The names alone: the modules are not traced.
 * @returns undefined if there is no serverless.yml
 * @throws {LambentError} if it cannot be read
 */
export async function readServiceNames(place: ServicePlace): Promise<ServiceNames | undefined> {
  const written = await readConfiguration(place);
  const service = textOf(written?.["service"]);
  if (service === undefined) return undefined;
  const { stage, region } = providerNames(written?.["provider"], place);
  return { service, stage, region };
}

function providerNames(provider: unknown, { stage, region }: ServicePlace): Omit<ServiceNames, "service"> {
  const written = isObject(provider) ? (provider as Readonly<Record<string, unknown>>) : {}; // an object has fields
  return {
    stage: stage ?? textOf(written["stage"]) ?? DEFAULT_STAGE,
    region: region ?? textOf(written["region"]),
  };
}

function configOf(lambent: unknown, { root, workflows }: ServicePlace): LambentConfig {
  const written = hasWorkflows(lambent) ? lambent : undefined;
  if (workflows !== undefined && workflows.length > 0) return { ...written, workflows };
  if (written !== undefined) return written;
  throw new LambentError(
    `${root} has no serverless.yml with lambent.workflows: go to the service's directory, or name its modules with --workflows "workflows/*.ts"`,
  );
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** What osls has for reading a service's configuration aside of its commands. */
interface Framework {
  readonly resolvePath: (of: { readonly cwd: string; readonly options: object }) => Promise<string | null>;
  readonly read: (path: string) => Promise<Record<string, unknown>>;
  readonly resolveVariables: (of: {
    readonly serviceDir: string;
    readonly configuration: object;
    readonly options: object;
  }) => Promise<void>;
}

/** serverless.yml or its like with its variables resolved; undefined if there is none. */
async function readConfiguration({ root, stage, region }: ServicePlace): Promise<Record<string, unknown> | undefined> {
  const framework = frameworkOf(root);
  if (framework === undefined) {
    if (!existsSync(join(root, "serverless.yml"))) return undefined;
    throw new LambentError(
      "serverless.yml cannot be read, since osls is not installed here: npm install --save-dev serverless@npm:osls@4.3.1",
    );
  }
  const path = await framework.resolvePath({ cwd: root, options: {} });
  if (path === null) return undefined;
  try {
    const configuration = await framework.read(path);
    if (configuration["useDotenv"] === true) loadDotenv(root, stage ?? DEFAULT_STAGE);
    const options = { ...(stage === undefined ? {} : { stage }), ...(region === undefined ? {} : { region }) };
    await framework.resolveVariables({ serviceDir: root, configuration, options });
    return configuration;
  } catch (error) {
    throw new LambentError(`${relative(root, path)}: ${messageOf(error)}`, { cause: error });
  }
}

/** The project's own framework; undefined if it has none. */
function frameworkOf(root: string): Framework | undefined {
  const require = createRequire(join(root, "package.json"));
  try {
    // Their shapes are those of osls 4.3.1, which has no types of them.
    return {
      resolvePath: require("serverless/lib/cli/resolve-configuration-path") as Framework["resolvePath"],
      read: require("serverless/lib/configuration/read") as Framework["read"],
      resolveVariables: require("serverless/lib/configuration/variables") as Framework["resolveVariables"],
    };
  } catch {
    return undefined;
  }
}

/** As the framework does; what the environment has already stays. */
function loadDotenv(root: string, stage: string): void {
  for (const name of [`.env.${stage}.local`, ".env.local", `.env.${stage}`, ".env"]) {
    if (existsSync(join(root, name))) process.loadEnvFile(join(root, name));
  }
}
