import { isObject, type JsonObject } from "../../../sdk/base/json.ts";
import { startOf } from "../../compile/start-states.ts";
import { isReplicaMap } from "../../compile/replica-states.ts";
import { isOf, isWithinMap } from "./nodes.ts";

/** What is shown of a definition, before anything has its place. */
export interface Outline {
  readonly nodes: readonly OutlineNode[];
  readonly ways: readonly OutlineWay[];
}

export interface OutlineNode {
  readonly name: string;
  /** Of the state: `Task`, `Map`, `Choice`. */
  readonly type: string;
  /** A Map's processor, a Parallel's branches. */
  readonly within: readonly Outline[];
}

export interface OutlineWay {
  readonly from: string;
  readonly to: string;
  /** When it is taken; undefined: always. */
  readonly label?: string;
}

/** A state of a definition, as far as a graph needs it. Whoever wrote the definition may have left out anything. */
interface State {
  readonly Type: string;
  /** Of a Task. */
  readonly resource: string;
  readonly next: readonly Next[];
  /** The blocks within it: a Map's processor, a Parallel's branches. */
  readonly inner: readonly Block[];
}

interface Next {
  readonly to: string;
  readonly label?: string;
}

interface Block {
  readonly states: ReadonlyMap<string, State>;
  /** The names of the Maps among them. */
  readonly maps: readonly string[];
}

/** Characters of a condition that are shown. */
const CONDITION_SHOWN = 40;

/** What the comment of a definition that Lambent has compiled has in it. */
const COMPILED = ", compiled by Lambent";

export function isCompiled(definition: string): boolean {
  return definition.includes(COMPILED);
}

/**
 * The states of a definition and the ways between them. Of Lambent's own, the states between an author's nodes are left
 * out.
 * @param definition as text
 */
export function outlineOf(definition: string, isLambent: boolean): Outline | undefined {
  const block = readBlock(JSON.parse(definition));
  return block === undefined ? undefined : outlined(block, isLambent);
}

/** @param map the Map that it is in */
function outlined(block: Block, isLambent: boolean, map?: string): Outline {
  return { nodes: nodesOf(block, isLambent, map), ways: waysOf(block, isLambent, map) };
}

function nodesOf(block: Block, isLambent: boolean, map?: string): OutlineNode[] {
  return [...block.states]
    .filter(([name, state]) => isShown(name, state, block, isLambent, map))
    .map(([name, { Type: type, inner }]) => {
      const within = inner.map((one) => innerOutline(one, isLambent, name));
      return { name, type, within: within.filter(({ nodes }) => nodes.length > 0) };
    });
}

/** What is in a Map or a Parallel; if all that is there is the compiler's, what is in that. */
function innerOutline(block: Block, isLambent: boolean, map: string): Outline {
  const outline = outlined(block, isLambent, map);
  const [only] = [...block.states.values()].flatMap(({ inner }) => inner);
  return outline.nodes.length > 0 || only === undefined ? outline : innerOutline(only, isLambent, map);
}

/** The ways between states that are shown, through those that are not. */
function waysOf(block: Block, isLambent: boolean, map?: string): OutlineWay[] {
  const { states } = block;
  const ways = new Map<string, OutlineWay>();
  function isVisible(name: string): boolean {
    const state = states.get(name);
    return state !== undefined && isShown(name, state, block, isLambent, map);
  }
  function ownerOf(name: string): string | undefined {
    return isVisible(name) ? name : isLambent ? mapOf(name, block) : undefined;
  }
  function add(from: string, to: string, label: string | undefined): void {
    const other = ways.get(`${from}\n${to}`);
    if (other === undefined) ways.set(`${from}\n${to}`, { from, to, ...(label === undefined ? {} : { label }) });
    else if (other.label === undefined || label === undefined) ways.set(`${from}\n${to}`, { from, to });
    else if (!other.label.split(" or ").includes(label))
      ways.set(`${from}\n${to}`, { from, to, label: `${other.label} or ${label}` });
  }
  function follow(from: string, { to, label }: Next, passed: ReadonlySet<string>): void {
    if (passed.has(to)) return;
    const owner = ownerOf(to);
    if (owner !== undefined) {
      if (from !== owner) add(from, owner, label);
      return;
    }
    for (const next of states.get(to)?.next ?? [])
      follow(from, label === undefined ? { to: next.to } : { to: next.to, label }, new Set([...passed, to]));
  }
  for (const [name, { next }] of states) {
    const owner = ownerOf(name);
    if (owner === undefined) continue;
    // When a map goes on from a state of the compiler's says nothing to its author.
    for (const one of next) follow(owner, owner === name ? one : { to: one.to }, new Set());
  }
  return [...ways.values()];
}

/** The Map that a state is of which the compiler has put beside it: what counts its results, or stores its list. */
function mapOf(name: string, { states, maps }: Block): string | undefined {
  const isChoice = states.get(name)?.Type === "Choice";
  return maps.find((map) => map !== name && (isOf(map, name) || (isChoice && name.startsWith(map))));
}

function isShown(
  name: string,
  { Type, resource, next }: State,
  block: Block,
  isLambent: boolean,
  around: string | undefined,
): boolean {
  if (!isLambent) return true;
  if (around !== undefined && isWithinMap(around, name)) return false;
  if (mapOf(name, block) !== undefined || startOf(name) !== undefined) return false;
  if (["Pass", "Fail", "Succeed"].includes(Type)) return false;
  // An author's tasks are functions. By calls of AWS the compiler finds files, or the error of a child execution.
  if (/^arn:[\w-]+:states:::aws-sdk:/.test(resource)) return false;
  if (Type !== "Choice") return true;
  // Whether a file's version has to be found.
  return name !== "Inputs" && !next.some(({ to }) => block.states.get(to)?.resource.endsWith(":aws-sdk:s3:headObject"));
}

function readBlock(value: unknown): Block | undefined {
  const { StartAt, States: states } = fields(value);
  if (typeof StartAt !== "string" || !isObject(states)) return undefined;
  const read = new Map(Object.entries(states).map(([name, state]) => [name, readState(state)]));
  return { states: read, maps: [...read].filter(([, { Type }]) => Type === "Map").map(([map]) => map) };
}

function readState(value: unknown): State {
  const { Type, Resource, Next, Default, Choices, Catch, ItemProcessor, Iterator, Branches } = fields(value);
  const next = [
    nextOf(Next),
    ...listed(Choices).map((choice) => nextOf(fields(choice)["Next"], conditionOf(choice))),
    nextOf(Default, "otherwise"),
    ...listed(Catch).map((catcher) => nextOf(fields(catcher)["Next"], "on error")),
  ];
  return {
    Type: String(Type),
    resource: String(Resource),
    next: next.filter((one) => one !== undefined),
    inner: isReplicaWait(value)
      ? []
      : [ItemProcessor, Iterator, ...listed(Branches)].map(readBlock).filter((block) => block !== undefined),
  };
}

/** Whether it is the Map that waits for replicas which come up for a run: one box, whatever it does for that. */
function isReplicaWait(value: unknown): boolean {
  return isReplicaMap(fields(value) as JsonObject); // it was parsed from JSON
}

function nextOf(to: unknown, label?: string): Next | undefined {
  return typeof to === "string" ? { to, ...(label === undefined ? {} : { label }) } : undefined;
}

/** A rule's condition, as far as there is room: JSONata's in its own words, JSONPath's as JSON. */
function conditionOf(choice: unknown): string {
  const { Condition, Next: _, Assign: _assign, Output: _output, Comment: _comment, ...rule } = fields(choice);
  const text = typeof Condition === "string" ? Condition.replace(/^\{%\s*|\s*%\}$/g, "") : JSON.stringify(rule);
  return `if ${text.length > CONDITION_SHOWN ? `${text.slice(0, CONDITION_SHOWN - 1)}…` : text}`;
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? { ...value } : {};
}
