import { isJsonObject, type Json } from "../../sdk/base/json.ts";
import type { Block, Expression, GraphData, MapNode, Node, Reference, Signature } from "../../sdk/graph/graph.ts";
import { batchSizeOf } from "../compile/batch-items.ts";
import { ASSUMED_ITEMS, type RunAssumptions } from "./run-assumptions.ts";

/** How the number of a map's items is known: it stands in the workflow, or in the input, or it is only assumed. */
export type ItemsSource = "workflow" | "option" | "input" | "default" | "assumed";

/** A map of a workflow, or of one that it runs within its state machine, and how it will run. */
export interface MapFacts {
  /** The name of its Map state. */
  readonly state: string;
  readonly node: MapNode;
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
}

/** Characters of an item as JSON, where they are not known, as far as a batch's size goes by them. */
const ASSUMED_CHARACTERS = 100;

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
        return [];
      case "map": {
        const facts = this.#ofMap(node, variables, within);
        variables.set(node.variable, { count: facts.items, source: facts.source });
        return [facts];
      }
      case "choice": {
        const found = [node.whenTrue, node.whenFalse].flatMap((block) => this.ofBlock(block, variables, within));
        const results = [node.whenTrue, node.whenFalse].map(({ result }) => known(result, variables));
        variables.set(node.variable, largest(results));
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

  #ofMap(node: MapNode, variables: ReadonlyMap<string, Known>, within: string): MapFacts {
    const state = `${within}${node.name}`;
    const lists = Object.values(node.lists).map((list) => known(list, variables));
    const counted = largest(lists);
    const { itemsOf = {}, items: anyItems } = this.#assumed;
    const told = itemsOf[state] ?? itemsOf[node.name] ?? (counted.source === "workflow" ? undefined : anyItems);
    const items = told ?? counted.count ?? ASSUMED_ITEMS;
    const source = told !== undefined ? "option" : counted.count === undefined ? "assumed" : counted.source;
    const characters = told === undefined ? charactersOf(lists) : undefined;
    const facts = { state, node, items, source, characters };
    if (node.batch === undefined) return facts;
    const size = batchSizeOf(node.batch, items, characters ?? items * ASSUMED_CHARACTERS);
    return { ...facts, batch: { size, batches: Math.ceil(items / size) } };
  }
}

function nestedVariables(
  { inputs }: Signature,
  given: Readonly<Record<string, Expression>>,
  outer: ReadonlyMap<string, Known>,
): Map<string, Known> {
  return new Map(
    inputs.map(({ name, variable, default: value }) => {
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
  const value = path.reduce<Json | undefined>(
    (whole, step) =>
      Array.isArray(whole) ? whole[Number(step)] : isJsonObject(whole) ? whole[String(step)] : undefined,
    found.value,
  );
  return knownValue(value, found.source);
}

function largest(all: readonly Known[]): Known {
  return all.reduce((most, one) => ((one.count ?? -1) > (most.count ?? -1) ? one : most), UNKNOWN);
}

function charactersOf(lists: readonly Known[]): number | undefined {
  const texts = lists.map(({ value }) => (value === undefined ? undefined : JSON.stringify(value).length));
  return texts.reduce((sum, one) => (sum === undefined || one === undefined ? undefined : sum + one), 0);
}
