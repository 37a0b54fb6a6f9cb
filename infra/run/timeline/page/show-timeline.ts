import type { Timeline } from "../model.ts";
import { Chart } from "./chart.ts";
import { Details } from "./details.ts";
import { element } from "./elements.ts";
import { followGraph } from "./graph.ts";
import { followKeys } from "./keyboard.ts";
import { followPointer } from "./pointer.ts";
import { fillTable } from "./table.ts";

/**
 * Brings the elements of `infra/run/timeline/files/chart-html.ts`, which the page has by now, to life.
 * @param signal when it is aborted, the elements are gone
 * @returns to be called with what the execution is later on: focus, zoom and what is told of a bar stay
 */
export function showTimeline(timeline: Timeline, signal: AbortSignal): (later: Timeline) => void {
  const chart = new Chart(timeline, signal);
  const details = new Details(chart);
  const fill = fillTable(timeline);
  followPointer(chart, details);
  const renewKeys = followKeys(chart, details);
  const renewGraph = document.getElementById("graph") === null ? () => undefined : followGraph(chart);
  element("zoom-in").addEventListener("click", () => chart.zoom(0.5));
  element("zoom-out").addEventListener("click", () => chart.zoom(2));
  element("zoom-fit").addEventListener("click", () => chart.fit());
  chart.paint();
  return function renew(later) {
    chart.renew(later);
    details.renew();
    fill(later);
    renewKeys();
    renewGraph();
  };
}
