import { LambentError } from "../../sdk/base/errors.ts";
import { type Fault, printFault } from "./fault.ts";
import type { Outcome } from "./one-run.ts";
import { printPlan } from "./plan.ts";

/** What a simulation has found, and how to see it again. */
export interface Finding {
  readonly workflow: string;
  readonly seed: number;
  /** Indices among the seed's faults of those that are left, and these faults. */
  readonly kept: readonly number[];
  readonly faults: readonly Fault[];
  /** How many faults the seed has. */
  readonly planned: number;
  readonly problem: string;
  readonly expected: Outcome;
  readonly actual: Outcome;
}

/** Characters that are shown of an output. */
const SHOWN = 500;

/**
 * Faults have changed what a workflow gives, or something was not as it has to be when it was over.
 * @example
 * await simulate(wf, { initValue: 2 }).catch((error: unknown) => {
 *   if (error instanceof SimulationError) console.log(error.plan, error.faults);
 * });
 */
export class SimulationError extends LambentError {
  override readonly name = "SimulationError";
  /** For `simulate`'s option of this name: the same faults once more. */
  readonly plan: string;
  /** The fewest with which it happens. */
  readonly faults: readonly Fault[];

  constructor({ workflow, seed, kept, faults, planned, problem, expected, actual }: Finding) {
    const plan = printPlan(seed, kept);
    super(
      [
        `workflow ${workflow}: ${problem}, under ${count(faults.length)} of the ${planned} of seed ${seed}:`,
        ...faults.map((fault) => `  ${printFault(fault)}`),
        `without faults: ${printOutcome(expected)}`,
        `with them:      ${printOutcome(actual)}`,
        `again:          simulate(${workflow}, …, { plan: "${plan}" })`,
      ].join("\n"),
    );
    this.plan = plan;
    this.faults = faults;
  }
}

function count(faults: number): string {
  return faults === 1 ? "1 fault" : `${faults} faults`;
}

export function printOutcome({ status, output, error, cause }: Outcome): string {
  const text = output === undefined ? `${error ?? ""}: ${cause ?? ""}` : JSON.stringify(output);
  return `${status} ${text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}`;
}
