import { LambentError } from "../base/errors.ts";
import type { Block, WaitNode } from "../graph/graph.ts";
import { endingReads, needsOf, referencesIn } from "../graph/walk.ts";

/**
 * @param what the function whose block it is, for the message
 * @throws {LambentError} for a wait that nothing comes before or after: it would hold up the end, and nothing else
 */
export function refuseLoneWaits(what: string, block: Block): void {
  const [wait] = loneWaits(block);
  if (wait === undefined || block.failure !== undefined) return; // a failure comes after all that its branch does
  const call = wait.field === "Seconds" ? "sleep(…)" : "sleepUntil(…)";
  throw new LambentError(
    `${what}: nothing comes before or after ${wait.name}, so that only the end would wait for it, and all else would run at once: ` +
      `write after(${call}, () => …) around what is to come after it, or after(first, () => ${call}) where it comes after something`,
  );
}

/** A round in which a wait that was called last, and by itself, comes after all else. */
export function withLastWait<B extends Block>(block: B): B {
  const last = block.nodes.at(-1);
  if (last === undefined || !loneWaits(block).some((wait) => wait === last)) return block;
  const others = block.nodes.slice(0, -1);
  if (others.length === 0) return block;
  return { ...block, nodes: [...others, { ...last, after: others.map(({ variable }) => variable) }] };
}

/** The waits of a block that neither need one of its nodes nor are needed, be it by what it comes to. */
function loneWaits(block: Block): WaitNode[] {
  const waits = block.nodes.filter((node) => node.kind === "wait");
  if (waits.length === 0) return [];
  const own = new Set(block.nodes.map(({ variable }) => variable));
  const read = endingReads(block)
    .flatMap(referencesIn)
    .map(({ variable }) => variable);
  const needed = new Set([...read, ...block.nodes.flatMap((node) => [...needsOf(node)])]);
  return waits.filter(
    (wait) => !needed.has(wait.variable) && ![...needsOf(wait)].some((variable) => own.has(variable)),
  );
}
