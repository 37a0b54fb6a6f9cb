// Graphs and durations that are random and yet the same each time. A graph is a list: of each node, the indices of those
// before it that it needs.

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from `least` to `most`. */
function whole(random, least, most) {
  return least + Math.floor(random() * (most - least + 1));
}

/** So many of these, or all of them. */
function some(random, many, count) {
  const left = [...many];
  return Array.from(
    { length: Math.min(count, left.length) },
    () => left.splice(whole(random, 0, left.length - 1), 1)[0],
  );
}

/** By name: a graph of so many nodes. */
export const SHAPES = {
  /** Each node needs one to three of the layer before, and now and then one from further back. */
  layered(random, count) {
    const width = whole(random, 2, Math.max(3, Math.ceil(Math.sqrt(count) * 1.5)));
    return Array.from({ length: count }, (_, node) => {
      const layer = node - (node % width);
      if (layer === 0) return [];
      const previous = Array.from({ length: width }, (_, index) => layer - width + index);
      const far = layer > width && random() < 0.1 ? [whole(random, 0, layer - width - 1)] : [];
      return [...some(random, previous, whole(random, 1, 3)), ...far];
    });
  },
  /** Each node needs each of those before it with the same probability, so that it needs one to four. */
  random(random, count) {
    const degree = 1 + 3 * random();
    return Array.from({ length: count }, (_, node) =>
      Array.from({ length: node }, (_, other) => other).filter(() => random() < (degree / count) * 2),
    );
  },
  /** Forks of pipelines that are joined, one after the other. */
  forkJoin(random, count) {
    const needs = [[]];
    while (needs.length < count) {
      const fork = needs.length - 1;
      const ends = [];
      for (let branch = whole(random, 2, 8); branch > 0 && needs.length < count; branch--) {
        let end = fork;
        for (let step = whole(random, 1, 4); step > 0 && needs.length < count; step--) end = needs.push([end]) - 1;
        ends.push(end);
      }
      if (needs.length < count) needs.push(ends);
    }
    return needs;
  },
  /** Nested chains and forks, with a few edges across them: one for each twenty nodes. */
  noisySeriesParallel(random, count) {
    const needs = [];
    function grow(size, sources) {
      if (size === 1) return [needs.push(sources) - 1];
      const left = whole(random, 1, size - 1);
      if (random() < 0.5) return grow(size - left, grow(left, sources));
      return [...grow(left, sources), ...grow(size - left, sources)];
    }
    grow(count, []);
    for (let noise = Math.ceil(count / 20); noise > 0; noise--) {
      const node = whole(random, 1, count - 1);
      needs[node] = [...new Set([...needs[node], whole(random, 0, node - 1)])];
    }
    return needs;
  },
  /** Out of one root, or into one. */
  tree(random, count) {
    const out = Array.from({ length: count }, (_, node) =>
      node === 0 ? [] : [whole(random, Math.max(0, node - whole(random, 1, 20)), node - 1)],
    );
    if (random() < 0.5) return out;
    const into = Array.from({ length: count }, () => []);
    for (const [node, [parent]] of out.entries())
      if (parent !== undefined) into[count - 1 - parent].push(count - 1 - node);
    return into;
  },
  /** Items that go through stages; now and then a stage also needs what another item has come to. */
  pipelines(random, count) {
    const stages = whole(random, 3, 10);
    const across = 0.2 * random();
    return Array.from({ length: count }, (_, node) => {
      const stage = node % stages;
      const item = node - stage;
      const own = stage === 0 ? [] : [node - 1];
      return stage > 0 && item > 0 && random() < across
        ? [...own, whole(random, 0, item / stages - 1) * stages + stage - 1]
        : own;
    });
  },
};

/** By name: how long a node takes. */
export const DISTRIBUTIONS = {
  uniform: (random) => 0.5 + random(),
  /** Exponential: most are short, few are long. */
  exponential: (random) => -Math.log(1 - random()),
  /** One of five takes five times as long as the others. */
  bimodal: (random) => (random() < 0.2 ? 5 : 1),
};

/** How long the longest chain takes. */
export function criticalPath(needs, durations) {
  const ends = [];
  for (const [node, needed] of needs.entries())
    ends.push(Math.max(0, ...needed.map((other) => ends[other])) + durations[node]);
  return Math.max(...ends);
}
