import { LambentError } from "../../sdk/base/errors.ts";
import type { Json } from "../../sdk/base/json.ts";
import { atServer } from "../../infra/run/remote/at-server.ts";
import {
  type DescribedExecution,
  describeMachine,
  runExpress,
  startExecution,
} from "../../infra/run/remote/executions.ts";
import { findMachine } from "../../infra/run/remote/find-machine.ts";
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
    const stateMachineArn = await findMachine(server, workflow, options.stage);
    const request = { input, name: options.name };
    const { type, definition } = await describeMachine(server, stateMachineArn);
    const problem = await inputProblem(definition, JSON.parse(input) as Json); // readJson has parsed it
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

type Started = Pick<DescribedExecution, "executionArn" | "stateMachineArn" | "startDate">;

function tellStart(started: Started, { name }: Server, isExpress: boolean, { json }: StartOptions): void {
  const { executionArn } = started;
  if (json === true) console.log(JSON.stringify({ ...started, server: name }, null, 2));
  else console.log(executionArn);
  if (isExpress)
    console.error("an EXPRESS execution: nothing can be asked of it afterwards; --wait prints what it returns");
  else console.error(`to wait for it: lambent describe ${executionArn} --wait`);
}
