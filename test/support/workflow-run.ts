import type { Workflow } from "lambent";
import { StepFunctions } from "../../infra/emulator/index.ts";
import { compile } from "../../infra/compile/compile.ts";
import { tasksOf } from "../../handlers/handler.ts";
import { invoke } from "../../handlers/invocation.ts";
import type { Invocation } from "../../handlers/payload.ts";
import type { Json } from "../../sdk/base/json.ts";
import { target } from "./definitions.ts";

export interface WorkflowRun {
  readonly status: string;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  /** What was sent to functions, in order. */
  readonly invocations: readonly Invocation[];
  /** How many events the execution's history has. */
  readonly events: number;
}

export interface Surroundings {
  /** Milliseconds until Lambda would end an invocation. Default: a minute, always. */
  readonly remainingMs?: () => number;
  /** Of an invocation that does not come back what Lambda reports of it. */
  readonly crash?: (invocation: Invocation) => string | undefined;
}

/**
 * Run a workflow in this process, with the emulator's clock: waits take no time.
 * @param tasks exported under these names
 */
export async function runSkippingWaits<I, O>(
  { graph }: Workflow<I, O>,
  inputs: I,
  tasks: Readonly<Record<string, unknown>>,
  { remainingMs = () => 60_000, crash = () => undefined }: Surroundings = {},
): Promise<WorkflowRun> {
  const invocations: Invocation[] = [];
  const states = new StepFunctions({
    skipWaits: true,
    functions: {
      async invoke({ functionName, payload }) {
        const invocation = JSON.parse(payload) as Invocation; // the payload of a state that the compiler wrote
        invocations.push(invocation);
        const answer = { statusCode: 200, executedVersion: "1", requestId: "r" };
        function failed(errorType: string, errorMessage: string) {
          const document = JSON.stringify({ errorType, errorMessage, trace: [] });
          return { ...answer, payload: document, functionError: "Unhandled" as const };
        }
        const end = crash(invocation);
        if (end !== undefined) return failed(end, "the process has ended");
        const actor = /:function:test-(.*):live$/.exec(functionName)?.[1];
        const own = tasksOf(actor === "tasks" ? undefined : actor, [tasks]);
        try {
          const outcome = await invoke(own, invocation, { id: "r", initializationType: "on-demand" }, remainingMs);
          return { ...answer, payload: JSON.stringify(outcome) };
        } catch (error) {
          return error instanceof Error ? failed(error.name, error.message) : failed("Error", String(error));
        }
      },
    },
  });
  const definition = JSON.stringify(compile(graph, target));
  const roleArn = "arn:aws:iam::000000000000:role/test";
  const { stateMachineArn } = states.createStateMachine({ name: "machine", definition, roleArn });
  const { executionArn } = states.startExecution({ stateMachineArn, input: JSON.stringify(inputs) });
  const { status, output, error, cause } = await states.executionEnd(executionArn);
  const last = states.getExecutionHistory({ executionArn, reverseOrder: true, maxResults: 1 }).events[0];
  return {
    status,
    ...(output === undefined ? {} : { output: JSON.parse(output) }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    invocations,
    events: last?.id ?? 0,
  };
}
