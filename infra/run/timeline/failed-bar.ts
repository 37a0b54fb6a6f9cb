import { errorDocumentIn } from "./error-document.ts";
import type { Bar, Timeline } from "./model.ts";

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
