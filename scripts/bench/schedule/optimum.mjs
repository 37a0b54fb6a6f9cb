/**
 * The least time that series and parallel branches can take, if all durations are known: no schedule takes less that runs
 * each node once. Looks at every way to cut every connected set of nodes in two, so for a dozen nodes at most.
 * @param needs of each node the indices of those before it that it needs
 */
export function leastMakespan(needs, durations) {
  const before = needs.map((needed) => needed.reduce((set, node) => set | (1 << node), 0));
  const beside = [...before];
  for (const [node, needed] of needs.entries()) for (const other of needed) beside[other] |= 1 << node;
  const known = new Map();

  function least(set) {
    let time = known.get(set);
    if (time === undefined) known.set(set, (time = found(set)));
    return time;
  }

  function found(set) {
    const group = connected(set);
    if (group !== set) return Math.max(least(group), least(set & ~group));
    if ((set & (set - 1)) === 0) return durations[31 - Math.clz32(set)];
    let time = Number.POSITIVE_INFINITY;
    for (let first = (set - 1) & set; first > 0; first = (first - 1) & set) {
      if (isClosed(first, set)) time = Math.min(time, least(first) + least(set & ~first));
    }
    return time;
  }

  /** The nodes of the set that are connected with its first. */
  function connected(set) {
    let group = set & -set;
    for (let previous = 0; previous !== group;) {
      previous = group;
      for (const [node, others] of beside.entries()) if ((group >> node) & 1) group |= others & set;
    }
    return group;
  }

  /** Whether all of the set that these need is among them. */
  function isClosed(some, set) {
    return before.every((needed, node) => ((some >> node) & 1) === 0 || (needed & set & ~some) === 0);
  }

  return least((1 << needs.length) - 1);
}

/**
 * A time that no schedule stays below, even one who knows the durations, unless it takes longer than it has to where all
 * nodes take the same. There a node without slack is in the one level in which it can be; so each cut through such nodes
 * is between two levels, and of all these cuts the best are found. The other nodes are left out, which makes no schedule
 * longer.
 */
export function leastOfLevels(needs, durations) {
  const { earliest, latest } = levelsOf(needs);
  const tight = needs.flatMap((_, node) => (earliest[node] === latest[node] ? [node] : []));
  const beside = besides(needs, tight);
  const known = new Map();

  /** Connected nodes. */
  function least(nodes) {
    const levels = [...new Set(nodes.map((node) => earliest[node]))].toSorted((one, other) => one - other);
    if (levels.length === 1) return durations[nodes[0]];
    const key = `${levels[0]} ${levels.at(-1)} ${nodes[0]}`;
    const time = known.get(key) ?? Math.min(...levels.slice(1).map((level) => cutBefore(level, nodes)));
    known.set(key, time);
    return time;
  }

  function cutBefore(level, nodes) {
    const [before, after] = [true, false].map((isBefore) => {
      return longest(nodes.filter((node) => earliest[node] < level === isBefore));
    });
    return before + after;
  }

  function longest(nodes) {
    return Math.max(...groups(nodes, beside).map(least));
  }

  return longest(tight);
}

function levelsOf(needs) {
  const earliest = [];
  for (const [node, needed] of needs.entries())
    earliest[node] = Math.max(0, ...needed.map((other) => earliest[other] + 1));
  const latest = needs.map(() => Math.max(...earliest));
  for (const [node, needed] of [...needs.entries()].toReversed())
    for (const other of needed) latest[other] = Math.min(latest[other], latest[node] - 1);
  return { earliest, latest };
}

/** Of each of the nodes, those that have to be before or after it, whether others of them are between or not. */
function besides(needs, nodes) {
  const before = [];
  for (const needed of needs) before.push(new Set(needed.flatMap((other) => [other, ...before[other]])));
  return needs.map((_, node) => nodes.filter((other) => before[node].has(other) || before[other].has(node)));
}

/** The groups of nodes that nothing connects, in the order of their first. */
function groups(nodes, beside) {
  const left = new Set(nodes);
  const found = [];
  for (const first of nodes) {
    if (!left.delete(first)) continue;
    const group = [first];
    for (const node of group) group.push(...beside[node].filter((other) => left.delete(other)));
    found.push(group.toSorted((one, other) => one - other));
  }
  return found;
}
