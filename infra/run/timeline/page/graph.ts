import type { Chart } from "./chart.ts";
import { element } from "./elements.ts";

/**
 * A box of the graph that is pressed leaves the bars of its node alone in the chart.
 * @returns to be called when the graph has been drawn anew
 */
export function followGraph(chart: Chart): () => void {
  const graph = element("graph");
  let pressed: string | undefined;
  function mark(): void {
    for (const box of graph.querySelectorAll<SVGGElement>("[role=button]"))
      box.setAttribute("aria-pressed", String(box.dataset["node"] === pressed));
  }
  function press(event: Event): boolean {
    const box = event.target instanceof Element ? event.target.closest<SVGGElement>("[role=button]") : null;
    if (box === null) return false;
    const node = box.dataset["node"];
    pressed = node === pressed ? undefined : node;
    mark();
    chart.single(pressed);
    return true;
  }
  graph.addEventListener("click", press);
  graph.addEventListener("keydown", (event) => {
    if ((event.key === "Enter" || event.key === " ") && press(event)) event.preventDefault();
  });
  return mark;
}
