import { LambentError } from "../../../sdk/base/errors.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { atExecution } from "./at-execution.ts";
import { atServer } from "./at-server.ts";
import { definitionOf, sendSignal, type Signal } from "./executions.ts";
import { InvalidAnswer } from "./invalid-answer.ts";
import { answerProblem } from "./machine-checks.ts";
import { choosePending, pendingTokens } from "./pending-tokens.ts";
import type { Server, ServerPlace } from "./server.ts";

/** A task that waits for its token: by that, or by its execution and node. */
export type SignalledTask =
  | { readonly token: string }
  | { readonly execution: string; readonly node?: string | undefined };

/** @throws {InvalidAnswer} if the answer, a text in JSON, is none for the state */
export type AnswerCheck = (state: string, answer: string) => Promise<void>;

/** Which task has been told. */
export interface Signalled {
  readonly token: string;
  readonly node?: string;
  readonly executionArn?: string;
}

/** @throws {LambentError} if no such task waits, or its state machine does not take the answer */
export async function signalTask(place: ServerPlace, task: SignalledTask, signal: Signal): Promise<Signalled> {
  if ("token" in task) {
    return atServer(place, "this token", async (server) => {
      await sendSignal(server, task.token, signal);
      return { token: task.token };
    });
  }
  return atExecution({ ...place, execution: task.execution }, (server, executionArn) =>
    signalExecution(server, executionArn, task.node, signal),
  );
}

/**
 * Tell a task of an execution.
 * @param named as `approve` or `approve[3]`; without it there has to be one alone that waits
 * @param check looks at an answer in full, by what is known of the state that waits
 * @throws {LambentError} if no such task waits
 * @throws {InvalidAnswer} if its state machine does not take the answer; the task waits on
 */
export async function signalExecution(
  server: Server,
  executionArn: string,
  named: string | undefined,
  signal: Signal,
  check?: AnswerCheck,
): Promise<Signalled> {
  const { node, state, tokens } = choosePending(await pendingTokens(server, executionArn), named, executionArn);
  if (signal.kind === "success") {
    await check?.(state, signal.output);
    const answer = JSON.parse(signal.output) as Json; // of JSON, which both callers have made
    const problem = await answerProblem(await definitionOf(server, executionArn), state, answer);
    if (problem !== undefined) throw new InvalidAnswer(problem);
  }
  const token = await sendToFirst(server, tokens, signal);
  if (token !== undefined) return { token, node, executionArn };
  throw new LambentError(
    `${node} of ${executionArn} waits for its token, which is not in what the history has of its call: give it with --token`,
  );
}

/** @returns the token that was one; undefined if none was */
async function sendToFirst(server: Server, tokens: readonly string[], signal: Signal): Promise<string | undefined> {
  for (const token of tokens) {
    try {
      await sendSignal(server, token, signal);
      return token;
    } catch (error) {
      if (!(error instanceof Error && error.name === "InvalidToken")) throw error;
    }
  }
  return undefined;
}
