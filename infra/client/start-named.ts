import { isDeepStrictEqual } from "node:util";
import { LambentError } from "../../sdk/base/errors.ts";
import { describeExecution, startExecution } from "../run/remote/executions.ts";
import type { Server } from "../run/remote/server.ts";

/**
 * An execution of this name has been started before, with other inputs.
 * @example
 * try {
 *   await new Client().start(wf, { initValue: 2 }, { name: "monday" });
 * } catch (error) {
 *   if (error instanceof ExecutionNameTaken) console.error(error.executionArn);
 * }
 */
export class ExecutionNameTaken extends LambentError {
  override readonly name = "ExecutionNameTaken";
  /** Of the execution that has the name. */
  readonly executionArn: string;

  constructor(message: string, executionArn: string, options?: ErrorOptions) {
    super(message, options);
    this.executionArn = executionArn;
  }
}

/** @throws {LambentError} if AWS takes no such name */
export function checkName(name: string): void {
  // As AWS has it: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
  if (typeof name === "string" && /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u.test(name)) return;
  throw new LambentError(
    `client.start(…): the name ${JSON.stringify(name)} must have 1 to 80 characters, without spaces, < > { } [ ] ? * " # % \\ ^ | ~ \` $ & , ; : / and control characters`,
  );
}

/**
 * Start an execution, or find the one that has been started so: AWS itself gives the same one back while it runs.
 * @returns its ARN
 * @throws {ExecutionNameTaken} if that one was given something else
 */
export async function startNamed(
  server: Server,
  stateMachineArn: string,
  request: { readonly input: string; readonly name: string | undefined },
): Promise<string> {
  const { input, name } = request;
  try {
    return (await startExecution(server, stateMachineArn, request)).executionArn;
  } catch (error) {
    if (name === undefined || !(error instanceof Error && error.name === "ExecutionAlreadyExists")) throw error;
    const executionArn = `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
    const existing = await describeExecution(server, executionArn);
    if (isDeepStrictEqual(JSON.parse(existing.input ?? "{}"), JSON.parse(input))) return executionArn;
    throw new ExecutionNameTaken(
      `${executionArn} has been started with other inputs, and is ${existing.status}: take another name, or attach to it by client.attach(…)`,
      executionArn,
      { cause: error },
    );
  }
}
