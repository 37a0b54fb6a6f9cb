import type { Json } from "../../sdk/base/json.ts";
import { type FaultKind, printFault } from "./fault.ts";
import { errorOf } from "./judge.ts";
import type { Run } from "./one-run.ts";

/**
 * An execution that has failed because of its faults.
 * @example
 * const { failed } = await simulate(wf);
 * const first: FailedRun | undefined = failed[0];
 * console.log(first?.error, first?.faults);
 */
export interface FailedRun {
  /** Of its plan. */
  readonly seed: number;
  /** The execution's error, by its name. */
  readonly error: string;
  /** The faults that had struck, as texts. */
  readonly faults: readonly string[];
}

/**
 * What a simulation has come to. As text it is one line.
 * @example
 * const report = await simulate(wf);
 * console.log(report.plans, report.struck.killed, report.failed.length, String(report));
 */
export class SimulationReport {
  /** Its name. */
  readonly workflow: string;
  /** What the workflow gives without faults; undefined if it fails without any. */
  readonly output: Json | undefined;
  /** How many plans were run. */
  plans = 0;
  /** How many faults of each kind have struck. */
  readonly struck: Partial<Record<FaultKind, number>> = {};
  /** Executions that ended with an error of one of their faults. All others gave what the workflow gives without. */
  readonly failed: FailedRun[] = [];
  /** How many replicas were made, all of which have ended. */
  replicas = 0;
  /** How often caches of replicas have loaded. */
  loads = 0;
  /** Seconds that all of it would have taken. */
  seconds = 0;

  constructor(workflow: string, output: Json | undefined) {
    this.workflow = workflow;
    this.output = output;
  }

  /** Count one more run. */
  add(seed: number, { outcome, struck, replicas, seconds }: Run): void {
    this.plans += 1;
    for (const { kind } of struck) this.struck[kind] = (this.struck[kind] ?? 0) + 1;
    this.replicas += replicas.made;
    for (const { loads } of replicas.caches.values()) this.loads += loads;
    this.seconds += seconds;
    if (outcome.status === "SUCCEEDED") return;
    this.failed.push({ seed, error: errorOf(outcome), faults: struck.map(printFault) });
  }

  /** `scoring: 100 plans, 243 faults, 3 executions failed because of them; 512 replicas, 1.2 h simulated`. */
  toString(): string {
    const faults = Object.values(this.struck).reduce((sum, count) => sum + count, 0);
    const hours = (this.seconds / 3600).toFixed(1);
    return `${this.workflow}: ${this.plans} plans, ${faults} faults, ${this.failed.length} executions failed because of them; ${this.replicas} replicas, ${hours} h simulated`;
  }
}
