import { setTimeout as sleep } from "node:timers/promises";
import { DESCRIBED_EXECUTIONS_PER_SECOND } from "../../../sdk/base/aws-limits.ts";
import { type DescribedExecution, describeExecution, hasEnded } from "./executions.ts";
import type { Server } from "./server.ts";

/**
 * Milliseconds between two looks at an execution: on AWS a twentieth of what all who ask in an account get; an emulator
 * answers as often as one likes.
 */
const EVERY = { aws: (20 * 1000) / DESCRIBED_EXECUTIONS_PER_SECOND, emulator: 250 } as const;

export interface WaitOptions {
  /** Ends the wait; the execution goes on. */
  readonly signal: AbortSignal;
  /** Waited for before each look. */
  readonly beforeLook?: (() => Promise<void>) | undefined;
  /** Called at each look, one call after the other, and once more when it has ended. */
  readonly onLook?: (() => Promise<void>) | undefined;
}

/** @returns the execution when it has ended, or as it is when the wait is ended */
export async function waitForEnd(
  server: Server,
  executionArn: string,
  { signal, beforeLook, onLook }: WaitOptions,
): Promise<DescribedExecution> {
  for (;;) {
    await beforeLook?.();
    const execution = await describeExecution(server, executionArn);
    await onLook?.();
    if (hasEnded(execution)) return execution;
    await sleep(server.isAws ? EVERY.aws : EVERY.emulator, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return execution;
  }
}
