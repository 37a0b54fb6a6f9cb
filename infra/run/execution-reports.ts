import type { GraphData } from "../../sdk/graph/graph.ts";
import { messageOf } from "../../sdk/base/errors.ts";
import type { Progress, StepFunctions } from "../emulator/index.ts";
import { explain } from "./execution-error.ts";
import { ExecutionLog, type LogLevel } from "./execution-log.ts";
import type { Served } from "./serve-options.ts";
import { costIfKnown } from "./timeline/cost.ts";
import { KeptTimelines } from "./timeline/files/kept-timelines.ts";
import type { ExecutionHistory } from "./timeline/history.ts";
import { readHistory } from "./timeline/read.ts";

export interface ReportOptions {
  /** The project's, for timelines. */
  readonly root: string;
  /** Of whose prices timelines tell what an execution would cost. */
  readonly region: string;
  readonly level: LogLevel;
  readonly say: (text: string) => void;
  readonly colours: boolean;
}

type Ended = Extract<Progress, { readonly type: "execution-ended" }>;

/** Says what happens in the executions of a service, and draws a timeline of each that ends. */
export class ExecutionReports {
  readonly #log: ExecutionLog;
  readonly #timelines: KeptTimelines;
  readonly #region: string;
  #served: Served | undefined;

  constructor({ root, region, ...options }: ReportOptions) {
    this.#region = region;
    this.#log = new ExecutionLog({
      ...options,
      nameOf: (arn) => this.#workflowOf(arn),
      graphOf: (arn) => this.#graphOf(arn),
    });
    this.#timelines = new KeptTimelines(root);
  }

  /** For `ServeOptions`: what the emulator tells. */
  readonly see = (event: Progress): void => {
    const served = this.#served;
    if (served === undefined) return;
    if (event.type === "execution-ended" && event.execution.root === undefined) {
      void this.#drawn(event, served).then((note) => this.#served && this.#log.ended(event, note));
    } else this.#log.see(event);
  };

  /** To be called when the service is there. */
  follow(served: Served): void {
    this.#served = served;
  }

  /** From now on nothing is said: what still runs is aborted because the service is closed. */
  close(): void {
    this.#served = undefined;
    this.#log.close();
  }

  /** @returns where the execution's timeline is, or why it has none */
  async #drawn({ execution, failure }: Ended, served: Served): Promise<string | undefined> {
    const { arn, stateMachineArn, stateMachineName, name } = execution;
    const machine = this.#workflowOf(stateMachineArn) ?? stateMachineName;
    try {
      const { functions, emulator } = served;
      const { states } = emulator;
      const why = failure && explain(failure.error, failure.cause, failure.explanation);
      return await this.#timelines.add({
        machine,
        name,
        history: () => historyOf(states, arn, machine, why),
        cost: (history) => costIfKnown(history, functions, this.#region),
      });
    } catch (error) {
      return `without a timeline: ${messageOf(error)}`;
    }
  }

  #graphOf(stateMachineArn: string): GraphData | undefined {
    const name = this.#workflowOf(stateMachineArn);
    return this.#served?.description.workflows.find(({ workflow }) => workflow === name);
  }

  #workflowOf(stateMachineArn: string): string | undefined {
    return [...(this.#served?.stateMachines ?? [])].find(([, arn]) => arn === stateMachineArn)?.[0];
  }
}

async function historyOf(
  states: StepFunctions,
  executionArn: string,
  machine: string,
  failure: string | undefined,
): Promise<ExecutionHistory> {
  return { ...(await readHistory(states, executionArn, { machine })), ...(failure === undefined ? {} : { failure }) };
}
