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
import type { Variables } from "../interpreter/variables.ts";
import type { StateMachineType } from "./state-machine.ts";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** What the service lends every execution. */
export interface Surroundings extends Facilities {
  /** For all executions together. */
  readonly memory: MemoryBudget;
  beginMapRun(parent: Execution, program: Program, plan: MapRunPlan): MapRun;
  /** Writes an execution that is to have this status, where such things are written. @throws {ApiError} when it cannot */
  persist(execution: Execution, status: ExecutionStatus): void;
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
  /** Of a Distributed Map's child: which item it works on, and the execution that the Map is in. */
  readonly child?: { readonly place: ItemPlace; readonly root: WatchedExecution };
}

const BYTES_OF_EXECUTION = 2_000;

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
  redriveCount = 0;
  redriveDate: Date | undefined;
  /** Resolves at the end, whatever it is. */
  ended: Promise<void>;
  readonly #surroundings: Surroundings;
  readonly #tell: ((event: ProgressDetail) => void) | undefined;
  /** What it began with, whatever is deployed while it runs, and when it is redriven. */
  readonly #pinned: PinnedFunctions | undefined;
  #root = new Cancellation();
  #thread: Thread;
  #onEnd: () => void = () => {};

  constructor(plan: ExecutionPlan, surroundings: Surroundings, startDate?: Date, history?: History) {
    this.plan = plan;
    this.history = history ?? new History(surroundings.memory);
    this.history.hold(BYTES_OF_EXECUTION + memoryOf(plan.inputText));
    this.startDate = startDate ?? new Date(surroundings.clock.now());
    this.#surroundings = surroundings;
    this.#pinned = surroundings.integrations.functions.pin?.();
    const { watch } = surroundings;
    if (watch !== undefined) {
      const execution = watched(plan);
      this.#tell = (event) => watch({ ...event, execution });
    }
    this.ended = this.#expectEnd();
    this.#thread = this.#line(0);
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

  /** It can be redriven. */
  get resumable(): boolean {
    return this.#thread.position !== undefined;
  }

  #expectEnd(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEnd = resolve;
    });
  }

  /** The line of states that the execution is. */
  #line(latestEventId: number, variables?: Variables): Thread {
    return new Thread(this.#run(), this.#root, latestEventId, variables, undefined, this.plan.child?.place);
  }

  #run(): Run {
    return {
      ...this.#surroundings,
      integrations: { ...this.#surroundings.integrations, functions: this.functions },
      history: this.history,
      root: this.#root,
      hasFatalError: false,
      executionArn: this.plan.arn,
      stateMachineArn: this.plan.stateMachineArn,
      tell: this.#tell,
      context: contextOf(this),
      mocks: this.plan.mocks,
      beginMapRun: (program, plan) => this.#surroundings.beginMapRun(this, program, plan),
    };
  }

  start(): void {
    const { input, roleArn, stateMachineVersionArn, stateMachineAliasArn } = this.plan;
    this.#thread.record("ExecutionStarted", { input, roleArn, stateMachineVersionArn, stateMachineAliasArn });
    this.#surroundings.changed(this);
    this.#tell?.({ type: "execution-started" });
    void this.#interpret(input);
  }

  /**
   * Goes on from the state that ended it, with the variables that it had. Branches of a Parallel state and
   * iterations of an inline Map that had succeeded are not run again; a Distributed Map begins a new run.
   */
  redrive(): Date {
    const { position } = this.#thread;
    if (position === undefined) throw new TypeError("The execution has no state to resume from");
    this.#surroundings.persist(this, "RUNNING");
    const { variables, latestEventId, outputs } = this.#thread;
    this.#pinned?.renew();
    this.redriveCount++;
    this.redriveDate = this.#now();
    this.status = "RUNNING";
    this.stopDate = undefined;
    this.error = undefined;
    this.cause = undefined;
    this.ended = this.#expectEnd();
    this.#root = new Cancellation();
    this.#thread = this.#line(latestEventId, variables);
    this.#thread.outputsBeforeRedrive = outputs;
    this.#thread.record("ExecutionRedriven", { redriveCount: this.redriveCount });
    this.#surroundings.changed(this);
    this.#tell?.({ type: "execution-started" });
    void this.#interpret(position.input, position.name);
    return this.redriveDate;
  }

  /** @param from The state to begin with; by default the first one. */
  async #interpret(input: Json, from?: string): Promise<void> {
    const { clock } = this.#surroundings;
    const { timeoutSeconds, program } = this.plan;
    const thread = this.#thread;
    if (timeoutSeconds !== undefined) {
      const explanation = `the execution took longer than ${timeoutSeconds} s, the TimeoutSeconds of its state machine`;
      const failure = new StateError(undefined, undefined, { explanation });
      this.#root.onCancel(clock.after(timeoutSeconds * 1000, () => this.#end("TIMED_OUT", failure)));
    }
    // The next turn of the event loop: StartExecution is answered first.
    clock.begin();
    await new Promise((resolve) => setImmediate(resolve));
    clock.end();
    try {
      const output = await program.run(thread, input, from);
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
    if (this.status !== "RUNNING") return;
    this.status = status;
    this.stopDate = this.#now();
    this.output = output;
    this.error = failure?.error;
    this.cause = failure?.cause;
    const timedOut = status === "TIMED_OUT";
    // What ends an execution from outside has no previous event on AWS; and the event of a timeout has an error that the
    // execution itself does not have.
    this.#thread.latestEventId = this.history.append(
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
