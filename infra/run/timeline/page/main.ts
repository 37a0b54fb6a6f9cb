import type { Timeline } from "../model.ts";
import { Chart } from "./chart.ts";
import { Details } from "./details.ts";
import { element } from "./elements.ts";
import { followGraph } from "./graph.ts";
import { followKeys } from "./keyboard.ts";
import { followPointer } from "./pointer.ts";
import { fillTable } from "./table.ts";

// The data are those that the page was written with: of the same version as this script.
const timeline = JSON.parse(element("timeline").textContent ?? "") as Timeline;

if (timeline.bars.length > 0) {
  fillTable(timeline);
  const chart = new Chart(timeline);
  const details = new Details(timeline, chart.colours);
  followPointer(chart, details);
  followKeys(chart, details);
  followGraph(chart);
  element("zoom-in").addEventListener("click", () => chart.zoom(0.5));
  element("zoom-out").addEventListener("click", () => chart.zoom(2));
  element("zoom-fit").addEventListener("click", () => chart.fit());
  chart.paint();
}
document.documentElement.dataset["ready"] = String(Math.round(performance.now()));
