import type { HistoryEvent } from "@aws-sdk/client-sfn";
import type { Workflow } from "lambent";
import { invoke } from "../../handlers/invocation.ts";
import type { Invocation } from "../../handlers/payload.ts";
import { tasksOf } from "../../handlers/handler.ts";
import type { Target } from "../../infra/compile/compile.ts";
import { compile } from "../../infra/compile/compile.ts";
import { StepFunctions } from "../../infra/emulator/index.ts";

/** An execution that has ended. */
export interface Ended {
  readonly status: string;
  readonly events: readonly HistoryEvent[];
  /** The histories of its child executions. */
  readonly children: readonly (readonly HistoryEvent[])[];
}

/**
 * Run a workflow on Step Functions of its own, on provisioned replicas that are this process, and read its history.
 * @param tasks exported under these names
 */
export async function executed<I, O>(
  { graph }: Workflow<I, O>,
  inputs: I,
  tasks: Readonly<Record<string, unknown>>,
  target: Target,
): Promise<Ended> {
  const states = new StepFunctions({
    skipWaits: true,
    functions: {
      async invoke({ functionName, payload }) {
        const answer = { statusCode: 200, executedVersion: "1", requestId: "r" };
        const actor = /-([a-z0-9]+)(?:\.\d+)?:live$/.exec(functionName)?.[1];
        const own = tasksOf(actor === "tasks" ? undefined : actor, [tasks]);
        const initializationType = actor === "tasks" ? "on-demand" : "provisioned-concurrency";
        try {
          const replica = { id: actor ?? "r", initializationType };
          const outcome = await invoke(own, JSON.parse(payload) as Invocation, replica, () => 60_000); // of a compiled state
          return { ...answer, payload: JSON.stringify(outcome) };
        } catch (error) {
          const { name, message } = error instanceof Error ? error : new Error(String(error));
          const document = JSON.stringify({ errorType: name, errorMessage: message, trace: [] });
          return { ...answer, payload: document, functionError: "Unhandled" };
        }
      },
    },
  });
  const roleArn = "arn:aws:iam::000000000000:role/test";
  const machine = { name: "machine", definition: JSON.stringify(compile(graph, target)), roleArn };
  const { stateMachineArn } = states.createStateMachine(machine);
  const { executionArn } = states.startExecution({ stateMachineArn, input: JSON.stringify(inputs) });
  const { status } = await states.executionEnd(executionArn);
  function eventsOf(arn: string): HistoryEvent[] {
    const events: HistoryEvent[] = [];
    for (let nextToken: string | undefined, first = true; first || nextToken !== undefined; first = false) {
      const token = nextToken === undefined ? {} : { nextToken };
      const page = states.getExecutionHistory({ executionArn: arn, maxResults: 1000, ...token });
      // Over HTTP, times are seconds since 1970, of which the SDK makes dates.
      const dated = page.events.map((event) => ({ ...event, timestamp: new Date(Number(event.timestamp) * 1000) }));
      events.push(...(dated as unknown as HistoryEvent[])); // the emulator's are as the API has them
      nextToken = page.nextToken;
    }
    return events;
  }
  const { mapRuns } = states.listMapRuns({ executionArn }) as { mapRuns: readonly { mapRunArn: string }[] }; // as the API has it
  const children = mapRuns.flatMap(
    ({ mapRunArn }) => states.listExecutions({ mapRunArn, maxResults: 1000 }).executions,
  );
  return {
    status,
    events: eventsOf(executionArn),
    children: children.map((child) => eventsOf(child.executionArn)),
  };
}
