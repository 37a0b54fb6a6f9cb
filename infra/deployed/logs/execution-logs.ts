import type { ChildHistory, ExecutionHistory } from "../../run/timeline/history.ts";
import type { LogLine, LogSource } from "./log-line.ts";
import { Places } from "./places.ts";

/**
 * Of what functions print, that of one execution. Lines that say themselves for which execution they are come at once;
 * others when the receipt of their invocation is in the history, which is when it has ended.
 * @param readHistory the execution's as it is now, with its child executions'
 */
export function linesOfExecution(
  source: LogSource,
  executionArn: string,
  readHistory: () => Promise<ExecutionHistory>,
): LogSource {
  let waiting: readonly LogLine[] = [];
  return {
    every: source.every,
    async next() {
      const lines = [...waiting, ...(await source.next())];
      if (lines.length === 0) return [];
      const history = await readHistory();
      const own = new Set([executionArn, ...(history.children ?? []).map(childArn)]);
      const places = new Places(history);
      const told = lines.map((line) => ({ line, placed: placed(line, own, places) }));
      waiting = told.filter((one) => one.placed === undefined && isOpen(one.line)).map(({ line }) => line);
      return told.flatMap((one) => one.placed ?? []);
    },
    close: () => source.close(),
  };
}

function placed(line: LogLine, own: ReadonlySet<string>, places: Places): LogLine | undefined {
  if (line.executionArn === undefined) return places.placed(line);
  return own.has(line.executionArn) ? line : undefined;
}

/** Of `…:mapRun:<machine>/<label>:<id>` the child executions are `…:execution:<machine>/<label>:<name>`. */
function childArn({ mapRunArn, name }: ChildHistory): string {
  return `${mapRunArn.replace(":mapRun:", ":execution:").replace(/[^:]*$/, "")}${name}`;
}

/** Whether it is of the state machine, or of a child execution of it. */
export function isOfMachine(executionArn: string, stateMachineArn: string): boolean {
  const executions = stateMachineArn.replace(":stateMachine:", ":execution:");
  return executionArn.startsWith(`${executions}:`) || executionArn.startsWith(`${executions}/`);
}

/** Whether it may still turn out to be of the execution. */
function isOpen({ executionArn }: LogLine): boolean {
  return executionArn === undefined;
}

/** Of what functions print, that of all executions of a state machine; and what does not say for which it is. */
export function linesOfMachine(source: LogSource, stateMachineArn: string): LogSource {
  return {
    every: source.every,
    async next() {
      const lines = await source.next();
      return lines.filter(
        ({ executionArn }) => executionArn === undefined || isOfMachine(executionArn, stateMachineArn),
      );
    },
    close: () => source.close(),
  };
}
