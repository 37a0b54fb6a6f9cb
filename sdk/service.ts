import { addTask, type ActorDefinition, type TaskDefinition } from "./definition.ts";
import { LambentError } from "./errors.ts";
import type { GraphData } from "./graph.ts";
import { tracedTask } from "./task.ts";
import { workflowDefinition } from "./workflow.ts";

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
}

/**
 * The tasks that modules export, and those that their exported workflows run.
 * @throws {LambentError} if one function would know two tasks by one name
 */
export function exportedTasks(modules: readonly Module[]): Set<TaskDefinition> {
  const tasks = new Set<TaskDefinition>();
  for (const value of modules.flatMap((module) => Object.values(module))) {
    for (const task of workflowDefinition(value)?.tasks ?? []) addTask(tasks, task);
    const traced = tracedTask(value);
    if (traced !== undefined) addTask(tasks, traced.definition);
  }
  return tasks;
}

/**
 * Describe the service that modules make up.
 * @throws {LambentError} if two workflows, two actors or two tasks of one function have one name
 */
export function describeService(modules: readonly Module[]): ServiceDescription {
  const tasks = exportedTasks(modules);
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
    functions: [...names].map(([actor, set]) => ({ ...(actor === undefined ? {} : { actor }), tasks: [...set] })),
    workflows: [...workflows.values()],
  };
}
