import { EXPRESS_SECONDS, MAP_RUN_REDRIVES } from "../../../sdk/base/aws-limits.ts";
import { runtimeError } from "../../language/state-error.ts";
import type { Cancellation } from "../kernel/cancellation.ts";
import type { ChildOutcome, ItemBatch, MapRun, MapRunPlan } from "../interpreter/map-run.ts";
import type { Program } from "../interpreter/thread.ts";
import { itemPlace } from "../kernel/progress.ts";
import { Execution, type ExecutionPlan, type Surroundings, watched } from "./execution.ts";
import type { StoredCounts, StoredMapRun } from "./stored-map-run.ts";

type MapRunStatus = StoredMapRun["status"];

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
type Ended = keyof typeof OUTCOMES;

class Tally {
  total: number;
  running = 0;
  pendingRedrive = 0;
  readonly #ended: Record<(typeof OUTCOMES)[Ended], number>;

  constructor(earlier: StoredCounts = { total: 0, succeeded: 0, failed: 0, timedOut: 0, aborted: 0 }) {
    const { total, ...ended } = earlier;
    this.total = total;
    this.#ended = ended;
  }

  stored(): StoredCounts {
    return { total: this.total, ...this.#ended };
  }

  /** @param more -1 times it when a redrive takes an end back. */
  end(status: Ended, more: number): void {
    this.#ended[OUTCOMES[status]] += more;
  }

  counts(failuresNotRedrivable: number): Counts {
    const { succeeded, failed, timedOut, aborted } = this.#ended;
    const known = this.running + this.pendingRedrive + succeeded + failed + timedOut + aborted;
    return {
      ...this.#ended,
      pending: Math.max(0, this.total - known),
      running: this.running,
      total: this.total,
      resultsWritten: 0,
      failuresNotRedrivable,
      pendingRedrive: this.pendingRedrive,
    };
  }
}

/** A Distributed Map's run: its children, how many have ended how, and what a redrive or another process goes on with. */
export class MapRunRecord implements MapRun {
  readonly arn: string;
  readonly parent: Execution;
  readonly startDate: Date;
  readonly items: Tally;
  readonly executions: Tally;
  status: MapRunStatus = "RUNNING";
  stopDate: Date | undefined;
  redriveCount = 0;
  redriveDate: Date | undefined;
  savedBatches: readonly ItemBatch[] | undefined;
  maxConcurrency: number;
  toleratedFailureCount: number | undefined;
  toleratedFailurePercentage: number | undefined;
  readonly #program: Program;
  readonly #plan: MapRunPlan;
  readonly #surroundings: Surroundings;
  readonly #register: (child: Execution) => void;
  /** Those that have not succeeded, by index. What has succeeded may be forgotten. */
  readonly #children = new Map<number, Execution>();
  /** By index: 1 where a child has succeeded. */
  #succeeded = new Uint8Array();
  /** For a child to end. */
  readonly #waiting: (() => void)[] = [];

  /** @param program Each child's. @param register Takes a child up. @param earlier What another process has saved. */
  constructor(
    parent: Execution,
    program: Program,
    plan: MapRunPlan,
    surroundings: Surroundings,
    register: (child: Execution) => void,
    earlier?: StoredMapRun,
  ) {
    const { clock, identity } = surroundings;
    const runArn = parent.plan.stateMachineArn.replace(":stateMachine:", ":mapRun:");
    this.arn = earlier?.arn ?? `${runArn}/${plan.label}:${identity.uuid()}`;
    this.parent = parent;
    this.startDate = new Date(earlier?.startDate ?? clock.now());
    const ended = earlier?.status === "RUNNING" ? undefined : earlier;
    this.items = new Tally(ended?.items);
    this.executions = new Tally(ended?.executions);
    if (earlier !== undefined) {
      const { status, stopDate, redriveCount, redriveDate } = earlier;
      this.status = status;
      this.stopDate = stopDate === undefined ? undefined : new Date(stopDate);
      this.redriveCount = redriveCount;
      this.redriveDate = redriveDate === undefined ? undefined : new Date(redriveDate);
    }
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

  expect(batches: readonly ItemBatch[]): void {
    this.#expected(batches);
    this.#surroundings.saveMapRun({ arn: this.arn, batches });
  }

  #expected(batches: readonly ItemBatch[]): void {
    this.#succeeded = new Uint8Array(batches.length);
    this.items.total = batches.reduce((sum, { items }) => sum + items, 0);
    this.executions.total = batches.length;
  }

  /** Puts back what another process knew. @param children As they ended. */
  restore(batches: readonly ItemBatch[], children: readonly Execution[]): void {
    this.#expected(batches);
    this.savedBatches = batches;
    for (const child of children) {
      const { index } = child.plan.child ?? {};
      if (index === undefined) continue;
      this.#children.set(index, child);
      if (child.status === "SUCCEEDED") this.#succeeded[index] = 1;
      // Of a run that went on when the process ended nobody has written how many have ended.
      if (this.status !== "RUNNING" || child.status === "RUNNING") continue;
      if (this.#isPending(child)) {
        child.isPendingRedrive = true;
        this.#count("pendingRedrive", child.plan.child?.items ?? 0, 1);
      } else this.#end(child, 1);
    }
    if (this.parent.status !== "RUNNING" && this.status === "RUNNING") this.end("ABORTED");
  }

  /** Whether a redrive has not come to a child that ended before it. */
  #isPending({ stopDate, whyNotRedrivable }: Execution): boolean {
    const { redriveDate } = this;
    return (
      whyNotRedrivable === undefined && redriveDate !== undefined && stopDate !== undefined && stopDate < redriveDate
    );
  }

  /** Writes how it stands, where such things are written. */
  save(): void {
    const { arn, parent, startDate, stopDate, status, redriveCount, redriveDate, items, executions } = this;
    const { maxConcurrency, toleratedFailureCount, toleratedFailurePercentage } = this;
    this.#surroundings.saveMapRun({
      arn,
      executionArn: parent.plan.arn,
      plan: { ...this.#plan, maxConcurrency, toleratedFailureCount, toleratedFailurePercentage },
      startDate: startDate.getTime(),
      status,
      ...(stopDate === undefined ? {} : { stopDate: stopDate.getTime() }),
      redriveCount,
      ...(redriveDate === undefined ? {} : { redriveDate: redriveDate.getTime() }),
      items: items.stored(),
      executions: executions.stored(),
    });
  }

  *settled(): Generator<{
    readonly index: number;
    readonly outcome: ChildOutcome | undefined;
    readonly isFailure: boolean;
  }> {
    for (const [index, hasSucceeded] of this.#succeeded.entries()) {
      const child = this.#children.get(index);
      const isFailure = child !== undefined && !child.isPendingRedrive && child.status !== "RUNNING";
      const outcome = child === undefined ? undefined : outcomeOf(child);
      if (hasSucceeded === 1) yield { index, outcome, isFailure: false };
      else if (isFailure) yield { index, outcome, isFailure: true };
    }
  }

  async execute(index: number, batch: ItemBatch, cancellation: Cancellation): Promise<ChildOutcome> {
    // Each has its input; a thousand at once are more than fits when those are large.
    while (this.#surroundings.memory.isExceeded && this.executions.running > 0)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    cancellation.throwIfCancelled();
    const child = this.#run(index, batch);
    const { items = 0 } = child.plan.child ?? {};
    this.#count("running", items, 1);
    const detach = cancellation.onCancel(() => child.stop(undefined, undefined));
    await child.ended;
    detach();
    this.#count("running", items, -1);
    this.#end(child, 1);
    if (child.status === "SUCCEEDED") {
      this.#succeeded[index] = 1;
      this.#children.delete(index);
    }
    this.#waiting.shift()?.();
    return outcomeOf(child);
  }

  /** Starts the child, or what a redrive does instead. */
  #run(index: number, batch: ItemBatch): Execution {
    const known = this.#children.get(index);
    if (known?.isPendingRedrive === true) {
      this.#count("pendingRedrive", known.plan.child?.items ?? 0, -1);
      known.isPendingRedrive = false;
      if (known.plan.type === "STANDARD") {
        known.redrive();
        return known;
      }
    }
    if (known?.status === "RUNNING") {
      if (known.plan.type === "STANDARD") {
        known.resume();
        return known;
      }
      known.suspend();
    }
    const child = new Execution(known?.plan ?? this.#childPlan(index, batch), this.#surroundings);
    this.#children.set(index, child);
    this.#register(child);
    child.start();
    return child;
  }

  #count(what: "running" | "pendingRedrive", items: number, more: 1 | -1): void {
    this.items[what] += items * more;
    this.executions[what] += more;
  }

  #end({ status, plan }: Execution, more: 1 | -1): void {
    const ended = status === "RUNNING" ? "ABORTED" : status;
    this.items.end(ended, (plan.child?.items ?? 0) * more);
    this.executions.end(ended, more);
  }

  #childPlan(index: number, { input, items }: ItemBatch): ExecutionPlan {
    const { label, type } = this.#plan;
    const { identity } = this.#surroundings;
    const name = identity.uuid();
    const { plan } = this.parent;
    const machine = `${plan.stateMachineArn}/${label}`;
    const kind = type === "EXPRESS" ? ":express:" : ":execution:";
    const suffix = type === "EXPRESS" ? `:${identity.uuid()}` : "";
    return {
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
        index,
        items,
        place: itemPlace(plan.child?.place, label, index),
        root: plan.child?.root ?? watched(plan),
      },
    };
  }

  redrive(): number {
    if (this.redriveCount >= MAP_RUN_REDRIVES)
      throw runtimeError(`The Map Run has been redriven ${MAP_RUN_REDRIVES} times, which is the most that AWS allows.`);
    this.redriveCount++;
    this.redriveDate = new Date(this.#surroundings.clock.now());
    this.status = "RUNNING";
    this.stopDate = undefined;
    for (const child of this.#children.values()) {
      if (child.whyNotRedrivable !== undefined) continue;
      this.#end(child, -1);
      this.#count("pendingRedrive", child.plan.child?.items ?? 0, 1);
      child.isPendingRedrive = true;
    }
    this.save();
    return this.redriveCount;
  }

  end(status: "SUCCEEDED" | "FAILED" | "ABORTED"): void {
    for (const child of this.#children.values()) {
      if (!child.isPendingRedrive) continue;
      child.isPendingRedrive = false;
      this.#count("pendingRedrive", child.plan.child?.items ?? 0, -1);
      this.#end(child, 1);
    }
    this.status = status;
    this.stopDate = new Date(this.#surroundings.clock.now());
    this.save();
  }

  describe(): MapRunDescription {
    // Of what another process has run, what has succeeded is here, too.
    const notRedrivable = [...this.#children.values()].filter(
      ({ status, whyNotRedrivable }) =>
        status !== "RUNNING" && status !== "SUCCEEDED" && whyNotRedrivable !== undefined,
    );
    const items = notRedrivable.reduce((sum, { plan }) => sum + (plan.child?.items ?? 0), 0);
    return {
      mapRunArn: this.arn,
      executionArn: this.parent.plan.arn,
      status: this.status,
      startDate: this.startDate,
      ...(this.stopDate === undefined ? {} : { stopDate: this.stopDate }),
      maxConcurrency: this.maxConcurrency,
      toleratedFailurePercentage: this.toleratedFailurePercentage ?? 0,
      toleratedFailureCount: this.toleratedFailureCount ?? 0,
      itemCounts: this.items.counts(items),
      executionCounts: this.executions.counts(notRedrivable.length),
      redriveCount: this.redriveCount,
      ...(this.redriveDate === undefined ? {} : { redriveDate: this.redriveDate }),
    };
  }
}

function outcomeOf(child: Execution): ChildOutcome {
  const { plan, status, output, error, cause, startDate, stopDate = startDate } = child;
  const { arn, name, stateMachineArn, input } = plan;
  return {
    executionArn: arn,
    name,
    stateMachineArn,
    status: status === "RUNNING" ? "ABORTED" : status,
    input,
    output,
    error,
    cause,
    startDate,
    stopDate,
  };
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
  readonly redriveDate?: Date;
}
