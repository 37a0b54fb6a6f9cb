import { buildTimeline } from "./build.ts";
import { errorDocumentIn } from "./error-document.ts";
import type { Bar, Timeline } from "./model.ts";
import { type HistoryApi, readHistory } from "./read.ts";

/** Of what DescribeExecution answers. */
interface EndedExecution {
  readonly executionArn: string;
  readonly status: string;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/**
 * Reads where an execution failed: see {@link failedAt}. Throws what the API throws.
 * @returns undefined also if it did not fail, or has no history, as executions of type EXPRESS
 */
export async function readFailedNode(api: HistoryApi, execution: EndedExecution): Promise<string | undefined> {
  const { executionArn, status, error, cause } = execution;
  if (status !== "FAILED" || executionArn.split(":")[5] === "express") return undefined;
  return failedAt(buildTimeline(await readHistory(api, executionArn)), error, cause);
}

/**
 * Where an execution failed, as its author knows it: `score[1]`.
 * @returns undefined if no task's error is that of the execution, as where the workflow itself says that it fails
 */
export function failedAt({ bars }: Pick<Timeline, "bars">, error: string | undefined, cause = ""): string | undefined {
  const message = errorDocumentIn(cause)?.message ?? cause;
  function isIt(bar: Bar): boolean {
    if (bar.status !== "failed" || bar.error !== error) return false;
    const own = errorDocumentIn(bar.cause)?.message ?? bar.cause ?? "";
    // An item's error has the item before it, where it is one of a batch.
    return own === message || message.endsWith(`: ${own}`);
  }
  return bars.filter(({ kind }) => kind !== "batch").findLast(isIt)?.label;
}
