import { CONSOLE_LEVELS, isLogged, jsonLogLine } from "../sdk/base/json-log.ts";
import { currentScope } from "../sdk/invocation/scope.ts";

/**
 * Where a function's logs are JSON, have each line that a task prints by `console` say for which execution, node, task and
 * item it was printed, and on which replica. The rest of the line is what Lambda's runtime writes; what is printed
 * outside of a task is left to that. The items of a batch that run side by side each have their own.
 */
export function addFieldsToConsole(): void {
  const { AWS_LAMBDA_LOG_LEVEL: least } = process.env;
  for (const [method, level] of Object.entries(CONSOLE_LEVELS)) {
    if (isLogged(level, least)) addFields(method as keyof typeof CONSOLE_LEVELS, level); // `entries` forgets the keys
  }
}

function addFields(method: keyof typeof CONSOLE_LEVELS, level: string): void {
  const print = console[method];
  console[method] = (...values: unknown[]) => {
    const context = currentScope.getStore()?.context;
    if (context === undefined) {
      print(...values);
      return;
    }
    const { requestId, executionId: execution, node, taskName: task, item, replica, traceparent } = context;
    // In this format Lambda takes a line of JSON as it is, and its level from it.
    process.stdout.write(
      `${jsonLogLine(level, requestId, values, { execution, node, task, item, replica, traceparent })}\n`,
    );
  };
}
