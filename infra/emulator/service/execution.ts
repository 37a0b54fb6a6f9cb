import type { Json, JsonObject } from "../../asl.ts";
import { Cancellation, Cancelled } from "../cancellation.ts";
import type { Clock } from "../clock.ts";
import { StateError } from "../errors.ts";
import { History } from "../history.ts";
import type { Identity } from "../identity.ts";
import type { Integrations } from "../integrations/integrations.ts";
import { interpret } from "../interpreter/interpret.ts";
import type { MapRun, MapRunPlan } from "../interpreter/map-run.ts";
import type { Program } from "../interpreter/program.ts";
import { type Run, Thread } from "../interpreter/thread.ts";
import type { Limits } from "../limits.ts";

export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";

/** What the service lends every execution. */
export interface Surroundings {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly limits: Limits;
  readonly integrations: Integrations;
  beginMapRun(parent: Execution, plan: MapRunPlan): MapRun;
}

export interface ExecutionPlan {
  readonly arn: string;
  readonly name: string;
  readonly stateMachineArn: string;
  readonly stateMachineName: string;
  readonly roleArn: string;
  readonly type: "STANDARD" | "EXPRESS";
  readonly definition: string;
  readonly program: Program;
  readonly timeoutSeconds: number | undefined;
  /** JSON text, as it was sent. */
  readonly inputText: string;
  readonly input: Json;
  /** Of a Distributed Map's child. */
  readonly mapRunArn?: string;
}

/** One execution, from its start to its end. */
export class Execution {
  readonly plan: ExecutionPlan;
  readonly history: History = new History();
  readonly startDate: Date;
  /** Resolves at the end, whatever it is. */
  readonly ended: Promise<void>;
  status: ExecutionStatus = "RUNNING";
  stopDate: Date | undefined;
  output: Json | undefined;
  error: string | undefined;
  cause: string | undefined;
  readonly #clock: Clock;
  readonly #root = new Cancellation();
  readonly #thread: Thread;
  #onEnd: () => void = () => {};

  constructor(plan: ExecutionPlan, surroundings: Surroundings) {
    this.plan = plan;
    this.#clock = surroundings.clock;
    this.startDate = new Date(surroundings.clock.now());
    this.ended = new Promise((resolve) => {
      this.#onEnd = resolve;
    });
    const beginMapRun = (map: MapRunPlan): MapRun => surroundings.beginMapRun(this, map);
    const run: Run = {
      ...surroundings,
      beginMapRun,
      root: this.#root,
      history: this.history,
      executionArn: plan.arn,
      context: contextOf(plan, this.startDate),
    };
    this.#thread = new Thread(run, this.#root, 0);
  }

  /** Begins in the next turn of the event loop, so that StartExecution is answered first. */
  start(): void {
    const { plan } = this;
    this.#thread.record("ExecutionStarted", { input: plan.input, roleArn: plan.roleArn });
    const seconds = plan.timeoutSeconds;
    if (seconds !== undefined) {
      const callOff = this.#clock.after(seconds * 1000, () => this.#end("TIMED_OUT", undefined));
      this.#root.onCancel(callOff);
    }
    void this.#run();
  }

  async #run(): Promise<void> {
    this.#clock.begin();
    await new Promise((resolve) => setImmediate(resolve));
    this.#clock.end();
    try {
      const output = await interpret(this.plan.program, this.#thread, this.plan.input);
      this.#end("SUCCEEDED", undefined, output);
    } catch (error) {
      if (error instanceof Cancelled) return;
      this.#end("FAILED", error instanceof StateError ? error : new StateError("States.Runtime", String(error)));
    }
  }

  /** StopExecution. Does nothing once the execution has ended. */
  stop(error: string | undefined, cause: string | undefined): void {
    this.#end("ABORTED", new StateError(error, cause));
  }

  #end(status: Exclude<ExecutionStatus, "RUNNING">, failure: StateError | undefined, output?: Json): void {
    if (this.status !== "RUNNING") return;
    this.status = status;
    this.stopDate = new Date(this.#clock.now());
    this.output = output;
    this.error = failure?.error;
    this.cause = failure?.cause;
    const timedOut = status === "TIMED_OUT";
    // AWS gives the event of a timeout an error that the execution itself does not have, and no previous event.
    this.history.append(END_EVENTS[status], timedOut ? 0 : this.#thread.previous, this.#clock.now(), {
      ...(output === undefined ? {} : { output }),
      ...(timedOut ? { error: "States.Timeout" } : {}),
      ...(failure === undefined ? {} : { error: failure.error, cause: failure.cause }),
    });
    this.#root.cancel();
    this.#onEnd();
  }
}

const END_EVENTS = {
  SUCCEEDED: "ExecutionSucceeded",
  FAILED: "ExecutionFailed",
  TIMED_OUT: "ExecutionTimedOut",
  ABORTED: "ExecutionAborted",
} as const;

/** The parts of the context object that are the same in every state. */
function contextOf(plan: ExecutionPlan, startDate: Date): JsonObject {
  return {
    Execution: {
      Id: plan.arn,
      Input: plan.input,
      Name: plan.name,
      RoleArn: plan.roleArn,
      StartTime: startDate.toISOString(),
      ...(plan.type === "STANDARD" ? { RedriveCount: 0 } : {}),
    },
    StateMachine: { Id: plan.stateMachineArn, Name: plan.stateMachineName },
  };
}
