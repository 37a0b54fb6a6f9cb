import type { ServiceDescription } from "../../sdk/authoring/service.ts";
import type { TaskVariable } from "../../sdk/authoring/task-variables.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import { isObject, printPath } from "../../sdk/base/json.ts";
import type { Expression, GraphData, KeyPath, MapNode, TaskAddress, TaskNode } from "../../sdk/graph/graph.ts";
import { allNodes, invokingNode, mapAddresses } from "../../sdk/graph/walk.ts";
import { warmedFunction } from "../../sdk/invocation/warming-name.ts";
import { isMark } from "../../sdk/values/wire.ts";
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
    const source = sourceOf(address, sources, variables);
    const paths = (source?.cachedBy ?? []).filter(isKeyPath);
    if (paths.length > 0) keys.set(id, paths);
    else refusals.push(refusal(address, source, variableOf(address, variables)));
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

/**
 * What to tell of keys that are made of what no call gives: TypeScript refuses a misspelt input, JavaScript not.
 * @param variables where tasks are, to tell apart those of one name
 */
export async function idleKeys(
  { workflows }: ServiceDescription,
  variables: readonly TaskVariable[],
  authors: AuthorModules,
): Promise<string[]> {
  const calls = new Map<string, (TaskNode | MapNode)[]>();
  for (const node of workflows.flatMap(allNodes)) {
    const invoking = invokingNode(node);
    if (invoking === undefined || warmedFunction(invoking.address.task) !== undefined) continue;
    const id = idOf(invoking.address);
    calls.set(id, [...(calls.get(id) ?? []), invoking]);
  }
  const found: string[] = [];
  for (const nodes of calls.values()) {
    const [{ address } = {}] = nodes;
    const { paths = [], replicas } = address?.affinity ?? {};
    const idle = paths.filter((path) => !nodes.some((node) => mayGive(node, path)));
    if (address === undefined || idle.length === 0 || replicas === 1) continue;
    const source = sourceOf(address, await authors.tasks(), variables);
    const unknown = idle.filter(([input]) => source?.inputs?.includes(input) === false);
    if (idle.length === paths.length) found.push(idleKey(address, idle, unknown, source));
    else if (unknown.length > 0) found.push(idlePart(address, unknown, source));
  }
  return found;
}

function idleKey(address: TaskAddress, idle: readonly KeyPath[], unknown: readonly KeyPath[], source: Source): string {
  const what =
    unknown.length === idle.length ? "which is no input of it, and no call gives it" : "which no call gives it";
  return `${placeOf(source)}task ${address.task}: its key on actor ${address.actor} is ${printed(idle)}, ${what}: all its calls go to one replica. ${meant(source)}, or choose another affinityKey`;
}

function idlePart(address: TaskAddress, unknown: readonly KeyPath[], source: Source): string {
  return `${placeOf(source)}task ${address.task}: its key on actor ${address.actor} names ${printed(unknown)}, which is no input of it, and no call gives it. ${meant(source)}, or leave it out`;
}

function meant(source: Source): string {
  const { inputs = [] } = source ?? {};
  return inputs.length === 0 ? "Check the name" : `Check the name (its inputs: ${inputs.join(", ")})`;
}

function printed(paths: readonly KeyPath[]): string {
  return paths.map((path) => printPath("inputs", path)).join(", ");
}

/** Whether there may be anything at a path of a call's inputs. */
function mayGive(node: TaskNode | MapNode, [input, ...steps]: KeyPath): boolean {
  if (node.kind === "task") return node.whole !== undefined || mayHave(node.inputs, input, steps);
  // Of a list that is written in the workflow any element may have it.
  const list = Object.hasOwn(node.lists, input) ? node.lists[input] : undefined;
  if (list === undefined) return mayHave(node.bound, input, steps);
  const elements = partsIn(list);
  return elements === undefined || Object.keys(elements).some((index) => mayHave(elements, index, steps));
}

function mayHave(parts: Readonly<Record<string, Expression>>, name: string, steps: readonly string[]): boolean {
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
  const [step, ...rest] = steps;
  if (part === undefined || step === undefined) return part !== undefined;
  const within = partsIn(part);
  return within === undefined || mayHave(within, step, rest);
}

/** The fields of an object, or the elements of a list; `undefined` of what is known only at run time, or stands for something else. */
function partsIn(expression: Expression): Readonly<Record<string, Expression>> | undefined {
  switch (expression.kind) {
    case "ref":
      return undefined;
    case "object":
      return isMark(Object.keys(expression.fields)) ? undefined : expression.fields;
    case "list":
      return Object.fromEntries(expression.items.entries());
    case "literal": {
      const { value } = expression;
      if (!isObject(value)) return {};
      if (isMark(Object.keys(value))) return undefined;
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, { kind: "literal", value: part }]));
    }
  }
}

type Source = Awaited<ReturnType<AuthorModules["tasks"]>>[number] | undefined;

/** Where a task is made; `undefined` if several of its name may be meant. */
function sourceOf(
  address: TaskAddress,
  sources: readonly NonNullable<Source>[],
  variables: readonly TaskVariable[],
): Source {
  const candidates = sources.filter(({ name }) => name === address.task);
  const variable = variableOf(address, variables);
  const inPlace = candidates.filter(({ path, variable: name }) => path === variable?.path && name === variable.name);
  const [source, ...others] = inPlace.length === 0 ? candidates : inPlace;
  return others.length === 0 ? source : undefined;
}

function variableOf({ actor, task }: TaskAddress, variables: readonly TaskVariable[]): TaskVariable | undefined {
  return variables.find((one) => one.actor === actor && one.task === task);
}

function placeOf(source: Source): string {
  return source === undefined ? "" : `${source.path}:${source.line}:${source.column}: `;
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

function refusal({ actor, task }: TaskAddress, source: Source, variable: TaskVariable | undefined): string {
  const place = source === undefined && variable !== undefined ? `${variable.path}: ` : placeOf(source);
  return (
    `${place}task ${task}: actor ${actor} has affinity, and its source does not show which inputs reach a cached function: ` +
    `write actor.task(${task}, { affinityKey: (inputs) => inputs.… }), with the input, or a list of inputs, for which equal values are to meet the same replica`
  );
}
