import { EXPRESS_SECONDS } from "../../../sdk/base/aws-limits.ts";
import type { Json } from "../../../sdk/base/json.ts";
import type { Cancellation } from "../kernel/cancellation.ts";
import { ApiError } from "../kernel/api-error.ts";
import type { ChildOutcome, MapRun, MapRunPlan } from "../interpreter/map-run.ts";
import type { Program } from "../interpreter/thread.ts";
import { itemPlace } from "../kernel/progress.ts";
import { Execution, type Surroundings, watched } from "./execution.ts";
import { paged, type PageRequest } from "./paging.ts";

type MapRunStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "ABORTED";

/** DescribeMapRun's counts; `resultsWritten` is what a ResultWriter has written. */
interface Counts {
  readonly pending: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly aborted: number;
  readonly total: number;
  readonly resultsWritten: number;
  readonly failuresNotRedrivable: number;
  readonly pendingRedrive: number;
}

const OUTCOMES = { SUCCEEDED: "succeeded", FAILED: "failed", TIMED_OUT: "timedOut", ABORTED: "aborted" } as const;

class Tally {
  total = 0;
  running = 0;
  readonly ended = { succeeded: 0, failed: 0, timedOut: 0, aborted: 0 };

  counts(): Counts {
    const { succeeded, failed, timedOut, aborted } = this.ended;
    const done = succeeded + failed + timedOut + aborted;
    return {
      ...this.ended,
      pending: Math.max(0, this.total - this.running - done),
      running: this.running,
      total: this.total,
      resultsWritten: 0,
      failuresNotRedrivable: 0,
      pendingRedrive: 0,
    };
  }
}

class MapRunRecord implements MapRun {
  readonly arn: string;
  readonly parent: Execution;
  readonly startDate: Date;
  readonly items: Tally = new Tally();
  readonly executions: Tally = new Tally();
  status: MapRunStatus = "RUNNING";
  stopDate: Date | undefined;
  maxConcurrency: number;
  toleratedFailureCount: number | undefined;
  toleratedFailurePercentage: number | undefined;
  readonly #program: Program;
  readonly #plan: MapRunPlan;
  readonly #surroundings: Surroundings;
  readonly #register: (child: Execution) => void;
  /** How many children there have been. They start in the order of the items, or of the batches of items. */
  #started = 0;
  /** For a child to end. */
  readonly #waiting: (() => void)[] = [];

  constructor(
    parent: Execution,
    program: Program,
    plan: MapRunPlan,
    surroundings: Surroundings,
    register: (child: Execution) => void,
  ) {
    const { clock, identity } = surroundings;
    const runArn = parent.plan.stateMachineArn.replace(":stateMachine:", ":mapRun:");
    this.arn = `${runArn}/${plan.label}:${identity.uuid()}`;
    this.parent = parent;
    this.startDate = new Date(clock.now());
    this.maxConcurrency = plan.maxConcurrency;
    this.toleratedFailureCount = plan.toleratedFailureCount;
    this.toleratedFailurePercentage = plan.toleratedFailurePercentage;
    this.#program = program;
    this.#plan = plan;
    // Its children invoke the same functions as the execution.
    this.#surroundings = {
      ...surroundings,
      integrations: { ...surroundings.integrations, functions: parent.functions },
    };
    this.#register = register;
  }

  expect(items: number, executions: number): void {
    this.items.total = items;
    this.executions.total = executions;
  }

  async execute(input: Json, items: number, cancellation: Cancellation): Promise<ChildOutcome> {
    // Each has its input; a thousand at once are more than fits when those are large.
    while (this.#surroundings.memory.isExceeded && this.executions.running > 0)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    cancellation.throwIfCancelled();
    const child = this.#child(input);
    this.#register(child);
    this.items.running += items;
    this.executions.running++;
    const detach = cancellation.onCancel(() => child.stop(undefined, undefined));
    child.start();
    await child.ended;
    detach();
    const { status, output, error, cause, startDate } = child;
    const ended = status === "RUNNING" ? "ABORTED" : status;
    this.items.running -= items;
    this.executions.running--;
    this.items.ended[OUTCOMES[ended]] += items;
    this.executions.ended[OUTCOMES[ended]]++;
    this.#waiting.shift()?.();
    const { arn, name, stateMachineArn } = child.plan;
    const stopDate = child.stopDate ?? startDate;
    return {
      executionArn: arn,
      name,
      stateMachineArn,
      status: ended,
      input,
      output,
      error,
      cause,
      startDate,
      stopDate,
    };
  }

  #child(input: Json): Execution {
    const { label, type } = this.#plan;
    const { identity } = this.#surroundings;
    const name = identity.uuid();
    const { plan } = this.parent;
    const machine = `${plan.stateMachineArn}/${label}`;
    const kind = type === "EXPRESS" ? ":express:" : ":execution:";
    const suffix = type === "EXPRESS" ? `:${identity.uuid()}` : "";
    return new Execution(
      {
        ...plan,
        arn: `${machine.replace(":stateMachine:", kind)}:${name}${suffix}`,
        name,
        stateMachineArn: machine,
        stateMachineName: `${plan.stateMachineName}/${label}`,
        type,
        program: this.#program,
        timeoutSeconds: type === "EXPRESS" ? EXPRESS_SECONDS : undefined,
        inputText: JSON.stringify(input),
        input,
        mapRunArn: this.arn,
        child: {
          place: itemPlace(plan.child?.place, label, this.#started++),
          root: plan.child?.root ?? watched(plan),
        },
      },
      this.#surroundings,
    );
  }

  end(status: "SUCCEEDED" | "FAILED" | "ABORTED"): void {
    this.status = status;
    this.stopDate = new Date(this.#surroundings.clock.now());
  }
}

export interface MapRunDescription {
  readonly mapRunArn: string;
  readonly executionArn: string;
  readonly status: MapRunStatus;
  readonly startDate: Date;
  readonly stopDate?: Date;
  readonly maxConcurrency: number;
  readonly toleratedFailurePercentage: number;
  readonly toleratedFailureCount: number;
  readonly itemCounts: Counts;
  readonly executionCounts: Counts;
  readonly redriveCount: number;
}

/** The Map Runs of all executions, and the operations on them. */
export class MapRuns {
  readonly #runs = new Map<string, MapRunRecord>();
  readonly #byParent = new Map<string, MapRunRecord[]>();

  begin(
    parent: Execution,
    program: Program,
    plan: MapRunPlan,
    surroundings: Surroundings,
    register: (child: Execution) => void,
  ): MapRun {
    const run = new MapRunRecord(parent, program, plan, surroundings, register);
    this.#runs.set(run.arn, run);
    const siblings = this.#byParent.get(parent.plan.arn);
    if (siblings === undefined) this.#byParent.set(parent.plan.arn, [run]);
    else siblings.push(run);
    return run;
  }

  /** Drops an execution's runs and gives their ARNs. */
  forget(executionArn: string): readonly string[] {
    const arns = (this.#byParent.get(executionArn) ?? []).map(({ arn }) => arn);
    this.#byParent.delete(executionArn);
    for (const arn of arns) this.#runs.delete(arn);
    return arns;
  }

  describe(arn: string): MapRunDescription {
    const run = this.#find(arn);
    return {
      mapRunArn: run.arn,
      executionArn: run.parent.plan.arn,
      status: run.status,
      startDate: run.startDate,
      ...(run.stopDate === undefined ? {} : { stopDate: run.stopDate }),
      maxConcurrency: run.maxConcurrency,
      toleratedFailurePercentage: run.toleratedFailurePercentage ?? 0,
      toleratedFailureCount: run.toleratedFailureCount ?? 0,
      itemCounts: run.items.counts(),
      executionCounts: run.executions.counts(),
      redriveCount: 0,
    };
  }

  list(
    executionArn: string,
    request: PageRequest,
  ): { readonly mapRuns: readonly object[]; readonly nextToken?: string } {
    const { page, ...rest } = paged(this.#byParent.get(executionArn) ?? [], request);
    return {
      mapRuns: page.map((run) => {
        const required = {
          executionArn,
          mapRunArn: run.arn,
          stateMachineArn: run.parent.plan.stateMachineArn,
          startDate: run.startDate,
        };
        return run.stopDate === undefined ? required : Object.assign(required, { stopDate: run.stopDate });
      }),
      ...rest,
    };
  }

  update(request: {
    readonly mapRunArn: string;
    readonly maxConcurrency?: number | undefined;
    readonly toleratedFailureCount?: number | undefined;
    readonly toleratedFailurePercentage?: number | undefined;
  }): Record<string, never> {
    const run = this.#find(request.mapRunArn);
    run.maxConcurrency = request.maxConcurrency ?? run.maxConcurrency;
    run.toleratedFailureCount = request.toleratedFailureCount ?? run.toleratedFailureCount;
    run.toleratedFailurePercentage = request.toleratedFailurePercentage ?? run.toleratedFailurePercentage;
    return {};
  }

  #find(arn: string): MapRunRecord {
    const run = this.#runs.get(arn);
    if (run === undefined)
      throw new ApiError("ResourceNotFound", `Resource not found: '${arn}'`, { resourceName: arn });
    return run;
  }
}
