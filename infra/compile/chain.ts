import type { GraphData, Node } from "../../sdk/graph/graph.ts";
import type { Json } from "../../sdk/base/json.ts";
import { query } from "./expression.ts";

/** What the compiler must know of the service that a workflow belongs to. */
export interface Target {
  /** `FunctionName` for the function that runs an actor's tasks, or the plain ones: an alias's ARN. */
  functionName(actor: string | undefined): string;
  /** Whether throttled calls should wait for a replica rather than give up soon. */
  queues(actor: string | undefined): boolean;
}

export interface State {
  readonly Type: "Task" | "Map" | "Parallel" | "Choice" | "Pass" | "Succeed" | "Fail";
  readonly [field: string]: Json | undefined;
}

/** Where a state goes when it is done. */
export type Next = { readonly Next: string } | { readonly End: true };

/** States in the order they were called, and the one to enter by. */
export interface Chain {
  readonly entry: string;
  readonly states: readonly (readonly [string, State])[];
}

/** What compiling a part of a graph needs to know of the whole. */
export interface Scope {
  readonly target: Target;
  readonly names: Names;
  /** The variables that are read after this part. */
  readonly uses: ReadonlySet<string>;
}

/** Keeps the names of states and variables apart: those of nodes, and those the compiler adds. */
export class Names {
  readonly #taken = new Set(["Inputs", "InvalidInputs", "Output"]);

  constructor(graph: GraphData) {
    for (const input of graph.inputs) this.#taken.add(input.variable);
    this.#take(graph.nodes);
  }

  /** `wanted`, numbered if it is taken. */
  fresh(wanted: string): string {
    let name = wanted.slice(0, 76);
    for (let number = 2; this.#taken.has(name); number++) name = `${wanted.slice(0, 76)}${number}`;
    this.#taken.add(name);
    return name;
  }

  #take(nodes: readonly Node[]): void {
    for (const node of nodes) {
      this.#taken.add(node.name).add(node.variable);
      if (node.kind === "choice") for (const block of [node.whenTrue, node.whenFalse]) this.#take(block.nodes);
    }
  }
}

/** A node's value, as the state's output and in the node's variable; what ends a branch is read from outside of it. */
export function assign(node: Node, value: string, next: Next): { Assign?: Json; Output: Json } & Next {
  const Output = query(value);
  return "End" in next ? { Output, ...next } : { Assign: { [node.variable]: query(value) }, Output, ...next };
}

/** A state's `Assign`, if there is anything to assign. */
export function assigning(variables: Readonly<Record<string, Json>>): { Assign?: Json } {
  return Object.keys(variables).length === 0 ? {} : { Assign: variables };
}

export function single(name: string, state: State): Chain {
  return { entry: name, states: [[name, state]] };
}

/** A chain as a branch of Parallel. */
export function closed({ entry, states }: Chain): Json {
  return { StartAt: entry, States: Object.fromEntries(states) as Record<string, Json> }; // a State's fields are JSON
}

export function after(first: readonly [string, State] | undefined, rest: Chain): Chain {
  if (first === undefined) return rest;
  const [name, state] = first;
  return { entry: name, states: [[name, { ...state, Next: rest.entry }], ...rest.states] };
}

/** Only the states that `soleNode` admits may end a branch. */
export function nextName(next: Next): string {
  if ("Next" in next) return next.Next;
  throw new Error("this state cannot be the last of a branch");
}
