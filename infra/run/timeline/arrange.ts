import { WITHOUT_RECEIPT, type Draft, type GroupKey } from "./draft.ts";
import { grouped } from "./grouped.ts";
import type { Bar, Group, Lane } from "./model.ts";

const KINDS: readonly GroupKey["kind"][] = ["workflow", "actor", "states", "children"];

/** So many bars that overlap are one below the other. Further ones are over those of the last row. */
const MOST_ROWS = 16;

const NO_GROUP: GroupKey = { kind: "states", name: "states" };

interface Arranged {
  readonly groups: readonly Group[];
  readonly bars: readonly Bar[];
}

/**
 * Gives bars their lanes: a group for each actor in the order in which they begin, between what is of the workflow as a
 * whole and what is of single states.
 * @param origin when the execution began, in milliseconds since the epoch
 */
export function arrange(drafts: readonly Draft[], origin: number): Arranged {
  const inOrder = drafts.toSorted((one, other) => one.start - other.start);
  const byGroup = grouped(inOrder, ({ group }) => `${KINDS.indexOf(group.kind)} ${group.name}`);
  const ordered = [...byGroup.values()].toSorted((one, other) => kindOf(one) - kindOf(other));
  const groups: Group[] = [];
  const bars: Bar[] = [];
  let firstLane = 0;
  for (const own of ordered) {
    const lanes = [...grouped(own, ({ lane }) => lane)].toSorted(
      ([one, [first]], [other, [second]]) =>
        Number(one === WITHOUT_RECEIPT) - Number(other === WITHOUT_RECEIPT) ||
        (first?.replica ?? 0) - (second?.replica ?? 0),
    );
    const replicas = lanes.filter(([key]) => key !== WITHOUT_RECEIPT).length;
    const { kind, name, replicas: all = replicas } = own[0]?.group ?? NO_GROUP;
    const placed = lanes.map(([key, drafts], index) => {
      // A replica runs one invocation at a time. What seems to overlap is that the beginning is a whole millisecond.
      const rows = packed(drafts, kind === "actor" && key !== WITHOUT_RECEIPT);
      for (const [position, draft] of drafts.entries())
        bars.push(barOf(draft, firstLane + index, rows[position] ?? 0, origin));
      const number = drafts[0]?.replica ?? index;
      const earlier = lanes.slice(0, index).filter(([, [first]]) => first?.replica === number).length;
      const which = `replica ${number + 1} of ${all}${earlier === 0 ? "" : `, instance ${earlier + 1}`}`;
      const lane: Lane = { ...laneNames(kind, key, which, drafts), rows: Math.max(...rows) + 1 };
      return lane;
    });
    groups.push({ name, kind, replicas: kind === "actor" ? replicas : 0, firstLane, lanes: placed });
    firstLane += placed.length;
  }
  return { groups, bars };
}

function kindOf(drafts: readonly Draft[]): number {
  return KINDS.indexOf(drafts[0]?.group.kind ?? "states");
}

function laneNames(
  kind: Group["kind"],
  key: string,
  replica: string,
  drafts: readonly Draft[],
): Pick<Lane, "label" | "about"> {
  if (kind !== "actor") return { label: key };
  if (key === WITHOUT_RECEIPT)
    return { label: "no receipt", about: "Attempts that did not come back: which replica ran them is not known" };
  const type = drafts.find(({ receipt }) => receipt !== undefined)?.receipt?.initializationType ?? "";
  return { label: replica, about: `${key}${type === "" ? "" : `, ${type}`}` };
}

/** The row of each bar: the first in which it is over no other. An item may be over the invocation that it is part of. */
function packed(drafts: readonly Draft[], isReplica: boolean): number[] {
  const ends: Record<"whole" | "item", number[]> = { whole: [], item: [] };
  return drafts.map(({ kind, start, end, work }) => {
    // An item without work has failed: a mark that takes no time.
    if (kind === "item" ? work === undefined : isReplica) return 0;
    const rows = ends[kind === "item" ? "item" : "whole"];
    const free = rows.findIndex((taken) => taken <= start);
    const row = free >= 0 ? free : Math.min(rows.length, MOST_ROWS - 1);
    rows[row] = Math.max(rows[row] ?? 0, end);
    return row;
  });
}

function barOf(draft: Draft, lane: number, row: number, origin: number): Bar {
  const { group: _group, lane: _lane, replica: _replica, receipt, start, end, queuedFrom, ...rest } = draft;
  return {
    ...rest,
    lane,
    row,
    start: start - origin,
    end: Math.max(start, end) - origin,
    ...(queuedFrom === undefined ? {} : { queuedFrom: queuedFrom - origin }),
    ...(receipt === undefined ? {} : { receipt: JSON.stringify(receipt) }),
  };
}
