import { sentenceOf } from "../drawing/sum-up.ts";
import type { Bar } from "../model.ts";
import type { Chart } from "./chart.ts";
import type { Details } from "./details.ts";
import { element, make } from "./elements.ts";
import { sameBar } from "./same-bar.ts";

/**
 * Makes the chart a list box of its bars: left and right go along a lane, up and down to the nearest bar of the next
 * one. The bar that is reached is the one element that stands for it, which screen readers read.
 * @returns to be called when the chart shows a later timeline
 */
export function followKeys(chart: Chart, details: Details): () => void {
  const box = element("bars");
  const option = make("div", { role: "option", id: "bar", "aria-selected": "true" });
  let positions = positionsOf(chart);
  let current: Bar | undefined;

  function go(bar: Bar | undefined): void {
    if (bar === undefined) return;
    current = bar;
    chart.reveal(bar);
    details.show([bar]);
    name(bar);
    if (!option.isConnected) box.append(option);
    box.setAttribute("aria-activedescendant", "bar");
    chart.soon();
  }
  function name(bar: Bar): void {
    option.setAttribute("aria-label", sentenceOf(bar));
    option.setAttribute("aria-posinset", String(positions.get(bar) ?? 1));
    option.setAttribute("aria-setsize", String(positions.size));
  }
  chart.onPaint = function placeOption() {
    const cell = current === undefined ? undefined : chart.cellOf(current);
    option.hidden = cell === undefined || document.activeElement !== box;
    if (cell === undefined) return;
    const { x, y, width, height } = cell;
    Object.assign(option.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
  };
  function along(by: number): Bar | undefined {
    if (current === undefined) return chart.lanes.flat()[0];
    const lane = chart.lanes[current.lane] ?? [];
    return lane[lane.indexOf(current) + by];
  }
  function across(by: number): Bar | undefined {
    if (current === undefined) return along(0);
    const { start, lane } = current;
    for (let next = lane + by; next >= 0 && next < chart.lanes.length; next += by) {
      const bars = chart.lanes[next] ?? [];
      const nearest = bars.reduce<Bar | undefined>(
        (best, bar) => (best === undefined || Math.abs(bar.start - start) < Math.abs(best.start - start) ? bar : best),
        undefined,
      );
      if (nearest !== undefined) return nearest;
    }
    return undefined;
  }
  const actions: Readonly<Record<string, () => void>> = {
    ArrowRight: () => go(along(1)),
    ArrowLeft: () => go(along(-1)),
    ArrowDown: () => go(across(1)),
    ArrowUp: () => go(across(-1)),
    Home: () => go(chart.lanes[current?.lane ?? 0]?.at(0)),
    End: () => go(chart.lanes[current?.lane ?? 0]?.at(-1)),
    "+": () => chart.zoom(0.5),
    "=": () => chart.zoom(0.5),
    "-": () => chart.zoom(2),
    "0": () => chart.fit(),
    Enter: () => element("details").focus(),
    "Shift ArrowRight": () => chart.pan(0.2),
    "Shift ArrowLeft": () => chart.pan(-0.2),
    "Shift +": () => chart.zoom(0.5),
  };
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = actions[event.shiftKey ? `Shift ${event.key}` : event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
  box.addEventListener("focus", () => {
    if (box.matches(":focus-visible")) go(current ?? along(0));
  });
  box.addEventListener("blur", () => (option.hidden = true));
  // Back from the details to where one was.
  element("details").addEventListener("keydown", (event) => {
    if (event.key === "Escape") box.focus();
  });
  return function renew() {
    positions = positionsOf(chart);
    current = current === undefined ? undefined : sameBar(current, chart.lanes);
    if (current !== undefined) name(current);
  };
}

/** The place of each bar among all, from 1 on. */
function positionsOf({ lanes }: Chart): ReadonlyMap<Bar, number> {
  return new Map(lanes.flat().map((bar, index) => [bar, index + 1]));
}
