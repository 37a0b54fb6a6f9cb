import type { LaunchPlanData } from "../../sdk/graph/graph.ts";
import type { Definition } from "./compile.ts";
import { literal, query } from "./expression.ts";

/** EventBridge Scheduler writes the time for it that the schedule has named, in whatever its target is given. */
const SCHEDULED_TIME = "<aws.scheduler.scheduled-time>";

/** Executions in one answer: a state's output has room for 262,144 bytes, and each of these has 1,000 at most. */
const PAGE = 200;

/** The input of the state machine that launches. */
const GIVEN = "$states.context.Execution.Input";

/** What a schedule gives the state machine that launches. */
export function launchInput({ input }: LaunchPlanData): string {
  return JSON.stringify({ scheduled: SCHEDULED_TIME, input });
}

/**
 * The state machine that starts an execution of a launch plan if fewer than its `maxConcurrent` run, and else says that it
 * has not. Its executions are named after the plan and the time, so that a schedule which fires twice, as
 * EventBridge Scheduler may, starts one.
 * @param machineName the name of the workflow's state machine, of the same account and region
 */
export function launcherDefinition({ name, maxConcurrent = 1 }: LaunchPlanData, machineName: string): Definition {
  const machine = query(
    `$substringBefore($states.context.StateMachine.Id, ":stateMachine:") & ${literal(`:stateMachine:${machineName}`)}`,
  );
  const prefix = `${name}-`;
  const own = `$filter($states.result.Executions, function($one) { $substring($one.Name, 0, ${prefix.length}) = ${literal(prefix)} })`;
  return {
    Comment: `launch plan ${name}: ${maxConcurrent} at once at most, compiled by Lambent`,
    QueryLanguage: "JSONata",
    StartAt: "Begin",
    States: {
      Begin: { Type: "Pass", Assign: { running: 0, next: null }, Next: "Count" },
      Count: {
        Type: "Task",
        Resource: "arn:aws:states:::aws-sdk:sfn:listExecutions",
        Arguments: query(
          `$merge([{"StateMachineArn": ${machine.slice(2, -2).trim()}, "StatusFilter": "RUNNING", "MaxResults": ${PAGE}}, $next = null ? {} : {"NextToken": $next}])`,
        ),
        Assign: {
          running: query(`$running + $count(${own})`),
          next: query("$exists($states.result.NextToken) ? $states.result.NextToken : null"),
        },
        Output: {},
        Retry: [RETRY],
        Next: "IsThereRoom",
      },
      IsThereRoom: {
        Type: "Choice",
        Choices: [
          { Condition: query(`$running >= ${maxConcurrent}`), Next: "Skipped" },
          { Condition: query("$next != null"), Next: "Count" },
        ],
        Default: "Launch",
      },
      Launch: {
        Type: "Task",
        Resource: "arn:aws:states:::states:startExecution",
        Arguments: {
          StateMachineArn: machine,
          Name: query(`${literal(prefix)} & $replace($replace(${GIVEN}.scheduled, ":", ""), ".", "")`),
          Input: query(`${GIVEN}.input`),
        },
        Retry: [{ ErrorEquals: [STARTED], MaxAttempts: 0 }, RETRY],
        Catch: [
          {
            ErrorEquals: [STARTED],
            Output: { launched: false, why: "this time's execution has been started before" },
            Next: "Launched",
          },
        ],
        Output: { launched: true, execution: query("$states.result.ExecutionArn") },
        Next: "Launched",
      },
      Launched: { Type: "Succeed" },
      Skipped: {
        Type: "Succeed",
        Output: {
          launched: false,
          why: query(`$string($running) & " executions run, and maxConcurrent is ${maxConcurrent}"`),
        },
      },
    },
  };
}

const STARTED = "StepFunctions.ExecutionAlreadyExistsException";

const RETRY = {
  ErrorEquals: ["States.TaskFailed"],
  IntervalSeconds: 1,
  MaxAttempts: 5,
  BackoffRate: 2,
  JitterStrategy: "FULL",
};
