import { expect, test } from "vitest";
import { mapTask, task, workflow } from "lambent";
import { compile } from "../../../../infra/compile/compile.ts";
import { inlineWarning, withinTemplate } from "../../../../infra/serverless/deploy/template-room.ts";
import { TEMPLATE_BYTES } from "../../../../sdk/base/aws-limits.ts";
import type { GraphData } from "../../../../sdk/graph/graph.ts";
import { target } from "../../../support/definitions.ts";

const double = task(async function double({ n }: { n: number }) {
  return n * 2;
});

/** A workflow with so many maps one after the other. */
function chain(name: string, maps: number, mode?: "distributed"): GraphData {
  const form = workflow(
    { ns: [1] },
    ({ ns }) => {
      let made: unknown = ns;
      for (let count = 0; count < maps; count++)
        made = mapTask(double, mode === undefined ? {} : { mode })({ n: made as number[] });
      return made;
    },
    { name },
  );
  return form.graph;
}

function made(graph: GraphData): { resources: { definition: object }; outputs: object } {
  return { resources: { definition: compile(graph, target) }, outputs: {} };
}

/** Of each workflow whether it has child executions. */
function areDistributed(machines: readonly object[]): boolean[] {
  return machines.map((machine) => JSON.stringify(machine).includes("DISTRIBUTED"));
}

test("workflows have both forms of their maps where a template has room for them", () => {
  const { graphs, machines, inline } = withinTemplate([chain("small", 2), chain("large", 50)], 100_000, made);
  expect(inline).toEqual([]);
  expect(areDistributed(machines)).toEqual([true, true]);
  expect(graphs).toHaveLength(2);
});

test("where it has none, those whose maps take most are inline, as few as suffice; a mode that is said stays", () => {
  const workflows = [chain("small", 2), chain("larger", 60), chain("large", 50), chain("said", 10, "distributed")];
  const one = withinTemplate(workflows, 20_000, made);
  expect(one.inline).toEqual(["larger"]);
  expect(areDistributed(one.machines)).toEqual([true, false, true, true]);
  expect(JSON.stringify(one.graphs[1])).toContain('"mode":"inline"');
  const all = withinTemplate(workflows, TEMPLATE_BYTES, made);
  expect(all.inline).toEqual(["larger", "large", "small"]);
  expect(areDistributed(all.machines)).toEqual([false, false, false, true]);
});

test("the author is told which workflows these are, and what to do", () => {
  expect(inlineWarning(["larger", "large"])).toContain(
    "in the workflows larger, large maps that leave `mode` open are inline alone",
  );
  expect(inlineWarning(["larger"])).toContain('say `mode: "inline"` of maps that are short');
});
