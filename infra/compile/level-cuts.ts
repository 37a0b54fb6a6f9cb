import { divided, type Dependencies, type Levels } from "./dependencies.ts";
import { Runs } from "./runs.ts";
import type { TimeRows } from "./time-rows.ts";

/** Pieces between which a cut is looked for: levels, or several of them where there are more. */
const MOST_PIECES = 12;
/** Nodes of a graph in which it is tried what comes of running some later: in larger ones that takes too long. */
const MOST_PLACED = 1000;

/**
 * Connected nodes cut in two where they then take the least time, on average over sampled durations. Together the two
 * have as many levels as before, so that nothing is lost where all nodes take the same time.
 */
export function bestCut(dependencies: Dependencies, levels: Levels, rows: TimeRows): Dependencies[] {
  let level = levels.earliest;
  let { from, time } = levelCut(dependencies, level, levels.count, rows);
  for (const other of rows.nodes > MOST_PLACED ? [] : otherPlacements(levels)) {
    const found = levelCut(dependencies, other, levels.count, rows);
    if (found.time < time) [level, from, time] = [other, found.from, found.time];
  }
  return divided(
    dependencies,
    level.map((own) => Number(own >= from)),
    2,
  );
}

/** All nodes as late as they can run, and in the middle, where that is not as early as they can. */
function otherPlacements({ earliest, latest }: Levels): (readonly number[])[] {
  if (earliest.every((level, node) => level === latest[node])) return [];
  return [latest, earliest.map((level, node) => (level + (latest[node] ?? level)) >> 1)];
}

interface LevelCut {
  /** The first level after it. */
  readonly from: number;
  /** In all samples together. */
  readonly time: number;
}

/** @param level of each node, later than those of what it needs */
function levelCut(dependencies: Dependencies, level: readonly number[], levels: number, rows: TimeRows): LevelCut {
  if (levels === 2) return { from: 1, time: 0 };
  const pieces = Math.min(levels, MOST_PIECES);
  const { taken } = rows;
  const { cut, time } = new Runs(
    dependencies,
    level.map((own) => Math.floor((own * pieces) / levels)),
    pieces,
    rows,
  );
  rows.giveBack(taken);
  return { from: Math.ceil((cut * levels) / pieces), time };
}
