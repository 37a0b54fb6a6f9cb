import { expect, test } from "vitest";
import { StepFunctions } from "../../../../infra/emulator/index.ts";
import { buildTimeline } from "../../../../infra/run/timeline/build.ts";
import { readHistory, type ReadOptions } from "../../../../infra/run/timeline/read.ts";
import type { Timeline } from "../../../../infra/run/timeline/model.ts";
import { localFunctions, type Definition } from "../../../support/emulator.ts";

const states = new StepFunctions({ functions: localFunctions({ double: (event) => event }) });
const work = {
  Type: "Task",
  Resource: "arn:aws:states:::lambda:invoke",
  Arguments: { FunctionName: "double", Payload: "{% $states.input %}" },
  End: true,
};

function mapOf(ExecutionType: string): Definition {
  return {
    Type: "Map",
    Items: [1, 2, 3],
    ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType }, StartAt: "Work", States: { Work: work } },
    End: true,
  };
}

async function timelineOf(name: string, state: Definition, options: ReadOptions = {}): Promise<Timeline> {
  const { stateMachineArn } = states.createStateMachine({
    name,
    definition: JSON.stringify({ QueryLanguage: "JSONata", StartAt: "Each", States: { Each: state } }),
    roleArn: "arn:aws:iam::000000000000:role/any",
  });
  const { executionArn } = states.startExecution({ stateMachineArn });
  await states.executionEnd(executionArn);
  return buildTimeline(await readHistory(states, executionArn, options));
}

test("child executions of a Distributed Map are read with their histories", async () => {
  const { bars, notes, title, graph } = await timelineOf("standard", mapOf("STANDARD"));
  expect(bars.map(({ label, kind, status }) => `${label} ${kind} ${status}`)).toEqual([
    "Each span succeeded",
    "Work call succeeded",
    "Work call succeeded",
    "Work call succeeded",
  ]);
  expect(
    bars
      .slice(1)
      .map(({ input }) => input)
      .toSorted(),
  ).toEqual(["1", "2", "3"]);
  expect(notes).toEqual([]);
  expect(title).toBe("standard");
  expect(graph?.boxes.map(({ node, isFrame }) => [node, isFrame])).toEqual([
    ["Each", true],
    ["Work", false],
  ]);
});

test("EXPRESS children, which have no history, are bars from begin to end, and the page says so", async () => {
  const { bars, notes } = await timelineOf("express", mapOf("EXPRESS"));
  expect(bars.filter(({ kind }) => kind === "execution")).toHaveLength(3);
  expect(notes[0]).toMatch(/^3 of 3 child executions .*keeps no history of EXPRESS executions/);
});

test("of very many children so many are read as is asked for", async () => {
  const { bars } = await timelineOf("many", mapOf("STANDARD"), { children: 1 });
  expect(bars.map(({ kind }) => kind)).toEqual(["span", "call", "execution", "execution"]);
});

test("a workflow has the author's name for it, or the one that it is given", async () => {
  const definition = { Type: "Succeed" };
  expect((await timelineOf("plain", definition, { machine: "mine" })).title).toBe("mine");
});
