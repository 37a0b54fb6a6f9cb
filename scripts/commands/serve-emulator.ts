import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type Emulator,
  type EmulatorOptions,
  exposure,
  type GivenConnection,
  httpFunctions,
  type Integration,
  startEmulator,
} from "../../infra/emulator/index.ts";
import { isAwsHost } from "../../infra/emulator/aws/aws-hosts.ts";
import { Console, consoleUrl } from "../../infra/run/console/console.ts";
import { CONSOLE_PATH } from "../../infra/run/console/page-files.ts";
import { endWithNpm } from "../../infra/run/end-with-npm.ts";
import { ExecutionLog, hasColours, LOG_LEVELS, type LogLevel } from "../../infra/run/execution-log.ts";
import type { MachineFiles } from "../../infra/run/machine-files/machine-files.ts";
import { announceServer } from "../../infra/run/servers/announce.ts";
import { messageOf } from "../../sdk/base/errors.ts";
import { isObject } from "../../sdk/base/json.ts";
import { readPort, UsageError } from "./usage.ts";

export interface EmulatorCommandOptions {
  readonly port?: number;
  readonly host?: string;
  readonly allowHost: readonly string[];
  readonly token?: string;
  readonly insecure: boolean;
  readonly region?: string;
  readonly lambdaEndpoint?: string;
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

function readLogLevel(text: string): LogLevel {
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

/** Functions are where the other services are, unless they have a place of their own. */
function lambdaEndpoint({ lambdaEndpoint, endpointUrl = {} }: EmulatorCommandOptions): string {
  const own = [lambdaEndpoint, env["LAMBDA_ENDPOINT"], endpointUrl["lambda"], env["AWS_ENDPOINT_URL_LAMBDA"]];
  const all = [endpointUrl["*"], env["AWS_ENDPOINT_URL"]].find(Boolean);
  // Functions are invoked at an endpoint of AWS's only where that is named as theirs.
  const elsewhere = all !== undefined && URL.canParse(all) && !isAwsHost(new URL(all).hostname) ? all : undefined;
  return own.find(Boolean) ?? elsewhere ?? LAMBDA_ENDPOINT;
}

/**
 * Serve the Step Functions API until the process is told to end.
 * @param files definitions and templates, whose state machines are there before the first request is answered
 */
export async function serveEmulator(files: readonly string[], given: EmulatorCommandOptions): Promise<void> {
  const { keepMib, integrations, connections, mock, parameter: parameters, log: level = "normal", ...options } = given;
  if (parameters !== undefined && files.length === 0)
    throw new UsageError("--parameter: there is no file that it could be for: name definitions or templates");
  const lambda = lambdaEndpoint(given);
  const token = given.token ?? env["LAMBENT_TOKEN"];
  // An empty variable is one that is not set.
  const mocks = mock ?? (env["SFN_MOCK_CONFIG"] || undefined);
  const colours = hasColours(process.stdout);
  const log = new ExecutionLog({ level: readLogLevel(level), say: (text) => console.log(text), colours });
  const shown = new Console({
    servedBy: "lambent emulator",
    functions: {
      where: "elsewhere",
      endpoint: lambda,
      why: `functions run at ${lambda} (--lambda-endpoint): of their instances, what these cache and what they print nothing is known here`,
    },
    skipsWaits: given.skipWaits || given.seed !== undefined,
  });
  let open: () => void = () => undefined;
  const opening = new Promise<void>((resolve) => {
    open = resolve;
  });
  const emulatorOptions: EmulatorOptions = {
    ...options,
    pages: shown.pages,
    consolePath: CONSOLE_PATH,
    routes: shown.routes,
    opening,
    port: given.port ?? readPort(env["PORT"] ?? "8083"),
    allowHosts: given.allowHost,
    functions: httpFunctions(lambda),
    onProgress(event) {
      shown.see(event);
      log.see(event);
    },
    ...(token === undefined ? {} : { token }),
    ...(integrations === undefined ? {} : { integrations: await importIntegrations(integrations) }),
    ...(connections === undefined ? {} : { connections: readConnections(connections) }),
    ...(mocks === undefined ? {} : { mocks }),
    ...(keepMib === undefined ? {} : { keepBytes: keepMib * 2 ** 20 }),
  };
  const running = await startEmulator(emulatorOptions);
  const machines = await startMachines(files, running, parameters);
  shown.open({ states: running.states });
  open();
  console.log(`Step Functions: ${running.url}`);
  console.log(`Lambda:         ${lambda}`);
  if (mocks !== undefined) console.log(`Mocks:          ${resolve(mocks)}`);
  console.log(`Console:        ${consoleUrl(running.url)}`);
  for (const line of machines?.lines ?? []) console.log(line);
  const exposed = exposure(emulatorOptions);
  if (exposed !== undefined) console.log(exposed);
  const withdraw = announceServer({
    url: running.url,
    directory: process.cwd(),
    ...running.states.account,
  });
  async function end(): Promise<void> {
    withdraw();
    shown.close();
    await machines?.files.close();
    await running.close();
  }
  endWithNpm();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => void end());
}

/**
 * Create the state machines of files, and follow the files.
 * @returns undefined if there are no files; with lines that tell the ARNs
 * @throws {LambentError} if one of them is refused; the server is closed then
 */
async function startMachines(
  patterns: readonly string[],
  running: Emulator,
  parameters: Readonly<Record<string, string>> = {},
): Promise<{ readonly files: MachineFiles; readonly lines: readonly string[] } | undefined> {
  if (patterns.length === 0) return undefined;
  // YAML and what watches files take memory that an emulator without files has no use for.
  const { MachineFiles } = await import("../../infra/run/machine-files/machine-files.ts");
  const directory = process.cwd();
  const files = new MachineFiles(running.states, {
    patterns,
    parameters,
    directory,
    say: (line) => console.log(line),
  });
  try {
    const served = files.start();
    await files.watch();
    return { files, lines: served.map(({ arn, machine }) => `${machine.origin}: ${arn}`) };
  } catch (error) {
    await Promise.all([files.close(), running.close()]);
    throw error;
  }
}
