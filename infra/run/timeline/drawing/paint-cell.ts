import type { Bar } from "../model.ts";
import type { Cell } from "./cells.ts";
import { inkOn, type NodeRole } from "./palette.ts";
import { isMark } from "./sum-up.ts";
import type { Lettering, Surface } from "./surface.ts";
import { formatMs } from "./time.ts";

/** The colour of a node. */
export type NodeColours = (node: string) => NodeRole;

const LETTERS = { size: 11.5 } as const;
const RADIUS = 3;
/** A bar that is longer than another's name by so many pixels has room for its own too. */
const ROOM_OF_NAME = 240;

export function paintCell(surface: Surface, cell: Cell, colours: NodeColours): void {
  const [bar] = cell.bars;
  if (bar === undefined) return;
  if (bar.kind === "span") return paintSpan(surface, cell, bar);
  if (bar.kind === "wait") return paintWait(surface, cell, bar);
  if (bar.kind === "batch") return paintBatch(surface, cell, bar, colours);
  const { x, y, width, height } = cell;
  if (cell.bars.every(isMark)) return paintMark(surface, cell);
  const role = colours(bar.node);
  surface.rectangle(x, y, width, height, { role, ...(bar.status === "running" ? { opacity: 0.55 } : {}) }, RADIUS);
  const loadWidth = paintLoads(surface, cell);
  const { hasFailed } = cell;
  if (hasFailed) paintFailure(surface, cell);
  paintMarks(surface, cell, loadWidth);
  paintLabel(surface, cell, hasFailed ? "failed" : role, loadWidth);
}

/** @returns the pixels that loads take of the cell */
function paintLoads(surface: Surface, { x, y, width, height, bars, work }: Cell): number {
  if (work.loads === 0) return 0;
  const first = bars[0];
  const ms = first === undefined || bars.length > 1 ? 0 : first.end - first.start;
  const share = bars.length > 1 ? 1 : ms === 0 ? 1 : Math.min(1, work.loadMs / ms);
  const loadWidth = Math.max(Math.min(3, width), width * share);
  surface.rectangle(x, y, loadWidth, height, { role: "load", hatch: "load-mark" }, RADIUS);
  return loadWidth;
}

function paintFailure(surface: Surface, { x, y, width, height }: Cell): void {
  surface.rectangle(x, y, width, height, { role: "failed" }, RADIUS);
  if (width < 14) return;
  const [middle, half] = [y + height / 2, 4];
  surface.line(x + 5, middle - half, x + 5 + 2 * half, middle + half, "focus", 2);
  surface.line(x + 5, middle + half, x + 5 + 2 * half, middle - half, "focus", 2);
}

/** Items that failed, of which nothing tells when they were: a crossed sign in the batch's bar. */
function paintMark(surface: Surface, { x, y, width, height }: Cell): void {
  const [middle, half] = [x + width / 2, 3];
  surface.rectangle(middle - 5, y, 10, height, { role: "failed" }, 2);
  surface.line(middle - half, y + height / 2 - half, middle + half, y + height / 2 + half, "focus", 1.5);
  surface.line(middle - half, y + height / 2 + half, middle + half, y + height / 2 - half, "focus", 1.5);
}

/** A cold start as a notch at the left; hits, joined loads and stored outputs as a stripe below. */
function paintMarks(surface: Surface, { x, y, width, height, work }: Cell, loadWidth: number): void {
  const { isCold, hits, joined, isStored } = work;
  if (isCold) surface.rectangle(x, y, Math.min(2.5, width), height, { role: "ink" });
  const left = x + Math.max(2, loadWidth + 1);
  const room = x + width - 2 - left;
  if (room < 2) return;
  if (hits > 0 || isStored) surface.rectangle(left, y + height - 4, room, 2, { role: "ground", opacity: 0.9 });
  else if (joined > 0) {
    for (let dot = left; dot < left + room; dot += 6)
      surface.rectangle(dot, y + height - 4, Math.min(3, left + room - dot), 2, { role: "ground", opacity: 0.9 });
  }
}

/** The bar's name in it, where there is room after its loads; else to its right. */
function paintLabel(surface: Surface, cell: Cell, role: NodeRole | "failed", loadWidth: number): void {
  const { x, y, width, height, bars, room } = cell;
  const text = labelOf(bars);
  const needed = surface.measure(text, LETTERS) + 12;
  const middle = y + height / 2;
  const cross = role === "failed" && width >= 14 ? 12 : 0;
  if (width - loadWidth - cross >= needed) {
    surface.text(x + loadWidth + cross + 6, middle, text, { ...LETTERS, colour: inkOn(role) });
    return;
  }
  if (loadWidth >= needed + 16) return paintLoadLabel(surface, cell, text, loadWidth);
  if (room >= needed) surface.text(x + width + 6, middle, text, { ...LETTERS, colour: "ink" });
  else if (cell.before > needed + ROOM_OF_NAME) paintLabelBefore(surface, cell, text, needed);
}

/** Over the end of a long bar before it. */
function paintLabelBefore(surface: Surface, { x, y, height }: Cell, text: string, needed: number): void {
  surface.rectangle(x - needed - 2, y + 3, needed - 2, height - 6, { role: "ground" }, 2);
  surface.text(x - needed + 3, y + height / 2, text, { ...LETTERS, colour: "ink" });
}

function paintLoadLabel(surface: Surface, { x, y, height, work }: Cell, text: string, loadWidth: number): void {
  const full = `${text} · loads ${formatMs(work.loadMs)}`;
  const shown = surface.measure(full, LETTERS) + 20 < loadWidth ? full : text;
  const width = surface.measure(shown, LETTERS) + 10;
  surface.rectangle(x + 6, y + 3, width, height - 6, { role: "load" }, 2);
  surface.text(x + 11, y + height / 2, shown, { ...LETTERS, colour: "#000000" });
}

function labelOf(bars: readonly Bar[]): string {
  const [first] = bars;
  if (first === undefined) return "";
  if (bars.length > 1) return `${bars.length.toLocaleString("en")} × ${first.node}`;
  return first.attempt === undefined ? first.label : `${first.label} · attempt ${first.attempt}`;
}

function paintSpan(surface: Surface, cell: Cell, bar: Bar): void {
  const { x, y, width, height } = cell;
  surface.rectangle(x, y, width, height, { role: "span" }, RADIUS);
  if (bar.status === "failed") surface.outline(x, y, width, height, "failed", RADIUS);
  paintPlainLabel(surface, cell, { ...LETTERS, colour: "ink" });
}

function paintWait(surface: Surface, cell: Cell, _bar: Bar): void {
  const { x, y, width, height } = cell;
  surface.rectangle(x, y, width, height, { role: "lane", hatch: "wait" }, RADIUS);
  surface.outline(x, y, width, height, "wait", RADIUS);
  paintPlainLabel(surface, cell, { ...LETTERS, colour: "ink" });
}

/** What is named by a label without a fill of its own. */
function paintPlainLabel(surface: Surface, { x, y, width, height, bars, room }: Cell, lettering: Lettering): void {
  const text = labelOf(bars);
  const needed = surface.measure(text, lettering) + 12;
  const middle = y + height / 2;
  if (width >= needed && bars[0]?.kind === "wait")
    surface.rectangle(x + 4, y + 3, needed - 4, height - 6, { role: "lane" }, 2);
  if (width >= needed) surface.text(x + 6, middle, text, lettering);
  else if (room >= needed) surface.text(x + width + 6, middle, text, lettering);
}

/** An invocation around its items. */
function paintBatch(surface: Surface, { x, y, width, height }: Cell, bar: Bar, colours: NodeColours): void {
  surface.rectangle(x, y, width, height, { role: colours(bar.node), opacity: 0.28 }, RADIUS);
  surface.outline(x, y, width, height, bar.status === "failed" ? "failed" : colours(bar.node), RADIUS);
}
