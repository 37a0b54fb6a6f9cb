import { LambentError, refuseUnknown } from "../../sdk/base/errors.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { BuildSettings } from "../project/build-settings.ts";
import type { Integration } from "../emulator/index.ts";
import type { Answers } from "../run/answers.ts";
import { type Fault, FAULT_KINDS, type FaultKind } from "./fault.ts";

/**
 * How {@link simulate} runs a workflow.
 * @example
 * const options: SimulationOptions = { plans: 500, faults: ["killed", "deliveredTwice"] };
 */
export interface SimulationOptions {
  /** How many plans of faults, each of a seed of its own. Default 100. */
  readonly plans?: number;
  /** The first plan's seed; those that follow have the numbers after it. Default 1. */
  readonly seed?: number;
  /** One plan, as a {@link SimulationError} names it: a seed, or one with the faults that are left, `"4711:0,2"`. */
  readonly plan?: string;
  /** What may go wrong. Default: all kinds. */
  readonly faults?: readonly FaultKind[];
  /** The most faults that one plan has. Default 5. */
  readonly mostFaults?: number;
  /** What nodes are answered with that wait for their tokens, as in `run`. */
  readonly answers?: Answers;
  /** What stands for the AWS services that `awsCall` calls, as in `run`. */
  readonly integrations?: Readonly<Record<string, Integration>>;
  /** Variables of all functions, beside those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether two outputs count as one and the same, where they differ without faults too, as by a time. Default: none do. */
  readonly same?: (output: Json, expected: Json) => boolean;
  /**
   * Whether an execution may fail with an error that its faults bring, as when a call's retries are used up. Default: it
   * may, and the report tells of it. `() => false` demands that it never does.
   */
  readonly mayFail?: (error: string, faults: readonly Fault[]) => boolean;
  /** Paths of the modules that export the workflow's tasks, relative to `root`. Default: the one that called `workflow()`. */
  readonly workflows?: readonly string[];
  /** The project's directory. Default: the working directory. */
  readonly root?: string;
  /** As in serverless.yml's `lambent:` block, which is not read. */
  readonly settings?: BuildSettings;
  /** The buckets from which the inputs may name files, beside the service's own. */
  readonly buckets?: readonly string[];
}

const OPTIONS: readonly (keyof SimulationOptions)[] = [
  "plans",
  "seed",
  "plan",
  "faults",
  "mostFaults",
  "answers",
  "integrations",
  "environment",
  "same",
  "mayFail",
  "workflows",
  "root",
  "settings",
  "buckets",
];

/** @throws {LambentError} for an option that is unknown, or whose value does not fit */
export function checkSimulation(options: SimulationOptions): void {
  const unknownOptions = Object.entries(options).filter(([name]) => !OPTIONS.some((one) => one === name));
  refuseUnknown("simulate(…)", Object.fromEntries(unknownOptions), OPTIONS);
  const { plans = 1, seed = 1, mostFaults = 1, faults = FAULT_KINDS, plan } = options;
  checkCount("plans", plans);
  checkCount("seed", seed);
  checkCount("mostFaults", mostFaults);
  if (plan !== undefined && (options.plans !== undefined || options.seed !== undefined)) {
    throw new LambentError("simulate(…): plan is one plan with its seed: leave out plans and seed");
  }
  if (!Array.isArray(faults) || faults.length === 0) {
    throw new LambentError(`simulate(…): faults must be a list of kinds: ${FAULT_KINDS.join(", ")}`);
  }
  const unknown = faults.find((kind) => !FAULT_KINDS.includes(kind));
  if (unknown === undefined) return;
  throw new LambentError(
    `simulate(…): there is no fault ${JSON.stringify(unknown)}: take of ${FAULT_KINDS.join(", ")}`,
  );
}

function checkCount(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value < 2 ** 31) return;
  throw new LambentError(`simulate(…): ${name} must be a whole number of 1 or more, not ${String(value)}`);
}
