import { createHash } from "node:crypto";
import { KEY_CHARACTERS, rankReplicasOf } from "./replica-ranking.ts";

// The same in JSONata is in infra/compile/lane-expression.ts: state machines share out the items of a map by that.

/** What one replica does of a map. */
export interface Lane {
  /** Its replica's number, and then the others in the order in which they stand in for it. */
  readonly replicas: readonly number[];
  /** Its items, those of a key side by side. */
  readonly indices: readonly number[];
}

/** How many more items than the mean a replica may have, so that keys stay where they belong. */
export const ITEMS_OVER_MEAN = 1.4;
/** How many more keys than the mean, since a key is loaded once, which may take longer than all of its items. */
export const KEYS_OVER_MEAN = 1.1;

/**
 * Hashes that a state machine computes to share out a map: of each key one for each replica, some 30 µs each. More keys
 * are put together by the first digits of their own hash.
 */
export const MOST_HASHES = 8_000;
export const BUCKET_DIGITS = 2;

/**
 * Share out the items of a map over the replicas of an actor with affinity. A key goes to the first replica of its
 * ranking that has room for it, in items and in keys; if all have enough keys, to the first with room for its items; and
 * if none has, it is split: each replica of its ranking takes what it lacks to the mean. Large keys choose first, so that
 * the small ones even out what they leave. Which replica a key goes to depends on the keys alone, in whatever order they
 * come, while no replica has more items than it may.
 * @param keys the text of each item's key
 * @param sharing `by ranking`: all replicas have room for all keys, so that each is where a single call looks
 */
export function lanesOf(
  keys: readonly string[],
  replicas: number,
  sharing: "evenly" | "by ranking" = "evenly",
): Lane[] {
  const ofKeys = groupsOf(keys);
  const groups = ofKeys.length <= Math.floor(MOST_HASHES / replicas) ? ofKeys : bucketsOf(ofKeys);
  const share = Math.ceil(keys.length / replicas);
  const isEven = sharing === "evenly";
  const room = isEven ? Math.max(share, Math.floor((ITEMS_OVER_MEAN * keys.length) / replicas)) : keys.length;
  const pieces = groups.reduce((sum, { indices }) => sum + Math.ceil(indices.length / share), 0);
  const even = Math.max(Math.ceil(pieces / replicas), Math.floor((KEYS_OVER_MEAN * pieces) / replicas));
  const most = isEven ? even : keys.length;
  const lanes = Array.from({ length: replicas }, (): Group[] => []);
  const items = lanes.map(() => 0);
  function give(replica: number, text: string, indices: readonly number[]): void {
    lanes[replica]?.push({ text, indices });
    items[replica] = (items[replica] ?? 0) + indices.length;
  }
  for (const { text, indices } of largeFirst(groups, room, share)) {
    const ranking = rankReplicasOf(text, replicas);
    const fitting = ranking.filter((replica) => (items[replica] ?? 0) + indices.length <= room);
    const chosen = fitting.find((replica) => (lanes[replica]?.length ?? 0) < most) ?? fitting[0];
    if (chosen !== undefined) {
      give(chosen, text, indices);
      continue;
    }
    let from = 0;
    for (const replica of ranking) {
      const taken = indices.slice(from, from + Math.max(0, share - (items[replica] ?? 0)));
      if (taken.length > 0) give(replica, text, taken);
      from += taken.length;
    }
  }
  return lanes.flatMap((parts, replica) => {
    const [first] = parts;
    if (first === undefined) return [];
    const others = rankReplicasOf(first.text, replicas).filter((other) => other !== replica);
    return [{ replicas: [replica, ...others], indices: parts.flatMap(({ indices }) => indices) }];
  });
}

interface Group {
  readonly text: string;
  readonly indices: readonly number[];
}

function groupsOf(keys: readonly string[]): Group[] {
  const groups = new Map<string, number[]>();
  keys.forEach((key, index) => {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [index]);
    else group.push(index);
  });
  return [...groups].map(([text, indices]) => ({ text, indices }));
}

function bucketsOf(groups: readonly Group[]): Group[] {
  const buckets = new Map<string, number[]>();
  for (const { text, indices } of groups) {
    const hashed = [...text].slice(0, KEY_CHARACTERS).join("");
    const bucket = createHash("sha256").update(hashed).digest("hex").slice(0, BUCKET_DIGITS);
    buckets.set(bucket, [...(buckets.get(bucket) ?? []), ...indices]);
  }
  return [...buckets].map(([text, indices]) => ({ text, indices }));
}

/** In the order of their texts: those that one replica has no room for, then those that the least busy one may not have. */
function largeFirst(groups: readonly Group[], room: number, share: number): Group[] {
  const sorted = groups.toSorted((one, other) => (one.text < other.text ? -1 : 1));
  return [
    ...sorted.filter(({ indices: { length } }) => length > room),
    ...sorted.filter(({ indices: { length } }) => length <= room && length > room - share),
    ...sorted.filter(({ indices: { length } }) => length <= room && length <= room - share),
  ];
}
