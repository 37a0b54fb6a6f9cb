import { isObject } from "../../sdk/base/json.ts";
import type { LambentConfig } from "./deploy/config.ts";
import type { AwsProvider, FunctionEntry, Provider, ServedService } from "./deploy/framework.ts";
import { writtenFunctions } from "./deploy/written-settings.ts";
import { Offline, prepareOffline } from "./offline.ts";
import { configOf } from "./read-service.ts";
import { DEFAULT_REGION, DEFAULT_STAGE, serviceConfiguration, type ServicePlace } from "./service-configuration.ts";

export interface DevOptions extends ServicePlace {
  /** In the place of what the `offline` settings of serverless.yml say. */
  readonly offline: NonNullable<LambentConfig["offline"]>;
  /** Prints a line for the user. */
  readonly say: (line: string) => void;
}

/**
 * Serve a service on this machine as `serverless offline` does, without the framework's plugins. Without a serverless.yml
 * its modules are those of package.json's `lambent.workflows`, or else those in `workflows/`.
 * Resolves when a signal has come and nothing of it is left.
 * @throws {LambentError} if there is no service, it cannot be served, or its port is taken
 */
export async function dev(options: DevOptions): Promise<void> {
  const configuration = await serviceConfiguration(options);
  const written = configOf(configuration["lambent"], options.root, 'as in lambent dev "src/*.ts"');
  const lambent = { ...written, offline: { ...written.offline, ...options.offline } };
  const service = servedService(options, { ...configuration, lambent });
  const { say } = options;
  const offline = new Offline(service, { notice: say, warning: say, error: say }, prepareOffline(service, lambent));
  await offline.start();
  await offline.stopped();
}

/** The service as the framework would have it, of what its configuration says. */
function servedService(place: DevOptions, configuration: Readonly<Record<string, unknown>>): ServedService {
  const provider = (isObject(configuration["provider"]) ? configuration["provider"] : {}) as Provider & Named; // as it is written
  const service = String(configuration["service"] ?? "service");
  const stage = place.stage ?? provider.stage ?? DEFAULT_STAGE;
  const region = place.region ?? provider.region ?? DEFAULT_REGION;
  const functions = Object.fromEntries(
    Object.entries(writtenFunctions(configuration["functions"])).map(([key, entry]): [string, FunctionEntry] => [
      key,
      { ...entry, name: entry.name ?? `${service}-${stage}-${key}` },
    ]),
  );
  const aws = {
    getStage: () => stage,
    getRegion: () => region,
    naming: naming(provider.stackName ?? `${service}-${stage}`),
  };
  return {
    serviceDir: place.root,
    processedInput: { commands: ["dev"], options: {} },
    // serverless-offline is the framework's plugin, and does not run here.
    configurationInput: { ...configuration, plugins: [] },
    service: { ...configuration, service, provider, functions, resources: together(configuration["resources"]) },
    getProvider: () => aws,
  };
}

interface Named {
  readonly stage?: string;
  readonly region?: string;
  readonly stackName?: string;
}

/** As the framework does with a list of them. */
function together(resources: unknown): unknown {
  if (!Array.isArray(resources)) return resources;
  const parts = resources.filter(isObject).map((part): Readonly<Record<string, unknown>> => ({ ...part }));
  const names = new Set(parts.flatMap((part) => Object.keys(part)));
  return Object.fromEntries(
    [...names].map((name) => {
      const values = parts.map((part) => part[name]).filter((value) => value !== undefined);
      return [name, values.every(isObject) ? Object.assign({}, ...values) : values.at(-1)];
    }),
  );
}

/** The framework's names of a template's resources. */
function naming(stackName: string): AwsProvider["naming"] {
  function normalized(name: string): string {
    const text = name.replaceAll("-", "Dash").replaceAll("_", "Underscore");
    return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
  }
  return {
    getStackName: () => stackName,
    getNormalizedFunctionName: normalized,
    getLambdaLogicalId: (name) => `${normalized(name)}LambdaFunction`,
    getLogGroupLogicalId: (name) => `${normalized(name)}LogGroup`,
    getLambdaProvisionedConcurrencyAliasLogicalId: (name) => `${normalized(name)}ProvConcLambdaAlias`,
  };
}
