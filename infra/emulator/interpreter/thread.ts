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
import type { Frontier, Held, Inside } from "./frontier.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import type { MapRun, MapRunPlan } from "./map-run.ts";
import type { MockedTasks } from "./mocked-tasks.ts";
import type { ActivityQueues, Tasks } from "./pending-task.ts";
import type { Variables } from "./variables.ts";

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
  /** Of an execution that another process may have to go on with. */
  readonly journal?: Journal | undefined;
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
  /** The Map Run that has been begun, when it is still known. */
  mapRun(arn: string): MapRun | undefined;
}

/** A compiled `States` block: of a state machine, a branch or an ItemProcessor. */
export interface Program {
  /**
   * Runs the states from the first one, or from where the thread's frontier is, to the end, and gives the last one's
   * output.
   * @throws {StateError | Cancelled}
   */
  run(thread: Thread, input: Json): Promise<Json>;
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
  readonly frontier: Frontier;
  /** `Map.Item` of the context object, within an iteration. */
  readonly item: JsonObject | undefined;
  /** Which item that is, to people. */
  readonly itemPlace: ItemPlace | undefined;
  /** Which line it is, for the journal. */
  readonly #path: string | undefined;

  constructor(
    run: Run,
    cancellation: Cancellation,
    frontier: Frontier,
    item?: JsonObject,
    itemPlace?: ItemPlace,
    path?: string,
  ) {
    this.run = run;
    this.cancellation = cancellation;
    this.frontier = frontier;
    this.item = item;
    this.itemPlace = itemPlace;
    this.#path = path;
  }

  get variables(): Variables {
    return this.frontier.variables;
  }

  get latestEventId(): number {
    return this.frontier.latestEventId;
  }

  /** This line, as one of a Map's items has it. */
  withItem(item: JsonObject): Thread {
    return new Thread(this.run, this.cancellation, this.frontier, item, this.itemPlace);
  }

  /** A branch or an iteration, which starts here unless it has begun. @param from The event that its first one follows. */
  fork(
    inside: Inside,
    index: number,
    cancellation: Cancellation,
    from: number,
    item: JsonObject | undefined = this.item,
    itemPlace: ItemPlace | undefined = this.itemPlace,
  ): Thread {
    const path = this.#path === undefined ? String(index) : `${this.#path}.${index}`;
    return new Thread(this.run, cancellation, this.frontier.line(inside, index, from), item, itemPlace, path);
  }

  /** Begins branches, iterations or a Map Run. */
  open(count: number, more: Pick<Inside, "items" | "mapRunArn"> = {}): Inside {
    const inside = this.frontier.open(count, more);
    this.#write({ open: { count, ...more } });
    return inside;
  }

  /** A line within has given its output. */
  close(inside: Inside, index: number, line: Thread, output: Json): void {
    this.frontier.close(inside, index, output);
    line.#write({ isClosed: true });
  }

  /** Goes to the state after this one, or to the end. */
  leave(type: string, next: string | undefined, details: EventDetails & { readonly output: Json }): void {
    const id = this.#append(type, details, { next: next ?? null });
    this.frontier.go(next, details.output);
    this.frontier.latestEventId = id;
  }

  enter(type: string, details: EventDetails): void {
    const time = this.run.clock.now();
    const id = this.#append(type, details, { isEntry: true });
    this.frontier.latestEventId = id;
    this.frontier.enter(id, time);
  }

  /** Keeps what another process would need to go on with this attempt. */
  hold(held: Held): void {
    if (this.run.journal === undefined) return;
    this.frontier.held = { ...this.frontier.held, ...held };
    this.#write({ held });
  }

  /** A new attempt begins, of which this is kept. */
  attempt(held: Held): void {
    this.frontier.inside = undefined;
    this.frontier.held = held;
    this.#write({ held, isAttempt: true });
  }

  /** A mocked Task takes the next of its responses. */
  mocked(state: string): void {
    this.#write({ mocked: state });
  }

  /** Before an effect outside of this process: what has happened outlives it. */
  commit(): void {
    this.run.journal?.commit();
  }

  #write(entry: JournalEntry): void {
    this.run.journal?.write(this.#path === undefined ? entry : { line: this.#path, ...entry });
  }

  /** Events of this line follow the latest one of a line within it. */
  follow({ latestEventId }: Thread): void {
    this.frontier.latestEventId = latestEventId;
  }

  /** Adds an event that the next one of this line follows. */
  record(type: string, details?: EventDetails): number {
    const id = this.#append(type, details, {});
    this.frontier.latestEventId = id;
    return id;
  }

  /** Adds an event that, on AWS, no other names as its previous one. */
  recordAside(type: string, details?: EventDetails): number {
    return this.#append(type, details, { isAside: true });
  }

  #append(type: string, details: EventDetails | undefined, about: JournalEntry): number {
    const { history, clock, limits } = this.run;
    // The last event is the one that ends the execution.
    if (history.length + 1 >= limits.historyEvents) {
      throw new StateError(
        "States.Runtime",
        `The execution reached the maximum number of history events (${limits.historyEvents}).`,
      );
    }
    const { latestEventId } = this;
    const time = clock.now();
    if (this.run.journal !== undefined) this.#write({ event: [type, latestEventId, time, details ?? null], ...about });
    return history.append(type, latestEventId, time, details);
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
