import { expect, test } from "vitest";
import { planGraph, type Branch, type Plan, type Step } from "../../../infra/compile/plan.ts";
import { childrenOf } from "../../../sdk/graph/walk.ts";
import { mapTask, workflow } from "lambent";
import { double, crossed, diamond, mapped, nested } from "../../support/definitions.ts";

/** Steps in their order, branches in brackets with what they return after an arrow, plans within a node in braces. */
function print({ steps }: Plan): string {
  return steps.map(printStep).join(" ");
}

function printStep(step: Step): string {
  if (step.kind === "parallel") return `[${step.branches.map(printBranch).join(" | ")}]`;
  if (step.kind === "part") return `(${step.steps.map(printStep).join(" ")})`;
  const inner = childrenOf(step.node).map(print);
  return inner.length === 0 ? step.node.name : `${step.node.name} {${inner.join(" | ")}}`;
}

function printBranch(branch: Branch): string {
  if (branch.kind === "node") return `${printStep(branch.step)}${branch.isRead ? " →" : ""}`;
  return `${branch.steps.map(printStep).join(" ")} → ${branch.leaving.join(", ")}`;
}

test("chains and forks come out as such, and a branch returns what is read after it", () => {
  expect(print(planGraph(diamond.graph))).toBe("[add double → double | add2 add3 → add3] add4");
});

test("what is neither a chain nor a fork runs in layers", () => {
  expect(print(planGraph(crossed.graph))).toBe("[add → | add2 →] [double → | add3 →] add4");
});

test("a map that may be several states ends no branch by its own state", () => {
  expect(print(planGraph(mapped.graph))).toBe("[add → add | add2 → add2 | double double2 → double2 | odd → odd]");
  const short = workflow({ n: 1 }, function short({ n }) {
    return [mapTask(double)({ n: [n, 2] }), mapTask(double, { mode: "distributed" })({ n: [n, 2] })];
  });
  expect(print(planGraph(short.graph))).toBe("[double → | double2 → double2]");
});

test("the plan of a nested workflow is part of the plan", () => {
  expect(print(planGraph(nested.graph))).toBe(
    "chain {double double2 double3} diamond {[add double → double | add2 add3 → add3] add4}",
  );
});
