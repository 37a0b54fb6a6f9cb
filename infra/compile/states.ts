import type { Node } from "../../sdk/graph/graph.ts";
import type { Json } from "../../sdk/base/json.ts";
import { query } from "./expression.ts";

export interface State {
  readonly Type: "Task" | "Map" | "Parallel" | "Choice" | "Wait" | "Pass" | "Succeed" | "Fail";
  readonly [field: string]: Json | undefined;
}

/** Where a state goes when it is done. */
export type Next = { readonly Next: string } | { readonly End: true };

/** States in the order they were called, and the one to enter by. */
export interface StateSequence {
  readonly entry: string;
  readonly states: readonly (readonly [string, State])[];
}

/** A node's value, as the state's output and in the node's variable; what ends a branch is read from outside of it. */
export function assign(
  node: Node<unknown>,
  value: string,
  next: Next,
): { readonly Assign?: Json; readonly Output: Json } & Next {
  const Output = query(value);
  return "End" in next ? { Output, ...next } : { Assign: { [node.variable]: query(value) }, Output, ...next };
}

/** A state's `Assign`, if there is anything to assign. */
export function assigning(variables: Readonly<Record<string, Json>>): { readonly Assign?: Json } {
  return Object.keys(variables).length === 0 ? {} : { Assign: variables };
}

export function single(name: string, state: State): StateSequence {
  return { entry: name, states: [[name, state]] };
}

/** `first`, if there is one, and then the rest. */
export function after(first: readonly [string, State] | undefined, rest: StateSequence): StateSequence {
  if (first === undefined) return rest;
  const [name, state] = first;
  return { entry: name, states: [[name, { ...state, Next: rest.entry }], ...rest.states] };
}

/** For nodes of which the plan ends no branch by their own state. */
export function nextName(next: Next): string {
  if ("Next" in next) return next.Next;
  throw new Error("this state cannot be the last of a branch");
}
