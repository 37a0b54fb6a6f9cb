/**
 * Step Functions on this machine, over HTTP and in this process, for state machines of any origin.
 * @module
 */

import { checkKinds, FLAG, FUNCTION, type Kinds, PROMISE, TEXT, TEXTS } from "./kernel/check-options.ts";
import { type AccessOptions, DEFAULT_HOST, guard, isWildcard } from "./service/access.ts";
import { listen, type ServerRoutes, serve, shut } from "./service/server.ts";
import { StepFunctions } from "./service/step-functions.ts";
import { STEP_FUNCTIONS_OPTIONS, type StepFunctionsOptions } from "./service/step-functions-options.ts";

export { FunctionServiceError, type Functions, type InvokeRequest, type InvokeResponse } from "./lambda/functions.ts";
export { httpFunctions } from "./lambda/http-functions.ts";
export { StateError } from "../language/state-error.ts";
export { ApiError } from "./kernel/api-error.ts";
export type { HistoryEvent } from "./kernel/history.ts";
export type { Progress } from "./kernel/progress.ts";
export { type AccessOptions, exposure } from "./service/access.ts";
export type { Routes } from "./service/server.ts";
export type { GivenConnection } from "./integrations/connections.ts";
export type { Integration, IntegrationContext } from "./integrations/integrations.ts";
export type { ExecutionDescription } from "./service/execution-description.ts";
export type { StateMachineDescription } from "./service/state-machine-requests.ts";
export type { MockConfiguration } from "./service/mock-configuration.ts";
export type { MockedResponse } from "./interpreter/mocked-tasks.ts";
export { StepFunctions } from "./service/step-functions.ts";
export type { StepFunctionsOptions } from "./service/step-functions-options.ts";

/**
 * What {@link startEmulator} takes: those of {@link StepFunctions}, of {@link AccessOptions}, of {@link ServerRoutes}, and these.
 * @example
 * const options: EmulatorOptions = { functions: httpFunctions("http://127.0.0.1:3002"), port: 0 };
 */
export interface EmulatorOptions extends StepFunctionsOptions, AccessOptions, ServerRoutes {
  /** Default 8083, as AWS's own local version had; 0 is any free port. */
  readonly port?: number;
}

const OPTIONS: Kinds<EmulatorOptions> = {
  port: {
    wanted: "a port's number: 0 to 65535, where 0 is any that is free",
    fits: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535,
  },
  host: TEXT,
  allowHosts: TEXTS,
  token: { wanted: "a text", fits: (value) => typeof value === "string" },
  insecure: FLAG,
  routes: FUNCTION,
  pages: FUNCTION,
  consolePath: TEXT,
  opening: PROMISE,
  ...STEP_FUNCTIONS_OPTIONS,
};

/**
 * A server of the Step Functions API, which runs until it is closed.
 * @example
 * async function stop(emulator: Emulator): Promise<void> {
 *   console.log(`${emulator.url} goes`);
 *   await emulator.close();
 * }
 */
export interface Emulator {
  /** For example `http://127.0.0.1:8083`: where it is reached from this machine. */
  readonly url: string;
  /** The port that it listens at. */
  readonly port: number;
  /** The same service that answers over HTTP, for use in this process. */
  readonly states: StepFunctions;
  /** Ends the server, and what executions still wait for. */
  close(): Promise<void>;
}

/**
 * Serves the Step Functions API.
 * @param options the functions to invoke, and the port: 8083 unless it is given, 0 for any that is free
 * @throws {LambentError} for an option that is unknown, or whose value does not fit; if other machines could reach it, and neither a token nor `insecure` is given
 * @throws {Error} naming port and remedy when the port is taken
 * @example
 * const emulator = await startEmulator({ functions: httpFunctions("http://127.0.0.1:3002"), port: 0 });
 * console.log(emulator.url);
 * await emulator.close();
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  checkKinds("startEmulator(…)", options, OPTIONS);
  const { port = 8083, host = DEFAULT_HOST } = options;
  const admit = guard(options);
  const states = new StepFunctions(ofService(options));
  const server = serve(states, admit, options);
  const bound = await listen(server, host, port).catch((error: unknown) => {
    states.close();
    throw error;
  });
  return {
    url: `http://${urlHost(host)}:${bound}`,
    port: bound,
    states,
    async close() {
      states.close();
      await shut(server);
    },
  };
}

/** The options without those of the server. */
function ofService({
  port: _port,
  host: _host,
  allowHosts: _allowHosts,
  token: _token,
  insecure: _insecure,
  routes: _routes,
  pages: _pages,
  consolePath: _consolePath,
  opening: _opening,
  ...own
}: EmulatorOptions): StepFunctionsOptions {
  return own;
}

function urlHost(host: string): string {
  if (isWildcard(host)) return DEFAULT_HOST;
  return host.includes(":") ? `[${host}]` : host;
}
