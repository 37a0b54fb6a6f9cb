import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import type { Dataflow, Inspection, View } from "../../language/language.ts";
import type { Variables } from "./variables.ts";
import type { Step } from "./program.ts";
import type { Thread } from "./thread.ts";

/** The types of state that have a Retry, and so a RetryCount. */
const RETRIED = new Set(["Task", "Map", "Parallel"]);

/** One stay in a state, over all its attempts. */
export class Visit implements View {
  readonly thread: Thread;
  readonly step: Step;
  readonly input: Json;
  /** The id of the `…StateEntered` event. */
  readonly entered: number;
  readonly enteredTime: number;
  selected: Json;
  effective: Json;
  result: Json | undefined;
  errorOutput: Json | undefined;
  retryCount = 0;
  #entered: string | undefined;
  taskToken: string | undefined;
  /** Where to go and how to leave; a Choice rule or a catcher sets its own. */
  next: string | undefined;
  flow: Dataflow;

  constructor(thread: Thread, step: Step, input: Json) {
    this.thread = thread;
    this.step = step;
    this.input = input;
    if (thread.run.inspection !== undefined) thread.run.inspection.input = input;
    this.selected = input;
    this.effective = input;
    this.next = step.next;
    this.flow = step.flow;
    this.enteredTime = thread.run.clock.now();
    const details = { name: step.name, input };
    this.entered = thread.record(step.entered, details);
    thread.at = details;
    thread.outputs = undefined;
  }

  get inspection(): Inspection | undefined {
    return this.thread.run.inspection;
  }

  get variables(): Variables {
    return this.thread.variables;
  }

  context(): JsonObject {
    return this.#context(this.thread);
  }

  /** The view of a Map's ItemSelector: this state's, with the item in the context object. */
  forItem(line: Thread): View {
    let context: JsonObject | undefined;
    const { input, selected, effective, variables, inspection } = this;
    return {
      input,
      selected,
      effective,
      variables,
      inspection,
      result: undefined,
      errorOutput: undefined,
      context: () => (context ??= this.#context(line)),
      now: () => this.now(),
      random: () => this.random(),
      uuid: () => this.uuid(),
      giveWay: () => this.giveWay(),
    };
  }

  #context({ run, item }: Thread): JsonObject {
    if (run.givenContext !== undefined) return run.givenContext;
    return {
      ...run.context,
      State: {
        Name: this.step.name,
        EnteredTime: this.#enteredText(),
        ...(RETRIED.has(this.step.type) ? { RetryCount: this.retryCount } : {}),
      },
      ...(item === undefined ? {} : { Map: { Item: item } }),
      ...(this.taskToken === undefined ? {} : { Task: { Token: this.taskToken } }),
    };
  }

  #enteredText(): string {
    this.#entered ??= new Date(this.enteredTime).toISOString();
    return this.#entered;
  }

  now(): number {
    return this.thread.run.clock.now();
  }

  random(): number {
    return this.thread.run.identity.random();
  }

  uuid(): string {
    return this.thread.run.identity.uuid();
  }

  giveWay(): Promise<void> {
    return this.thread.giveWay();
  }
}
