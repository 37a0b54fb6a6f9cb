import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type Emulator,
  type EmulatorOptions,
  exposure,
  type Functions,
  type GivenConnection,
  httpFunctions,
  type Integration,
  startEmulator,
} from "../../infra/emulator/index.ts";
import { isAwsHost } from "../../infra/emulator/aws/aws-hosts.ts";
import { lambdaRoutes } from "../../infra/emulator/lambda/lambda-api.ts";
import type { ReplicaPool } from "../../infra/emulator/replicas/replica-pool.ts";
import { type Account, DEFAULT_ACCOUNT } from "../../infra/emulator/service/arns.ts";
import type { FunctionsServed } from "../../infra/run/console/api.ts";
import { Console, consoleUrl } from "../../infra/run/console/console.ts";
import { CONSOLE_PATH } from "../../infra/run/console/page-files.ts";
import { eitherOf } from "../../infra/run/either-functions.ts";
import { endWithNpm } from "../../infra/run/end-with-npm.ts";
import { ExecutionLog, hasColours, LOG_LEVELS, type LogLevel } from "../../infra/run/execution-log.ts";
import { firstToAnswer } from "../../infra/run/first-to-answer.ts";
import type { MachineFiles } from "../../infra/run/machine-files/machine-files.ts";
import { announceServer } from "../../infra/run/servers/announce.ts";
import { GivenParameters } from "../../infra/templates/given-parameters.ts";
import { messageOf } from "../../sdk/base/errors.ts";
import { isObject } from "../../sdk/base/json.ts";
import { functionFiles, machineFiles, serviceVariables } from "./emulator-files.ts";
import { readPort, UsageError } from "./usage.ts";

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

/** Where functions are invoked that are not run here; undefined if nothing names a place. */
function namedLambda({ lambdaEndpoint, endpointUrl = {} }: EmulatorCommandOptions): string | undefined {
  const own = [lambdaEndpoint, env["LAMBDA_ENDPOINT"], endpointUrl["lambda"], env["AWS_ENDPOINT_URL_LAMBDA"]];
  return own.find(Boolean);
}

/** Functions are where the other services are, unless they have a place of their own. */
function lambdaEndpoint(given: EmulatorCommandOptions): string {
  const all = [given.endpointUrl?.["*"], env["AWS_ENDPOINT_URL"]].find(Boolean);
  // Functions are invoked at an endpoint of AWS's only where that is named as theirs.
  const elsewhere = all !== undefined && URL.canParse(all) && !isAwsHost(new URL(all).hostname) ? all : undefined;
  return namedLambda(given) ?? elsewhere ?? LAMBDA_ENDPOINT;
}

/**
 * Serve the Step Functions API until the process is told to end.
 * @param files definitions and templates, whose state machines are there before the first request is answered
 * @throws {LambentError} if one of them, or a function, is refused; nothing runs then
 */
export async function serveEmulator(files: readonly string[], given: EmulatorCommandOptions): Promise<void> {
  const {
    keepMib,
    integrations,
    connections,
    mock,
    parameter = {},
    lambda: code,
    log: level = "normal",
    ...options
  } = given;
  if (given.parameter !== undefined && files.length + code.length === 0)
    throw new UsageError("--parameter: there is no file that it could be for: name definitions or templates");
  const token = given.token ?? env["LAMBENT_TOKEN"];
  // An empty variable is one that is not set.
  const mocks = mock ?? (env["SFN_MOCK_CONFIG"] || undefined);
  const colours = hasColours(process.stdout);
  const log = new ExecutionLog({ level: readLogLevel(level), say: (text) => console.log(text), colours });
  const shown = new Console({
    servedBy: "lambent emulator",
    functions: code.length === 0 ? functionsAt(lambdaEndpoint(given)) : { where: "here" },
    skipsWaits: given.skipWaits || given.seed !== undefined,
  });
  const givenFiles = { parameters: new GivenParameters(parameter), directory: process.cwd() };
  const opening = gate<void>();
  const listening = gate<string>();
  const functions = await functionFiles(code, accountOf(given), {
    ...givenFiles,
    environment: listening.passed.then((url) => serviceVariables(url, token, given.endpointUrl ?? {})),
    onLog: (line) => shown.log(line),
  });
  const emulatorOptions: EmulatorOptions = {
    ...options,
    pages: shown.pages,
    consolePath: CONSOLE_PATH,
    routes: functions === undefined ? shown.routes : firstToAnswer(shown.routes, lambdaRoutes(functions.pool)),
    opening: opening.passed,
    port: given.port ?? readPort(env["PORT"] ?? "8083"),
    allowHosts: given.allowHost,
    functions: invokedIn(functions?.pool, given),
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
  let emulator: Emulator | undefined;
  let machines: MachineFiles | undefined;
  async function end(): Promise<void> {
    shown.close();
    // Replicas first: if the process exits before this is done, they must not be left running.
    await Promise.all([functions?.close(), machines?.close()]);
    await emulator?.close();
  }
  try {
    const running = (emulator = await startEmulator(emulatorOptions));
    listening.pass(running.url);
    machines = await machineFiles(files, running.states, givenFiles);
    const served = machines?.start() ?? [];
    refuseUnused(givenFiles.parameters);
    await Promise.all([machines?.watch(), functions?.pool.ready().then(() => functions.watch())]);
    shown.open({ states: running.states, ...(functions === undefined ? {} : { pool: functions.pool }) });
    opening.pass();
    console.log(`Step Functions: ${running.url}`);
    console.log(`Lambda:         ${functions === undefined ? lambdaEndpoint(given) : running.url}`);
    if (mocks !== undefined) console.log(`Mocks:          ${resolve(mocks)}`);
    console.log(`Console:        ${consoleUrl(running.url)}`);
    for (const { arn, origin } of served) console.log(`${origin}: ${arn}`);
    for (const line of functions?.lines ?? []) console.log(line);
    const exposed = exposure(emulatorOptions);
    if (exposed !== undefined) console.log(exposed);
    const withdraw = announceServer({ url: running.url, directory: process.cwd(), ...running.states.account });
    endWithNpm();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => {
        withdraw();
        void end();
      });
    }
  } catch (error) {
    await end();
    throw error;
  }
}

function accountOf({ region }: EmulatorCommandOptions): Account {
  return region === undefined ? DEFAULT_ACCOUNT : { ...DEFAULT_ACCOUNT, region };
}

function functionsAt(endpoint: string): FunctionsServed {
  const why = `functions run at ${endpoint} (--lambda-endpoint): of their instances, what these cache and what they print nothing is known here`;
  return { where: "elsewhere", endpoint, why };
}

/** The functions of replicas, and those of the endpoint that is named; or without replicas, of an endpoint alone. */
function invokedIn(pool: ReplicaPool | undefined, given: EmulatorCommandOptions): Functions {
  if (pool === undefined) return httpFunctions(lambdaEndpoint(given));
  const named = namedLambda(given);
  return eitherOf(pool, pool.provisioned, named === undefined ? undefined : httpFunctions(named));
}

/** @throws {UsageError} */
function refuseUnused({ unused }: GivenParameters): void {
  const [name] = unused;
  if (name === undefined) return;
  throw new UsageError(`--parameter ${name}: none of the files has a parameter, a resource or a \${${name}}`);
}

interface Gate<T> {
  readonly passed: Promise<T>;
  readonly pass: (value: T) => void;
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function gate<T>(): Gate<T> {
  let pass: ((value: T) => void) | undefined;
  const passed = new Promise<T>((resolve) => {
    pass = resolve;
  });
  if (pass === undefined) throw new Error("the constructor of Promise calls its argument at once");
  return { passed, pass };
}
