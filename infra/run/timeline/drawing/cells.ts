import type { Bar, Work } from "../model.ts";
import { barsTop, ROW_HEIGHT, type Frame, type Row } from "./rows.ts";
import { firstInView, stripsOf, type Strip } from "./strips.ts";
import { workOfBars } from "./sum-up.ts";

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
  readonly hasFailed: boolean;
  /** What its bars' receipts say together. */
  readonly work: Work;
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
  return stripsOf(bars).flatMap((strip) => {
    const y = top + strip.level * ROW_HEIGHT + (strip.isItem ? 4 : 1);
    const height = (strip.isBatch ? row.rows * ROW_HEIGHT : ROW_HEIGHT) - (strip.isItem ? 8 : 2);
    return cellsOfStrip(strip, view, frame, { y, height });
  });
}

interface Drawn {
  readonly view: View;
  readonly bars: readonly Bar[];
  readonly cells: readonly Cell[];
}

const DRAWN = new WeakMap<Row, Drawn>();

/** As {@link cellsOf}; scrolling, which changes nothing of them, makes none anew. */
export function knownCells(
  row: Extract<Row, { kind: "lane" }>,
  bars: readonly Bar[],
  view: View,
  frame: Frame,
): readonly Cell[] {
  const known = DRAWN.get(row);
  if (known?.view === view && known.bars === bars) return known.cells;
  const cells = cellsOf(row, bars, view, frame);
  DRAWN.set(row, { view, bars, cells });
  return cells;
}

function cellsOfStrip(
  strip: Strip,
  view: View,
  frame: Frame,
  at: { readonly y: number; readonly height: number },
): Cell[] {
  const merged: { x: number; right: number; bars: Bar[]; isNarrow: boolean }[] = [];
  const { bars } = strip;
  for (let index = firstInView(strip, view.from); index < bars.length; index++) {
    const bar = bars[index];
    if (bar === undefined || bar.start > view.to) break;
    if (bar.end < view.from) continue;
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
    hasFailed: bars.some(({ status }) => status === "failed"),
    work: workOfBars(bars),
    room: (merged[index + 1]?.x ?? frame.width) - right,
    before: touching(merged[index - 1], x),
  }));
}

function touching(cell: { readonly x: number; readonly right: number } | undefined, x: number): number {
  return cell !== undefined && x - cell.right < 2 * LEAST_WIDTH ? cell.right - cell.x : 0;
}
