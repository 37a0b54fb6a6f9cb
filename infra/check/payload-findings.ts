import { PAYLOAD_BYTES } from "../../sdk/base/aws-limits.ts";
import type { Expression } from "../../sdk/graph/graph.ts";
import { allNodes, expressionsOf, partsOf } from "../../sdk/graph/walk.ts";
import { MARK_BYTES } from "../../sdk/values/budget.ts";
import { outputBudgets } from "../compile/output-budgets.ts";
import { AROUND_BYTES, ELEMENT_BYTES } from "../compile/shared-budget.ts";
import { count, type Finding, graded, unlessFact } from "./finding.ts";
import type { WorkflowRun } from "./workflow-run.ts";

/** What crosses between states: the literals in it, and how much of outputs may stay in the state machine. */
export function payloadFindings(run: WorkflowRun): Finding[] {
  return [...literalFindings(run), ...budgetFindings(run), ...resultFindings(run), ...listFindings(run)];
}

function literalFindings({ graph }: WorkflowRun): Finding[] {
  return allNodes(graph).flatMap((node) => {
    const number = expressionsOf(node).reduce((sum, expression) => sum + literalBytes(expression), 0);
    const grade = graded(number, PAYLOAD_BYTES);
    if (grade === "fact") return [];
    const says = `its literals have ${count(number)} of ${count(PAYLOAD_BYTES)} bytes`;
    return [
      {
        grade,
        subject: "payload",
        node: node.name,
        number,
        limit: PAYLOAD_BYTES,
        says,
        ...unlessFact(grade, "read them in the task, from a file or an asset"),
      },
    ];
  });
}

function literalBytes(expression: Expression): number {
  if (expression.kind === "literal") return Buffer.byteLength(JSON.stringify(expression.value));
  return partsOf(expression).reduce((sum, part) => sum + literalBytes(part), 0);
}

/** What tasks return and the state machine keeps: the rest is stored. */
function budgetFindings(run: WorkflowRun): Finding[] {
  const { graph, maps } = run;
  const inline = [...outputBudgets(graph)].filter(([state]) =>
    maps.every((facts) => facts.state !== state || run.wayOf(facts).way === "inline"),
  );
  return inline.map(([state, { bytes, reads }]): Finding => {
    const facts = maps.find((map) => map.state === state);
    const number =
      facts === undefined ? bytes : Math.max(0, Math.floor(bytes / Math.max(1, facts.items)) - AROUND_BYTES);
    const what =
      facts === undefined
        ? "its output"
        : facts.items === 1
          ? "an only item's output"
          : `each of ${count(facts.items)} outputs`;
    const rest =
      reads === undefined
        ? "what is more is stored"
        : `${reads.by} reads it, so that only what tasks alone get of it is stored`;
    const own = {
      subject: "payload",
      node: state,
      number,
      says: `${what} crosses within ${count(number)} bytes; ${rest}`,
    };
    if (facts === undefined || number >= MARK_BYTES) return { grade: "fact", ...own };
    const most = Math.floor(bytes / ELEMENT_BYTES);
    return {
      grade: "warning",
      ...own,
      limit: MARK_BYTES,
      says: `${own.says}, by a mark of up to ${MARK_BYTES} bytes, for which there is no room`,
      remedy: `return less for an item, or map over ${count(most)} items at most`,
    };
  });
}

/** An element of a list and the comma after it. */
const LEAST_BYTES = 2;
/** Bytes that an output has as a rule at least: those of a short object. */
const USUAL_BYTES = 16;

/** Lists of outputs in child executions that somebody reads as they are, so that they cannot be stored as a whole. */
function resultFindings(run: WorkflowRun): Finding[] {
  const budgets = outputBudgets(run.graph);
  return run.maps.flatMap((facts): Finding[] => {
    const { state, items, source } = facts;
    const { bytes, reads } = budgets.get(state) ?? {};
    if (run.wayOf(facts).way !== "distributed" || bytes === undefined || reads === undefined || items === 0) return [];
    const number = items * LEAST_BYTES;
    const each = Math.floor(bytes / items);
    const grade = number > bytes && source !== "assumed" ? "error" : each < USUAL_BYTES ? "warning" : "fact";
    const says = `${reads.by} reads its list of ${count(items)} outputs, which fits into ${count(bytes)} bytes if an output has ${count(each)} bytes on average, with the comma after it`;
    const remedy =
      "hand the list to a task, which gets it from the store whatever its size, and return what that makes of it";
    return [
      { grade, subject: "payload", node: state, number: each, limit: USUAL_BYTES, says, ...unlessFact(grade, remedy) },
    ];
  });
}

/** Lists that are known and do not fit into one variable. */
function listFindings({ maps }: WorkflowRun): Finding[] {
  return maps.flatMap(({ state, characters, items, source }) => {
    if (characters === undefined || source === "workflow") return []; // a literal
    const grade = graded(characters, PAYLOAD_BYTES);
    if (grade === "fact") return [];
    const says = `its lists of ${count(items)} items have ${count(characters)} of ${count(PAYLOAD_BYTES)} bytes`;
    return [
      {
        grade,
        subject: "payload",
        node: state,
        number: characters,
        limit: PAYLOAD_BYTES,
        says,
        ...unlessFact(grade, "have a task return the list: what does not fit of it is stored"),
      },
    ];
  });
}
