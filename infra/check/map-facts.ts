import { isJsonObject, type Json } from "../../sdk/base/json.ts";
import type {
  Affinity,
  Block,
  Expression,
  GraphData,
  MapNode,
  Node,
  Reference,
  Signature,
  WorkflowMapNode,
} from "../../sdk/graph/graph.ts";
import { blocksOf } from "../../sdk/graph/walk.ts";
import { lanesOf } from "../../sdk/values/lanes.ts";
import { keyText } from "../../sdk/values/replica-ranking.ts";
import { keyPaths } from "../compile/affinity.ts";
import { batchSizeOf } from "../compile/batch-items.ts";
import { ASSUMED_CHARACTERS, ASSUMED_ITEMS, type RunAssumptions } from "./run-assumptions.ts";

/** How the number of a map's items is known: it stands in the workflow, or in the input, or it is only assumed. */
export type ItemsSource = "workflow" | "option" | "input" | "default" | "assumed";

/** A map of a workflow, or of one that it runs within its state machine, and how it will run. */
export interface MapFacts {
  /** The name of its Map state. */
  readonly state: string;
  readonly node: MapNode | WorkflowMapNode;
  readonly items: number;
  readonly source: ItemsSource;
  /** Characters of its lists' elements as JSON; undefined where the elements are not known. */
  readonly characters: number | undefined;
  readonly batch?: BatchFacts;
}

export interface BatchFacts {
  /** Items of a batch at most. */
  readonly size: number;
  /** Invocations, if nothing fails; where items are grouped by what only a run knows, at least so many. */
  readonly batches: number;
  /** Replicas that get items, one batch after the other, of an actor with affinity. */
  readonly lanes?: number;
  /** Whether only a run knows which replica gets how many items, so that it may be fewer batches. */
  readonly isBound?: boolean;
}

/** What is known of a value before it is there. */
interface Known {
  readonly value?: Json;
  /** Elements, if it is a list. */
  readonly count?: number;
  readonly source: ItemsSource;
}

const UNKNOWN: Known = { source: "assumed" };

/** The maps of a workflow in the order of their calls, those of nested workflows and of both branches included. */
export function mapFacts(graph: GraphData, assumed: RunAssumptions): MapFacts[] {
  const variables = new Map<string, Known>();
  for (const { name, variable, default: value } of graph.inputs) {
    const given = assumed.input?.[name];
    variables.set(variable, knownValue(given ?? value, given === undefined ? "default" : "input"));
  }
  return new Facts(assumed).ofBlock(graph, variables, "");
}

function knownValue(value: Json | undefined, source: ItemsSource): Known {
  return value === undefined ? UNKNOWN : { value, source, ...(Array.isArray(value) ? { count: value.length } : {}) };
}

class Facts {
  readonly #assumed: RunAssumptions;

  constructor(assumed: RunAssumptions) {
    this.#assumed = assumed;
  }

  /** @param within what the names of its states begin with */
  ofBlock({ nodes }: Block, variables: Map<string, Known>, within: string): MapFacts[] {
    return nodes.flatMap((node) => this.#ofNode(node, variables, within));
  }

  #ofNode(node: Node, variables: Map<string, Known>, within: string): MapFacts[] {
    switch (node.kind) {
      case "task":
      case "wait":
      case "input":
      case "start":
      case "compute":
      case "awsCall":
        return [];
      case "map": {
        const facts = this.#ofMap(node, variables, within);
        variables.set(node.variable, { count: facts.items, source: facts.source });
        return [facts];
      }
      case "workflowMap": {
        const facts = this.#ofMap(node, variables, within);
        const elements = new Map(
          Object.entries(node.lists).map(([name, expression]) => [name, elementOf(known(expression, variables))]),
        );
        const inner = nestedVariables(node.graph, node.bound, variables, elements);
        variables.set(node.variable, { count: facts.items, source: facts.source });
        return [facts, ...this.ofBlock(node.graph, inner, `${facts.state}_`)];
      }
      case "choice":
      case "try": {
        const found = blocksOf(node).flatMap((block) => this.ofBlock(block, variables, within));
        const results = blocksOf(node).map(({ result }) => known(result, variables));
        variables.set(node.variable, largest(results));
        return found;
      }
      case "loop": {
        variables.set(node.state, known(node.initial, variables));
        const found = this.ofBlock(node.block, variables, within);
        variables.set(node.variable, largest([known(node.initial, variables), known(node.block.result, variables)]));
        return found;
      }
      case "workflow": {
        const inner = nestedVariables(node.graph, node.inputs, variables);
        const found = this.ofBlock(node.graph, inner, `${within}${node.name}_`);
        variables.set(node.variable, known(node.graph.result, inner));
        return found;
      }
    }
  }

  #ofMap(node: MapNode | WorkflowMapNode, variables: ReadonlyMap<string, Known>, within: string): MapFacts {
    const state = `${within}${node.name}`;
    const lists = Object.values(node.lists).map((list) => known(list, variables));
    const counted = largest(lists);
    const { itemsOf = {}, items: anyItems } = this.#assumed;
    const told = itemsOf[state] ?? itemsOf[node.name] ?? (counted.source === "workflow" ? undefined : anyItems);
    const items = told ?? counted.count ?? ASSUMED_ITEMS;
    const source = told !== undefined ? "option" : counted.count === undefined ? "assumed" : counted.source;
    const characters = told === undefined ? charactersOf(lists) : undefined;
    const facts = { state, node, items, source, characters };
    if (node.kind === "workflowMap" || node.batch === undefined) return facts;
    const { affinity } = node.address;
    const size = batchSizeOf(node.batch, items, characters ?? items * ASSUMED_CHARACTERS, affinity !== undefined);
    if (affinity === undefined) return { ...facts, batch: { size, batches: Math.ceil(items / size) } };
    const lanes = told === undefined ? knownLanes(node, affinity, items, variables) : undefined;
    return { ...facts, batch: { size, ...laneBatches(items, affinity.replicas, size, lanes) } };
  }
}

/** How many items each replica gets; undefined where the keys are not known. */
function knownLanes(
  { address, lists, bound }: MapNode,
  { replicas }: Affinity,
  items: number,
  variables: ReadonlyMap<string, Known>,
): number[] | undefined {
  const inputs = { ...bound, ...lists };
  const parts = keyPaths(address).map(([input, ...steps]) => {
    const expression = Object.hasOwn(inputs, input) ? inputs[input] : undefined;
    if (expression === undefined) return () => undefined; // there is no such part, of any item
    const { value } = known(expression, variables);
    if (value === undefined) return null;
    return (index: number) =>
      valueAt(Object.hasOwn(lists, input) && Array.isArray(value) ? value[index] : value, steps);
  });
  if (!parts.every((part) => part !== null)) return undefined;
  const keys = Array.from({ length: items }, (_, index) => keyText(parts.map((part) => part(index))));
  return lanesOf(keys, replicas).map(({ indices }) => indices.length);
}

/**
 * The batches of lanes.
 * @param known items of each; without, so many batches as there may be at most, however uneven the lanes are
 */
export function laneBatches(
  items: number,
  replicas: number,
  size: number,
  known?: readonly number[],
): { readonly lanes: number; readonly batches: number; readonly isBound: boolean } {
  if (known !== undefined) {
    const batches = known.reduce((sum, own) => sum + Math.ceil(own / size), 0);
    return { lanes: known.length, batches, isBound: false };
  }
  const lanes = Math.min(items, replicas);
  // Each lane but for one may end with a batch of one item.
  const batches = Math.floor((items + lanes * (size - 1)) / size);
  return { lanes, batches: size === Infinity ? lanes : batches, isBound: lanes > 1 };
}

function nestedVariables(
  { inputs }: Signature,
  given: Readonly<Record<string, Expression>>,
  outer: ReadonlyMap<string, Known>,
  elements: ReadonlyMap<string, Known> = new Map(),
): Map<string, Known> {
  return new Map(
    inputs.map(({ name, variable, default: value }) => {
      const element = elements.get(name);
      if (element !== undefined) return [variable, element];
      const expression = given[name];
      return [variable, expression === undefined ? knownValue(value, "workflow") : known(expression, outer)];
    }),
  );
}

function known(expression: Expression, variables: ReadonlyMap<string, Known>): Known {
  switch (expression.kind) {
    case "literal":
      return knownValue(expression.value, "workflow");
    case "ref":
      return referred(expression, variables);
    case "object":
      return UNKNOWN;
    case "list": {
      const values = expression.items.map((item) => known(item, variables).value);
      const whole = values.every((value) => value !== undefined) ? { value: values as Json[] } : {}; // none is undefined
      return { ...whole, count: values.length, source: "workflow" };
    }
  }
}

function referred({ variable, path }: Reference, variables: ReadonlyMap<string, Known>): Known {
  const found = variables.get(variable) ?? UNKNOWN;
  if (path.length === 0) return found;
  return knownValue(valueAt(found.value, path), found.source);
}

function valueAt(value: Json | undefined, path: readonly (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (whole, step) =>
      Array.isArray(whole)
        ? whole[Number(step)]
        : isJsonObject(whole) && Object.hasOwn(whole, step)
          ? whole[step]
          : undefined,
    value,
  );
}

/** What an item of a map gets: of lists whose elements are lists, the longest. */
function elementOf({ value, source }: Known): Known {
  if (!Array.isArray(value)) return UNKNOWN;
  const [first = UNKNOWN, ...others] = value.map((element) => knownValue(element, source));
  return others.reduce((most, one) => ((one.count ?? -1) > (most.count ?? -1) ? one : most), first);
}

function largest(all: readonly Known[]): Known {
  return all.reduce((most, one) => ((one.count ?? -1) > (most.count ?? -1) ? one : most), UNKNOWN);
}

function charactersOf(lists: readonly Known[]): number | undefined {
  const texts = lists.map(({ value }) => (value === undefined ? undefined : JSON.stringify(value).length));
  return texts.reduce((sum, one) => (sum === undefined || one === undefined ? undefined : sum + one), 0);
}
