import { LambentError } from "../../sdk/base/errors.ts";
import type { DescribedExecution } from "../run/remote/executions.ts";
import type { Server } from "../run/remote/server.ts";
import type { ExecutionHandle, ExecutionStatus } from "./execution.ts";
import { resultOf } from "./execution.ts";
import { executionError } from "./failed-execution.ts";

/** An EXPRESS execution, which has ended: its end is all that Step Functions tells of it. */
export class ExpressExecution<O> implements ExecutionHandle<O> {
  readonly executionArn: string;
  readonly name: string;
  readonly #workflow: string;
  readonly #ended: DescribedExecution;
  readonly #server: Server;

  constructor(ended: DescribedExecution, server: Server, workflow: string) {
    this.executionArn = ended.executionArn;
    this.name = ended.name;
    this.#workflow = workflow;
    this.#ended = ended;
    this.#server = server;
  }

  async result(): Promise<O> {
    if (this.#ended.status === "SUCCEEDED") return resultOf<O>(this.#ended, this.#server);
    throw executionError(this.#ended, this.#workflow, {});
  }

  async status(): Promise<ExecutionStatus> {
    return this.#ended.status as ExecutionStatus; // AWS has these
  }

  history(): Promise<never> {
    return this.#refuse("history()", "Step Functions keeps no events of it: they are in its state machine's log");
  }

  receipts(): Promise<never> {
    return this.#refuse("receipts()", "Step Functions keeps no events of it, in which receipts are");
  }

  cancel(): Promise<never> {
    return this.#refuse("cancel()", "it has ended");
  }

  signal(): Promise<never> {
    return this.#refuse("signal(…)", "it has ended");
  }

  async #refuse(question: string, why: string): Promise<never> {
    throw new LambentError(`${question} of an EXPRESS execution of workflow ${this.#workflow}: ${why}`);
  }
}
