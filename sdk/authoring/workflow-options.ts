import { EXPRESS_SECONDS } from "../base/aws-limits.ts";
import { LambentError, refuseUnknown } from "../base/errors.ts";
import { FAILURE_POLICIES, type StateMachineOptions } from "../graph/graph.ts";
import { given } from "./given.ts";
import type { FailureHandler } from "./on-failure.ts";
import { checkNodeOptions } from "./task.ts";
import type { Schema } from "../values/standard-schema.ts";

/** What a workflow may be given beside its inputs and its function. */
export interface WorkflowOptions<I = {}> extends StateMachineOptions {
  /** Default: the function's own. */
  readonly name?: string;
  /**
   * A task or a workflow that is called with `{ inputs, error }` when the workflow fails by anything that AWS lets a
   * state machine catch: not by its own `timeout`, nor by inputs that it refuses. The execution then fails with its own
   * error and cause, also where this call fails too.
   */
  readonly onFailure?: FailureHandler<I>;
  /**
   * A schema of what the function returns: a task looks at that before the execution ends, which fails with
   * `InvalidOutput` where it does not fit. What the schema makes of it is the workflow's output.
   */
  readonly output?: Schema;
}

/** @throws {LambentError} for options that are unknown or do not fit */
export function checkMachine(workflow: string, options: StateMachineOptions): void {
  const { type, schedule: _, timeout, failurePolicy, maxDepth, ...unknown } = options;
  const known = ["name", "type", "schedule", "timeout", "onFailure", "output", "failurePolicy", "maxDepth"];
  refuseUnknown(`workflow ${workflow}`, unknown, known);
  if (type !== undefined && type !== "STANDARD" && type !== "EXPRESS") {
    throw new LambentError(`workflow ${workflow}: type must be "STANDARD" or "EXPRESS", not ${given(type)}`);
  }
  if (timeout !== undefined) checkNodeOptions(`workflow ${workflow}`, { timeout });
  if (type === "EXPRESS" && timeout !== undefined && timeout > EXPRESS_SECONDS) {
    throw new LambentError(
      `workflow ${workflow}: timeout must be ${EXPRESS_SECONDS} seconds at most, which an EXPRESS execution lasts, not ${timeout}`,
    );
  }
  if (maxDepth !== undefined && !(Number.isInteger(maxDepth) && maxDepth >= 0)) {
    throw new LambentError(
      `workflow ${workflow}: maxDepth must be a whole number, 0 or more, of executions around one, not ${given(maxDepth)}`,
    );
  }
  if (failurePolicy !== undefined && !FAILURE_POLICIES.includes(failurePolicy)) {
    throw new LambentError(
      `workflow ${workflow}: failurePolicy must be "atOnce" or "afterExecutable", not ${given(failurePolicy)}`,
    );
  }
}

/** A workflow's name ends its state machine's, which has 80 characters for service, stage and this. */
export function checkName(name: string): void {
  if (name === "") {
    throw new LambentError("a workflow needs a name: write `workflow({…}, function name({…}) {…})` or pass { name }");
  }
  if (!/^[\w-]{1,60}$/.test(name)) {
    throw new LambentError(
      `workflow ${JSON.stringify(name)}: its name becomes a state machine's: 1 to 60 letters, digits, "-" and "_"`,
    );
  }
}
