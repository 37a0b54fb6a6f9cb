import type { Workflow } from "lambent";
import { StepFunctions } from "../../infra/emulator/index.ts";
import { compile } from "../../infra/compile/compile.ts";
import { tasksOf } from "../../handlers/handler.ts";
import { invoke, type Invocation } from "../../handlers/invocation.ts";
import type { Json } from "../../sdk/base/json.ts";
import { target } from "./definitions.ts";

export interface WorkflowRun {
  readonly status: string;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  /** What was sent to functions, in order. */
  readonly invocations: readonly Invocation[];
}

/**
 * Run a workflow in this process, with the emulator's clock: waits take no time.
 * @param tasks exported under these names; all of one actor
 * @param remainingMs until Lambda would end an invocation
 */
export async function runSkippingWaits<I, O>(
  { graph }: Workflow<I, O>,
  inputs: I,
  tasks: Readonly<Record<string, unknown>>,
  remainingMs: () => number = () => 60_000,
): Promise<WorkflowRun> {
  const invocations: Invocation[] = [];
  const states = new StepFunctions({
    skipWaits: true,
    functions: {
      async invoke({ functionName, payload }) {
        const invocation = JSON.parse(payload) as Invocation; // the payload of a state that the compiler wrote
        invocations.push(invocation);
        const actor = /:function:test-(.*):live$/.exec(functionName)?.[1];
        const answer = { statusCode: 200, executedVersion: "1", requestId: "r" };
        const own = tasksOf(actor === "tasks" ? undefined : actor, [tasks]);
        try {
          const outcome = await invoke(own, invocation, { id: "r", initializationType: "on-demand" }, remainingMs);
          return { ...answer, payload: JSON.stringify(outcome) };
        } catch (error) {
          const { name, message } = error instanceof Error ? error : new Error(String(error));
          const document = { errorType: name, errorMessage: message, trace: [] };
          return { ...answer, payload: JSON.stringify(document), functionError: "Unhandled" };
        }
      },
    },
  });
  const definition = JSON.stringify(compile(graph, target));
  const roleArn = "arn:aws:iam::000000000000:role/test";
  const { stateMachineArn } = states.createStateMachine({ name: "machine", definition, roleArn });
  const { executionArn } = states.startExecution({ stateMachineArn, input: JSON.stringify(inputs) });
  const { status, output, error, cause } = await states.executionEnd(executionArn);
  return {
    status,
    ...(output === undefined ? {} : { output: JSON.parse(output) }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    invocations,
  };
}
