import type { Answer, InputNode, TaskNode } from "../../sdk/graph/graph.ts";
import { namedInputs } from "../../sdk/graph/walk.ts";
import { keyOf } from "./affinity.ts";
import { answerProblems, toldProblems } from "./answer-problems.ts";
import { literal, query, template, templates } from "./expression.ts";
import { invocation, TASK_TOKEN } from "./invocation-state.ts";
import type { State, StateSequence } from "./states.ts";
import type { Compilation } from "./target.ts";

/**
 * A state that needs no function: its own heartbeat is what it calls, with its own token. An answer is all that can end
 * it then, or its timeout. The token is in the call, so that whoever reads the history finds it there.
 */
export const OWN_HEARTBEAT = "arn:aws:states:::aws-sdk:sfn:sendTaskHeartbeat.waitForTaskToken";

/** Of the call alone: nothing else fails with these. */
const RETRY = [
  {
    ErrorEquals: ["Sfn.SdkClientException", "Sfn.ThrottlingException", "Sfn.InternalServerException"],
    IntervalSeconds: 1,
    MaxAttempts: 6,
    BackoffRate: 2,
    JitterStrategy: "FULL",
  },
];

export function inputStates(node: InputNode, next: string, compilation: Compilation): StateSequence {
  const { timeout, heartbeat } = node.options;
  const state: State = {
    Type: "Task",
    Resource: OWN_HEARTBEAT,
    Arguments: { TaskToken: query(TASK_TOKEN) },
    ...(timeout === undefined ? {} : { TimeoutSeconds: timeout }),
    ...(heartbeat === undefined ? {} : { HeartbeatSeconds: heartbeat }),
    Retry: RETRY,
  };
  return answeredStates(node, state, next, compilation);
}

/** A task that hands its token on; what it returns stays in the history. */
export function tokenTaskStates(
  node: TaskNode & { readonly answer: Answer },
  next: string,
  compilation: Compilation,
): StateSequence {
  const { tokenInput } = node.answer;
  const inputs =
    node.whole === undefined
      ? {
          ...templates(node.inputs, "absent"),
          ...(tokenInput === undefined ? {} : { [tokenInput]: query(TASK_TOKEN) }),
        }
      : template(node.whole, "absent");
  const key = keyOf(node.address, namedInputs(node));
  const state = invocation(node, inputs, undefined, compilation.target, key, { waitsForToken: true });
  return answeredStates(node, state, next, compilation);
}

/** A state that is answered, and one that looks at the answer: whoever has the token may have sent anything. */
function answeredStates(
  { name, variable, answer }: { readonly name: string; readonly variable: string; readonly answer: Answer },
  state: State,
  next: string,
  { names }: Compilation,
): StateSequence {
  const [check, invalid] = [names.fresh(`${name}Check`), names.fresh(`${name}Invalid`)];
  const problems = answerProblems(`$${variable}`, answer.shape);
  const given = query("$states.result");
  const cause = query(`${literal(`the answer to ${name}: `)} & ${toldProblems(problems)}`);
  return {
    entry: name,
    states: [
      [name, { ...state, Assign: { [variable]: given }, Output: given, Next: check }],
      [
        check,
        {
          Type: "Choice",
          Choices: [{ Condition: query(`$count(${problems}) > 0`), Next: invalid }],
          Default: next,
        },
      ],
      [invalid, { Type: "Fail", Error: "InvalidAnswer", Cause: cause }],
    ],
  };
}
