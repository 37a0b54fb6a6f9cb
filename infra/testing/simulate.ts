import { isAbsolute, join, relative } from "node:path";
import { LambentError } from "../../sdk/base/errors.ts";
import { workflowDefinition } from "../../sdk/authoring/called-workflow.ts";
import type { WorkflowDefinition } from "../../sdk/authoring/definition.ts";
import { given } from "../../sdk/authoring/given.ts";
import { launched, type LaunchPlan } from "../../sdk/authoring/launch-plan.ts";
import type { Workflow } from "../../sdk/authoring/workflow.ts";
import { currentStore } from "../../sdk/store/current-store.ts";
import { executionInput } from "../run/execution-input.ts";
import { withRequiredFiles } from "../run/required-files.ts";
import { checkSource } from "../run/source-mistakes.ts";
import { FAULT_KINDS } from "./fault.ts";
import { isSame, problemOf } from "./judge.ts";
import { type Run, Runner, type Subject } from "./one-run.ts";
import { Origin } from "./origin.ts";
import { type Plan, planOf, readPlan } from "./plan.ts";
import { type ReplicaProgram, replicaProgram } from "./replica-program.ts";
import { fewest } from "./shrink.ts";
import { printOutcome, SimulationError } from "./simulation-error.ts";
import { checkSimulation, type SimulationOptions } from "./simulation-options.ts";
import { SimulationReport } from "./simulation-report.ts";
import { simulatedService } from "./simulated-service.ts";

const [PLANS, MOST_FAULTS] = [100, 5];

/**
 * Run a workflow again and again, each time under another plan of faults, and compare how it ends with how it ends
 * without any. Its definition is the one that is deployed and its tasks run in replicas with modules of their own; these,
 * Lambda, S3 and the time are simulated, so that a plan takes milliseconds and a seed brings the same faults each time.
 *
 * An execution has to give what it gives without faults, or to fail with an error that one of its faults brings; the
 * outputs that tasks have stored have to be whole and those of their own inputs; no cache may load more often than there
 * are replicas and keys; and without any cache the output is the same.
 * @param startable what `workflow()` or `launchPlan()` returned
 * @param inputs the execution's input, as `run` takes it
 * @returns what has gone wrong, and what came of it
 * @throws {SimulationError} with the fewest faults for which that does not hold
 * @throws {LambentError} if the workflow gives now this and now that without faults, or its modules cannot be bundled
 * @example
 * const report = await simulate(wf, { initValue: 2 }, { plans: 500 });
 * console.log(String(report));
 */
export async function simulate<I extends object, O>(
  startable: Workflow<I, O> | LaunchPlan<I, O>,
  ...[own, options = {}]: {} extends I
    ? [inputs?: I, options?: SimulationOptions]
    : [inputs: I, options?: SimulationOptions]
): Promise<SimulationReport> {
  checkSimulation(options);
  const { workflow, inputs } = launched("simulate(…)", startable, own);
  const definition = workflowDefinition(workflow);
  if (definition === undefined) {
    throw new LambentError(`simulate(…) takes a workflow, made by workflow(), not ${given(workflow)}`);
  }
  await checkSource(definition);
  const runner = new Runner(await subjectOf(definition, inputs, options));
  try {
    return await new Simulation(definition.graph.workflow, runner, options).run();
  } finally {
    runner.close();
  }
}

async function subjectOf(
  definition: WorkflowDefinition,
  inputs: object,
  { answers = {}, integrations = {}, environment = {}, buckets = [], ...options }: SimulationOptions,
): Promise<Subject> {
  const graph = await withRequiredFiles(definition.graph, inputs);
  const input = JSON.stringify(executionInput(graph, inputs));
  const namesFiles = input.includes("s3://");
  return {
    service: await simulatedService(definition, graph, buckets),
    program: await programOf(definition, options),
    input,
    answers,
    integrations,
    environment: { ...definedOf(process.env), ...environment },
    origin: namesFiles ? new Origin(async () => (await currentStore()).store) : undefined,
  };
}

function definedOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Those of this process: many workflows may have their tasks in the same modules. */
const programs = new Map<string, Promise<ReplicaProgram>>();

function programOf(
  { graph: { workflow }, file }: WorkflowDefinition,
  { root = process.cwd(), workflows, settings = {} }: SimulationOptions,
): Promise<ReplicaProgram> {
  const named = workflows ?? (file === undefined ? [] : [file]);
  if (named.length === 0 || (workflows === undefined && /\.test\.[cm]?[jt]sx?$/.test(file ?? ""))) {
    throw new LambentError(
      `workflow ${workflow} is made ${file === undefined ? "where no stack tells" : `in ${relative(root, file)}, a test`}: ` +
        "export it from a module of its own, or name the modules of its tasks in simulate(…, { workflows: […] })",
    );
  }
  const modules = named.map((path) => (isAbsolute(path) ? path : join(root, path)));
  const key = JSON.stringify([root, modules, settings]);
  const program = programs.get(key) ?? replicaProgram({ root, modules, settings });
  programs.set(key, program);
  return program;
}

class Simulation {
  readonly #workflow: string;
  readonly #runner: Runner;
  readonly #options: SimulationOptions;
  readonly #same: NonNullable<SimulationOptions["same"]>;
  readonly #mayFail: NonNullable<SimulationOptions["mayFail"]>;

  constructor(workflow: string, runner: Runner, options: SimulationOptions) {
    this.#workflow = workflow;
    this.#runner = runner;
    this.#options = options;
    this.#same = options.same ?? (() => false);
    this.#mayFail = options.mayFail ?? (() => true);
  }

  async run(): Promise<SimulationReport> {
    const { plan, plans = PLANS, seed = 1 } = this.#options;
    const expected = await this.#withoutFaults();
    const report = new SimulationReport(this.#workflow, expected.outcome.output);
    if (plan !== undefined) {
      const { seed: one, kept } = readPlan(plan);
      await this.#check(one, kept, expected, report);
      return report;
    }
    for (let one = seed; one < seed + plans; one++) await this.#check(one, undefined, expected, report);
    return report;
  }

  /** What the workflow gives. By two seeds, with caches and without any, it has to be the same. */
  async #withoutFaults(): Promise<Run> {
    const first = await this.#runner.run({ seed: 0, faults: [] });
    for (const [how, isFresh] of [
      ["another time", false],
      ["without any cache", true],
    ] as const) {
      const other = await this.#runner.run({ seed: 1, faults: [] }, isFresh);
      if (isSame(other.outcome, first.outcome, this.#same)) continue;
      throw new LambentError(
        `workflow ${this.#workflow} does not give the same each time, without any fault:\n` +
          `first: ${printOutcome(first.outcome)}\n${how}: ${printOutcome(other.outcome)}\n` +
          "have its tasks return nothing that depends on the time, on chance or on what a replica did before, or say with simulate(…, { same }) which outputs count as the same",
      );
    }
    return first;
  }

  async #check(
    seed: number,
    kept: readonly number[] | undefined,
    expected: Run,
    report: SimulationReport,
  ): Promise<void> {
    const { faults: kinds = FAULT_KINDS, mostFaults = MOST_FAULTS } = this.#options;
    const plan = planOf(seed, kinds, mostFaults, expected.sites);
    const runOf = (indices: readonly number[]): Promise<Run> => this.#runner.run(partOf(plan, indices));
    const indices = plan.faults.map((_, index) => index);
    const unknown = kept?.find((index) => !indices.includes(index));
    if (unknown !== undefined) {
      throw new LambentError(
        `simulate(…): seed ${seed} has faults 0 to ${indices.length - 1}, and plan names ${unknown}: give the options with which it was printed`,
      );
    }
    const all = kept ?? indices;
    const run = await runOf(all);
    report.add(seed, run);
    let found = this.#problem(run, expected);
    if (found === undefined) return;
    let last = run;
    const left = await fewest(all, async (some) => {
      const fewer = await runOf(some);
      const problem = this.#problem(fewer, expected);
      if (problem !== undefined) [found, last] = [problem, fewer];
      return problem !== undefined;
    });
    throw new SimulationError({
      workflow: this.#workflow,
      seed,
      kept: left,
      faults: partOf(plan, left).faults,
      planned: plan.faults.length,
      problem: found,
      expected: expected.outcome,
      actual: last.outcome,
    });
  }

  #problem(run: Run, expected: Run): string | undefined {
    return problemOf(run, expected, this.#same, this.#mayFail);
  }
}

function partOf({ seed, faults }: Plan, indices: readonly number[]): Plan {
  return { seed, faults: faults.filter((_, index) => indices.includes(index)) };
}
