import { LambentError } from "../../sdk/base/errors.ts";
import { isObject, type Json, type JsonObject } from "../../sdk/base/json.ts";
import { atServer } from "../../infra/run/remote/at-server.ts";
import {
  type DescribedExecution,
  describeExecution,
  describeMachine,
  runExpress,
  startExecution,
} from "../../infra/run/remote/executions.ts";
import { findMachine, machineNamed } from "../../infra/run/remote/find-machine.ts";
import { findPlan, launchPlan, planInputs } from "../../infra/run/remote/find-plan.ts";
import { inputProblem } from "../../infra/run/remote/machine-checks.ts";
import type { Server } from "../../infra/run/remote/server.ts";
import { ended, watchExecution } from "./watch-execution.ts";
import { readJson } from "./read-json.ts";
import { serverPlace, type ServerOptions } from "./server-options.ts";

export interface StartOptions extends ServerOptions {
  readonly input: string;
  readonly name?: string;
  readonly wait?: boolean;
  readonly json?: boolean;
}

/**
 * @returns 1 if the execution was waited for and failed
 * @throws {LambentError} if the state machine's first state would refuse the inputs, which ends nothing but this command
 */
export async function startWorkflow(workflow: string, options: StartOptions): Promise<number> {
  const input = await readJson("--input", options.input);
  return atServer(serverPlace(options), workflow, async (server) => {
    const { stateMachineArn, request, launch } = await meant(server, workflow, input, options);
    if (launch !== undefined) return tellLaunched(server, await launch(), stateMachineArn, options);
    const { type, definition } = await describeMachine(server, stateMachineArn);
    const problem = await inputProblem(definition, JSON.parse(request.input) as Json); // readJson has parsed it
    if (problem !== undefined) throw new LambentError(`InvalidInputs: ${problem}: nothing has been started`);
    const isExpress = type === "EXPRESS";
    if (options.wait === true && isExpress) return ended(await runExpress(server, stateMachineArn, request), options);
    if (options.wait === true)
      return watchExecution(
        server,
        async () => (await startExecution(server, stateMachineArn, request)).executionArn,
        options,
      );
    const started = await startExecution(server, stateMachineArn, request);
    tellStart({ stateMachineArn, ...started }, server, isExpress, options);
    return 0;
  });
}

interface Meant {
  readonly stateMachineArn: string;
  readonly request: { readonly input: string; readonly name: string | undefined };
  /** Starts an execution and gives its ARN, in the place of the request. */
  readonly launch?: () => Promise<string>;
}

/** A workflow, or a launch plan of one with the plan's inputs. A workflow's name comes first. */
async function meant(server: Server, named: string, input: string, { name, stage }: StartOptions): Promise<Meant> {
  const isMachine = named.startsWith("arn:") || (await machineNamed(server, named, stage)) !== undefined;
  const plan = isMachine ? undefined : await findPlan(server, named);
  if (plan === undefined) {
    return { stateMachineArn: await findMachine(server, named, stage), request: { input, name } };
  }
  const given: unknown = JSON.parse(input);
  if (!isObject(given) || Array.isArray(given))
    throw new LambentError("--input: a launch plan takes an object of inputs");
  const { stateMachineArn, launcherArn } = plan;
  const inputs = planInputs(plan, given as JsonObject); // what JSON.parse gives
  const request = { input: JSON.stringify(inputs), name };
  if (launcherArn === undefined) return { stateMachineArn, request };
  if (name !== undefined) {
    throw new LambentError(
      `--name: executions of launch plan ${named}, which has maxConcurrent, are counted by their names: leave it out`,
    );
  }
  return { stateMachineArn, request, launch: () => launchPlan(server, named, launcherArn, inputs) };
}

async function tellLaunched(
  server: Server,
  executionArn: string,
  stateMachineArn: string,
  options: StartOptions,
): Promise<number> {
  if (options.wait === true) return watchExecution(server, () => executionArn, options);
  const { startDate } = await describeExecution(server, executionArn);
  tellStart({ executionArn, stateMachineArn, startDate }, server, false, options);
  return 0;
}

type Started = Pick<DescribedExecution, "executionArn" | "stateMachineArn" | "startDate">;

function tellStart(started: Started, { name }: Server, isExpress: boolean, { json }: StartOptions): void {
  const { executionArn } = started;
  if (json === true) console.log(JSON.stringify({ ...started, server: name }, null, 2));
  else console.log(executionArn);
  if (isExpress)
    console.error("an EXPRESS execution: nothing can be asked of it afterwards; --wait prints what it returns");
  else console.error(`to wait for it: lambent describe ${executionArn} --wait`);
}
