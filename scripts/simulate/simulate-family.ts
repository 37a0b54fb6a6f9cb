import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { type Fault, simulate, type SimulationReport } from "lambent/testing";
import { type Form, forms, plain, workflowOf } from "./family.ts";

/** Plans of one workflow: what it gives without faults is found out once for all of them. */
const PLANS_EACH = 10;

const TASKS = fileURLToPath(new URL(`./tasks${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url));

export interface FamilyOptions {
  /** How many plans, of all workflows together. */
  readonly plans: number;
  readonly seed: number;
  /** The one workflow and plan that a failure has named. */
  readonly path?: string | undefined;
  /** Called after each workflow. */
  readonly onReport?: (report: SimulationReport) => void;
}

/** Of the smallest workflow that ends otherwise under faults. */
export interface FamilyFailure {
  /** For {@link FamilyOptions}. */
  readonly path: string;
  readonly message: string;
  /** The workflow, as it prints itself. */
  readonly graph: string;
  /** Plans that were run until the first failure. */
  readonly plans: number;
}

interface Sample {
  readonly form: Form;
  readonly value: number;
  readonly by: number;
  readonly seed: number;
}

const samples: fc.Arbitrary<Sample> = fc.record({
  form: forms,
  value: fc.nat({ max: 999 }),
  by: fc.nat({ max: 20 }),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
});

/**
 * The tasks' retries are more than any plan has faults. What is left are the states between tasks, which have no retries
 * of an author's: work on the lists of a map is not tried again where a replica ends; and an emulator that has ended.
 */
function mayFail(error: string, faults: readonly Fault[]): boolean {
  return error === "States.Timeout"
    ? faults.some(({ kind }) => kind === "restarted")
    : error.startsWith("Runtime.") || error === "Sandbox.Timedout";
}

/**
 * Simulate workflows that are made up by a seed.
 * @returns what the smallest that fails has shown; undefined if none does
 */
export async function simulateFamily({
  plans,
  seed,
  path,
  onReport,
}: FamilyOptions): Promise<FamilyFailure | undefined> {
  let run = 0;
  let untilFailure: number | undefined;
  const property = fc.asyncProperty(samples, async ({ form, value, by, seed: first }) => {
    try {
      const report = await simulate(
        workflowOf(form),
        { value, by },
        { plans: PLANS_EACH, seed: first, workflows: [TASKS], mayFail },
      );
      const expected = await plain(form, value, by);
      if (report.output !== expected) {
        throw new Error(`without faults it gives ${String(report.output)}, and plain calls give ${expected}`);
      }
      run += report.plans;
      onReport?.(report);
    } catch (error) {
      untilFailure ??= run + PLANS_EACH;
      throw error;
    }
  });
  const found = await fc.check(property, {
    numRuns: Math.ceil(plans / PLANS_EACH),
    seed,
    endOnFailure: false,
    ...(path === undefined ? {} : { path }),
  });
  if (!found.failed) return undefined;
  const [sample] = found.counterexample ?? [];
  const error = found.errorInstance;
  return {
    path: found.counterexamplePath ?? "",
    message: error instanceof Error ? error.message : String(error),
    graph: sample === undefined ? "" : String(workflowOf(sample.form).graph),
    plans: untilFailure ?? 0,
  };
}
