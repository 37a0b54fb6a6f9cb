import { LambentError } from "../base/errors.ts";
import { printPath } from "../base/json.ts";
import type { Node } from "../graph/graph.ts";
import { originOf, type Origin, type Reference, type Sync } from "../graph/ref.ts";
import { needsOf } from "../graph/walk.ts";
import { currentTrace } from "./current-trace.ts";
import { given } from "./given.ts";
import { refuseAsync, type Trace } from "./trace.ts";

/** What `after` waits for: the nodes that these are the outputs of, or fields of them. */
export type First = Reference<unknown> | readonly Reference<unknown>[];

/**
 * Order without data: what comes second runs when what comes first has ended, though it takes nothing of it. An input of
 * a workflow is there from the start; a failure of what comes first ends the workflow, as anywhere.
 * @param first a Ref, or a list of them
 * @param second a function whose calls of tasks, maps and workflows run after them, or the Ref of such a call
 * @returns what the function returns, or the Ref
 * @throws {LambentError} if that would be a circle, or there is nothing to come second
 * @example
 * const index = task(async function index() {
 *   return null;
 * });
 * const search = task(async function search({ text }: { text: string }) {
 *   return text.length;
 * });
 * const searching = workflow({ text: "" }, function searching({ text }) {
 *   return after(index({}), () => search({ text }));
 * });
 */
export function after<R extends Reference<unknown>>(first: First, second: R): R;
export function after<T>(first: First, second: () => Sync<T>): T;
export function after(first: First, second: unknown): unknown {
  const trace = currentTrace("after", "call it in a workflow's function");
  const before = [...(Array.isArray(first) ? first : [first])].map((ref: unknown) => known(trace, ref));
  const own = originOf(second);
  if (own === undefined) return runAfter(trace, before, second);
  trace.expression(second, "after(…)'s second argument");
  moveAfter(trace, before, own);
  return second;
}

/** The origin of a Ref that comes first. */
function known(trace: Trace, ref: unknown): Origin {
  const origin = originOf(ref);
  if (origin === undefined) {
    throw new LambentError(
      `after(first, second) takes a Ref, or a list of Refs, first: what a call of a task, a map or a workflow gives; it was given ${given(ref)}`,
    );
  }
  trace.expression(ref, "after(…)'s first argument"); // which refuses what belongs to another workflow or branch
  return origin;
}

function runAfter(trace: Trace, before: readonly Origin[], second: unknown): unknown {
  if (typeof second !== "function") {
    throw new LambentError(
      `after(first, second) takes a function or a Ref second, such as () => score({ text }); it was given ${given(second)}`,
    );
  }
  const variables = before.filter((origin) => trace.nodeOf(origin) !== undefined).map(({ variable }) => variable);
  const { result, added } = trace.ordered(variables, () =>
    refuseAsync(Reflect.apply(second, undefined, []), "after(…)'s function"),
  );
  if (added === 0) {
    throw new LambentError(
      "after(first, second): the function calls no task, so that nothing comes second: make the calls that are to wait within it, or give the Ref of one",
    );
  }
  return result;
}

/** Have a node that is there already run after others. */
function moveAfter(trace: Trace, before: readonly Origin[], second: Origin): void {
  const printed = printPath(second.variable, second.path);
  const found = trace.nodeOf(second);
  if (found === undefined) {
    throw new LambentError(
      `after(first, second): ${printed} is an input of the workflow, which is there from the start`,
    );
  }
  const { block, node } = found;
  const variables = before.flatMap((origin) => {
    const other = trace.nodeOf(origin);
    if (other === undefined) return []; // an input
    if (trace.isWithin(other.block, block)) {
      throw new LambentError(
        `after(first, second): ${printed} cannot run after ${origin.variable}, which is in a branch that comes later: give a function, so that its calls are in the same branch`,
      );
    }
    if (other.block === block && isBefore(node, other.node, block)) {
      throw new LambentError(
        `after(first, second): ${printed} cannot run after ${origin.variable}, which itself runs after ${node.variable}`,
      );
    }
    return [origin.variable];
  });
  if (variables.length === 0) return;
  block[block.indexOf(node)] = { ...node, after: [...new Set([...(node.after ?? []), ...variables])] };
}

/** Whether `later` is `node` itself, or needs it, be it by way of others. */
function isBefore(node: Node, later: Node, block: readonly Node[]): boolean {
  const seen = new Set<string>();
  function leads(variable: string): boolean {
    if (variable === node.variable) return true;
    if (seen.has(variable)) return false;
    seen.add(variable);
    const one = block.find((other) => other.variable === variable);
    return one !== undefined && [...needsOf(one)].some(leads);
  }
  return leads(later.variable);
}
