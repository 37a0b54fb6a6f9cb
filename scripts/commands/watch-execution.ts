import { explain } from "../../infra/run/execution-error.ts";
import type { DescribedExecution } from "../../infra/run/remote/executions.ts";
import type { Server } from "../../infra/run/remote/server.ts";
import { failedNode } from "../../infra/run/remote/failed-node.ts";
import { MapWatch } from "../../infra/run/remote/map-progress.ts";
import { waitForEnd } from "../../infra/run/remote/wait-for-end.ts";
import { shortName } from "../../infra/run/timeline/short-name.ts";
import { indentedJson, jsonWithTexts } from "./print-json.ts";
import { ProgressLines } from "./progress-lines.ts";
import { tookText } from "./print-table.ts";

interface Printed {
  readonly json?: boolean;
}

/** As shells have it for what SIGINT has ended. */
const INTERRUPTED = 130;

/**
 * Wait for an execution's end and print what it returns. On Ctrl-C the wait ends, and the execution goes on.
 * @param begin starts it, or knows it: Ctrl-C is heeded from here on
 * @returns the exit code
 */
export async function watchExecution(
  server: Server,
  begin: () => string | Promise<string>,
  options: Printed,
): Promise<number> {
  const interruption = new AbortController();
  function interrupt(): void {
    interruption.abort();
  }
  process.once("SIGINT", interrupt);
  try {
    const executionArn = await begin();
    const lines = new ProgressLines(process.stderr);
    const watch = lines.isShown ? await MapWatch.of(server, executionArn) : undefined;
    async function look(): Promise<void> {
      // That AWS refuses a request, of which there are too many at once in an account, does not end the wait.
      const maps = await watch?.look().catch(() => undefined);
      if (maps !== undefined) lines.draw(maps);
    }
    const execution = await waitForEnd(server, executionArn, { signal: interruption.signal, onLook: look });
    if (!interruption.signal.aborted) return ended(execution, options, await failedNode(server, execution));
    console.error(
      `${executionArn} goes on. To wait for it: lambent describe ${executionArn} --wait; to stop it: lambent stop ${executionArn}`,
    );
    return INTERRUPTED;
  } finally {
    process.off("SIGINT", interrupt);
  }
}

/**
 * Print an execution that has ended: on stdout what it returned, or all of it as JSON.
 * @param failed the node that it failed at
 * @returns the exit code
 */
export function ended(execution: DescribedExecution, { json }: Printed, failed?: string): number {
  const { name, stateMachineArn, status, startDate, stopDate, output, error, cause } = execution;
  const hasSucceeded = status === "SUCCEEDED";
  if (json === true) console.log(executionJson(execution));
  else if (hasSucceeded) console.log(indentedJson(output ?? "null"));
  const what = `${stateMachineArn.split(":")[6]} ${shortName(name)} ${status} after ${tookText(startDate, stopDate)}`;
  const isTold = error !== undefined || cause !== undefined;
  console.error(
    hasSucceeded || !isTold
      ? what
      : `${what}${failed === undefined ? "" : ` at ${failed}`}: ${explain(error, cause, undefined)}`,
  );
  return hasSucceeded ? 0 : 1;
}

/**
 * An execution for programs: input and output are values and no texts, and what it does not have is left out.
 * @param more fields that it has beside
 */
export function executionJson({ input, output, ...execution }: DescribedExecution, more: object = {}): string {
  return jsonWithTexts({ ...execution, ...more }, { input, output });
}
