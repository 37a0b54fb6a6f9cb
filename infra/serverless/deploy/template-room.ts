import { TEMPLATE_BYTES } from "../../../sdk/base/aws-limits.ts";
import type { GraphData } from "../../../sdk/graph/graph.ts";
import { inlineWherePossible } from "../../compile/map-mode.ts";

/** Of a template, what is kept for what the framework and other plugins still put into it, such as events of functions. */
const RESERVED_BYTES = TEMPLATE_BYTES / 8;

/** What a workflow puts into a template. */
interface InTemplate {
  readonly resources: object;
  readonly outputs: object;
}

/** The workflows of a service as they fit into one template. */
export interface FittedWorkflows<M> {
  readonly graphs: readonly GraphData[];
  /** What each comes to. */
  readonly machines: readonly M[];
  /** The workflows whose maps are inline that leave their `mode` open. */
  readonly inline: readonly string[];
}

/**
 * Workflows, of which as few as suffice have their maps inline where all together would be too much for the template: a
 * map that may be inline or in child executions has the states of both. Those come first that take up most by it.
 * @param taken bytes of the template without them
 * @param made what a workflow comes to in the template
 */
export function withinTemplate<M extends InTemplate>(
  workflows: readonly GraphData[],
  taken: number,
  made: (graph: GraphData) => M,
): FittedWorkflows<M> {
  const all = workflows.map((graph) => ({ graph, machine: made(graph) }));
  let left = TEMPLATE_BYTES - RESERVED_BYTES - taken - all.reduce((sum, { machine }) => sum + bytesIn(machine), 0);
  if (left >= 0) return { graphs: workflows, machines: all.map(({ machine }) => machine), inline: [] };
  const smaller = workflows.map((workflow, index) => {
    const graph = inlineWherePossible(workflow);
    const machine = made(graph);
    return { index, graph, machine, saved: bytesIn(all[index]?.machine ?? machine) - bytesIn(machine) };
  });
  const inline: string[] = [];
  for (const { index, graph, machine, saved } of smaller.toSorted((one, other) => other.saved - one.saved)) {
    if (left >= 0 || saved <= 0) break;
    all[index] = { graph, machine };
    inline.push(graph.workflow);
    left += saved;
  }
  return { graphs: all.map(({ graph }) => graph), machines: all.map(({ machine }) => machine), inline };
}

function bytesIn({ resources, outputs }: InTemplate): number {
  return bytesOf(resources) + bytesOf(outputs);
}

/** Bytes of a value as JSON. */
export function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? "");
}

/** What the author is told of workflows whose maps are inline for lack of room. */
export function inlineWarning(inline: readonly string[]): string {
  return (
    `the states of all maps, inline and in child executions, would take more than the ${TEMPLATE_BYTES} bytes of a template. ` +
    `So in ${inline.length === 1 ? "workflow" : "the workflows"} ${inline.join(", ")} maps that leave \`mode\` open are inline alone, ` +
    'and fail with TooManyItems of more items than the history has room for: say `mode: "inline"` of maps that are ' +
    'short, and `mode: "distributed"` of those that are long, or split the service'
  );
}
