import { LambentError, refuseUnknown } from "../base/errors.ts";
import { isObject, type Json } from "../base/json.ts";
import type { GraphData, LaunchPlanData } from "../graph/graph.ts";
import { isPlain } from "../values/wire.ts";
import { workflowDefinition } from "./called-workflow.ts";
import { checkNameIsText, checkOptions } from "./check-options.ts";
import type { WorkflowDefinition } from "./definition.ts";
import { given } from "./given.ts";
import { checkGivenInput, checkWhen } from "./schedule.ts";
import type { Simplify } from "./simplify.ts";
import type { Workflow } from "./workflow.ts";

declare const STARTED: unique symbol;

/**
 * Inputs of a workflow by a name, and when it starts with them.
 * @example
 * const monthly: LaunchPlan<{ initValue?: number; state?: number }, number> = launchPlan(wf, {
 *   inputs: { initValue: 2 },
 *   schedule: "cron(0 6 1 * ? *)",
 * });
 */
export interface LaunchPlan<in I, out O> {
  /** The workflow's. */
  readonly workflowName: string;
  /** In types alone: what a start is given beside the plan's inputs, and what it comes to. */
  readonly [STARTED]?: (inputs: I) => O;
}

/** All inputs that a workflow needs, and a plan with a schedule has to give. */
type Needed<I, K extends keyof I> =
  {} extends Omit<I, K>
    ? string
    : `a schedule gives all inputs without a default: add ${Exclude<NeededKeys<I>, K> & string}`;

type NeededKeys<I> = { [K in keyof I]-?: {} extends Pick<I, K> ? never : K }[keyof I];

/**
 * What a launch plan says: which inputs, and when.
 * @example
 * const options: LaunchPlanOptions<{ n: number }, "n", never> = { inputs: { n: 1 }, schedule: "rate(1 day)", maxConcurrent: 1 };
 */
export interface LaunchPlanOptions<I, K extends keyof I, F extends keyof I> {
  /** By which it is known: letters, digits and "_". Default: the name under which its module exports it. */
  readonly name?: string;
  /** Inputs in the place of the workflow's defaults. Who starts the plan may give others. */
  readonly inputs?: { readonly [P in K]: I[P] };
  /** Inputs that nobody who starts the plan can give. */
  readonly fixed?: { readonly [P in F]: I[P] };
  /** `rate(1 hour)`, `cron(0 6 * * ? *)` or `at(2027-01-01T00:00:00)`. Default: it starts when somebody starts it. */
  readonly schedule?: Needed<I, K | F>;
  /** The schedule's, such as `Europe/Berlin`. Default UTC. */
  readonly timezone?: string;
  /** Whether the schedule starts anything. Default true. */
  readonly enabled?: boolean;
  /**
   * Executions that the schedule has started and that run at once, at most: at a time when there are as many, it starts
   * none. Default: no limit. Not of an EXPRESS workflow, whose executions AWS does not list.
   */
  readonly maxConcurrent?: number;
}

const OPTIONS = ["name", "inputs", "fixed", "schedule", "timezone", "enabled", "maxConcurrent"];

const PLAN: unique symbol = Symbol("launch plan");

/** What a launch plan is to what describes a service, and to those who start it. */
export interface LaunchPlanDefinition {
  /** Absent: the export's. */
  readonly name?: string;
  readonly definition: WorkflowDefinition;
  /** The workflow, as its author has it. */
  readonly workflow: unknown;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly fixed: Readonly<Record<string, unknown>>;
  readonly data: Omit<LaunchPlanData, "name">;
}

/**
 * A workflow with inputs of its own, and a schedule of EventBridge Scheduler that starts it with them. A module exports
 * it beside its workflow, which may have several. Without a schedule it is a set of inputs by a name.
 * @param workflow what `workflow()` returned; it is a workflow of the service, exported or not
 * @param options the inputs, which are checked against the workflow's, and when it starts
 * @returns what a module exports, and the client and `run` start
 * @throws {LambentError} for inputs that the workflow does not take, or a schedule that EventBridge Scheduler would refuse
 * @example
 * const nightly = launchPlan(wf, {
 *   inputs: { initValue: 2 },
 *   schedule: "cron(0 3 * * ? *)",
 *   timezone: "Europe/Berlin",
 *   maxConcurrent: 1,
 * });
 */
export function launchPlan<I, O, K extends keyof I = never, F extends keyof I = never>(
  workflow: Workflow<I, O>,
  options: LaunchPlanOptions<I, K, F>,
): LaunchPlan<Simplify<Omit<I, K | F> & Partial<Pick<I, K>>>, O> {
  const definition = workflowDefinition(workflow);
  if (definition === undefined) {
    throw new LambentError(`launchPlan(…) takes a workflow, made by workflow(), not ${given(workflow)}`);
  }
  const { graph } = definition;
  checkOptions(`launchPlan(${graph.workflow})`, options);
  const { name, inputs = {}, fixed = {}, schedule, timezone, enabled, maxConcurrent, ...unknown } = options;
  if (name !== undefined) checkPlanName(`launchPlan(${graph.workflow})`, name);
  const what = `launchPlan(${graph.workflow})${name === undefined ? "" : ` ${name}`}`;
  refuseUnknown(what, unknown, OPTIONS);
  const all = inputsOf(what, inputs, fixed);
  const input = checkGivenInput(
    what,
    "inputs",
    all,
    { inputs: graph.inputs, schemas: definition.schemas },
    schedule !== undefined,
  );
  if (schedule === undefined) refuseWithoutSchedule(what, { timezone, enabled, maxConcurrent });
  else checkWhen(what, { expression: schedule, timezone, enabled });
  checkMost(what, graph, maxConcurrent);
  const when = {
    ...(schedule === undefined ? {} : { expression: schedule }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
  };
  const plan: LaunchPlanDefinition = {
    ...(name === undefined ? {} : { name }),
    definition,
    workflow,
    inputs,
    fixed,
    data: { input, ...when },
  };
  return Object.freeze({ workflowName: graph.workflow, [PLAN]: plan });
}

/** What is said of a launch plan; `undefined` for any other value. */
export function launchPlanOf(value: unknown): LaunchPlanDefinition | undefined {
  if (!isObject(value) || !Object.hasOwn(value, PLAN)) return undefined;
  return Reflect.get(value, PLAN) as LaunchPlanDefinition; // only `launchPlan` sets it
}

/**
 * What is started with a workflow or a launch plan.
 * @param call what was called, for messages
 * @returns the workflow as its author has it, and all inputs
 * @throws {LambentError} for inputs that the plan fixes
 */
export function launched(
  call: string,
  startable: unknown,
  inputs: object = {},
): { readonly workflow: unknown; readonly inputs: object } {
  const plan = launchPlanOf(startable);
  if (plan === undefined) return { workflow: startable, inputs };
  const fixed = Object.keys(plan.fixed).find((name) => Object.hasOwn(inputs, name));
  if (fixed !== undefined) {
    throw new LambentError(
      `${call}: the launch plan of workflow ${plan.definition.graph.workflow} fixes ${fixed}: leave it out, or start the workflow itself`,
    );
  }
  return { workflow: plan.workflow, inputs: { ...plan.inputs, ...inputs, ...plan.fixed } };
}

/** @throws {LambentError} for a name that is none of a plan, such as that of a default export */
export function checkPlanName(what: string, name: string): void {
  checkNameIsText(what, name);
  if (/^[A-Za-z]\w{0,59}$/.test(name) && name !== "default") return;
  throw new LambentError(
    `${what}: the launch plan's name ${JSON.stringify(name)} must be a letter, then letters, digits and "_", 60 at most, and not "default": export it by a name, or give { name }`,
  );
}

function inputsOf(what: string, inputs: object, fixed: object): Readonly<Record<string, unknown>> {
  for (const [option, value] of Object.entries({ inputs, fixed })) {
    if (isObject(value) && isPlain(value)) continue;
    throw new LambentError(`${what}: ${option} must be an object of inputs, by name, not ${given(value)}`);
  }
  const both = Object.keys(inputs).find((name) => Object.hasOwn(fixed, name));
  if (both !== undefined) throw new LambentError(`${what}: ${both} is among inputs and fixed: leave one of both out`);
  return { ...inputs, ...fixed };
}

function refuseWithoutSchedule(what: string, options: Readonly<Record<string, Json | undefined>>): void {
  const [name] = Object.entries(options).find(([, value]) => value !== undefined) ?? [];
  if (name === undefined) return;
  throw new LambentError(
    `${what}: ${name} is of what a schedule starts, and this plan has none: give it a schedule, or leave ${name} out`,
  );
}

function checkMost(what: string, { workflow, options }: GraphData, most: number | undefined): void {
  if (most === undefined) return;
  if (!(Number.isInteger(most) && most > 0)) {
    throw new LambentError(`${what}: maxConcurrent must be a whole number, 1 or more, not ${given(most)}`);
  }
  if (options?.type !== "EXPRESS") return;
  throw new LambentError(
    `${what}: maxConcurrent counts executions that run, and AWS lists none of workflow ${workflow}, which is of type EXPRESS: leave it out, or make the workflow STANDARD`,
  );
}
