import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import { Cancellation } from "../kernel/cancellation.ts";
import { Cancelled } from "../../language/cancelled.ts";
import type { Clock } from "../kernel/clock.ts";
import { StateError } from "../../language/state-error.ts";
import type { EventDetails, History } from "../kernel/history.ts";
import type { Identity } from "../kernel/identity.ts";
import type { Integrations } from "../integrations/integrations.ts";
import type { Inspection } from "../../language/language.ts";
import type { Limits } from "../kernel/limits.ts";
import type { ItemPlace, ProgressDetail } from "../kernel/progress.ts";
import type { MapRun, MapRunPlan } from "./map-run.ts";
import type { MockedTasks } from "./mocked-tasks.ts";
import type { ActivityQueues, Tasks } from "./pending-task.ts";
import { Variables } from "./variables.ts";

/** What the executions of a service work with. */
export interface Facilities {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly limits: Limits;
  readonly integrations: Integrations;
  readonly tasks: Tasks;
  readonly activities: ActivityQueues;
}

/** What all threads of one execution share. */
export interface Run extends Facilities {
  readonly history: History;
  /** Cancelled when the whole execution has ended. */
  readonly root: Cancellation;
  /** An error that nothing catches has been thrown: all that follows is the execution's own end. */
  hasFatalError: boolean;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  /** The `Execution` and `StateMachine` parts of the context object. */
  readonly context: JsonObject;
  /** A context object to use as it is: TestState's. */
  readonly givenContext?: JsonObject;
  readonly inspection?: Inspection;
  /** Of the test case that the execution was started with, if it was. */
  readonly mocks?: MockedTasks | undefined;
  /** Tells those who watch the service, if anybody does. */
  readonly tell?: ((event: ProgressDetail) => void) | undefined;
  /** Opens the run of a Distributed Map, of which every child runs `program`. */
  beginMapRun(program: Program, plan: MapRunPlan): MapRun;
}

/** A compiled `States` block: of a state machine, a branch or an ItemProcessor. */
export interface Program {
  /**
   * Runs the states from `from`, by default the first one, to the end, and gives the last one's output.
   * @throws {StateError | Cancelled}
   */
  run(thread: Thread, input: Json, from?: string): Promise<Json>;
}

/** Where a line of states stands, and can be resumed. */
export interface Position {
  readonly name: string;
  readonly input: Json;
}

// A chain of Pass states would otherwise hold the event loop until its end.
const SLICE_MILLISECONDS = 5;
const STEPS_BETWEEN_LOOKS = 16;
let sliceEnd = 0;
let stepsTaken = 0;

/** One line of states: the execution's own, a branch of a Parallel state, an iteration of a Map. */
export class Thread {
  readonly run: Run;
  readonly cancellation: Cancellation;
  readonly variables: Variables;
  /** `Map.Item` of the context object, within an iteration. */
  readonly item: JsonObject | undefined;
  /** Which item that is, to people. */
  readonly itemPlace: ItemPlace | undefined;
  latestEventId: number;
  /** The state that was entered last, and its input. */
  position: Position | undefined;
  /** What the branches or iterations of that state have given so far, by index. */
  outputs: (Json | undefined)[] | undefined;
  /** Those that gave an output then are not run again. */
  outputsBeforeRedrive: readonly (Json | undefined)[] | undefined;

  constructor(
    run: Run,
    cancellation: Cancellation,
    latestEventId: number,
    variables: Variables = new Variables(),
    item?: JsonObject,
    itemPlace?: ItemPlace,
  ) {
    this.run = run;
    this.cancellation = cancellation;
    this.latestEventId = latestEventId;
    this.variables = variables;
    this.item = item;
    this.itemPlace = itemPlace;
  }

  /** A line that starts here. @param from The event that its first one follows. */
  fork(
    cancellation: Cancellation,
    from: number = this.latestEventId,
    item: JsonObject | undefined = this.item,
    itemPlace: ItemPlace | undefined = this.itemPlace,
  ): Thread {
    return new Thread(this.run, cancellation, from, new Variables(this.variables), item, itemPlace);
  }

  /** Begins the outputs of `count` branches or iterations, with those that a redrive keeps. */
  beginOutputs(count: number): (Json | undefined)[] {
    const { outputsBeforeRedrive } = this;
    this.outputsBeforeRedrive = undefined;
    this.outputs = Array.from({ length: count }, (_, index) => outputsBeforeRedrive?.[index]);
    return this.outputs;
  }

  /** Adds an event that the next one of this line follows. */
  record(type: string, details?: EventDetails): number {
    this.latestEventId = this.recordAside(type, details);
    return this.latestEventId;
  }

  /** Adds an event that, on AWS, no other names as its previous one. */
  recordAside(type: string, details?: EventDetails): number {
    const { history, clock, limits } = this.run;
    // The last event is the one that ends the execution.
    if (history.length + 1 >= limits.historyEvents) {
      throw new StateError(
        "States.Runtime",
        `The execution reached the maximum number of history events (${limits.historyEvents}).`,
      );
    }
    return history.append(type, this.latestEventId, clock.now(), details);
  }

  /** Resolves after `milliseconds` of the run's clock. @throws {Cancelled} */
  pause(milliseconds: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const callOff = this.run.clock.after(milliseconds, () => {
        leave();
        resolve();
      });
      const leave = this.cancellation.onCancel(() => {
        callOff();
        reject(new Cancelled());
      });
    });
  }

  /** Lets others run once this process has interpreted for a while. @throws {Cancelled} */
  takeTurn(): Promise<void> | undefined {
    this.cancellation.throwIfCancelled();
    if (++stepsTaken % STEPS_BETWEEN_LOOKS !== 0) return undefined;
    const now = performance.now();
    if (now < sliceEnd) return undefined;
    return this.giveWay();
  }

  /** Lets others run; no wait is skipped meanwhile. @throws {Cancelled} */
  async giveWay(): Promise<void> {
    this.run.clock.begin();
    await new Promise((resolve) => setImmediate(resolve));
    this.run.clock.end();
    // Whoever comes back first opens the next slice.
    const now = performance.now();
    if (now >= sliceEnd) sliceEnd = now + SLICE_MILLISECONDS;
    this.cancellation.throwIfCancelled();
  }

  /** Waits for work outside of this process; no wait is skipped meanwhile. @throws {Cancelled} */
  async outside<T>(work: (stopped: AbortSignal) => Promise<T>): Promise<T> {
    this.run.clock.begin();
    try {
      return await work(this.cancellation.signal);
    } finally {
      this.run.clock.end();
    }
  }
}
