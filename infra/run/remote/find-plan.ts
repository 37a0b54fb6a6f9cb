import { LambentError } from "../../../sdk/base/errors.ts";
import type { JsonObject } from "../../../sdk/base/json.ts";
import { launchInput } from "../../compile/launcher.ts";
import { planIn, type ToldPlan } from "../../compile/told-plans.ts";
import { describeMachine, startExecution } from "./executions.ts";
import { listMachines, type Machine } from "./find-machine.ts";
import type { Server } from "./server.ts";
import { waitForEnd } from "./wait-for-end.ts";

/** A launch plan that is served or deployed. */
export interface FoundPlan extends Pick<ToldPlan, "input" | "fixed"> {
  readonly name: string;
  /** The ARN of its workflow's state machine. */
  readonly stateMachineArn: string;
  /** The ARN of the state machine that counts and starts; absent: the plan has no `maxConcurrent`. */
  readonly launcherArn?: string;
}

/**
 * A launch plan by its name: the definitions of workflows tell which they have.
 * @returns undefined if no workflow has one of this name
 * @throws {LambentError} if several have
 */
export async function findPlan(server: Server, name: string): Promise<FoundPlan | undefined> {
  const machines = await listMachines(server);
  const found: FoundPlan[] = [];
  for (const machine of machines) {
    const plan = planIn((await describeMachine(server, machine.stateMachineArn)).definition, name);
    if (plan !== undefined) found.push(foundPlan(name, machine, plan, machines));
  }
  const [only, ...others] = found;
  if (others.length === 0) return only;
  const arns = found.map(({ stateMachineArn }) => stateMachineArn).join(", ");
  throw new LambentError(`several workflows at ${server.name} have a launch plan ${name}: ${arns}. Give --stage`);
}

function foundPlan(
  name: string,
  { stateMachineArn, name: own }: Machine,
  { input, fixed, isLaunched, workflow }: ToldPlan,
  machines: readonly Machine[],
): FoundPlan {
  const told = { name, stateMachineArn, input, ...(fixed === undefined ? {} : { fixed }) };
  if (isLaunched !== true) return told;
  const launcher = machines.find((one) => one.name === `${own.slice(0, own.length - workflow.length)}${name}-launcher`);
  if (launcher !== undefined) return { ...told, launcherArn: launcher.stateMachineArn };
  throw new LambentError(
    `launch plan ${name} has maxConcurrent, and there is no state machine …-${name}-launcher: deploy it again`,
  );
}

/**
 * Start a plan that has `maxConcurrent`: as its schedule does, through the state machine that counts.
 * @returns the execution's ARN
 * @throws {LambentError} if as many run already
 */
export async function launchPlan(
  server: Server,
  plan: string,
  launcherArn: string,
  inputs: JsonObject,
): Promise<string> {
  const request = { input: launchInput({ input: inputs }, new Date().toISOString()), name: undefined };
  const { executionArn } = await startExecution(server, launcherArn, request);
  const {
    status,
    output = "{}",
    error,
    cause,
  } = await waitForEnd(server, executionArn, { signal: new AbortController().signal });
  if (status !== "SUCCEEDED")
    throw new LambentError(`launch plan ${plan} was not started: ${error}: ${cause} (${executionArn})`);
  const { execution, why } = JSON.parse(output) as { execution?: string; why?: string }; // as launcherDefinition has it
  if (execution !== undefined) return execution;
  throw new LambentError(`launch plan ${plan} starts nothing: ${why}`);
}

/**
 * The inputs of an execution of a plan.
 * @param given what whoever starts it gives beside the plan's
 * @throws {LambentError} for inputs that the plan fixes
 */
export function planInputs({ name, input, fixed = [] }: FoundPlan, given: JsonObject): JsonObject {
  const kept = fixed.find((one) => Object.hasOwn(given, one));
  if (kept === undefined) return { ...input, ...given };
  throw new LambentError(`launch plan ${name} fixes ${kept}: leave it out, or start its workflow`);
}
