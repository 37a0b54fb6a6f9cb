import type { Json } from "../../sdk/base/json.ts";
import type { AwsCallNode, Expression, Reference } from "../../sdk/graph/graph.ts";
import { mapReferences } from "../../sdk/graph/walk.ts";
import { isWhole, type Budget, type Reads } from "../../sdk/values/budget.ts";
import type { Division } from "./divisions.ts";
import { template } from "./expression.ts";
import { asData } from "./given-value.ts";
import { authorRetriers } from "./invocation-state.ts";
import { assign, type Next, type State } from "./states.ts";

/** What the comments of these states begin with, by which roles tell them from states that the compiler wrote for itself. */
const COMMENT = "awsCall ";

/** Whether an author has asked for what the state calls. */
export function isAwsCallState(state: { readonly [field: string]: Json | undefined }): boolean {
  return typeof state["Comment"] === "string" && state["Comment"].startsWith(COMMENT);
}

/** The comment of a node's state. */
export function awsCallComment({ action }: Pick<AwsCallNode, "action">): string {
  return `${COMMENT}${action}`;
}

/** A Task that calls an AWS service. What it answers is data, whatever it looks like. */
export function awsCallState(node: AwsCallNode, budget: Budget | undefined, next: Next): State {
  const { action, options, token } = node;
  const Arguments = Object.fromEntries(
    Object.entries(node.arguments).map(([name, given]) => [name, template(withToken(given, token), "null")]),
  );
  const Retry = authorRetriers(options.retries) as Json[]; // retriers are JSON
  const answer = asData("$states.result", divisionOf(budget?.reads));
  return {
    Type: "Task",
    Comment: awsCallComment(node),
    Resource: `arn:aws:states:::${action}`,
    Arguments,
    ...(options.timeout === undefined ? {} : { TimeoutSeconds: options.timeout }),
    ...(options.heartbeat === undefined ? {} : { HeartbeatSeconds: options.heartbeat }),
    ...(Retry.length === 0 ? {} : { Retry }),
    ...assign(node, answer, next),
  };
}

/** Where the answer is taken apart: where the state machine reads parts of it. */
function divisionOf(reads: Reads | undefined): Division | undefined {
  if (reads === undefined || isWhole(reads)) return undefined;
  const steps = Object.entries(reads.fields ?? {}).map(([step, inner]) => [step, divisionOf(inner)]);
  const elements = divisionOf(reads.items);
  return { steps: Object.fromEntries(steps), ...(elements === undefined ? {} : { elements }) };
}

/** The token is in the state's context, whatever the variable is called that stands for it. */
const TOKEN: Reference = { kind: "ref", variable: "states", path: ["context", "Task", "Token"] };

function withToken(given: Expression, token: string | undefined): Expression {
  return mapReferences(given, (reference) => (reference.variable === token ? TOKEN : reference));
}
