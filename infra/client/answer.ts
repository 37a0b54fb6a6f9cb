import type { Json } from "../../sdk/base/json.ts";
import { schemaOf } from "../../sdk/authoring/answer-shape.ts";
import type { GraphData, InputNode } from "../../sdk/graph/graph.ts";
import { allNodes } from "../../sdk/graph/walk.ts";
import { decodeValue } from "../../sdk/values/crossing.ts";
import { problemsText, validate } from "../../sdk/values/validate.ts";
import { InvalidAnswer } from "../run/remote/invalid-answer.ts";
import type { AnswerCheck } from "../run/remote/signal-task.ts";

/** Looks at answers in full, by the schemas of a workflow that is in this process. */
export function answerCheck(graph: GraphData): AnswerCheck {
  return async (state, answer) => {
    const node = waitingNode(graph, state);
    const schema = node?.answer.shape === undefined ? undefined : schemaOf(node.answer.shape);
    if (node === undefined || schema === undefined) return;
    const result = await validate(schema, decodeValue(JSON.parse(answer) as Json), "it"); // of JSON
    if ("problems" in result) throw new InvalidAnswer(`the answer to ${node.name}: ${problemsText(result.problems)}`);
  };
}

/** The node of a state; one of a workflow that is called has that one's name before its own. */
function waitingNode(graph: GraphData, state: string): InputNode | undefined {
  return allNodes(graph)
    .filter((node) => node.kind === "input")
    .filter(({ name }) => state === name || state.endsWith(`_${name}`))
    .toSorted((one, other) => other.name.length - one.name.length)[0];
}
