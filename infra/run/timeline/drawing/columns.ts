import type { Bar } from "../model.ts";
import type { View } from "./cells.ts";
import type { Frame, Row } from "./rows.ts";

/** Pixels of a column of a strip that shows how many there are. */
export const COLUMN = 2;

/** What is counted for a strip that shows how many there are. */
interface Chart {
  readonly lanes: readonly (readonly Bar[])[];
  readonly view: View;
  readonly frame: Frame;
}

/** How many there are on average in the time of each column. */
export interface Columns {
  /** Invocations that wait for a replica, or replicas at work, by the row's kind. */
  readonly columns: readonly number[];
  /** Replicas that load. */
  readonly loading: readonly number[];
  /** The node of the first bar that is counted. */
  readonly node: string;
}

/** Beginnings and ends, one after the other. */
type Spans = Float64Array;

interface Counted {
  readonly lanes: Chart["lanes"];
  readonly spans: Spans;
  readonly loads: Spans;
  readonly node: string;
  view?: View;
  columns?: Columns;
}

/** A row is made anew when the chart's size changes. What it counts is gathered once, and counted once for each view. */
const COUNTED = new WeakMap<Row, Counted>();

export function columnsOf(row: Row, { lanes, view, frame }: Chart): Columns {
  let counted = COUNTED.get(row);
  if (counted?.lanes !== lanes) {
    counted = row.kind === "queue" ? queueOf(row, lanes) : workOf(row, lanes);
    COUNTED.set(row, counted);
  }
  if (counted.view !== view || counted.columns === undefined) {
    const { spans, loads, node } = counted;
    counted.view = view;
    counted.columns = { columns: counts(spans, view, frame), loading: counts(loads, view, frame), node };
  }
  return counted.columns;
}

function queueOf({ group }: Row, lanes: Chart["lanes"]): Counted {
  const waiting = barsOf(group, lanes).flatMap(({ queuedFrom, start }) =>
    queuedFrom === undefined ? [] : [queuedFrom, start],
  );
  return { lanes, spans: Float64Array.from(waiting), loads: new Float64Array(), node: "" };
}

function workOf({ group }: Row, lanes: Chart["lanes"]): Counted {
  const all = barsOf(group, lanes);
  const bars = all.filter(({ kind }) => kind !== "item" && (group.replicas === 0 || kind !== "call"));
  return {
    lanes,
    spans: Float64Array.from(bars.flatMap(({ start, end }) => [start, end])),
    loads: Float64Array.from(all.flatMap(loadOf)),
    node: bars[0]?.node ?? "",
  };
}

/** A bar's loads, from its beginning on: a receipt tells how long they took, and not when. */
function loadOf({ start, end, work }: Bar): number[] {
  return work === undefined || work.loadMs === 0 ? [] : [start, Math.min(end, start + work.loadMs)];
}

function barsOf({ firstLane, lanes: own }: Row["group"], lanes: Chart["lanes"]): Bar[] {
  return lanes.slice(firstLane, firstLane + own.length).flat();
}

function counts(spans: Spans, view: View, frame: Frame): number[] {
  const count = Math.max(1, Math.floor((frame.width - frame.gutter) / COLUMN));
  const msOfColumn = (view.to - view.from) / count;
  const columns = new Float64Array(count);
  // Where spans begin and end, as changes of a sum, so that long ones cost no more than short ones.
  const changes = new Float64Array(count + 1);
  function add(to: Float64Array, index: number, by: number): void {
    to[index] = (to[index] ?? 0) + by;
  }
  for (let index = 0; index < spans.length; index += 2) {
    const start = ((spans[index] ?? 0) - view.from) / msOfColumn;
    const end = ((spans[index + 1] ?? 0) - view.from) / msOfColumn;
    if (end <= 0 || start >= count) continue;
    const [first, last] = [Math.max(0, Math.floor(start)), Math.min(count - 1, Math.floor(end))];
    if (first === last) {
      add(columns, first, Math.min(end, count) - Math.max(0, start));
      continue;
    }
    add(columns, first, first + 1 - Math.max(0, start));
    add(columns, last, Math.min(end, count) - last);
    add(changes, first + 1, 1);
    add(changes, last, -1);
  }
  let whole = 0;
  return Array.from(columns, (partial, index) => {
    whole += changes[index] ?? 0;
    return whole + partial;
  });
}
