import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import { Cancellation } from "../kernel/cancellation.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { StateError } from "../../language/state-error.ts";
import { History } from "../kernel/history.ts";
import { type MemoryBudget, memoryOf } from "../kernel/memory-budget.ts";
import type { MapRun, MapRunPlan } from "../interpreter/map-run.ts";
import type { MockedTasks } from "../interpreter/mocked-tasks.ts";
import type { Functions, PinnedFunctions } from "../lambda/functions.ts";
import type { ItemPlace, Progress, ProgressDetail, WatchedExecution } from "../kernel/progress.ts";
import { type Facilities, type Program, type Run, Thread } from "../interpreter/thread.ts";
import { Frontier, takeUp } from "../interpreter/frontier.ts";
import { type Journal, type JournalEntry, replay } from "../interpreter/journal.ts";
import { Variables } from "../interpreter/variables.ts";
import { whyNotRedrivable } from "./redrivable.ts";
import type { MapRunLine } from "./stored-map-run.ts";
import type { StateMachineType } from "./state-machine.ts";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** What the service lends every execution. */
export interface Surroundings extends Facilities {
  /** For all executions together. */
  readonly memory: MemoryBudget;
  beginMapRun(parent: Execution, program: Program, plan: MapRunPlan): MapRun;
  mapRun(arn: string): MapRun | undefined;
  /** Writes an execution that is to have this status, where such things are written. @throws {ApiError} when it cannot */
  persist(execution: Execution, status: ExecutionStatus): void;
  /** Writes a Map Run, or the inputs of its children, where such things are written. */
  saveMapRun(line: MapRunLine): void;
  /** Where an execution's steps are written, where such things are written. */
  journalOf(execution: Execution): Journal | undefined;
  /** Called at the start of an execution and at its end. */
  changed(execution: Execution): void;
  /** Told of all that happens in executions. */
  readonly watch: ((event: Progress) => void) | undefined;
}

export interface ExecutionPlan {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  readonly stateMachineVersionArn: string | undefined;
  readonly stateMachineAliasArn: string | undefined;
  readonly roleArn: string;
  readonly type: StateMachineType;
  readonly definition: string;
  readonly program: Program;
  readonly timeoutSeconds: number | undefined;
  /** JSON text, as it was sent. */
  readonly inputText: string;
  readonly input: Json;
  /** X-Ray's. */
  readonly traceHeader?: string | undefined;
  /** Of its test case; a Distributed Map's children count on with those of the execution that the Map is in. */
  readonly mocks?: MockedTasks | undefined;
  /** Of a Distributed Map's child. */
  readonly mapRunArn: string | undefined;
  /** Of a Distributed Map's child. */
  readonly child?: {
    /** Which one of its Map Run it is, from 0. */
    readonly index: number;
    /** How many items it works on. */
    readonly items: number;
    /** The item that it works on, to people. */
    readonly place: ItemPlace;
    /** The execution that the Map is in. */
    readonly root: WatchedExecution;
  };
}

const BYTES_OF_EXECUTION = 2_000;

/** What there is of an execution that another process began. */
export interface EarlierExecution {
  readonly startDate: Date;
  readonly history: History;
  readonly frontier?: Frontier;
  readonly redriveCount: number;
  readonly redriveDate?: Date;
  readonly journalled: number;
}

interface Redrive {
  readonly token: string;
  readonly date: Date;
}

/** One execution, from its start to its end, and again when it is redriven. */
export class Execution {
  readonly plan: ExecutionPlan;
  readonly history: History;
  readonly startDate: Date;
  status: ExecutionStatus = "RUNNING";
  stopDate: Date | undefined;
  output: Json | undefined;
  error: string | undefined;
  cause: string | undefined;
  redriveCount: number;
  redriveDate: Date | undefined;
  /** Resolves at the end, whatever it is. */
  ended: Promise<void>;
  readonly #surroundings: Surroundings;
  readonly #tell: ((event: ProgressDetail) => void) | undefined;
  /** What it began with, whatever is deployed while it runs, and when it is redriven. */
  readonly #pinned: PinnedFunctions | undefined;
  /** Where it stands. */
  readonly frontier: Frontier;
  /** It can be taken up from there; not of what an earlier version has saved. */
  readonly isResumable: boolean;
  /** A Map Run that is redriven has not come to it yet. */
  isPendingRedrive = false;
  /** How many steps have been written of it. */
  journalled: number;
  readonly #journal: Journal | undefined;
  /** The latest last. */
  readonly #redrives: Redrive[] = [];
  #root = new Cancellation();
  #thread: Thread;
  #onEnd: () => void = () => {};

  constructor(plan: ExecutionPlan, surroundings: Surroundings, earlier?: EarlierExecution) {
    this.plan = plan;
    this.history = earlier?.history ?? new History(surroundings.memory);
    this.history.hold(BYTES_OF_EXECUTION + memoryOf(plan.inputText));
    this.startDate = earlier?.startDate ?? new Date(surroundings.clock.now());
    this.redriveCount = earlier?.redriveCount ?? 0;
    this.redriveDate = earlier?.redriveDate;
    this.frontier = earlier?.frontier ?? new Frontier(0, new Variables());
    this.isResumable = earlier === undefined || earlier.frontier !== undefined;
    this.journalled = earlier?.journalled ?? 0;
    this.#surroundings = surroundings;
    this.#journal = surroundings.journalOf(this);
    this.#pinned = surroundings.integrations.functions.pin?.();
    const { watch } = surroundings;
    if (watch !== undefined) {
      const execution = watched(plan);
      this.#tell = (event) => watch({ ...event, execution });
    }
    this.ended = this.#expectEnd();
    this.#thread = this.#line();
  }

  /** Lambda's functions, as they were when it began. */
  get functions(): Functions {
    const functions = this.#pinned ?? this.#surroundings.integrations.functions;
    const { traceHeader } = this.plan;
    if (traceHeader === undefined) return functions;
    const { provisioned } = functions;
    return {
      invoke: (request) => functions.invoke({ ...request, traceHeader }),
      ...(provisioned === undefined ? {} : { provisioned }),
    };
  }

  /** Why it cannot be redriven, in AWS's words; undefined when it can: a Map Run's child with the run alone. */
  get whyNotRedrivable(): string | undefined {
    return whyNotRedrivable(this, this.#surroundings.clock.now(), this.#surroundings.limits.historyEvents);
  }

  #expectEnd(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEnd = resolve;
    });
  }

  /** The line of states that the execution is. */
  #line(): Thread {
    return new Thread(this.#run(), this.#root, this.frontier, undefined, this.plan.child?.place);
  }

  #run(): Run {
    return {
      ...this.#surroundings,
      integrations: { ...this.#surroundings.integrations, functions: this.functions },
      history: this.history,
      journal: this.#journal,
      root: this.#root,
      hasFatalError: false,
      executionArn: this.plan.arn,
      stateMachineArn: this.plan.stateMachineArn,
      tell: this.#tell,
      context: contextOf(this),
      mocks: this.plan.mocks,
      beginMapRun: (program, plan) => this.#surroundings.beginMapRun(this, program, plan),
      mapRun: (arn) => this.#surroundings.mapRun(arn),
    };
  }

  start(): void {
    const { input, roleArn, stateMachineVersionArn, stateMachineAliasArn } = this.plan;
    this.#thread.record("ExecutionStarted", { input, roleArn, stateMachineVersionArn, stateMachineAliasArn });
    this.#surroundings.changed(this);
    this.#tell?.({ type: "execution-started" });
    void this.#interpret();
  }

  /**
   * Goes on from the state that ended it, with the variables that it had. Branches, iterations and child executions that
   * had succeeded are not run again; those that had not go on from the state that ended them.
   * @param token Of the request.
   */
  redrive(token?: string): Date {
    this.#surroundings.persist(this, "RUNNING");
    this.#pinned?.renew();
    this.isPendingRedrive = false;
    this.redriveCount++;
    this.redriveDate = this.#now();
    if (token !== undefined) this.#redrives.push({ token, date: this.redriveDate });
    if (this.#redrives.length > REDRIVES_REMEMBERED) this.#redrives.shift();
    this.status = "RUNNING";
    this.stopDate = undefined;
    this.error = undefined;
    this.cause = undefined;
    this.ended = this.#expectEnd();
    this.#root = new Cancellation();
    this.#journal?.write({ redriven: this.redriveDate.getTime() });
    this.#recordRedrive(this.redriveDate);
    this.#thread = this.#line();
    this.#surroundings.changed(this);
    this.#tell?.({ type: "execution-started" });
    void this.#interpret();
    return this.redriveDate;
  }

  #recordRedrive(date: Date): void {
    const { redriveCount } = this;
    this.history.append("ExecutionRedriven", this.history.length, date.getTime(), { redriveCount });
    this.frontier.renew();
  }

  /** Does once more what another process has written that it did. */
  replay(entry: JournalEntry): void {
    if (entry.mocked !== undefined) this.plan.mocks?.of(entry.mocked)?.skip();
    if (entry.redriven !== undefined) {
      this.redriveCount++;
      this.redriveDate = new Date(entry.redriven);
      this.#recordRedrive(this.redriveDate);
    } else replay(entry, this.frontier, this.history);
  }

  /** Goes on where another process has left it. */
  resume(): void {
    if (this.history.length === 0) {
      this.start();
      return;
    }
    takeUp(this.frontier);
    void this.#interpret();
  }

  /** Leaves it to another process. */
  suspend(): void {
    this.#root.suspend();
    this.#pinned?.release();
    this.#onEnd();
  }

  /** When the request with this token was carried out, if it was and is remembered. */
  redriveOf(token: string | undefined): Date | undefined {
    const since = this.#surroundings.clock.now() - REDRIVE_TOKEN_MILLISECONDS;
    return this.#redrives.find((one) => one.token === token && one.date.getTime() > since)?.date;
  }

  async #interpret(): Promise<void> {
    const { clock } = this.#surroundings;
    const { timeoutSeconds, program, input } = this.plan;
    const thread = this.#thread;
    if (timeoutSeconds !== undefined) {
      const explanation = `the execution took longer than ${timeoutSeconds} s, the TimeoutSeconds of its state machine`;
      const failure = new StateError(undefined, undefined, { explanation });
      const since = (this.redriveDate ?? this.startDate).getTime();
      const rest = since + timeoutSeconds * 1000 - clock.now();
      this.#root.onCancel(clock.after(rest, () => this.#end("TIMED_OUT", failure)));
    }
    // The next turn of the event loop: StartExecution is answered first.
    clock.begin();
    await new Promise((resolve) => setImmediate(resolve));
    clock.end();
    try {
      const output = await program.run(thread, input);
      this.#end("SUCCEEDED", undefined, output);
    } catch (error) {
      if (error instanceof Cancelled) return;
      this.#end("FAILED", error instanceof StateError ? error : new StateError("States.Runtime", String(error)));
    }
  }

  /** Does nothing once the execution has ended. */
  stop(error: string | undefined, cause: string | undefined): void {
    this.#end("ABORTED", new StateError(error, cause));
  }

  /** As `stop`. @throws {ApiError} when the end cannot be written; then the execution goes on */
  stopAsAsked(error: string | undefined, cause: string | undefined): void {
    if (this.status === "RUNNING") this.#surroundings.persist(this, "ABORTED");
    this.stop(error, cause);
  }

  /** Puts an execution of an earlier process back as it ended. */
  restore(
    status: Exclude<ExecutionStatus, "RUNNING">,
    stopDate: Date,
    result: Pick<Execution, "output" | "error" | "cause">,
  ): void {
    this.status = status;
    this.stopDate = stopDate;
    this.output = result.output;
    this.error = result.error;
    this.cause = result.cause;
    this.#root.cancel();
    this.#pinned?.release();
    this.#onEnd();
  }

  #end(status: Exclude<ExecutionStatus, "RUNNING">, failure: StateError | undefined, output?: Json): void {
    if (this.status !== "RUNNING" || this.#root.isSuspended) return;
    this.status = status;
    this.stopDate = this.#now();
    this.output = output;
    this.error = failure?.error;
    this.cause = failure?.cause;
    const timedOut = status === "TIMED_OUT";
    // What ends an execution from outside has no previous event on AWS; and the event of a timeout has an error that the
    // execution itself does not have.
    this.history.append(
      END_EVENTS[status],
      timedOut || status === "ABORTED" ? 0 : this.#thread.latestEventId,
      this.stopDate.getTime(),
      {
        ...(output === undefined ? {} : { output }),
        ...(failure === undefined ? {} : { error: failure.error, cause: failure.cause }),
        ...(timedOut ? { error: "States.Timeout" } : {}),
      },
    );
    this.#root.cancel();
    this.#pinned?.release();
    this.#onEnd();
    this.#surroundings.changed(this);
    const durationMs = this.stopDate.getTime() - (this.redriveDate ?? this.startDate).getTime();
    this.#tell?.({ type: "execution-ended", status, durationMs, ...(failure === undefined ? {} : { failure }) });
  }

  #now(): Date {
    return new Date(this.#surroundings.clock.now());
  }
}

// AWS's, of RedriveExecution's clientToken.
const REDRIVES_REMEMBERED = 10;
const REDRIVE_TOKEN_MILLISECONDS = 15 * 60 * 1000;

const END_EVENTS = {
  SUCCEEDED: "ExecutionSucceeded",
  FAILED: "ExecutionFailed",
  TIMED_OUT: "ExecutionTimedOut",
  ABORTED: "ExecutionAborted",
} as const;

/** The execution as those who watch know it. */
export function watched({ arn, name, stateMachineArn, stateMachineName, child }: ExecutionPlan): WatchedExecution {
  const own = { arn, name, stateMachineArn, stateMachineName };
  return child === undefined ? own : { ...own, root: child.root };
}

// Outside the class on purpose: TypeScript 7.0 renames a property that is named as the class around it.
function contextOf({ plan, startDate, redriveCount, redriveDate }: Execution): JsonObject {
  return {
    Execution: {
      Id: plan.arn,
      Input: plan.input,
      Name: plan.name,
      RoleArn: plan.roleArn,
      StartTime: startDate.toISOString(),
      ...(plan.type === "STANDARD" ? { RedriveCount: redriveCount } : {}),
      ...(redriveDate === undefined ? {} : { RedriveTime: redriveDate.toISOString() }),
    },
    StateMachine: { Id: plan.stateMachineArn, Name: plan.stateMachineName },
  };
}
