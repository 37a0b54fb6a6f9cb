import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isAwsHost } from "../../infra/emulator/aws/aws-hosts.ts";
import {
  type EmulatorOptions,
  type Functions,
  type GivenConnection,
  httpFunctions,
  type Integration,
} from "../../infra/emulator/index.ts";
import type { ReplicaPool } from "../../infra/emulator/replicas/replica-pool.ts";
import { eitherOf } from "../../infra/run/either-functions.ts";
import { LOG_LEVELS, type LogLevel } from "../../infra/run/execution-log.ts";
import { messageOf } from "../../sdk/base/errors.ts";
import { isObject } from "../../sdk/base/json.ts";
import { readPort, UsageError } from "./usage.ts";

/** What the command is given. */
export interface EmulatorCommandOptions {
  readonly port?: number;
  readonly host?: string;
  readonly allowHost: readonly string[];
  readonly token?: string;
  readonly insecure: boolean;
  readonly region?: string;
  readonly lambdaEndpoint?: string;
  /** Folders, files and templates of functions. */
  readonly lambda: readonly string[];
  /** By service, `*` for all others. */
  readonly endpointUrl?: Readonly<Record<string, string>>;
  readonly integrations?: string;
  readonly connections?: string;
  readonly mock?: string;
  readonly skipWaits: boolean;
  readonly seed?: number;
  readonly data?: string;
  readonly fsync?: "always" | "never";
  readonly parameter?: Readonly<Record<string, string>>;
  readonly keep?: number;
  readonly keepMib?: number;
  readonly aws: boolean;
  readonly log?: LogLevel;
}

/** Where serverless-offline answers Lambda's Invoke. */
const LAMBDA_ENDPOINT = "http://127.0.0.1:3002";

/** As environment variables say it, where no option does. */
const { env } = process;

/** @throws {UsageError} */
export function logLevel({ log: text = "normal" }: EmulatorCommandOptions): LogLevel {
  const level = LOG_LEVELS.find((one) => one === text);
  if (level !== undefined) return level;
  throw new UsageError(`--log: not one of ${LOG_LEVELS.join(", ")}: ${text}`);
}

/** The default export of the user's module with further integrations. */
async function importIntegrations(file: string): Promise<Readonly<Record<string, Integration>>> {
  const module: { readonly default?: unknown } = await import(pathToFileURL(resolve(file)).href);
  const integrations = module.default;
  const areFunctions = isObject(integrations) && Object.values(integrations).every((one) => typeof one === "function");
  if (!areFunctions)
    throw new UsageError(`--integrations: the default export of ${file} must be an object of functions`);
  // What a function returns cannot be checked here. A Task fails if it is not JSON.
  return integrations as Readonly<Record<string, Integration>>;
}

/** What is wrong with one of them is told by its name when the emulator starts. */
function readConnections(file: string): Readonly<Record<string, GivenConnection>> {
  try {
    const connections: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (!isObject(connections) || Array.isArray(connections)) throw new Error("it must be an object, by names");
    return connections as Readonly<Record<string, GivenConnection>>; // each is checked where they are used
  } catch (error) {
    throw new UsageError(`--connections: ${file} cannot be read: ${messageOf(error)}`);
  }
}

/** Where functions are invoked that are not run here; undefined if nothing names a place. */
function namedLambda({ lambdaEndpoint, endpointUrl = {} }: EmulatorCommandOptions): string | undefined {
  const own = [lambdaEndpoint, env["LAMBDA_ENDPOINT"], endpointUrl["lambda"], env["AWS_ENDPOINT_URL_LAMBDA"]];
  return own.find(Boolean);
}

/** Functions are where the other services are, unless they have a place of their own. */
export function lambdaEndpoint(given: EmulatorCommandOptions): string {
  const all = [given.endpointUrl?.["*"], env["AWS_ENDPOINT_URL"]].find(Boolean);
  // Functions are invoked at an endpoint of AWS's only where that is named as theirs.
  const elsewhere = all !== undefined && URL.canParse(all) && !isAwsHost(new URL(all).hostname) ? all : undefined;
  return namedLambda(given) ?? elsewhere ?? LAMBDA_ENDPOINT;
}

/** What each request has to carry, if anything. */
export function tokenOf({ token }: EmulatorCommandOptions): string | undefined {
  return token ?? env["LAMBENT_TOKEN"];
}

/** The file of test cases, if there is one. */
export function mockFile({ mock }: EmulatorCommandOptions): string | undefined {
  // An empty variable is one that is not set.
  return mock ?? (env["SFN_MOCK_CONFIG"] || undefined);
}

/**
 * What of the options the emulator is told.
 * @param pool of the functions that run here
 * @throws {UsageError} if a file that they name cannot be read
 */
export async function emulatorOptions(
  given: EmulatorCommandOptions,
  pool: ReplicaPool | undefined,
): Promise<EmulatorOptions> {
  const { keepMib, integrations, connections, allowHost: allowHosts, ...others } = given;
  // What is for this command alone; the rest are options of the emulator.
  const { mock: _, parameter: __, lambda: ___, lambdaEndpoint: ____, log: _____, ...options } = others;
  const token = tokenOf(given);
  const mocks = mockFile(given);
  return {
    ...options,
    port: given.port ?? readPort(env["PORT"] ?? "8083"),
    allowHosts,
    functions: invokedIn(pool, given),
    ...(token === undefined ? {} : { token }),
    ...(integrations === undefined ? {} : { integrations: await importIntegrations(integrations) }),
    ...(connections === undefined ? {} : { connections: readConnections(connections) }),
    ...(mocks === undefined ? {} : { mocks }),
    ...(keepMib === undefined ? {} : { keepBytes: keepMib * 2 ** 20 }),
  };
}

/** The functions of replicas, and those of the endpoint that is named; or without replicas, of an endpoint alone. */
function invokedIn(pool: ReplicaPool | undefined, given: EmulatorCommandOptions): Functions {
  if (pool === undefined) return httpFunctions(lambdaEndpoint(given));
  const named = namedLambda(given);
  return eitherOf(pool, pool.provisioned, named === undefined ? undefined : httpFunctions(named));
}
