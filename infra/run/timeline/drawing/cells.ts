import type { Bar } from "../model.ts";
import { barsTop, ROW_HEIGHT, type Frame, type Row } from "./rows.ts";

/** The part of the time that is seen, in milliseconds from the execution's beginning. */
export interface View {
  readonly from: number;
  readonly to: number;
}

/** What is drawn of a lane in one place: a bar, or bars that are too narrow to be told apart. */
export interface Cell {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly bars: readonly Bar[];
  /** Pixels to the next cell of the same row. */
  readonly room: number;
  /** Pixels of the cell before it, if that ends where this one begins. */
  readonly before: number;
}

/** No bar is narrower than this. */
const LEAST_WIDTH = 3;
const GAP = 1;

export function xOf(ms: number, { from, to }: View, { width, gutter }: Frame): number {
  return gutter + ((ms - from) / (to - from)) * (width - gutter);
}

export function msOf(x: number, { from, to }: View, { width, gutter }: Frame): number {
  return from + ((x - gutter) / (width - gutter)) * (to - from);
}

/**
 * The cells of one lane that are in view.
 * @param bars of this lane, by when they begin
 */
export function cellsOf(row: Extract<Row, { kind: "lane" }>, bars: readonly Bar[], view: View, frame: Frame): Cell[] {
  const top = barsTop(row, frame);
  const cells: Cell[] = [];
  for (const isItem of [false, true]) {
    for (let level = 0; level < row.rows; level++) {
      const own = bars.filter((bar) => bar.row === level && (bar.kind === "item") === isItem);
      const isBatch = own.some(({ kind }) => kind === "batch");
      const y = top + level * ROW_HEIGHT + (isItem ? 4 : 1);
      const height = (isBatch ? row.rows * ROW_HEIGHT : ROW_HEIGHT) - (isItem ? 8 : 2);
      cells.push(...cellsOfRow(own, view, frame, { y, height }));
    }
  }
  return cells;
}

function cellsOfRow(
  bars: readonly Bar[],
  view: View,
  frame: Frame,
  at: { readonly y: number; readonly height: number },
): Cell[] {
  const merged: { x: number; right: number; bars: Bar[]; isNarrow: boolean }[] = [];
  for (const bar of bars) {
    if (bar.end < view.from || bar.start > view.to) continue;
    const x = Math.max(xOf(bar.start, view, frame), frame.gutter);
    const end = Math.min(xOf(bar.end, view, frame), frame.width);
    const isNarrow = end - x < LEAST_WIDTH;
    const right = Math.max(end, x + LEAST_WIDTH);
    const last = merged.at(-1);
    if (last?.isNarrow && isNarrow && x < last.right + GAP && last.bars[0]?.node === bar.node) {
      last.right = Math.max(last.right, right);
      last.bars.push(bar);
    } else merged.push({ x, right, bars: [bar], isNarrow });
  }
  return merged.map(({ x, right, bars }, index) => ({
    ...at,
    x,
    width: Math.max(LEAST_WIDTH - GAP, right - x - (index + 1 < merged.length ? GAP : 0)),
    bars,
    room: (merged[index + 1]?.x ?? frame.width) - right,
    before: touching(merged[index - 1], x),
  }));
}

function touching(cell: { readonly x: number; readonly right: number } | undefined, x: number): number {
  return cell !== undefined && x - cell.right < 2 * LEAST_WIDTH ? cell.right - cell.x : 0;
}
