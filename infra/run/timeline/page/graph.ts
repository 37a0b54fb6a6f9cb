import type { Chart } from "./chart.ts";

/** A box of the graph that is pressed leaves the bars of its node alone in the chart. */
export function followGraph(chart: Chart): void {
  const boxes = [...document.querySelectorAll<SVGGElement>(".graph [role=button]")];
  function press(box: SVGGElement): void {
    const isPressed = box.getAttribute("aria-pressed") === "true";
    for (const one of boxes) one.setAttribute("aria-pressed", String(one === box && !isPressed));
    chart.single(isPressed ? undefined : box.dataset["node"]);
  }
  for (const box of boxes) {
    box.addEventListener("click", () => press(box));
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      press(box);
    });
  }
}
