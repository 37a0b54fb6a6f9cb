import { setTimeout as sleep } from "node:timers/promises";
import { type DescribedExecution, describeExecution } from "./executions.ts";
import type { Server } from "./server.ts";

/**
 * Milliseconds between two looks at an execution. AWS answers 15 DescribeExecution in a second in most regions, for all who
 * ask in an account, and 10 in some; an emulator as many as one likes.
 */
const EVERY = { aws: 2000, emulator: 250 } as const;

export interface WaitOptions {
  /** Ends the wait; the execution goes on. */
  readonly signal: AbortSignal;
  /** Called at each look at an execution that runs, one call after the other. */
  readonly onLook?: (() => Promise<void>) | undefined;
}

/** @returns the execution when it has ended, or as it is when the wait is ended */
export async function waitForEnd(
  server: Server,
  executionArn: string,
  { signal, onLook }: WaitOptions,
): Promise<DescribedExecution> {
  for (;;) {
    const execution = await describeExecution(server, executionArn);
    if (execution.status !== "RUNNING" && execution.status !== "PENDING_REDRIVE") return execution;
    await onLook?.();
    await sleep(server.isAws ? EVERY.aws : EVERY.emulator, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return execution;
  }
}
