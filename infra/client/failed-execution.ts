import { messageOf } from "../../sdk/base/errors.ts";
import { ExecutionError, type FailureDetails } from "../run/execution-error.ts";
import type { DescribedExecution } from "../run/remote/executions.ts";
import { sdkHistoryApi } from "../run/remote/sdk-history.ts";
import type { Server } from "../run/remote/server.ts";
import { thrownBy } from "../run/thrown-by.ts";
import { buildTimeline } from "../run/timeline/build.ts";
import { errorDocumentIn } from "../run/timeline/error-document.ts";
import { evaluationError } from "../run/timeline/evaluation-error.ts";
import type { Bar } from "../run/timeline/model.ts";
import { readHistory } from "../run/timeline/read.ts";

/** What an execution failed of, with the place by its history, as `run` tells it. */
export async function failedExecution(
  server: Server,
  ended: DescribedExecution,
  workflow: string | undefined,
): Promise<ExecutionError> {
  try {
    const { bars } = buildTimeline(await readHistory(sdkHistoryApi(server.client), ended.executionArn));
    const failed = bars.filter(({ status, error }) => status === "failed" && error !== undefined);
    return executionError(ended, workflow, { where: whereOf(ended, failed), cause: causeOf(ended, failed) });
  } catch (error) {
    // Whoever may not read the history learns what the execution failed of nevertheless.
    const where = `a place that is not known (its history cannot be read: ${messageOf(error)})`;
    return executionError(ended, workflow, { where });
  }
}

export function executionError(
  { stateMachineArn, executionArn, status, error, cause }: DescribedExecution,
  workflow: string | undefined,
  details: FailureDetails,
): ExecutionError {
  const who = workflow === undefined ? stateMachineArn.split(":").at(-1) : `workflow ${workflow}`;
  const what = `${who} ${status.toLowerCase().replace("_", " ")}`;
  return new ExecutionError(what, error, cause, { cause: thrownBy({ error, cause }), ...details, executionArn });
}

/** The node, with its item: as the message of a batch's error says it, or that of the last call that failed so. */
function whereOf({ error, cause }: DescribedExecution, failed: readonly Bar[]): string | undefined {
  const message = errorDocumentIn(cause)?.message ?? cause ?? "";
  const [, place, map] = /^(([\w.]+?)(?:\[\d+\])+): /.exec(message) ?? [];
  if (place !== undefined && failed.some(({ node }) => node === map)) return place;
  return failed.findLast((bar) => isOf(bar, error, cause))?.label;
}

function isOf(bar: Bar, error: string | undefined, cause: string | undefined): boolean {
  return bar.error === error && (bar.cause === cause || bar.cause === evaluationError(cause));
}

/** Of a map with too few successes, all of its items' errors in one. */
function causeOf({ error, cause }: DescribedExecution, failed: readonly Bar[]): unknown {
  const items =
    error === "TooFewSucceeded" ? failed.filter(({ label }) => label.startsWith(`${cause?.split(":", 1)[0]}[`)) : [];
  return items.length > 0 ? new AggregateError(items.map(thrownBy), cause) : thrownBy({ error, cause });
}
