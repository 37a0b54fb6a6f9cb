import type { StepFunctions } from "../../emulator/index.ts";
import type { PendingTaskFacts } from "../../emulator/interpreter/pending-task.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { answerProblem } from "../remote/machine-checks.ts";
import type { AnswerProblem, PendingToken, PendingTokens } from "./api.ts";
import type { ConsoleSource } from "./source.ts";
import { stateMachineOf } from "./executions.ts";

export type PendingTask = PendingTaskFacts & { readonly taskToken: string };

/** So many are told: a Distributed Map may wait for tens of thousands. */
const TOLD = 1000;
/** Characters of a task's input. */
const INPUT_SHOWN = 2000;

/** The tasks that wait for their token. */
export function pendingTokens(source: ConsoleSource): PendingTokens {
  const { told, more } = waitingTasks(source.states);
  return { tokens: [...told.values()].map((task) => pendingToken(source, task)), more };
}

export function pendingToken(source: ConsoleSource, task: PendingTask): PendingToken {
  const { taskToken, executionArn, where, since, input, timesOutAt, heartbeatDueAt } = task;
  const stateMachineArn = stateMachineOf(source.states, executionArn);
  const text = JSON.stringify(input);
  return {
    taskToken,
    executionArn,
    stateMachineArn,
    where: source.placeOf?.(stateMachineArn, where) ?? where,
    since,
    input: text.length > INPUT_SHOWN ? `${text.slice(0, INPUT_SHOWN)}…` : text,
    ...(timesOutAt === undefined ? {} : { timesOutAt }),
    ...(heartbeatDueAt === undefined ? {} : { heartbeatDueAt }),
  };
}

/**
 * What the state machine would say of an answer. Of a token that nobody waits for nothing: who sends it is told of that.
 * @param asked of the page: the token, and the answer as a text in JSON
 */
export async function answerProblemOf({ states }: ConsoleSource, asked: object): Promise<AnswerProblem> {
  const { taskToken, output }: { readonly taskToken?: unknown; readonly output?: unknown } = asked;
  const waiting = [...states.taskTokens.pending()].find((task) => task.taskToken === taskToken);
  if (waiting === undefined || typeof output !== "string") return {};
  const { definition } = states.describeStateMachineForExecution({ executionArn: waiting.executionArn });
  const state = (waiting.where.split(" ").at(-1) ?? "").replace(/\[.*$/, "");
  const problem = await answerProblem(definition, state, JSON.parse(output) as Json); // the page has parsed it
  return problem === undefined ? {} : { problem };
}

/** The tasks that have waited longest for their token, by the token, and how many wait beside them. */
export interface WaitingTasks {
  readonly told: ReadonlyMap<string, PendingTask>;
  readonly more: number;
}

export function waitingTasks({ taskTokens }: StepFunctions): WaitingTasks {
  const all = [...taskTokens.pending()];
  return {
    told: new Map(all.slice(0, TOLD).map((task) => [task.taskToken, task])),
    more: Math.max(0, all.length - TOLD),
  };
}
