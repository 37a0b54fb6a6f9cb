import type { Retrier, State } from "../../asl/definition.ts";
import type { Dataflow, Eventually, Inspection, View } from "../../language/language.ts";
import type { StateError } from "../../language/state-error.ts";
import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import { labelOf } from "../kernel/progress.ts";
import type { CompiledCatcher } from "./retry.ts";
import type { Thread } from "./thread.ts";
import type { Variables } from "./variables.ts";

/** A compiled state. */
export interface Step {
  readonly name: string;
  readonly type: State["Type"];
  /** For example `TaskStateEntered`. */
  readonly enteredEventType: string;
  /** For example `TaskStateExited`. */
  readonly exitedEventType: string;
  readonly flow: Dataflow;
  readonly work: Work;
  /** What the work gives is a result of its own: in JSONata, only of a state that has others work. */
  readonly givesResult: boolean;
  readonly next: string | undefined;
  readonly retry: readonly Retrier[];
  readonly catch: readonly CompiledCatcher[];
}

/** The state's own doing, between its input and its output. */
export interface Work {
  /** Prepares an attempt, before its input is worked out. */
  begin?(visit: Visit): void;
  run(visit: Visit): Eventually<Json>;
  /** Records what the history says once no further attempt is made. */
  failed?(visit: Visit, failure: StateError): void;
}

/** The types of state that have a Retry, and so a RetryCount. */
const RETRIED = new Set(["Task", "Map", "Parallel"]);

/** One stay in a state, over all its attempts. */
export class Visit implements View {
  readonly thread: Thread;
  readonly step: Step;
  readonly input: Json;
  /** Of the `…StateEntered` event. */
  readonly enteredEventId: number;
  /** Milliseconds since the epoch. */
  readonly enteredTime: number;
  selected: Json;
  effective: Json;
  result: Json | undefined;
  errorOutput: Json | undefined;
  retryCount: number;
  #enteredTimeText: string | undefined;
  taskToken: string | undefined;
  /** Where to go and how to leave; a Choice rule or a catcher sets its own. */
  next: string | undefined;
  flow: Dataflow;

  /** Enters the state that the thread's frontier names, or goes on in it where it has been entered already. */
  constructor(thread: Thread, step: Step) {
    const { frontier } = thread;
    const { input } = frontier;
    this.thread = thread;
    this.step = step;
    this.input = input;
    if (thread.run.inspection !== undefined) thread.run.inspection.input = input;
    this.selected = input;
    this.effective = input;
    this.next = step.next;
    this.flow = step.flow;
    if (frontier.enteredEventId === 0) thread.enter(step.enteredEventType, { name: step.name, input });
    this.retryCount = frontier.held?.retryCount ?? 0;
    this.enteredTime = frontier.enteredTime;
    this.enteredEventId = frontier.enteredEventId;
  }

  get inspection(): Inspection | undefined {
    return this.thread.run.inspection;
  }

  get variables(): Variables {
    return this.thread.variables;
  }

  /** The state as people know it, with its item: `score[3]`. */
  get where(): string {
    return labelOf(this.step.name, this.thread.itemPlace);
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
      outside: (work) => this.outside(work),
    };
  }

  #context({ run, item }: Thread): JsonObject {
    if (run.givenContext !== undefined) return run.givenContext;
    return {
      ...run.context,
      State: {
        Name: this.step.name,
        EnteredTime: this.#contextTime(),
        ...(RETRIED.has(this.step.type) ? { RetryCount: this.retryCount } : {}),
      },
      ...(item === undefined ? {} : { Map: { Item: item } }),
      ...(this.taskToken === undefined ? {} : { Task: { Token: this.taskToken } }),
    };
  }

  #contextTime(): string {
    this.#enteredTimeText ??= new Date(this.enteredTime).toISOString();
    return this.#enteredTimeText;
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

  outside<T>(work: (stopped: AbortSignal) => Promise<T>): Promise<T> {
    return this.thread.outside(work);
  }
}
