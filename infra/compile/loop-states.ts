import type { LoopNode } from "../../sdk/graph/graph.ts";
import type { Fields } from "../asl/states.ts";
import { condition, query, template } from "./expression.ts";
import type { Plan } from "./plan.ts";
import type { State, StateSequence } from "./states.ts";
import type { StatesOf } from "./states-of.ts";
import type { Compilation } from "./target.ts";

/**
 * A loop: a Pass state that assigns what it begins with, a Choice that asks whether there is another round, the block's
 * states, and a Pass state that assigns what they came to and goes back to the Choice.
 */
export function loopStates(
  node: LoopNode<Plan>,
  next: string,
  compilation: Compilation,
  statesOf: StatesOf,
): StateSequence {
  const { names } = compilation;
  const rounds = names.fresh(`${node.variable}_rounds`);
  const state = {
    ask: names.fresh(`${node.name}While`),
    again: names.fresh(`${node.name}Again`),
    tooMany: names.fresh(`${node.name}TooMany`),
    done: names.fresh(`${node.name}Done`),
  };
  const inner = { ...compilation, visits: [...compilation.visits, `$${rounds}`] };
  const body = statesOf(node.block.steps, { Next: state.again }, inner);
  const goesOn = condition(node.test);
  const ask: State = {
    Type: "Choice",
    Comment: roundsComment(node),
    Choices: [
      // What it begins with need not have what the condition reads.
      ...(node.fewest === 0 ? [] : [{ Condition: query(`$${rounds} < ${node.fewest}`), Next: body.entry }]),
      { Condition: query(`$not(${goesOn})`), Next: state.done },
      { Condition: query(`$${rounds} >= ${node.most}`), Next: state.tooMany },
    ],
    Default: body.entry,
  };
  const cause = `loop ${node.name} would go round more than ${node.most} times, its maxIterations`;
  return {
    entry: node.name,
    states: [
      [
        node.name,
        { Type: "Pass", Assign: { [node.state]: template(node.initial, "null"), [rounds]: 0 }, Next: state.ask },
      ],
      [state.ask, ask],
      ...body.states,
      [state.again, roundEnd(node, rounds, state.ask)],
      [state.tooMany, { Type: "Fail", Error: "TooManyIterations", Cause: cause }],
      [state.done, { Type: "Pass", Assign: { [node.variable]: query(`$${node.state}`) }, Next: next }],
    ],
  };
}

function roundEnd({ state, block: { result } }: LoopNode<Plan>, rounds: string, ask: string): State {
  const Assign = { [state]: template(result, "null"), [rounds]: query(`$${rounds} + 1`) };
  return { Type: "Pass", Assign, Next: ask };
}

const ROUNDS_COMMENT = /^Another round\? Of these there are (\d+) to (\d+)\.$/;

function roundsComment({ fewest, most }: LoopNode<unknown>): string {
  return `Another round? Of these there are ${fewest} to ${most}.`;
}

/** How often the state is visited that asks for another round, at least and at most; undefined if it is no such state. */
export function visitsOf({ Comment }: Fields): { readonly fewest: number; readonly most: number } | undefined {
  const [, fewest, most] = (typeof Comment === "string" && ROUNDS_COMMENT.exec(Comment)) || [];
  return fewest === undefined ? undefined : { fewest: Number(fewest) + 1, most: Number(most) + 1 };
}
