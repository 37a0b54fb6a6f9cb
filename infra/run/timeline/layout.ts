import type { Graph, GraphBox, GraphLine } from "./model.ts";

/** A box before it has its place. What is within it is laid out already, side by side. */
export interface Shape {
  readonly node: string;
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly within: readonly Graph[];
}

export interface Way {
  readonly from: string;
  readonly to: string;
}

/** Between boxes of a row, and between rows. */
const GAP_X = 18;
const GAP_Y = 26;
/** Around what is within a frame, and above it for the frame's name. */
const FRAME = 10;
const FRAME_HEAD = 26;

/** What has a place in a row: a box, or a line that passes between boxes. */
interface Slot {
  readonly shape?: Shape;
  readonly width: number;
  readonly height: number;
  readonly row: number;
  x: number;
  y: number;
}

/**
 * Lays boxes out in rows from the top: each below all that leads to it, and in its row near the middle of these. It is
 * quadratic in the number of boxes, which a definition has hundreds of at most.
 */
export function layOut(shapes: readonly Shape[], ways: readonly Way[]): Graph {
  const { rows: rowOf, back } = rowsOf(shapes, ways);
  const slots = new Map<string, Slot>();
  for (const shape of shapes)
    slots.set(shape.node, { shape, ...sizeOf(shape), row: rowOf.get(shape.node) ?? 0, x: 0, y: 0 });
  const chains = ways.map((way) => ({ isBack: back.has(way), slots: chainOf(way, slots) }));
  const parents = new Map<Slot, Slot[]>();
  for (const { isBack, slots: chain } of chains) {
    if (isBack) continue;
    for (const [index, slot] of chain.entries()) {
      const above = chain[index - 1];
      if (above !== undefined) parents.set(slot, [...(parents.get(slot) ?? []), above]);
    }
  }
  const all = new Set([...slots.values(), ...chains.filter(({ isBack }) => !isBack).flatMap(({ slots }) => slots)]);
  const rows: Slot[][] = [];
  for (const slot of all) (rows[slot.row] ??= []).push(slot);
  const { width, height } = place(rows, parents);
  return {
    width,
    height,
    boxes: [...slots.values()].flatMap(boxesOf),
    lines: [
      ...[...slots.values()].flatMap(linesWithin),
      ...chains.map(({ isBack, slots: chain }): GraphLine => ({ isBack, points: pointsOf(chain, isBack) })),
    ],
  };
}

/** The row of each box: the number of boxes on the longest way to it, ways that lead back left out. */
function rowsOf(shapes: readonly Shape[], ways: readonly Way[]): { rows: Map<string, number>; back: Set<Way> } {
  const leaving = new Map<string, Way[]>(shapes.map(({ node }) => [node, []]));
  for (const way of ways) leaving.get(way.from)?.push(way);
  const back = new Set<Way>();
  const done: string[] = [];
  const state = new Map<string, "open" | "done">();
  function visit(node: string): void {
    if (state.has(node)) return;
    state.set(node, "open");
    for (const way of leaving.get(node) ?? []) {
      if (state.get(way.to) === "open") back.add(way);
      else visit(way.to);
    }
    state.set(node, "done");
    done.unshift(node);
  }
  const reached = new Set(ways.map(({ to }) => to));
  for (const { node } of shapes) if (!reached.has(node)) visit(node);
  for (const { node } of shapes) visit(node);
  const rows = new Map(shapes.map(({ node }) => [node, 0]));
  for (const node of done) {
    for (const way of leaving.get(node) ?? [])
      if (!back.has(way)) rows.set(way.to, Math.max(rows.get(way.to) ?? 0, (rows.get(node) ?? 0) + 1));
  }
  return { rows, back };
}

/** The slots of a way: its ends, and one in each row between. */
function chainOf({ from, to }: Way, slots: ReadonlyMap<string, Slot>): Slot[] {
  const [first, last] = [slots.get(from), slots.get(to)];
  if (first === undefined || last === undefined) return [];
  const between = Array.from({ length: Math.max(0, last.row - first.row - 1) }, (_, index): Slot => ({
    width: 4,
    height: 0,
    row: first.row + 1 + index,
    x: 0,
    y: 0,
  }));
  return [first, ...between, last];
}

/** @returns the size of all */
function place(
  rows: readonly (readonly Slot[])[],
  parents: ReadonlyMap<Slot, readonly Slot[]>,
): { width: number; height: number } {
  let y = 0;
  for (const [number, row] of rows.entries()) {
    const wanted = new Map(row.map((slot) => [slot, middleOf(parents.get(slot) ?? [])]));
    const ordered =
      number === 0 ? row : row.toSorted((one, other) => (wanted.get(one) ?? 0) - (wanted.get(other) ?? 0));
    const width = ordered.reduce((sum, slot) => sum + slot.width, GAP_X * (ordered.length - 1));
    const known = ordered.map((slot) => wanted.get(slot)).filter((x) => x !== undefined);
    const middle = known.length === 0 ? 0 : known.reduce((sum, x) => sum + x, 0) / known.length;
    let x = middle - width / 2;
    const height = Math.max(...row.map((slot) => slot.height));
    for (const slot of ordered) {
      slot.x = x;
      slot.y = y + (height - slot.height) / 2;
      x += slot.width + GAP_X;
    }
    y += height + GAP_Y;
  }
  const all = rows.flat();
  const left = Math.min(0, ...all.map(({ x }) => x));
  const right = Math.max(0, ...all.map(({ x, width }) => x + width));
  for (const slot of all) slot.x -= left;
  return { width: right - left, height: Math.max(0, y - GAP_Y) };
}

function middleOf(slots: readonly Slot[]): number | undefined {
  if (slots.length === 0) return undefined;
  return slots.reduce((sum, { x, width }) => sum + x + width / 2, 0) / slots.length;
}

function sizeOf({ width, height, within }: Shape): { readonly width: number; readonly height: number } {
  if (within.length === 0) return { width, height };
  const inner = within.reduce((sum, one) => sum + one.width, GAP_X * (within.length - 1));
  return {
    width: Math.max(width, inner + 2 * FRAME),
    height: FRAME_HEAD + Math.max(...within.map((one) => one.height)) + FRAME,
  };
}

/** What is within a frame, where the frame is. */
function innerOf({ shape, x, y, width }: Slot): { readonly graph: Graph; readonly x: number; readonly y: number }[] {
  const within = shape?.within ?? [];
  const inner = within.reduce((sum, one) => sum + one.width, GAP_X * (within.length - 1));
  let left = x + (width - inner) / 2;
  return within.map((graph) => {
    const placed = { graph, x: left, y: y + FRAME_HEAD };
    left += graph.width + GAP_X;
    return placed;
  });
}

function boxesOf(slot: Slot): GraphBox[] {
  const { shape, x, y, width, height } = slot;
  if (shape === undefined) return [];
  const inner = innerOf(slot).flatMap(({ graph, x: left, y: top }) =>
    graph.boxes.map((box) => ({ ...box, x: box.x + left, y: box.y + top })),
  );
  return [{ node: shape.node, type: shape.type, x, y, width, height, isFrame: shape.within.length > 0 }, ...inner];
}

function linesWithin(slot: Slot): GraphLine[] {
  return innerOf(slot).flatMap(({ graph, x, y }) =>
    graph.lines.map(({ points, isBack }) => ({ isBack, points: points.map(([px, py]) => [px + x, py + y] as const) })),
  );
}

/** From the lower side of the first to the upper side of the last; back, along their right sides. */
function pointsOf(chain: readonly Slot[], isBack: boolean): GraphLine["points"] {
  const [first, last] = [chain[0], chain.at(-1)];
  if (first === undefined || last === undefined) return [];
  if (isBack) {
    const right = Math.max(first.x + first.width, last.x + last.width) + GAP_X / 2;
    return [
      [first.x + first.width, first.y + first.height / 2],
      [right, (first.y + first.height / 2 + last.y + last.height / 2) / 2],
      [last.x + last.width, last.y + last.height / 2],
    ];
  }
  return chain.map((slot, index) => {
    const y = index === 0 ? slot.y + slot.height : slot.y;
    return [slot.x + slot.width / 2, y] as const;
  });
}
