import type { Node } from "../../sdk/graph/graph.ts";
import { needsOf } from "../../sdk/graph/walk.ts";

/** One stage of a sequence: a node, or sequences that run at the same time. */
export type Stage =
  | { readonly kind: "node"; readonly node: Node }
  | { readonly kind: "parallel"; readonly branches: readonly (readonly Stage[])[] };

/**
 * Order nodes by what they need alone: those that do not depend on each other run at the same time.
 * A graph made of chains and forks comes out as just these; where one is not (a needs x, b needs x and y),
 * the nodes that can start now run first, side by side.
 */
export function schedule(nodes: readonly Node[]): Stage[] {
  const names = new Set(nodes.map((node) => node.variable));
  const needs = new Map(nodes.map((node) => [node, new Set([...needsOf(node)].filter((name) => names.has(name)))]));
  return sequence(nodes, needs);
}

type Needs = ReadonlyMap<Node, ReadonlySet<string>>;

function sequence(nodes: readonly Node[], needs: Needs): Stage[] {
  if (nodes.length === 0) return [];
  const groups = connected(nodes, needs);
  if (groups.length > 1) return [{ kind: "parallel", branches: groups.map((group) => sequence(group, needs)) }];
  const [only, ...others] = nodes;
  if (only !== undefined && others.length === 0) return [{ kind: "node", node: only }];
  const cut = seriesCut(nodes, needs) ?? layerCut(nodes, needs);
  return [...sequence(cut.before, needs), ...sequence(cut.after, needs)];
}

/** The groups of nodes that no dependency connects, by union-find. */
function connected(nodes: readonly Node[], needs: Needs): Node[][] {
  const parents = new Map(nodes.map((node) => [node.variable, node.variable]));
  function root(name: string): string {
    let top = name;
    for (let parent = parents.get(top); parent !== undefined && parent !== top; parent = parents.get(top)) top = parent;
    parents.set(name, top);
    return top;
  }
  for (const node of nodes) {
    for (const needed of needs.get(node) ?? []) if (parents.has(needed)) parents.set(root(node.variable), root(needed));
  }
  const groups = new Map<string, Node[]>();
  for (const node of nodes) {
    const group = groups.get(root(node.variable));
    if (group === undefined) groups.set(root(node.variable), [node]);
    else group.push(node);
  }
  return [...groups.values()];
}

interface Cut {
  readonly before: readonly Node[];
  readonly after: readonly Node[];
}

/** The first place in call order where all that comes after needs all that comes before. */
function seriesCut(nodes: readonly Node[], needs: Needs): Cut | undefined {
  for (let length = 1; length < nodes.length; length++) {
    const before = nodes.slice(0, length);
    const after = nodes.slice(length);
    const needed = new Set(before.flatMap((node) => [...(needs.get(node) ?? [])]));
    const sinks = before.filter((node) => !needed.has(node.variable));
    const sources = ready(after, needs);
    if (sources.every((source) => sinks.every((sink) => needs.get(source)?.has(sink.variable))))
      return { before, after };
  }
  return undefined;
}

function layerCut(nodes: readonly Node[], needs: Needs): Cut {
  const before = ready(nodes, needs);
  return { before, after: nodes.filter((node) => !before.includes(node)) };
}

/** The nodes that need none of the others. */
function ready(nodes: readonly Node[], needs: Needs): Node[] {
  const names = new Set(nodes.map((node) => node.variable));
  return nodes.filter((node) => !intersects(names, needs.get(node) ?? new Set()));
}

function intersects(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  for (const name of right) if (left.has(name)) return true;
  return false;
}
