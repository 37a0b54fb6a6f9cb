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
