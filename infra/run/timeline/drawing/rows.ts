import type { Group, Timeline } from "../model.ts";

/** A strip of the chart from the left to the right. Lengths are in pixels. */
export type Row = { readonly y: number; readonly height: number; readonly group: Group } & (
  | { readonly kind: "head" | "queue" | "density" }
  | {
      readonly kind: "lane";
      readonly lane: number;
      readonly label: string;
      readonly about: string | undefined;
      readonly rows: number;
    }
);

/** How the chart is divided. */
export interface Frame {
  readonly width: number;
  /** The column of the lanes' names. 0: they are above their lanes. */
  readonly gutter: number;
}

export const ROW_HEIGHT = 22;
const HEAD_HEIGHT = 34;
const LANE_PADDING = 4;
/** A lane's name above it. */
export const NAME_HEIGHT = 18;
const QUEUE_HEIGHT = 44;
const DENSITY_HEIGHT = 56;
/** Of a strip that shows how many there are, above which is the most that there were. */
export const STRIP_LABEL = 18;

/** Groups with more lanes than this begin as one strip that shows how many are at work. */
export const MOST_LANES = 24;

/** Pixels under which a chart has no column for names. */
const NARROW = 560;

export function frameOf(width: number): Frame {
  return { width, gutter: width < NARROW ? 0 : 148 };
}

/** The strips of the chart from the top. */
export function rowsOf(
  { groups, bars, durationMs }: Timeline,
  isFolded: (group: Group) => boolean,
  { gutter }: Frame,
): Row[] {
  const queued = new Map<Group, number>();
  const byLane = groups.flatMap((group) => group.lanes.map(() => group));
  for (const { lane, start, queuedFrom = start } of bars) {
    const group = byLane[lane];
    if (group !== undefined) queued.set(group, (queued.get(group) ?? 0) + start - queuedFrom);
  }
  const rows: Row[] = [];
  let y = 0;
  function add(
    row:
      | (Pick<Row, "height" | "group"> & { kind: "head" | "queue" | "density" })
      | Omit<Extract<Row, { kind: "lane" }>, "y">,
  ): void {
    rows.push({ ...row, y });
    y += row.height;
  }
  for (const group of groups) {
    add({ kind: "head", group, height: HEAD_HEIGHT });
    // What one could not see of it is left out.
    if ((queued.get(group) ?? 0) > durationMs / 100) add({ kind: "queue", group, height: QUEUE_HEIGHT });
    if (isFolded(group)) {
      add({ kind: "density", group, height: DENSITY_HEIGHT });
      continue;
    }
    for (const [index, { label, about, rows }] of group.lanes.entries()) {
      const height = rows * ROW_HEIGHT + 2 * LANE_PADDING + (gutter === 0 ? NAME_HEIGHT : 0);
      add({ kind: "lane", group, height, lane: group.firstLane + index, label, about, rows });
    }
  }
  return rows;
}

export function heightOf(rows: readonly Row[]): number {
  const last = rows.at(-1);
  return last === undefined ? 0 : last.y + last.height;
}

/** Where the bars of a lane begin. */
export function barsTop(row: Row, { gutter }: Frame): number {
  return row.y + LANE_PADDING + (gutter === 0 ? NAME_HEIGHT : 0);
}
