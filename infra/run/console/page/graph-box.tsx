import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { graphSvg } from "../../timeline/drawing/graph-svg.ts";
import { coloursOf } from "../../timeline/drawing/palette.ts";
import type { Graph, NodeSummary } from "../../timeline/model.ts";

interface Shown {
  readonly graph: Graph;
  /** What has run: the colours are those of its bars. Absent: the graph is of no execution. */
  readonly nodes?: readonly NodeSummary[];
}

/** A graph. The names in it are written as markup by `graphSvg`, which escapes them. */
export function GraphBox({ graph, nodes }: Shown): JSX.Element | null {
  const box = useRef<HTMLDivElement>(null);
  // A new drawing has new boxes: the focus goes to the one of the same node.
  const focused = box.current?.contains(document.activeElement)
    ? document.activeElement?.getAttribute("data-node")
    : undefined;
  const bars = nodes && new Map(nodes.map((node) => [node.name, node.bars]));
  const svg = graphSvg(graph, coloursOf(nodes ?? []), bars && ((node) => bars.get(node)));
  useLayoutEffect(() => {
    if (typeof focused !== "string") return;
    const again = [...(box.current?.querySelectorAll<SVGElement>("[data-node]") ?? [])].find(
      (one) => one.dataset["node"] === focused,
    );
    if (again !== document.activeElement) again?.focus({ preventScroll: true });
  }, [svg]);
  if (graph.boxes.length === 0) return null;
  return (
    <section class="graph-box" aria-labelledby="graph-title">
      <h2 id="graph-title">Graph</h2>
      <div
        class="graph-scroll"
        id="graph"
        ref={box}
        tabIndex={0}
        role="group"
        aria-label="Graph, scrolls"
        dangerouslySetInnerHTML={{ __html: svg }}
      />
    </section>
  );
}
