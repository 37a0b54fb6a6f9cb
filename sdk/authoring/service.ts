import { addTask, type ActorDefinition, type TaskDefinition } from "./definition.ts";
import type { RunnableTask } from "../invocation/runnable-task.ts";
import { LambentError } from "../base/errors.ts";
import type { GraphData } from "../graph/graph.ts";
import { tracedTask } from "./task.ts";
import { workflowDefinition } from "./called-workflow.ts";

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

/** A task, or the tasks of a workflow. */
function tasksOfExport(value: unknown): TaskDefinition[] {
  const traced = tracedTask(value);
  return traced === undefined ? [...(workflowDefinition(value)?.tasks ?? [])] : [traced.definition];
}

/**
 * Describe the service that modules make up.
 * @param made all tasks that the modules have made: a replica knows those that nothing leads to as well
 * @throws {LambentError} if two workflows, two actors or two tasks of one function have one name
 */
export function describeService(modules: readonly Module[], made: readonly RunnableTask[] = []): ServiceDescription {
  const tasks = exportedTasks(modules);
  const known = new Set<RunnableTask>(tasks);
  for (const task of made) addTask(known, task);
  const names = new Map<ActorDefinition | undefined, Set<string>>();
  for (const { actor, name } of tasks) {
    const other = [...names.keys()].find((one) => one !== undefined && one !== actor && one.name === actor?.name);
    if (other !== undefined)
      throw new LambentError(`two actors are named ${other.name}: share one ActorEnvironment, or rename one`);
    names.set(actor, (names.get(actor) ?? new Set()).add(name));
  }
  const workflows = new Map<string, GraphData>();
  for (const value of modules.flatMap((module) => Object.values(module))) {
    const graph = workflowDefinition(value)?.graph;
    if (graph === undefined || workflows.get(graph.workflow) === graph) continue;
    if (workflows.has(graph.workflow)) {
      throw new LambentError(`two workflows are named ${graph.workflow}: give one of them another { name }`);
    }
    workflows.set(graph.workflow, graph);
  }
  return {
    functions: [...names].map(([actor, set]) => ({
      ...(actor === undefined ? {} : { actor }),
      tasks: [...set],
      exports: exportsOf(actor, modules),
    })),
    workflows: [...workflows.values()],
  };
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
