import { DEFINITION_BYTES, HISTORY_EVENTS } from "../../sdk/base/aws-limits.ts";
import { allStates, type Fields } from "../asl/states.ts";
import { childHistories, historyEvents, mostItems, stateThatExceeds, type States } from "../compile/history-events.ts";
import { batchFindings } from "./batch-findings.ts";
import { count, counted, type Finding, graded, unlessFact } from "./finding.ts";
import type { MapFacts } from "./map-facts.ts";
import { payloadFindings } from "./payload-findings.ts";
import { replicaFindings } from "./replica-findings.ts";
import { rightFindings } from "./right-findings.ts";
import type { WorkflowRun } from "./workflow-run.ts";

/** What is known of a workflow's runs by its definition: what is over a limit first. */
export function checkWorkflow(run: WorkflowRun): Finding[] {
  return [
    ...run.maps.flatMap((facts) => childFindings(facts, run)),
    ...eventFindings(run),
    definitionFinding(run),
    transitionFinding(run),
    ...payloadFindings(run),
    ...run.maps.flatMap((facts) => batchFindings(facts, run)),
    ...replicaFindings(run),
    ...rightFindings(run.graph),
  ];
}

function definitionFinding({ definitions }: WorkflowRun): Finding {
  const number = Math.max(...definitions.map((one) => Buffer.byteLength(JSON.stringify(one))));
  const grade = graded(number, DEFINITION_BYTES);
  const bytes = `${count(number)} of ${count(DEFINITION_BYTES)} bytes`;
  return {
    grade,
    subject: "definition",
    number,
    limit: DEFINITION_BYTES,
    says:
      definitions.length === 1 ? bytes : `${bytes} in the largest of ${counted(definitions.length, "state machine")}`,
    ...(definitions.length > 1
      ? {}
      : unlessFact(grade, "move large literals into a task or a file, or part of it into another workflow")),
  };
}

/** Of each history, and of each kind of child execution's: an EXPRESS execution has none. */
function eventFindings(run: WorkflowRun): Finding[] {
  const isRefused = run.maps.some((facts) => run.wayOf(facts).way === "refused");
  const own = run.isExpress || isRefused ? [] : run.histories.map((taken, part) => eventFinding(run, taken, part));
  const assumed = { items: run.mostIterations, nothingCaught: true };
  const children = run.histories
    .flatMap(childHistories)
    .filter(({ type }) => type === "STANDARD")
    .map(({ map, definition: child }): Finding => {
      const number = historyEvents(child, assumed);
      const grade = graded(number, HISTORY_EVENTS - 1);
      const says = `${atMost(run)}${count(number)} of ${count(HISTORY_EVENTS)} in a child execution of ${map}`;
      return { grade, subject: "history events", node: map, number, limit: HISTORY_EVENTS, says };
    });
  return [...own, ...children];
}

/** @param part the number of a further state machine of the workflow; 0 for its own */
function eventFinding(run: WorkflowRun, definition: States, part: number): Finding {
  const { iterations } = run;
  const states = new Map(allStates(definition as unknown as Fields)); // a State's fields are JSON
  const maps = run.maps.filter(
    (facts) => run.wayOf(facts).way === "inline" && (run.histories.length === 1 || states.has(facts.state)),
  );
  const assumed = { items: iterations, nothingCaught: true };
  const number = Math.ceil(historyEvents(definition, assumed));
  const over = graded(number, HISTORY_EVENTS - 1);
  const unsure = maps.some(({ source }) => source === "assumed");
  const grade = over === "error" && unsure ? "warning" : over;
  const forms = maps.map((facts) => itemsForm(facts, (items) => eventsWith(facts, items)));
  function eventsWith({ state }: MapFacts, items: number): number {
    return historyEvents(definition, { ...assumed, items: (map) => (map === state ? items : iterations(map)) });
  }
  const node =
    over === "fact"
      ? undefined
      : (heaviest(maps, (facts) => number - eventsWith(facts, 0)) ?? stateThatExceeds(definition, assumed)?.at(-1));
  const most = maps.flatMap((facts) => {
    const { most: inline } = run.wayOf(facts);
    if (inline !== undefined) return [`${facts.state} may be inline up to ${counted(inline, "item")}`];
    const bound = mostItems(definition, facts.state, assumed);
    if (!Number.isFinite(bound) || bound < 1 || facts.batch?.lanes !== undefined) return [];
    const items = bound * (facts.batch?.size ?? 1);
    return [
      `${facts.state} may have ${count(items)} items${facts.batch === undefined ? "" : ` in batches of ${facts.batch.size}`}`,
    ];
  });
  return {
    grade,
    subject: "history events",
    ...(node === undefined ? {} : { node }),
    number,
    limit: HISTORY_EVENTS,
    says: [
      `${atMost(run)}${count(number)} of ${count(HISTORY_EVENTS)}${part === 0 ? "" : ` in part ${part}`}`,
      ...forms,
      ...most,
    ].join("; "),
    ...unlessFact(
      grade,
      "an execution fails with the last event it may have: put items together with batch, or part of it into another workflow",
    ),
  };
}

/** The child executions in which a map's items run, or that there are none. */
function childFindings(facts: MapFacts, run: WorkflowRun): Finding[] {
  const { way, most } = run.wayOf(facts);
  if (way === "refused" && most !== undefined) {
    const says = `it has ${counted(facts.items, "item")}, and of mode "inline" the workflow's history has room for ${count(most)}`;
    const remedy = 'leave mode out, or say "distributed"';
    return [{ grade: "error", subject: "items", node: facts.state, number: facts.items, limit: most, says, remedy }];
  }
  const pieces = run.piecesOf(facts, run.wayOf(facts));
  if (pieces === undefined) return [];
  const { node } = facts;
  const { executionType = "STANDARD" } = node.kind === "map" ? node : {};
  const batches = node.kind === "map" ? `in batches of ${count(pieces.size)}` : "one after the other";
  const says =
    `${counted(pieces.pieces, "child execution")} of type ${executionType}, of ${counted(pieces.items, "item")} each at most, ` +
    `${batches}; its lists and outputs are stored`;
  return [{ grade: "fact", subject: "child executions", node: facts.state, number: pieces.pieces, says }];
}

/** The map that has the most events. */
function heaviest(maps: readonly MapFacts[], eventsOf: (facts: MapFacts) => number): string | undefined {
  return maps.toSorted((left, right) => eventsOf(right) - eventsOf(left))[0]?.state;
}

function transitionFinding(run: WorkflowRun): Finding {
  const { transitions: number } = run.counts();
  const fewest = run.counts("fewest").transitions;
  function transitionsWith({ state }: MapFacts, items: number): number {
    return run.counts("most", (map) => (map === state ? items : run.iterations(map))).transitions;
  }
  const forms = run.maps
    .filter((facts) => run.wayOf(facts).way === "inline")
    .map((facts) => itemsForm(facts, (items) => transitionsWith(facts, items)));
  const range = fewest === number ? count(number) : `${count(fewest)} to ${count(number)}`;
  const isGuess = run.maps.every(({ source }) => source === "assumed");
  const grade = number > MANY_TRANSITIONS && !run.isExpress && !isGuess ? "warning" : "fact";
  return {
    grade,
    subject: "transitions",
    number,
    ...(grade === "fact" ? {} : { limit: MANY_TRANSITIONS }),
    says: [`${atMost(run)}${range} per run${run.isExpress ? " (EXPRESS: not billed)" : ""}`, ...forms].join("; "),
    ...unlessFact(
      grade,
      "each is billed (npx lambent cost tells what a run costs): put items together with batch, or give maps within each other their own numbers with --items map=N if they have fewer",
    ),
  };
}

/** So many transitions of one run are worth a warning: AWS takes some $25 for them. */
const MANY_TRANSITIONS = 1_000_000;

/** Before numbers that may be less in a run. */
function atMost(run: WorkflowRun): string {
  return run.isBound ? "at most " : "";
}

const KNOWN = { workflow: "", option: "", input: " of the input", default: " by default", assumed: " assumed" };

/** `7 for each of 100 items of score`. */
function itemsForm({ state, items, source, batch }: MapFacts, totalWith: (iterations: number) => number): string {
  const all = `${counted(items, "item")}${KNOWN[source]} of ${state}`;
  if (batch?.lanes !== undefined)
    return `${counted(batch.batches, "batch", "batches")} of ${all} on ${counted(batch.lanes, "replica")}`;
  const each = count(totalWith(1) - totalWith(0));
  return batch === undefined ? `${each} for each of ${all}` : `${each} for each batch (${batch.batches}) of ${all}`;
}
