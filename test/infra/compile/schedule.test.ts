import fc from "fast-check";
import { expect, test } from "vitest";
import { schedule, type Stage } from "../../../infra/compile/schedule.ts";
import type { Node } from "../../../sdk/graph/graph.ts";
import { nodesOf, print } from "../../support/stages.ts";

/** @param needs of each node the numbers of those before it that it needs */
function nodesWith(needs: readonly (readonly number[])[]): Node[] {
  return needs.map((needed, number) => ({
    kind: "task",
    name: `n${number}`,
    variable: `n${number}`,
    address: { task: "step" },
    inputs: {
      from: { kind: "list", items: needed.map((one) => ({ kind: "ref", variable: `n${one}`, path: [] })) },
    },
    options: {},
  }));
}

/** Graphs of so many nodes, of which each needs some of those shortly before it. */
function graphs(least: number, most: number): fc.Arbitrary<number[][]> {
  return fc
    .array(fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 3 }), { minLength: least, maxLength: most })
    .map((distances) =>
      distances.map((own, node) => own.map((distance) => node - distance).filter((needed) => needed >= 0)),
    );
}

const GRAPHS = graphs(1, 60);

test("every node runs once, after all that it needs", () => {
  fc.assert(
    fc.property(GRAPHS, (needs) => {
      const stages = schedule(nodesWith(needs));
      expect(nodesOf(stages).toSorted((one, other) => one - other)).toEqual(needs.map((_, node) => node));
      expect(tooEarly(stages, needs, new Set())).toEqual([]);
    }),
  );
});

test("in whatever order the nodes are called, since after(…) lets one come behind a later one", () => {
  const trees = graphs(1, 8).map((needs) => needs.map((needed) => needed.slice(0, 1)));
  const called = fc.oneof(graphs(1, 12), trees).chain((needs) => {
    const order = fc.shuffledSubarray([...needs.keys()], { minLength: needs.length });
    return fc.record({ needs: fc.constant(needs), order });
  });
  fc.assert(
    fc.property(called, ({ needs, order }) => {
      const nodes = nodesWith(needs);
      const stages = schedule(order.map((number) => nodes[number]!));
      expect(nodesOf(stages).toSorted((one, other) => one - other)).toEqual(needs.map((_, node) => node));
      expect(tooEarly(stages, needs, new Set())).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

/** The nodes that run though what they need is not there; those that ran are put to the others in `done`. */
function tooEarly(stages: readonly Stage[], needs: readonly (readonly number[])[], done: Set<number>): number[] {
  return stages.flatMap((stage) => {
    const found =
      stage.kind === "node"
        ? nodesOf([stage]).filter((node) => !(needs[node] ?? []).every((needed) => done.has(needed)))
        : stage.branches.flatMap((branch) => tooEarly(branch, needs, new Set(done)));
    for (const node of nodesOf([stage])) done.add(node);
    return found;
  });
}

test("where all nodes take the same time, all of them together take as long as the longest chain", () => {
  fc.assert(
    fc.property(GRAPHS, (needs) => {
      const levels: number[] = [];
      for (const needed of needs) levels.push(1 + Math.max(0, ...needed.map((one) => levels[one] ?? 0)));
      expect(depth(schedule(nodesWith(needs)))).toBe(Math.max(...levels));
    }),
  );
});

function depth(stages: readonly Stage[]): number {
  return stages.reduce((sum, stage) => sum + (stage.kind === "node" ? 1 : Math.max(...stage.branches.map(depth))), 0);
}

test("the same graph is scheduled in the same way each time", () => {
  fc.assert(
    fc.property(GRAPHS, (needs) => {
      expect(print(schedule(nodesWith(needs)))).toBe(print(schedule(nodesWith(needs))));
    }),
  );
});

test("random graphs take at most a fifth longer than their critical paths on average, where one in five nodes is slow", () => {
  const samples = fc.sample(graphs(40, 60), { seed: 1, numRuns: 100 });
  const durations = fc.sample(fc.constantFrom(1, 1, 1, 1, 5), { seed: 2, numRuns: 60 });
  const ratios = samples.map((needs) => time(schedule(nodesWith(needs)), durations) / criticalPath(needs, durations));
  expect(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length).toBeLessThan(1.2);
});

function time(stages: readonly Stage[], durations: readonly number[]): number {
  return stages.reduce((sum, stage) => {
    if (stage.kind === "node") return sum + (durations[nodesOf([stage])[0] ?? 0] ?? 0);
    return sum + Math.max(...stage.branches.map((branch) => time(branch, durations)));
  }, 0);
}

function criticalPath(needs: readonly (readonly number[])[], durations: readonly number[]): number {
  const ends: number[] = [];
  for (const [node, needed] of needs.entries()) {
    ends.push((durations[node] ?? 0) + Math.max(0, ...needed.map((one) => ends[one] ?? 0)));
  }
  return Math.max(...ends);
}

/** What runs one after the other, or side by side: the words of a language for graphs that are made of just these. */
interface Term {
  readonly kind: "series" | "parallel";
  readonly parts: readonly (Term | "node")[];
}

const { series } = fc.letrec<{ series: Term; parallel: Term }>((tie) => ({
  series: fc.record({
    kind: fc.constant("series" as const),
    parts: fc.array(fc.oneof({ maxDepth: 4 }, fc.constant("node" as const), tie("parallel")), {
      minLength: 2,
      maxLength: 4,
    }),
  }),
  parallel: fc.record({
    kind: fc.constant("parallel" as const),
    parts: fc.array(fc.oneof({ maxDepth: 4 }, fc.constant("node" as const), tie("series")), {
      minLength: 2,
      maxLength: 4,
    }),
  }),
}));

test("a graph of chains and forks, however nested, comes out as just these", () => {
  fc.assert(
    fc.property(series, (term) => {
      const needs: (readonly number[])[] = [];
      const text = grow(term, [], needs).text;
      expect(print(schedule(nodesWith(needs)))).toBe(text);
    }),
  );
});

/** Adds a term's nodes to a graph. Returns its last nodes, and what its schedule is to print. */
function grow(
  term: Term | "node",
  sources: readonly number[],
  needs: (readonly number[])[],
): { readonly ends: readonly number[]; readonly text: string } {
  if (term === "node") {
    const node = needs.push(sources) - 1;
    return { ends: [node], text: `n${node}` };
  }
  let ends = sources;
  const parts = term.parts.map((part) => {
    const grown = grow(part, term.kind === "series" ? ends : sources, needs);
    ends = grown.ends;
    return grown;
  });
  if (term.kind === "series") return { ends, text: parts.map(({ text }) => text).join(" ") };
  return { ends: parts.flatMap((part) => part.ends), text: `[${parts.map(({ text }) => text).join(" | ")}]` };
}

test("chains with one edge across are cut there and nowhere else", () => {
  // Two chains of four, a and b in turn; the third of b needs the second of a.
  const needs = [[], [], [0], [1], [2], [3, 2], [4], [5]];
  expect(print(schedule(nodesWith(needs)))).toBe("[n0 n2 | n1 n3] [n4 n6 | n5 n7]");
});

test("a node that can wait runs where it holds up the least", () => {
  // n1 is needed at the end alone: beside the chain of n0, n2, n3, not in a level with n0.
  const needs = [[], [], [0], [2], [3, 1], [3]];
  expect(print(schedule(nodesWith(needs)))).toBe("[n0 n2 n3 | n1] [n4 | n5]");
});

test("large graphs have each node looked at a few times, whatever their shape", () => {
  const random = fc.sample(fc.array(fc.nat(), { minLength: 5000, maxLength: 5000 }), { seed: 1, numRuns: 1 })[0] ?? [];
  const shapes: Record<string, (count: number) => number[][]> = {
    chain: (count) => Array.from({ length: count }, (_, node) => (node === 0 ? [] : [node - 1])),
    fan: (count) => Array.from({ length: count }, (_, node) => (node === 0 ? [] : [0])),
    // A trunk with a leaf at each of its nodes, and the same the other way round.
    comb: (count) =>
      Array.from({ length: count }, (_, node) => (node === 0 ? [] : [Math.max(0, node - 1 - (1 - (node % 2)))])),
    combIn: (count) => turned(shapes["comb"]?.(count) ?? []),
    layers: (count) => {
      return Array.from({ length: count }, (_, node) =>
        node < 50
          ? []
          : [...new Set([0, 1].map((one) => node - (node % 50) - 50 + (((random[node] ?? 0) + one * 7) % 50)))],
      );
    },
  };
  for (const [shape, make] of Object.entries(shapes)) {
    expect({ shape, each: Math.ceil(looksAtEach(make(1500))) }).toEqual({
      shape,
      each: expect.toSatisfy((each) => each <= 25),
    });
    expect(looksAtEach(make(5000)) / looksAtEach(make(1500))).toBeLessThan(2);
  }
});

/** How often a node is looked at, on average. */
function looksAtEach(needs: readonly (readonly number[])[]): number {
  let looks = 0;
  schedule(nodesWith(needs), (nodes) => {
    looks += nodes;
  });
  return looks / needs.length;
}

/** The graph in which each node needs what needed it. */
function turned(needs: readonly (readonly number[])[]): number[][] {
  const last = needs.length - 1;
  const found: number[][] = needs.map(() => []);
  for (const [node, needed] of needs.entries()) for (const one of needed) found[last - one]?.push(last - node);
  return found;
}
