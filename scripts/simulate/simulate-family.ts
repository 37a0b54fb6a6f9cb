import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { simulate, SimulationError, type SimulationOptions, type SimulationReport } from "lambent/testing";
import { ANSWERS, type Form, forms, plain, smaller, workflowOf } from "./family.ts";

/** Plans of one workflow: what it gives without faults is found out once for all of them. */
const PLANS_EACH = 10;
/** Workflows that are tried at most to find a smaller one that fails. */
const MOST_SMALLER = 100;

const TASKS = fileURLToPath(new URL(`./tasks${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url));

const SETTINGS: SimulationOptions = {
  workflows: [TASKS],
  answers: ANSWERS,
  // Each call is tried again more often than a plan has faults: nothing may fail because of them.
  mayFail: () => false,
};

/** A workflow, what it is given, and the seed of its first plan, or its one plan. */
export interface Sample {
  readonly form: Form;
  readonly value: number;
  readonly by: number;
  readonly plan: number | string;
}

/** A workflow that ends otherwise under faults, the smallest that was found. */
export interface FamilyFailure {
  readonly sample: Sample;
  readonly error: Error;
  /** Plans that were run until the first failure. */
  readonly plans: number;
}

const samples: fc.Arbitrary<Sample> = fc.record({
  form: forms,
  value: fc.nat({ max: 999 }),
  by: fc.nat({ max: 20 }),
  plan: fc.integer({ min: 1, max: 1_000_000 }),
});

/** Which of the workflows one of several processes simulates: each `of`-th, from `index` on. */
export interface Share {
  readonly index: number;
  readonly of: number;
}

const ALL: Share = { index: 0, of: 1 };

/**
 * Simulate workflows that are made up by a seed.
 * @param plans how many, of all workflows together
 * @param onReport called after each workflow
 * @param share of the workflows; absent: all
 * @returns what one of them has shown that fails; undefined if none does
 */
export async function simulateFamily(
  plans: number,
  seed: number,
  onReport: (report: SimulationReport) => void,
  { index: first, of }: Share = ALL,
): Promise<FamilyFailure | undefined> {
  let done = 0;
  const all = fc.sample(samples, { seed, numRuns: Math.ceil(plans / PLANS_EACH) });
  for (const sample of all.filter((_, index) => index % of === first)) {
    done += PLANS_EACH;
    const error = await errorOf(sample, onReport);
    if (error !== undefined) return { ...(await smallest({ sample, error })), plans: done };
  }
  return undefined;
}

/** @returns the error of a workflow that ends otherwise under faults, or gives another number than plain calls do */
export async function errorOf(
  { form, value, by, plan }: Sample,
  onReport: (report: SimulationReport) => void,
): Promise<Error | undefined> {
  const planned = typeof plan === "string" ? { plan } : { plans: PLANS_EACH, seed: plan };
  try {
    const report = await simulate(workflowOf(form), { value, by }, { ...planned, ...SETTINGS });
    if (isTooLarge(report)) return undefined; // not counted: no fault had a part in it
    onReport(report);
    const expected = await plain(form, value, by);
    if (report.output === expected) return undefined;
    return new Error(`without faults it gives ${String(report.output)}, and plain calls give ${expected}`);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Refused by name, with faults and without: it would have more events than a history may. */
function isTooLarge({ output, failed, plans }: SimulationReport): boolean {
  return output === undefined && failed.length === plans && failed.every(({ error }) => error === "TooManyItems");
}

type Failing = Pick<FamilyFailure, "sample" | "error">;

/** With as few nodes as possible, and then with the one plan that fails, which has as few faults as possible. */
async function smallest(failing: Failing): Promise<Failing> {
  let found = failing;
  for (let tried = 0; tried < MOST_SMALLER;) {
    let next: Failing | undefined;
    for (const form of smaller(found.sample.form)) {
      if (next !== undefined || ++tried > MOST_SMALLER) break;
      const sample = { ...found.sample, form };
      const error = await errorOf(sample, () => undefined);
      if (error !== undefined) next = { sample, error };
    }
    if (next === undefined) break;
    found = next;
  }
  const { sample, error } = found;
  return error instanceof SimulationError ? { sample: { ...sample, plan: error.plan }, error } : found;
}
