import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import {
  DescribeExecutionCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { expectedOutput, ITEMS } from "./service.ts";

/** Milliseconds between two looks at an execution. */
const LOOK_MS = 100;

/** What came of the executions, while they run and when all have ended. */
export interface Outcomes {
  /** Milliseconds that each took, by the server's clock. */
  readonly milliseconds: number[];
  /** What did not go as it should, in words. */
  readonly faults: string[];
}

/** A client of the emulator, as anybody's would be. */
export function clientOf(endpoint: string): SFNClient {
  const credentials = { accessKeyId: "load", secretAccessKey: "load" };
  return new SFNClient({ endpoint, region: "us-east-1", credentials });
}

/**
 * Starts executions one after another until `signal` tells to start no more, so many of them at a time.
 * @returns when the last has ended
 */
export async function runExecutions(
  client: SFNClient,
  { atOnce, signal, outcomes }: { atOnce: number; signal: AbortSignal; outcomes: Outcomes },
): Promise<void> {
  const { stateMachines = [] } = await client.send(new ListStateMachinesCommand({}));
  const stateMachineArn = stateMachines[0]?.stateMachineArn;
  let started = 0;
  async function runOneAfterAnother(): Promise<void> {
    while (!signal.aborted) {
      const first = ITEMS * started++;
      const numbers = Array.from({ length: ITEMS }, (_, index) => first + index);
      try {
        await runOne(client, stateMachineArn, numbers, outcomes);
      } catch (error) {
        outcomes.faults.push(String(error));
        return;
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, runOneAfterAnother));
}

async function runOne(
  client: SFNClient,
  stateMachineArn: string | undefined,
  numbers: readonly number[],
  { milliseconds, faults }: Outcomes,
): Promise<void> {
  const input = JSON.stringify({ numbers });
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, input }));
  for (;;) {
    const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
    const { status, startDate, stopDate, output = "null" } = execution;
    if (status === "RUNNING") {
      await sleep(LOOK_MS);
      continue;
    }
    if (status !== "SUCCEEDED") faults.push(`${executionArn} ${status}: ${execution.error} ${execution.cause}`);
    else if (!isDeepStrictEqual(JSON.parse(output), expectedOutput(numbers)))
      faults.push(`${executionArn} returned ${output} for ${input}`);
    milliseconds.push(Number(stopDate) - Number(startDate));
    return;
  }
}

/** The number that so large a part of the numbers does not exceed. @param part 0.5 for the median */
export function percentile(numbers: readonly number[], part: number): number {
  return numbers.toSorted((left, right) => left - right)[Math.ceil(part * numbers.length) - 1] ?? Number.NaN;
}
