import { msOf, type Cell, type View } from "../drawing/cells.ts";
import { AXIS_HEIGHT, barsByLane, paintAxis, paintRows, type Scene } from "../drawing/paint.ts";
import type { NodeColours } from "../drawing/paint-cell.ts";
import { coloursOf } from "../drawing/palette.ts";
import { frameOf, heightOf, MOST_LANES, rowsOf, type Frame, type Row } from "../drawing/rows.ts";
import { formatMs } from "../drawing/time.ts";
import type { Bar, Group, Timeline } from "../model.ts";
import { CanvasSurface } from "./canvas-surface.ts";
import { canvas, element, make } from "./elements.ts";

/** The least time that the chart shows, in milliseconds. */
const LEAST_SPAN = 0.01;

/** The chart: what is seen of the bars, and how it is drawn. */
export class Chart {
  /** Groups that a person has folded or opened, by their names. */
  readonly #chosen = new Map<string, "folded" | "open">();
  readonly #chart: CanvasSurface = new CanvasSurface(canvas("canvas"));
  readonly #axis: CanvasSurface = new CanvasSurface(canvas("axis"));
  readonly #scroller: HTMLElement = element("scroller");
  readonly #spacer: HTMLElement = element("spacer");
  readonly #heads: HTMLElement = element("heads");
  readonly #seen: HTMLElement = element("seen");
  #timeline: Timeline;
  #colours: NodeColours = coloursOf([]);
  #lanes: readonly (readonly Bar[])[] = [];
  #shown: readonly (readonly Bar[])[] = [];
  #single: string | undefined;
  #whole: View = { from: 0, to: LEAST_SPAN };
  #view: View = this.#whole;
  #frame: Frame = frameOf(0);
  #rows: readonly Row[] = [];
  #cells: readonly Cell[] = [];
  #isDue = false;
  /** Called after each painting. */
  onPaint: () => void = () => undefined;

  /** @param signal ends what it listens to beyond its own elements */
  constructor(timeline: Timeline, signal: AbortSignal) {
    this.#timeline = timeline;
    this.renew(timeline);
    const resizes = new ResizeObserver(() => this.#measure());
    resizes.observe(this.#scroller);
    signal.addEventListener("abort", () => resizes.disconnect());
    this.#scroller.addEventListener("scroll", () => this.soon(), { passive: true });
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"])
      matchMedia(query).addEventListener("change", () => this.#newColours(), { signal });
  }

  /** Show what the execution is by now. What part of the time is seen stays, unless that was all of it. */
  renew(timeline: Timeline): void {
    const isWhole = this.#view === this.#whole;
    this.#timeline = timeline;
    this.#colours = coloursOf(timeline.nodes);
    this.#lanes = barsByLane(timeline);
    const end = Math.max(timeline.durationMs, ...timeline.groups.map((group) => this.#endOf(group)), LEAST_SPAN);
    this.#whole = { from: 0, to: end * 1.01 };
    if (isWhole) this.#view = this.#whole;
    this.single(this.#single);
    this.#measure();
  }

  get timeline(): Timeline {
    return this.#timeline;
  }

  get colours(): NodeColours {
    return this.#colours;
  }

  /** The bars of each lane. */
  get lanes(): readonly (readonly Bar[])[] {
    return this.#lanes;
  }

  get view(): View {
    return this.#view;
  }

  get frame(): Frame {
    return this.#frame;
  }

  get cells(): readonly Cell[] {
    return this.#cells;
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** Show the node's bars alone, or all again. */
  single(node: string | undefined): void {
    this.#single = node;
    this.#shown = node === undefined ? this.lanes : this.lanes.map((bars) => bars.filter((bar) => bar.node === node));
    this.soon();
  }

  fit(): void {
    this.show(this.#whole);
  }

  /** @param factor above 1: more is seen. @param x what stays where it is; default: the middle */
  zoom(factor: number, x: number = (this.#frame.gutter + this.#frame.width) / 2): void {
    const at = msOf(x, this.#view, this.#frame);
    const { from, to } = this.#view;
    this.show({ from: at - (at - from) * factor, to: at + (to - at) * factor });
  }

  /** @param share of what is seen; above 0: later */
  pan(share: number): void {
    const { from, to } = this.#view;
    const shift = share * (to - from);
    this.show({ from: from + shift, to: to + shift });
  }

  /** Show this part of the time, as far as there is something. */
  show({ from, to }: View): void {
    const whole = this.#whole;
    const span = Math.min(Math.max(to - from, LEAST_SPAN), whole.to - whole.from);
    const middle = (from + to) / 2;
    const start = Math.min(Math.max(span === to - from ? from : middle - span / 2, whole.from), whole.to - span);
    // Sums of fractions are not exact.
    this.#view = span > (whole.to - whole.from) * 0.9999 ? whole : { from: start, to: start + span };
    this.soon();
  }

  /** Bring a bar into view. */
  reveal(bar: Bar): void {
    const group = this.timeline.groups.findLast(({ firstLane }) => firstLane <= bar.lane);
    if (group !== undefined && this.#isFolded(group)) this.toggle(group);
    const row = this.#rows.find((one) => one.kind === "lane" && one.lane === bar.lane);
    const { scrollTop, clientHeight } = this.#scroller;
    if (row !== undefined && row.y < scrollTop) this.#scroller.scrollTop = Math.max(0, row.y - 34);
    else if (row !== undefined && row.y + row.height > scrollTop + clientHeight)
      this.#scroller.scrollTop = row.y + row.height - clientHeight;
    const { from, to } = this.#view;
    if (bar.end < from || bar.start > to) {
      const middle = (bar.start + bar.end) / 2;
      this.show({ from: middle - (to - from) / 2, to: middle + (to - from) / 2 });
    }
  }

  toggle(group: Group): void {
    this.#chosen.set(group.name, this.#isFolded(group) ? "open" : "folded");
    this.#measure();
  }

  #isFolded({ name, lanes }: Group): boolean {
    return (this.#chosen.get(name) ?? (lanes.length > MOST_LANES ? "folded" : "open")) === "folded";
  }

  /** What is at a place of the chart. */
  cellAt(x: number, y: number): Cell | undefined {
    return this.#cells.findLast(
      (cell) => x >= cell.x - 1 && x <= cell.x + cell.width + 1 && y >= cell.y - 1 && y <= cell.y + cell.height + 1,
    );
  }

  rowAt(y: number): Row | undefined {
    return this.#rows.find((row) => y >= row.y && y < row.y + row.height);
  }

  cellOf(bar: Bar): Cell | undefined {
    return this.#cells.find(({ bars }) => bars.includes(bar));
  }

  /** Paint before the browser shows its next picture, however often it is asked for. */
  soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => this.paint());
  }

  paint(): void {
    this.#isDue = false;
    const { scrollTop, clientHeight } = this.#scroller;
    const seen = this.#rows.filter(({ y, height }) => y < scrollTop + clientHeight && y + height > scrollTop);
    const scene: Scene = {
      timeline: this.timeline,
      lanes: this.#shown,
      rows: seen,
      view: this.#view,
      frame: this.#frame,
      colours: this.colours,
    };
    this.#axis.clear(this.#frame.width, AXIS_HEIGHT);
    paintAxis(this.#axis, scene);
    this.#chart.clear(this.#frame.width, clientHeight, scrollTop);
    this.#cells = paintRows(this.#chart, scene);
    this.#tellView();
    this.onPaint();
  }

  /** What part of the time is seen, where that is not all. */
  #tellView(): void {
    const { from, to } = this.#view;
    const text = this.#view === this.#whole ? "" : `${formatMs(from)} – ${formatMs(to)}`;
    if (this.#seen.textContent !== text) this.#seen.textContent = text;
  }

  #endOf(group: Group): number {
    return this.lanes
      .slice(group.firstLane, group.firstLane + group.lanes.length)
      .flat()
      .reduce((end, bar) => Math.max(end, bar.end), 0);
  }

  #measure(): void {
    this.#frame = frameOf(this.#scroller.clientWidth);
    this.#rows = rowsOf(this.timeline, (group) => this.#isFolded(group), this.#frame);
    this.#spacer.style.height = `${heightOf(this.#rows)}px`;
    this.#showHeads();
    this.soon();
  }

  #showHeads(): void {
    const heads = this.#heads;
    const focused = [...heads.children].find((head) => head === document.activeElement)?.getAttribute("title");
    heads.replaceChildren(
      ...this.#rows.filter(({ kind }) => kind === "head").map(({ y, group }) => this.#head(y, group)),
    );
    const again = [...heads.children].find((head) => focused !== undefined && head.getAttribute("title") === focused);
    if (again instanceof HTMLElement) again.focus({ preventScroll: true });
  }

  #head(y: number, group: Group): HTMLElement {
    const count = group.kind === "actor" ? group.replicas : group.lanes.length;
    const what = group.kind === "actor" ? "replica" : "state";
    const head = make(
      "button",
      { type: "button", "aria-expanded": String(!this.#isFolded(group)), title: group.name },
      `${group.name} `,
      make("span", {}, count > 1 ? ` ${count.toLocaleString("en")} ${what}s` : ""),
    );
    head.style.top = `${y}px`;
    head.addEventListener("click", () => this.toggle(group));
    return head;
  }

  #newColours(): void {
    this.#chart.readColours();
    this.#axis.readColours();
    this.soon();
  }
}
