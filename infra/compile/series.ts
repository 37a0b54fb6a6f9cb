import { divided, type Dependencies, type Levels } from "./dependencies.ts";

/**
 * The most pieces of which each needs all of the one before; all in one if there is no such place.
 *
 * All that comes after such a place runs later than the deepest node before it, so that the place is between two levels.
 * It is one if the last nodes before it, which none before it needs, are each needed by all first nodes after it, which
 * need none after it: these are the nodes of the level after it.
 */
export function seriesPieces(all: Dependencies, { count, earliest }: Levels): Dependencies[] {
  const { nodes, readers, needed } = all;
  const firstReader = nodes.map(() => count);
  for (let at = 0; at < readers.length; at++) {
    const [one, level] = [needed[at] ?? 0, earliest[readers[at] ?? 0] ?? 0];
    if (level < (firstReader[one] ?? 0)) firstReader[one] = level;
  }
  // Of the place before each level: its last nodes, less those of the place before; its first nodes; and how often one
  // of these needs one of those.
  const [change, first, between] = [zeros(count + 2), zeros(count + 2), zeros(count + 2)];
  for (let node = 0; node < nodes.length; node++) {
    add(change, (earliest[node] ?? 0) + 1, 1);
    add(change, (firstReader[node] ?? 0) + 1, -1);
    add(first, earliest[node] ?? 0, 1);
  }
  for (let at = 0; at < readers.length; at++) {
    const level = earliest[readers[at] ?? 0] ?? 0;
    if (firstReader[needed[at] ?? 0] === level) add(between, level, 1);
  }
  const pieceOfLevel = [0];
  let [last, piece] = [0, 0];
  for (let level = 1; level < count; level++) {
    last += change[level] ?? 0;
    if (between[level] === last * (first[level] ?? 0)) piece++;
    pieceOfLevel.push(piece);
  }
  if (piece === 0) return [all];
  return divided(
    all,
    earliest.map((level) => pieceOfLevel[level] ?? 0),
    piece + 1,
  );
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}

function add(counts: number[], index: number, by: number): void {
  counts[index] = (counts[index] ?? 0) + by;
}
