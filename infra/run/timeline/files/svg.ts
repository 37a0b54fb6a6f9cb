import { graphSvg } from "../drawing/graph-svg.ts";
import { AXIS_HEIGHT, barsByLane, paintAxis, paintRows, type Scene } from "../drawing/paint.ts";
import { coloursOf, themeStyle } from "../drawing/palette.ts";
import { frameOf, heightOf, MOST_LANES, rowsOf } from "../drawing/rows.ts";
import { sentenceOfMany } from "../drawing/sum-up.ts";
import { escapeMarkup as escape, SvgSurface } from "../drawing/svg-surface.ts";
import { formatMs } from "../drawing/time.ts";
import type { Timeline } from "../model.ts";
import { tilesOf } from "./tiles.ts";

const WIDTH = 1200;
const MARGIN = 24;
const HEAD_HEIGHT = 70;
const GRAPH_GAP = 28;
export const FONT: string = 'system-ui,-apple-system,"Segoe UI",Roboto,sans-serif';

/** A timeline as one picture, light or dark as the reader's system is. */
export function timelineSvg(timeline: Timeline): string {
  const frame = frameOf(WIDTH - 2 * MARGIN);
  const rows = rowsOf(timeline, ({ lanes }) => lanes.length > MOST_LANES, frame);
  const end = timeline.bars.reduce((latest, bar) => Math.max(latest, bar.end), Math.max(timeline.durationMs, 0.01));
  const colours = coloursOf(timeline.nodes);
  const view = { from: 0, to: end * 1.01 };
  const scene: Scene = { timeline, lanes: barsByLane(timeline), rows, view, frame, colours };
  const [axis, chart] = [new SvgSurface("axis-"), new SvgSurface("chart-")];
  paintAxis(axis, scene);
  const cells = paintRows(chart, scene);
  for (const { group, y, kind, height } of rows)
    if (kind === "head") chart.text(2, y + height / 2 + 2, group.name, { size: 13, isBold: true, colour: "ink" });
  for (const { x, y, width, height, bars } of cells) chart.title(sentenceOfMany(bars), x, y, width, height);
  const chartHeight = HEAD_HEIGHT + AXIS_HEIGHT + heightOf(rows);
  const counts = new Map(timeline.nodes.map(({ name, bars }) => [name, bars]));
  const graph = timeline.graph;
  const drawn = graph === undefined ? "" : graphSvg(graph, colours, (node) => counts.get(node));
  const below = graph === undefined ? 0 : graph.height + 16 + GRAPH_GAP;
  const width = Math.max(WIDTH, (graph?.width ?? 0) + 16 + 2 * MARGIN);
  const height = Math.ceil(chartHeight + below + 2 * MARGIN);
  const facts = tilesOf(timeline).map(({ label, value }) => `${label} ${value}`);
  const subtitle = [timeline.status.toLowerCase().replace("_", " "), ...facts].join("  ·  ");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family='${FONT}' role="img" aria-label="${escape(`Timeline of ${timeline.title}, ${formatMs(timeline.durationMs)}`)}">
<style>${themeStyle()}${GRAPH_STYLE}</style>
<rect width="${width}" height="${height}" class="f-ground"/>
<g transform="translate(${MARGIN} ${MARGIN})">
<text y="18" font-size="20" font-weight="600" class="f-ink">${escape(timeline.title)}</text>
<text y="44" font-size="12.5" class="f-muted">${escape(subtitle)}</text>
<g transform="translate(0 ${HEAD_HEIGHT})">${axis.markup()}</g>
<g transform="translate(0 ${HEAD_HEIGHT + AXIS_HEIGHT})">${chart.markup()}</g>
${drawn === "" ? "" : `<g transform="translate(0 ${chartHeight + GRAPH_GAP})">${drawn}</g>`}
</g>
</svg>
`;
}

/** Of a picture with a graph in it. */
export const GRAPH_STYLE: string = `.graph{font-size:12px}.graph text{text-anchor:middle;dominant-baseline:central;font-weight:500}.graph text:not([fill]){fill:var(--muted)}.graph .idle>rect,.graph .frame>rect{fill:none;stroke:var(--wait);stroke-dasharray:3 3}.way{fill:none;stroke:var(--wait);stroke-width:1.3}.way.back{stroke-dasharray:3 3}`;
