import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { LambentError } from "../../sdk/base/errors.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { Receipt } from "../../sdk/invocation/receipt.ts";
import type { GraphData } from "../../sdk/graph/graph.ts";
import { decodeValue, encodeValue } from "../../sdk/values/crossing.ts";
import { serverError } from "../run/remote/at-server.ts";
import {
  type DescribedExecution,
  describeExecution,
  hasEnded,
  type Signal,
  stopExecution,
} from "../run/remote/executions.ts";
import { readEvents } from "../run/remote/read-events.ts";
import { sdkHistoryApi } from "../run/remote/sdk-history.ts";
import type { Server } from "../run/remote/server.ts";
import { signalExecution } from "../run/remote/signal-task.ts";
import { waitForEnd } from "../run/remote/wait-for-end.ts";
import { bars } from "../run/timeline/executions.ts";
import { readHistory } from "../run/timeline/read.ts";
import { answerCheck } from "./answer.ts";
import { failedExecution } from "./failed-execution.ts";
import type { Pace } from "./pace.ts";
import { findFiles } from "./result-files.ts";

/**
 * As Step Functions' DescribeExecution has it.
 * @example
 * const hasEnded = (status: ExecutionStatus) => status !== "RUNNING";
 */
export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED" | "PENDING_REDRIVE";

/**
 * How long `result()` waits. The execution goes on when it waits no more.
 * @example
 * const options: ResultOptions = { timeoutSeconds: 30 };
 */
export interface ResultOptions {
  /** Rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Rejects with a {@link StillRunning} after so many seconds. Default: as long as it takes. */
  readonly timeoutSeconds?: number;
}

/**
 * As Step Functions' StopExecution has them.
 * @example
 * const options: CancelOptions = { error: "Superseded", cause: "order 4711 was changed" };
 */
export interface CancelOptions {
  /** The name of what it ends with, as that of an error. */
  readonly error?: string;
  /** What there is to say of it. */
  readonly cause?: string;
}

/**
 * What a task that waits is told: its output, an error, or that whoever works on it is still there.
 * @example
 * const answer: TaskSignal = { node: "approve", output: { by: "Ada" } };
 */
export type TaskSignal = {
  /** The node that waits, of a map with its item: `approve`, `approve[3]`. Not needed if one waits alone. */
  readonly node?: string;
} & (
  | { readonly output: unknown; readonly error?: never; readonly cause?: never; readonly heartbeat?: never }
  | { readonly error: string; readonly cause?: string; readonly output?: never; readonly heartbeat?: never }
  | { readonly heartbeat: true; readonly output?: never; readonly error?: never; readonly cause?: never }
);

/**
 * One execution. Of an EXPRESS workflow it has ended, and there is its result alone: the other questions are refused.
 * @example
 * const execution: ExecutionHandle<number> = await new Client().start(wf, { initValue: 2 });
 * console.log(await execution.result({ timeoutSeconds: 60 }));
 */
export interface ExecutionHandle<O> {
  /** By which `client.attach`, commands and the API find it. */
  readonly executionArn: string;
  /** The last part of its ARN. */
  readonly name: string;
  /**
   * What the workflow returns, as `run` of `lambent/local` gives it: files are `S3File`s. It asks every 2 s on AWS, of all
   * executions of a client together no more than 5 times a second, and every 250 ms an emulator.
   * @throws {ExecutionError} if the execution does not succeed
   * @throws {StillRunning} if it has not ended after `timeoutSeconds`
   */
  result(options?: ResultOptions): Promise<O>;
  /** Where it is now. */
  status(): Promise<ExecutionStatus>;
  /** All events so far, as GetExecutionHistory has them. */
  history(): Promise<HistoryEvent[]>;
  /** What replicas told of each invocation so far, those in the child executions of large maps included. */
  receipts(): Promise<Receipt[]>;
  /** End it. @throws {LambentError} if it has ended already */
  cancel(options?: CancelOptions): Promise<void>;
  /**
   * Answer a task that waits. An answer is looked at before it is sent: by its schema in full, if this handle was made
   * with the workflow, and as the state machine looks at it.
   * @throws {LambentError} that tells which wait, if it is not one alone that is meant
   * @throws {InvalidAnswer} if the answer is not what the node takes, which waits on
   */
  signal(answer: TaskSignal): Promise<void>;
}

/**
 * `result()` was to wait so long and no longer. The execution goes on; call `result()` again, or `client.attach` later.
 * @example
 * try {
 *   await (await new Client().attach("monday")).result({ timeoutSeconds: 5 });
 * } catch (error) {
 *   if (error instanceof StillRunning) console.error(error.executionArn);
 * }
 */
export class StillRunning extends LambentError {
  override readonly name = "StillRunning";
  /** The execution that was waited for. */
  readonly executionArn: string;

  constructor(executionArn: string, seconds: number) {
    super(`${executionArn} still runs after ${seconds} s: it goes on, and client.attach(…) finds it again`);
    this.executionArn = executionArn;
  }
}

/** An execution of which Step Functions keeps what happens. */
export class StandardExecution<O> implements ExecutionHandle<O> {
  readonly executionArn: string;
  readonly name: string;
  readonly #server: Server;
  readonly #pace: Pace;
  readonly #graph: GraphData | undefined;

  /** @param graph its workflow's, for messages and for what answers have to be. Default: what the server knows */
  constructor(executionArn: string, server: Server, pace: Pace, graph: GraphData | undefined) {
    this.executionArn = executionArn;
    this.name = executionArn.split(":").at(-1) ?? "";
    this.#server = server;
    this.#pace = pace;
    this.#graph = graph;
  }

  async result({ signal, timeoutSeconds }: ResultOptions = {}): Promise<O> {
    const patience = patienceOf(timeoutSeconds);
    const signals = [signal, patience].filter((one) => one !== undefined);
    const ended = await this.#ask((server) => this.#end(server, AbortSignal.any(signals)));
    if (!hasEnded(ended)) {
      signal?.throwIfAborted();
      throw new StillRunning(this.executionArn, timeoutSeconds ?? 0);
    }
    if (ended.status === "SUCCEEDED") return resultOf<O>(ended, this.#server);
    throw await failedExecution(this.#server, ended, this.#graph?.workflow);
  }

  async status(): Promise<ExecutionStatus> {
    const { status } = await this.#ask((server) => describeExecution(server, this.executionArn));
    return status as ExecutionStatus; // AWS has these
  }

  history(): Promise<HistoryEvent[]> {
    return this.#ask(({ client }) => readEvents(client, this.executionArn));
  }

  async receipts(): Promise<Receipt[]> {
    const history = await this.#ask(({ client }) => readHistory(sdkHistoryApi(client), this.executionArn));
    const all = [history.events, ...(history.children ?? []).map(({ events = [] }) => events)];
    return all.flatMap(bars).map(({ receipt }) => receipt);
  }

  async cancel({ error, cause }: CancelOptions = {}): Promise<void> {
    await this.#ask((server) => stopExecution(server, this.executionArn, { error, cause }));
  }

  async signal(answer: TaskSignal): Promise<void> {
    const check = this.#graph === undefined ? undefined : answerCheck(this.#graph);
    await this.#ask((server) => signalExecution(server, this.executionArn, answer.node, signalOf(answer), check));
  }

  async #end(server: Server, signal: AbortSignal): Promise<DescribedExecution> {
    const beforeLook = server.isAws ? () => this.#pace.turn(signal) : undefined;
    return waitForEnd(server, this.executionArn, { signal, beforeLook });
  }

  #ask<T>(ask: (server: Server) => Promise<T>): Promise<T> {
    return ask(this.#server).catch((error: unknown) => {
      throw serverError(error, this.#server, this.executionArn);
    });
  }
}

/** @throws {LambentError} if it is no number of seconds that a timer takes */
function patienceOf(seconds: number | undefined): AbortSignal | undefined {
  if (seconds === undefined) return undefined;
  if (!(seconds >= 0 && seconds <= MOST_SECONDS))
    throw new LambentError(`result(…): timeoutSeconds must be a number from 0 to ${MOST_SECONDS}, not ${seconds}`);
  return AbortSignal.timeout(seconds * 1000);
}

/** Longer timers Node does not take; it is 24 days. */
const MOST_SECONDS = 2_147_483;

/** What a workflow returned. */
export async function resultOf<O>({ output }: DescribedExecution, server: Server): Promise<O> {
  const result = decodeValue(JSON.parse(output ?? "null") as Json); // of JSON
  await findFiles(result, server);
  return result as O; // by the workflow's type
}

/** @throws {LambentError} if it says nothing, or JSON cannot carry the output */
function signalOf(answer: TaskSignal): Signal {
  if ("output" in answer) return { kind: "success", output: JSON.stringify(encodeValue(answer.output, "output")) };
  if ("heartbeat" in answer) return { kind: "heartbeat" };
  if ("error" in answer) return { kind: "failure", error: answer.error, cause: answer.cause };
  throw new LambentError("signal(…) takes an output, an error or heartbeat: true");
}
