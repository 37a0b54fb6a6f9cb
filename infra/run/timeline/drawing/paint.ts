import type { Bar, Timeline } from "../model.ts";
import { paintCell, type NodeColours } from "./paint-cell.ts";
import { COLUMN, columnsOf } from "./columns.ts";
import { knownCells, xOf, type Cell, type View } from "./cells.ts";
import { NAME_HEIGHT, STRIP_LABEL, type Frame, type Row } from "./rows.ts";
import type { Surface } from "./surface.ts";
import { ticksOf } from "./time.ts";

export const AXIS_HEIGHT = 28;
/** Pixels between time marks, at least. */
const TICK_ROOM = 76;

const NO_BARS: readonly Bar[] = [];

/** What is to be painted, and how much of it. */
export interface Scene {
  readonly timeline: Timeline;
  /** By lane. */
  readonly lanes: readonly (readonly Bar[])[];
  readonly rows: readonly Row[];
  readonly view: View;
  readonly frame: Frame;
  readonly colours: NodeColours;
}

/** The bars of each lane, by when they begin. */
export function barsByLane({ bars, groups }: Timeline): Bar[][] {
  const lanes: Bar[][] = groups.flatMap((group) => group.lanes.map(() => []));
  for (const bar of bars) lanes[bar.lane]?.push(bar);
  for (const lane of lanes) lane.sort((one, other) => one.start - other.start);
  return lanes;
}

/** Paints the time marks' names. */
export function paintAxis(surface: Surface, { view, frame }: Scene): void {
  const y = AXIS_HEIGHT / 2;
  for (const { ms, label } of ticks(view, frame)) {
    const x = xOf(ms, view, frame);
    surface.line(x, AXIS_HEIGHT - 6, x, AXIS_HEIGHT, "rule");
    const half = surface.measure(label, { size: 11 }) / 2;
    if (x - half < frame.gutter) surface.text(Math.max(2, frame.gutter), y, label, { size: 11, colour: "muted" });
    else if (x + half > frame.width)
      surface.text(frame.width - 2, y, label, { size: 11, colour: "muted", anchor: "end" });
    else surface.text(x, y, label, { size: 11, colour: "muted", anchor: "middle" });
  }
}

/** Paints the strips, and returns the cells, so that what is pointed at can be found. */
export function paintRows(surface: Surface, scene: Scene): Cell[] {
  const { rows, view, frame, lanes } = scene;
  const cells: Cell[] = [];
  for (const row of rows) if (row.kind !== "head") paintGround(surface, row, frame);
  const [top = 0, bottom = 0] = [rows[0]?.y, (rows.at(-1)?.y ?? 0) + (rows.at(-1)?.height ?? 0)];
  for (const { ms } of ticks(view, frame))
    surface.line(xOf(ms, view, frame), top, xOf(ms, view, frame), bottom, "rule");
  for (const row of rows) {
    if (row.kind === "lane") {
      const own = knownCells(row, lanes[row.lane] ?? NO_BARS, view, frame);
      for (const cell of own) paintCell(surface, cell, scene.colours);
      for (const cell of own) cells.push(cell);
      paintName(surface, row, row.label, frame);
    } else if (row.kind === "queue") paintQueue(surface, scene, row);
    else if (row.kind === "density") paintDensity(surface, scene, row);
  }
  return cells;
}

function ticks(view: View, { width, gutter }: Frame): ReturnType<typeof ticksOf> {
  return ticksOf(view.from, view.to, (width - gutter) / TICK_ROOM);
}

function paintGround(surface: Surface, row: Row, { width, gutter }: Frame): void {
  const above = row.kind === "lane" && gutter === 0 ? NAME_HEIGHT : 0;
  surface.rectangle(gutter, row.y + above + 1, width - gutter, row.height - above - 2, { role: "lane" }, 4);
}

function paintName(surface: Surface, row: Row, name: string, { gutter }: Frame): void {
  const lettering = { size: 12, colour: "muted" } as const;
  if (gutter === 0) surface.text(2, row.y + NAME_HEIGHT / 2 + 1, name, lettering);
  else surface.text(2, row.y + row.height / 2, shortened(surface, name, gutter - 12), lettering);
}

function shortened(surface: Surface, text: string, width: number): string {
  if (surface.measure(text, { size: 12 }) <= width) return text;
  let shown = text;
  while (shown.length > 1 && surface.measure(`${shown}…`, { size: 12 }) > width) shown = shown.slice(0, -1);
  return `${shown}…`;
}

/** How many invocations wait for a replica, over time. */
function paintQueue(surface: Surface, scene: Scene, row: Row): void {
  const { frame } = scene;
  const { columns } = columnsOf(row, scene);
  const most = Math.max(...columns);
  for (const [index, count] of columns.entries()) {
    const height = most === 0 ? 0 : (count / most) * (row.height - STRIP_LABEL);
    if (height > 0.3)
      surface.rectangle(frame.gutter + index * COLUMN, row.y + row.height - 3 - height, COLUMN, height, {
        role: "queue",
      });
  }
  paintName(surface, row, frame.gutter === 0 ? "" : "waiting", frame);
  const label = `up to ${Math.round(most).toLocaleString("en")} waiting for a replica`;
  if (most > 0) surface.text(frame.width - 6, row.y + 10, label, { size: 11, colour: "ink", anchor: "end" });
}

/** How many replicas are at work over time, and how many of them load. */
function paintDensity(surface: Surface, scene: Scene, row: Row): void {
  const { frame } = scene;
  const lanes = row.group.replicas > 0 ? row.group.replicas : row.group.lanes.length;
  const { columns: atWork, loading, node } = columnsOf(row, scene);
  const bottom = row.y + row.height - 3;
  for (const [index, count] of atWork.entries()) {
    const full = row.height - STRIP_LABEL;
    const [height, load] = [Math.min(1, count / lanes) * full, Math.min(1, (loading[index] ?? 0) / lanes) * full];
    const x = frame.gutter + index * COLUMN;
    const role = scene.colours(node);
    if (height > 0.2) surface.rectangle(x, bottom - Math.max(1, height), COLUMN, Math.max(1, height), { role });
    if (load > 0.2) surface.rectangle(x, bottom - load, COLUMN, load, { role: "load" });
  }
  paintName(surface, row, frame.gutter === 0 ? "" : "at work", frame);
  const label = `up to ${Math.round(Math.max(...atWork)).toLocaleString("en")} of ${lanes.toLocaleString("en")} at work`;
  surface.text(frame.width - 6, row.y + 10, label, { size: 11, colour: "ink", anchor: "end" });
}
