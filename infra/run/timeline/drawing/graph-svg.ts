import type { Graph, GraphBox, GraphLine } from "../model.ts";
import { shownName } from "../shown-name.ts";
import { inkOn } from "./palette.ts";
import type { NodeColours } from "./paint-cell.ts";
import { escapeMarkup } from "./svg-surface.ts";

/** Around the graph. */
const MARGIN = 8;
/** A graph that is no wider may be made smaller, and its names can still be read; in a wider one one scrolls. */
const FITTING_WIDTH = 420;

/**
 * The graph as an `<svg>`, its boxes in the colours of the bars. Boxes whose node has bars can be pressed.
 * @param barsOf how many bars a node has; undefined: it did not run. Absent: the graph is of no execution
 */
export function graphSvg(graph: Graph, colours: NodeColours, barsOf?: (node: string) => number | undefined): string {
  const [width, height] = [graph.width + 2 * MARGIN, graph.height + 2 * MARGIN].map(Math.ceil);
  const size = `viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}" width="${width}" height="${height}"`;
  const boxes = graph.boxes.map((box) => boxSvg(box, colours, barsOf === undefined ? "plain" : barsOf(box.node)));
  return `<svg class="graph${graph.width > FITTING_WIDTH ? "" : " fits"}" ${size} role="group" aria-label="Graph of the workflow">${graph.lines.map(lineSvg).join("")}${boxes.join("")}</svg>`;
}

function lineSvg({ points, isBack }: GraphLine): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  let path = `M${first.map(Math.round).join(" ")}`;
  let [x, y] = first;
  for (const [nextX, nextY] of rest) {
    const middle = (y + nextY) / 2;
    path += isBack
      ? `L${Math.round(nextX)} ${Math.round(nextY)}`
      : `C${[x, middle, nextX, middle, nextX, nextY].map(Math.round).join(" ")}`;
    [x, y] = [nextX, nextY];
  }
  return `<path class="way${isBack ? " back" : ""}" d="${path}"/>`;
}

function boxSvg(
  { node, type, x, y, width, height, isFrame }: GraphBox,
  colours: NodeColours,
  bars: number | "plain" | undefined,
): string {
  const ran = typeof bars === "number";
  const role = colours(node);
  const classes = `${isFrame ? "frame" : "box"}${bars === undefined ? " idle" : ""}`;
  const pressed = ran ? ` role="button" tabindex="0" aria-pressed="false"` : ' role="img"';
  const fill = ran && !isFrame ? ` class="f-${role}"` : "";
  const ink = ran && !isFrame ? ` fill="${inkOn(role)}"` : "";
  const textY = isFrame ? y + 14 : y + height / 2;
  const count = isFrame || !ran || bars < 2 ? "" : ` ×${bars.toLocaleString("en")}`;
  const text = `${shownName(node)}${count}`;
  // Who speaks to the browser names what is to be seen, so that it has to be in the label as it is.
  const label = [
    text,
    ...(shownName(node) === node ? [] : [node]),
    type,
    ...(bars === undefined ? ["no bars"] : []),
  ].join(", ");
  const shape = `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="6"${fill}/>`;
  return `<g class="${classes}" data-node="${escapeMarkup(node)}" aria-label="${escapeMarkup(label)}"${pressed}><title>${escapeMarkup(label)}</title>${shape}<text x="${round(x + width / 2)}" y="${round(textY)}"${ink}>${escapeMarkup(text)}</text></g>`;
}

function round(length: number): number {
  return Math.round(length * 10) / 10;
}
