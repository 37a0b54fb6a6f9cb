import { MAP_LABEL_CHARACTERS } from "../../sdk/base/aws-limits.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { MapNode } from "../../sdk/graph/graph.ts";
import { literalTemplate, query } from "./expression.ts";
import type { StateNames } from "./state-names.ts";
import type { State, StateSequence } from "./states.ts";

/** What a Distributed Map fails with when a child execution has failed. It does not tell with what. */
export const TOO_MANY_FAILURES = "States.ExceedToleratedFailureThreshold";

/** By the label, a Map Run is known as one of this Map. */
export function mapLabel(map: string, names: StateNames): string {
  const isLabel = map.length <= MAP_LABEL_CHARACTERS && /^\w+$/.test(map);
  return isLabel ? map : names.fresh(map.replaceAll(/\W/g, "_").slice(0, MAP_LABEL_CHARACTERS - 4));
}

/** What the states that tell of a failed piece are given: the Map's label. */
export function givenLabel(label: string): Json {
  return { label: literalTemplate(label) };
}

/**
 * States that end the execution with the error of the child execution that has failed, as it would be without child
 * executions: the Map tells no more than that one has. Where Step Functions does not tell of it yet, or its executions
 * are EXPRESS ones, of which it tells nothing, they end it with the Map's error. They read which Map it was from their
 * input, so that all maps of a block share them.
 */
export function failedPieceStates(executionType: MapNode["executionType"], names: StateNames): StateSequence {
  const state = {
    runs: names.fresh("MapRuns"),
    pieces: names.fresh("FailedPieces"),
    piece: names.fresh("FailedPiece"),
    known: names.fresh("FailedPieceKnown"),
    unknown: names.fresh("FailedPieceUnknown"),
  };
  const label = "$states.input.label";
  function call(action: string, input: Record<string, string | number>, output: Json, next: string): State {
    return {
      Type: "Task",
      Resource: `arn:aws:states:::aws-sdk:sfn:${action}`,
      Arguments: input,
      Output: output,
      Catch: [{ ErrorEquals: ["States.ALL"], Output: { label: query(label) }, Next: state.unknown }],
      Next: next,
    };
  }
  const own = `$filter($states.result.MapRuns, function($run) { $contains($run.MapRunArn, "/" & ${label} & ":") })`;
  // The same Map may have run before, or run in another iteration.
  const latest = `$sort(${own}, function($one, $other) { $one.StartDate < $other.StartDate })[0].MapRunArn`;
  const unknown = `"The child execution of an item failed: its error is in the Map Run " & ${label} & " of this execution"`;
  const ended: StateSequence["states"] = [
    [state.unknown, { Type: "Fail", Error: TOO_MANY_FAILURES, Cause: query(unknown) }],
  ];
  if (executionType === "EXPRESS") return { entry: state.unknown, states: ended };
  return {
    entry: state.runs,
    states: [
      [
        state.runs,
        call(
          "listMapRuns",
          { ExecutionArn: query("$states.context.Execution.Id"), MaxResults: 1000 },
          { label: query(label), run: query(latest) },
          state.pieces,
        ),
      ],
      [
        state.pieces,
        call(
          "listExecutions",
          { MapRunArn: query("$states.input.run"), StatusFilter: "FAILED", MaxResults: 1 },
          { label: query(label), piece: query("$states.result.Executions[0].ExecutionArn") },
          state.piece,
        ),
      ],
      [
        state.piece,
        call(
          "describeExecution",
          { ExecutionArn: query("$states.input.piece") },
          { error: query("$states.result.Error"), cause: query("$states.result.Cause") },
          state.known,
        ),
      ],
      [state.known, { Type: "Fail", Error: query("$states.input.error"), Cause: query("$states.input.cause") }],
      ...ended,
    ],
  };
}
