import type { ExecutionDescription } from "../../emulator/index.ts";
import type { ConsoleSource } from "./source.ts";

/** A timeline as JSON, and what it took to make it. */
interface Made {
  readonly executionArn: string;
  /** The execution's, then. */
  readonly status: string;
  readonly text: string;
  /** When, and how long that took, in milliseconds. */
  readonly at: number;
  readonly tookMs: number;
}

/** Of this process's time, timelines take a fourth at most: it runs the executions too. */
const SHARE = 4;

/** Makes timelines of executions, also of such as run. */
export class Timelines {
  readonly #source: ConsoleSource;
  /** The one that was made last: pages ask for the same again and again while it grows. */
  #last: Made | undefined;
  #making: Promise<unknown> = Promise.resolve();

  constructor(source: ConsoleSource) {
    this.#source = source;
  }

  /**
   * @returns the timeline as JSON: as it is now, or as it was a moment ago where making it takes long
   * @throws {ApiError} if there is no such execution
   */
  async of(executionArn: string): Promise<string> {
    // One after the other, so that several pages which ask at the same time get the same one.
    const made = this.#making.then(() => this.#lately(executionArn) ?? this.#make(executionArn));
    this.#making = made.catch(() => undefined);
    return (await made).text;
  }

  #lately(executionArn: string): Made | undefined {
    const last = this.#last;
    if (last === undefined || last.executionArn !== executionArn) return undefined;
    if (this.#described(executionArn).status !== last.status) return undefined;
    return performance.now() - last.at < (SHARE - 1) * last.tookMs ? last : undefined;
  }

  async #make(executionArn: string): Promise<Made> {
    // What makes timelines is loaded when one is asked for, and that is not counted as the time that one takes.
    const { makeTimeline } = await import("./make-timeline.ts");
    const began = performance.now();
    const { stateMachineArn, status } = this.#described(executionArn);
    const text = await makeTimeline(this.#source, executionArn, stateMachineArn);
    const at = performance.now();
    this.#last = { executionArn, status, text, at, tookMs: at - began };
    return this.#last;
  }

  #described(executionArn: string): ExecutionDescription {
    return this.#source.states.describeExecution({ executionArn, includedData: "METADATA_ONLY" });
  }
}
