import type { ServiceDescription } from "../../sdk/authoring/service.ts";
import type { TaskVariable } from "../../sdk/authoring/task-variables.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import { printPath } from "../../sdk/base/json.ts";
import type { GraphData, KeyPath, MapNode, TaskAddress, TaskNode } from "../../sdk/graph/graph.ts";
import { allNodes, invokingNode, mapAddresses } from "../../sdk/graph/walk.ts";
import type { AuthorModules } from "./tree-shaking/author-modules.ts";

/**
 * A service whose graphs have a key for each task of an actor with affinity: the one that the author has written, or what
 * of its inputs the task's source hands to cached functions.
 * @param variables where tasks are, to tell apart those of one name
 * @throws {LambentError} with file and line, for tasks that have neither
 */
export async function withAffinityKeys(
  description: ServiceDescription,
  variables: readonly TaskVariable[],
  authors: AuthorModules,
): Promise<ServiceDescription> {
  const keyless = keylessTasks(description.workflows);
  if (keyless.size === 0) return description;
  const sources = await authors.tasks();
  const keys = new Map<string, readonly KeyPath[]>();
  const refusals: string[] = [];
  for (const [id, address] of keyless) {
    const candidates = sources.filter(({ name }) => name === address.task);
    const variable = variables.find(({ actor, task }) => actor === address.actor && task === address.task);
    const inPlace = candidates.filter(({ path, variable: name }) => path === variable?.path && name === variable.name);
    const [source, ...others] = inPlace.length === 0 ? candidates : inPlace;
    const paths = others.length === 0 ? (source?.cachedBy ?? []).filter(isKeyPath) : [];
    if (paths.length > 0) keys.set(id, paths);
    else refusals.push(refusal(address, others.length === 0 ? source : undefined, variable));
  }
  if (refusals.length > 0) throw new LambentError(refusals.join("\n"));
  function withKey(address: TaskAddress): TaskAddress {
    const paths = keys.get(idOf(address));
    return address.affinity === undefined || paths === undefined
      ? address
      : { ...address, affinity: { ...address.affinity, paths } };
  }
  return { ...description, workflows: description.workflows.map((graph) => mapAddresses(graph, withKey)) };
}

/** What to tell of tasks whose key is made of inputs that no call gives: TypeScript refuses a misspelt one, JavaScript not. */
export function idleKeys({ workflows }: ServiceDescription): string[] {
  const given = new Map<string, { readonly address: TaskAddress; readonly inputs: Set<string> }>();
  for (const node of workflows.flatMap(allNodes)) {
    const invoking = invokingNode(node);
    if (invoking === undefined) continue;
    const { address } = invoking;
    const { inputs } = given.get(idOf(address)) ?? { inputs: new Set<string>() };
    for (const name of inputNames(invoking)) inputs.add(name);
    given.set(idOf(address), { address, inputs });
  }
  return [...given.values()].flatMap(({ address: { actor, task, affinity }, inputs }) => {
    const paths = affinity?.paths ?? [];
    if (paths.length === 0 || affinity?.replicas === 1 || paths.some(([input]) => inputs.has(input))) return [];
    const key = paths.map((path) => printPath("inputs", path)).join(", ");
    return [
      `task ${task}: its key on actor ${actor} is ${key}, which no call gives it: all its calls go to one replica. Check the name, or choose another affinityKey`,
    ];
  });
}

function inputNames(node: TaskNode | MapNode): string[] {
  return node.kind === "task" ? Object.keys(node.inputs) : [...Object.keys(node.bound), ...Object.keys(node.lists)];
}

/** The tasks that have affinity and no key, each once. */
function keylessTasks(workflows: readonly GraphData[]): Map<string, TaskAddress> {
  const addresses = workflows
    .flatMap(allNodes)
    .flatMap((node) => invokingNode(node)?.address ?? [])
    .filter(({ affinity }) => affinity !== undefined && affinity.paths === undefined);
  return new Map(addresses.map((address) => [idOf(address), address]));
}

function idOf({ actor, task }: TaskAddress): string {
  return JSON.stringify([actor, task]);
}

function isKeyPath(path: readonly string[]): path is KeyPath {
  return path.length > 0;
}

function refusal(
  { actor, task }: TaskAddress,
  source: { readonly path: string; readonly line: number; readonly column: number } | undefined,
  variable: TaskVariable | undefined,
): string {
  const place = source === undefined ? (variable?.path ?? "") : `${source.path}:${source.line}:${source.column}`;
  return (
    `${place === "" ? "" : `${place}: `}task ${task}: actor ${actor} has affinity, and its source does not show which inputs reach a cached function: ` +
    `write actor.task(${task}, { affinityKey: (inputs) => inputs.… }), with the input, or a list of inputs, for which equal values are to meet the same replica`
  );
}
