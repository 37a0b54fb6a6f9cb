import { resolve } from "node:path";
import { type Emulator, type EmulatorOptions, exposure, startEmulator } from "../../infra/emulator/index.ts";
import { lambdaRoutes } from "../../infra/emulator/lambda/lambda-api.ts";
import { type Account, DEFAULT_ACCOUNT } from "../../infra/emulator/service/arns.ts";
import type { FunctionsServed } from "../../infra/run/console/api.ts";
import { Console, consoleUrl } from "../../infra/run/console/console.ts";
import { CONSOLE_PATH } from "../../infra/run/console/page-files.ts";
import { endWithNpm } from "../../infra/run/end-with-npm.ts";
import { ExecutionLog, hasColours } from "../../infra/run/execution-log.ts";
import { firstToAnswer } from "../../infra/run/first-to-answer.ts";
import type { FunctionFiles } from "../../infra/run/function-files/function-files.ts";
import type { MachineFiles, ServedFile } from "../../infra/run/machine-files/machine-files.ts";
import { announceServer } from "../../infra/run/servers/announce.ts";
import { GivenParameters } from "../../infra/templates/given-parameters.ts";
import { functionFiles, machineFiles, serviceVariables } from "./emulator-files.ts";
import {
  type EmulatorCommandOptions,
  emulatorOptions,
  lambdaEndpoint,
  logLevel,
  mockFile,
  tokenOf,
} from "./emulator-options.ts";
import { UsageError } from "./usage.ts";

/** What has been started, and is to be ended. */
interface Started {
  readonly shown: Console;
  functions?: FunctionFiles | undefined;
  machines?: MachineFiles | undefined;
  emulator?: Emulator;
}

/**
 * Serve the Step Functions API until the process is told to end.
 * @param files definitions and templates, whose state machines are there before the first request is answered
 * @throws {LambentError} if one of them, or a function, is refused; nothing runs then
 */
export async function serveEmulator(files: readonly string[], given: EmulatorCommandOptions): Promise<void> {
  if (given.parameter !== undefined && files.length + given.lambda.length === 0)
    throw new UsageError("--parameter: there is no file that it could be for: name definitions or templates");
  const started: Started = { shown: consoleOf(given) };
  try {
    await start(started, files, given);
  } catch (error) {
    await end(started);
    throw error;
  }
}

async function start(started: Started, files: readonly string[], given: EmulatorCommandOptions): Promise<void> {
  const { shown } = started;
  const onProgress = progressOf(shown, given); // before anything runs: it may refuse an option
  const givenFiles = { parameters: new GivenParameters(given.parameter ?? {}), directory: process.cwd() };
  const opening = gate<void>();
  const listening = gate<string>();
  const functions = await functionFiles(given.lambda, accountOf(given), {
    ...givenFiles,
    environment: listening.passed.then((url) => serviceVariables(url, tokenOf(given), given.endpointUrl ?? {})),
    onLog: (line) => shown.log(line),
  });
  started.functions = functions;
  const options: EmulatorOptions = {
    ...(await emulatorOptions(given, functions?.pool)),
    pages: shown.pages,
    consolePath: CONSOLE_PATH,
    routes: functions === undefined ? shown.routes : firstToAnswer(shown.routes, lambdaRoutes(functions.pool)),
    opening: opening.passed,
    onProgress,
  };
  const emulator = (started.emulator = await startEmulator(options));
  listening.pass(emulator.url);
  const machines = (started.machines = await machineFiles(files, emulator.states, givenFiles));
  const served = machines?.start() ?? [];
  refuseUnused(givenFiles.parameters);
  await Promise.all([machines?.watch(), functions?.pool.ready().then(() => functions.watch())]);
  shown.open({ states: emulator.states, ...(functions === undefined ? {} : { pool: functions.pool }) });
  opening.pass();
  tell({ emulator, functions, served, given, exposed: exposure(options) });
  endWhenTold(started, emulator);
}

/** Replicas first: if the process exits before all is done, they must not be left running. */
async function end({ shown, functions, machines, emulator }: Started): Promise<void> {
  shown.close();
  await Promise.all([functions?.close(), machines?.close()]);
  await emulator?.close();
}

function endWhenTold(started: Started, { url, states }: Emulator): void {
  const withdraw = announceServer({ url, directory: process.cwd(), ...states.account });
  endWithNpm();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      withdraw();
      void end(started);
    });
  }
}

interface Told {
  readonly emulator: Emulator;
  readonly functions: FunctionFiles | undefined;
  readonly served: readonly ServedFile[];
  readonly given: EmulatorCommandOptions;
  readonly exposed: string | undefined;
}

/** Where everything is. */
function tell({ emulator: { url }, functions, served, given, exposed }: Told): void {
  const mocks = mockFile(given);
  console.log(`Step Functions: ${url}`);
  console.log(`Lambda:         ${functions === undefined ? lambdaEndpoint(given) : url}`);
  if (mocks !== undefined) console.log(`Mocks:          ${resolve(mocks)}`);
  console.log(`Console:        ${consoleUrl(url)}`);
  for (const { arn, origin } of served) console.log(`${origin}: ${arn}`);
  for (const line of functions?.lines ?? []) console.log(line);
  if (exposed !== undefined) console.log(exposed);
}

function consoleOf(given: EmulatorCommandOptions): Console {
  return new Console({
    servedBy: "lambent emulator",
    functions: given.lambda.length === 0 ? functionsAt(lambdaEndpoint(given)) : { where: "here" },
    skipsWaits: given.skipWaits || given.seed !== undefined,
  });
}

/** What happens in executions, for the console and for the terminal. */
function progressOf(shown: Console, given: EmulatorCommandOptions): NonNullable<EmulatorOptions["onProgress"]> {
  const colours = hasColours(process.stdout);
  const log = new ExecutionLog({ level: logLevel(given), say: (text) => console.log(text), colours });
  return (event) => {
    shown.see(event);
    log.see(event);
  };
}

function accountOf({ region }: EmulatorCommandOptions): Account {
  return region === undefined ? DEFAULT_ACCOUNT : { ...DEFAULT_ACCOUNT, region };
}

function functionsAt(endpoint: string): FunctionsServed {
  const why = `functions run at ${endpoint} (--lambda-endpoint): of their instances, what these cache and what they print nothing is known here`;
  return { where: "elsewhere", endpoint, why };
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
