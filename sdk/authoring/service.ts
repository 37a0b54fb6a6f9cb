import {
  addTask,
  withStarted,
  type ActorDefinition,
  type TaskDefinition,
  type WorkflowDefinition,
} from "./definition.ts";
import type { RunnableTask } from "../invocation/runnable-task.ts";
import { LambentError } from "../base/errors.ts";
import { PLAIN_TASKS, replicaName } from "../base/function-names.ts";
import type { GraphData } from "../graph/graph.ts";
import { allNodes, invokingNode } from "../graph/walk.ts";
import { actorStack } from "./actor.ts";
import { tasksOfDynamic } from "./dynamic.ts";
import { tracedTask } from "./task.ts";
import { workflowDefinition } from "./called-workflow.ts";
import { launchPlanOf } from "./launch-plan.ts";
import { withLaunchPlans } from "./exported-plans.ts";

/** A module of the author's, as `import * as` gives it. */
export type Module = Readonly<Record<string, unknown>>;

/** All that a service's modules export, as plain data: what is deployed and emulated. */
export interface ServiceDescription {
  readonly functions: readonly FunctionDescription[];
  readonly workflows: readonly GraphData[];
}

/** One Lambda function: an actor, or the one that runs the plain tasks. */
export interface FunctionDescription {
  /** Absent: the plain tasks' function. */
  readonly actor?: ActorDefinition;
  /** Which replica of the actor it is, from 0, where each is a function of its own: see {@link replicaFunctions}. */
  readonly replica?: number;
  readonly tasks: readonly string[];
  /** The exports that lead to these tasks: all that its bundle needs. */
  readonly exports: readonly ExportAddress[];
}

/** One export of one of the service's modules. */
export interface ExportAddress {
  /** Its index among the modules that were described. */
  readonly module: number;
  readonly name: string;
}

/**
 * The tasks that modules export, and those that their exported workflows run.
 * @throws {LambentError} if one function would know two tasks by one name
 */
export function exportedTasks(modules: readonly Module[]): Set<TaskDefinition> {
  const tasks = new Set<TaskDefinition>();
  for (const value of modules.flatMap((module) => Object.values(module))) {
    for (const task of tasksOfExport(value)) addTask(tasks, task);
  }
  return tasks;
}

/** The workflows that modules export, by themselves or as launch plans, and those whose state machines these start. */
function exportedWorkflows(modules: readonly Module[]): Set<WorkflowDefinition> {
  const exported = modules.flatMap((module) => Object.values(module)).map(exportedWorkflow);
  return withStarted(exported.filter((definition) => definition !== undefined));
}

/** A task, or the tasks of a workflow, a launch plan or a dynamic. */
function tasksOfExport(value: unknown): TaskDefinition[] {
  const traced = tracedTask(value);
  if (traced !== undefined) return [traced.definition];
  const workflow = exportedWorkflow(value);
  const workflows = workflow === undefined ? [] : [...withStarted([workflow])]; // what a lazy one runs it does not tell
  return [...workflows.flatMap(({ tasks }) => [...tasks]), ...tasksOfDynamic(value)];
}

/** A workflow, or that of a launch plan. */
function exportedWorkflow(value: unknown): WorkflowDefinition | undefined {
  return launchPlanOf(value)?.definition ?? workflowDefinition(value);
}

/** The functions that are deployed for one that is described: of an actor with affinity, one for each replica. */
export function replicaFunctions(fn: FunctionDescription): FunctionDescription[] {
  const { actor } = fn;
  if (actor?.affinity !== true) return [fn];
  return Array.from({ length: actor.replicaCount }, (_, replica) => ({
    ...fn,
    actor: { ...actor, replicaCount: 1 },
    replica,
  }));
}

/** The actor of one of a service's functions, with `-<replica>` after it if it is one of several. */
export function functionKey({ actor, replica }: Pick<FunctionDescription, "actor" | "replica">): string {
  return replicaName(actor?.name ?? PLAIN_TASKS, replica);
}

/**
 * @param provisioned what serverless.yml sets in the place of the one instance that each replica has
 * @throws {LambentError} if that is more
 */
export function checkReplica(actor: string, provisioned: unknown): void {
  if (provisioned === undefined || Number.isNaN(Number(provisioned)) || Number(provisioned) <= 1) return;
  throw new LambentError(
    `functions.${actor}.provisionedConcurrency is ${String(provisioned)}, and actor ${actor} has affinity, where each replica is a function of its own with one instance: leave it out, and set replicaCount`,
  );
}

/**
 * Describe the service that modules make up: its workflows, its actors and its plain tasks.
 * @param modules each as the object of its exports
 * @param made all tasks that the modules have made: a replica knows those that nothing leads to as well
 * @throws {LambentError} if two workflows, two actors or two tasks of one function have one name
 * @example
 * const service = describeService([{ evaluate }]);
 * console.log(Object.keys(service));
 */
export function describeService(modules: readonly Module[], made: readonly RunnableTask[] = []): ServiceDescription {
  const tasks = exportedTasks(modules);
  const known = new Set<RunnableTask>(tasks);
  for (const task of made) addTask(known, task);
  const names = new Map<ActorDefinition | undefined, Set<string>>();
  for (const { actor, name } of tasks) {
    const other = [...names.keys()].find((one) => one !== undefined && one !== actor && one.name === actor?.name);
    if (other !== undefined && actor !== undefined) throw namedAlike(other, actor);
    names.set(actor, (names.get(actor) ?? new Set()).add(name));
  }
  checkReplicaNames([...names.keys()].filter((actor) => actor !== undefined));
  const workflows = new Map<string, GraphData>();
  for (const { graph } of exportedWorkflows(modules)) {
    if (workflows.has(graph.workflow)) {
      throw new LambentError(`two workflows are named ${graph.workflow}: give one of them another { name }`);
    }
    checkWarmed(graph, names);
    workflows.set(graph.workflow, graph);
  }
  return {
    functions: [...names].map(([actor, set]) => ({
      ...(actor === undefined ? {} : { actor }),
      tasks: [...set],
      exports: exportsOf(actor, modules),
    })),
    workflows: withLaunchPlans([...workflows.values()], modules),
  };
}

/** Its stack says where both actors are made. */
function namedAlike(one: ActorDefinition, other: ActorDefinition): LambentError {
  const error = new LambentError(`two actors are named ${one.name}: share one ActorEnvironment, or rename one`);
  const places = [one, other].flatMap((actor) => actorStack(actor)?.split("\n").slice(1) ?? []);
  if (places.length > 0) error.stack = [error.message, ...places].join("\n");
  return error;
}

/** Who warms an actor that has no task of its own would call a function that there is not. */
function checkWarmed(graph: GraphData, known: ReadonlyMap<ActorDefinition | undefined, unknown>): void {
  const actors = new Set([...known.keys()].map((actor) => actor?.name));
  for (const node of allNodes(graph)) {
    const address = invokingNode(node)?.address;
    if (address === undefined || actors.has(address.actor)) continue;
    throw new LambentError(
      `workflow ${graph.workflow}: ${address.task} is to run on actor ${address.actor}, which has no task, and so no replicas: make the task that uses what is cached with actor.task, and export it or call it in a workflow`,
    );
  }
}

/** @throws {LambentError} if a replica's function would have the name of another actor's */
function checkReplicaNames(actors: readonly ActorDefinition[]): void {
  for (const actor of actors) {
    const replicas = new Set(replicaFunctions({ actor, tasks: [], exports: [] }).map(functionKey));
    const other = actors.find((one) => one !== actor && replicas.has(one.name));
    if (other === undefined) continue;
    throw new LambentError(
      `actor ${other.name}: a replica of actor ${actor.name}, which has affinity, is a function of this name: rename one of the two`,
    );
  }
}

/**
 * Tasks by themselves come first, and a workflow only for tasks that no other export leads to: its module imports those
 * of all the actors it works with.
 */
function exportsOf(actor: ActorDefinition | undefined, modules: readonly Module[]): ExportAddress[] {
  const found = modules.flatMap((module, index) =>
    Object.entries(module).map(([name, value]) => ({
      address: { module: index, name },
      alone: tracedTask(value) !== undefined,
      tasks: tasksOfExport(value).filter((task) => task.actor === actor),
    })),
  );
  const covered = new Set<string>();
  return [...found.filter(({ alone }) => alone), ...found.filter(({ alone }) => !alone)].flatMap(
    ({ address, tasks }) => {
      const added = tasks.filter(({ name }) => !covered.has(name));
      for (const { name } of added) covered.add(name);
      return added.length === 0 ? [] : [address];
    },
  );
}
