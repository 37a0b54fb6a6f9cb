import type { Expression, MapNode, WorkflowMapNode } from "../../sdk/graph/graph.ts";
import type { Json } from "../../sdk/base/json.ts";
import { LIST } from "../../sdk/values/wire.ts";
import { firstOf, joined, literal, query, read, readStep, template } from "./expression.ts";
import type { StateNames } from "./state-names.ts";
import type { State } from "./states.ts";

/** The lists of a map, as its states read them. */
export interface ListSources {
  /** By input, the JSONata that reads its list. */
  readonly sources: readonly (readonly [string, string])[];
  /** JSONata: true if all are lists, and of one length. */
  readonly haveOneLength: string;
  /** JSONata that fails and tells which is no list, or the lengths. */
  readonly refusal: string;
  /** How many items there are: as a number, or in JSONata. */
  readonly count: number | string;
  /** What has to be put into variables first. */
  readonly variables: Readonly<Record<string, Json>>;
  /** A state that must come first, if lists have to be put into variables. */
  readonly assigned: readonly [string, State] | undefined;
}

export function listSources(node: MapNode | WorkflowMapNode<unknown>, names: StateNames): ListSources {
  const variables: Record<string, Json> = {};
  const sources = Object.entries(node.lists).map(([key, list]): [string, string] => {
    if (list.kind === "ref") return [key, read(list)];
    const variable = names.fresh(`${node.variable}_${key.replaceAll(/\W/g, "_")}`);
    variables[variable] = template(list, "null");
    return [key, `$${variable}`];
  });
  const [[, source] = ["", "[]"]] = sources;
  const unsure = sources.filter(([key]) => node.lists[key]?.kind === "ref");
  const areLists = unsure.map(([, list]) => isList(list));
  const same = sources.slice(1).map(([, other]) => `$count(${other}) = $count(${source})`);
  const lengths = joined(
    sources.map(([key, list], index) => `${literal(`${index === 0 ? "" : ", "}${key} has `)} & $count(${list})`),
    "&",
  );
  const [first] = Object.values(node.lists);
  return {
    sources,
    haveOneLength: joined([...areLists, ...same], "and") || "true",
    refusal: firstOf(
      unsure.map(([key, list]) => [`$not(${isList(list)})`, noList(node.name, key, list)]),
      `$error("${node.name}: the lists differ in length: " & ${lengths})`,
    ),
    count: first === undefined ? 0 : countOf(first),
    variables,
    assigned:
      Object.keys(variables).length === 0
        ? undefined
        : [names.fresh(`${node.name}Lists`), { Type: "Pass", Assign: variables }],
  };
}

interface MapLists extends Pick<ListSources, "count" | "variables" | "assigned"> {
  readonly items: Json;
  /** The inputs that differ from item to item, in JSONata. */
  readonly elements: Record<string, string>;
  /** The same as a template. */
  readonly inputs: Record<string, Json>;
}

/**
 * The items of a Map, and what each takes of its own.
 * @param item the JSONata that reads an item
 */
export function mapLists(
  node: MapNode | WorkflowMapNode<unknown>,
  names: StateNames,
  item: string = "$states.input",
): MapLists {
  const [first, ...others] = Object.entries(node.lists);
  if (first !== undefined && others.length === 0) {
    const [key, list] = first;
    return {
      items: listTemplate(node, key, list),
      count: countOf(list),
      ...itemInputs([[key, item]]),
      variables: {},
      assigned: undefined,
    };
  }
  const rows = knownRows(Object.values(node.lists));
  if (rows !== undefined) {
    const inputs = itemInputs(Object.keys(node.lists).map((key, index) => [key, `(${item})[${index}]`]));
    return { items: rows, count: rows.length, ...inputs, variables: {}, assigned: undefined };
  }
  const { sources, haveOneLength, refusal, count, variables, assigned } = listSources(node, names);
  // $zip alone would cut longer lists short in silence.
  return {
    items: query(`${haveOneLength} ? ${zip(sources)} : ${refusal}`),
    count,
    variables,
    ...itemInputs(sources.map(([key], index) => [key, `(${item})[${index}]`])),
    assigned,
  };
}

function itemInputs(elements: readonly (readonly [string, string])[]): Pick<MapLists, "elements" | "inputs"> {
  return {
    elements: Object.fromEntries(elements),
    inputs: Object.fromEntries(elements.map(([key, element]) => [key, query(element)])),
  };
}

/** Of lists that all stand in the workflow, and so have one length: of each item its elements. */
function knownRows(lists: readonly Expression[]): Json[] | undefined {
  const elements = lists.map(elementsOf);
  const [first] = elements;
  if (first === undefined || elements.some((one) => one?.length !== first.length)) return undefined;
  return first.map((_, index) => elements.map((one) => template(one?.[index] ?? NULL, "null")));
}

const NULL: Expression = { kind: "literal", value: null };

function elementsOf(list: Expression): readonly Expression[] | undefined {
  if (list.kind === "list") return list.items;
  if (list.kind !== "literal" || !Array.isArray(list.value)) return undefined;
  return list.value.map((value: Json): Expression => ({ kind: "literal", value }));
}

/** A list of lists: of each item its element of each list. */
export function zip(sources: ListSources["sources"]): string {
  return `$zip(${sources.map(([, list]) => list).join(", ")})`;
}

/** JSONata: whether a list is in the store, and its mark is in the place of it. A caller can write no mark. */
export function isStored(list: string): string {
  return `($type(${list}) = "object" ? $exists(${readStep(list, LIST)}) : false)`;
}

/** A list as a template, which fails by the map's name if it is none. */
export function listTemplate({ name }: Pick<MapNode, "name">, input: string, list: Expression): Json {
  if (list.kind !== "ref") return template(list, "null");
  const value = read(list);
  return query(`${isList(value)} or ${isStored(value)} ? ${value} : ${noList(name, input, value)}`);
}

function isList(value: string): string {
  return `$type(${value}) = "array"`;
}

/** JSONata that fails, since a map is given no list. */
function noList(map: string, input: string, value: string): string {
  return `$error(${literal(`${map}: ${input} must be a list, not `)} & ($exists(${value}) ? $type(${value}) : "missing"))`;
}

/** How many elements a list has that stands in the workflow. */
export function knownLength({ lists }: MapNode | WorkflowMapNode<unknown>): number | undefined {
  return Object.values(lists)
    .map(countOf)
    .find((count) => typeof count === "number");
}

function countOf(list: Expression): number | string {
  switch (list.kind) {
    case "ref":
      return `$count(${read(list)})`;
    case "list":
      return list.items.length;
    case "literal":
      return Array.isArray(list.value) ? list.value.length : 0;
    case "object":
      return 0; // mapTask takes none
  }
}
