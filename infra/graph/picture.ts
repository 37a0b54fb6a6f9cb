import { graphSvg } from "../run/timeline/drawing/graph-svg.ts";
import { coloursOf, themeStyle } from "../run/timeline/drawing/palette.ts";
import { escapeMarkup } from "../run/timeline/drawing/svg-surface.ts";
import { FONT, GRAPH_STYLE } from "../run/timeline/files/svg.ts";
import { laidOut } from "../run/timeline/graph.ts";
import type { Outline } from "../run/timeline/outline.ts";

const MARGIN = 24;
const HEAD = 40;
/** What the drawing has around the graph itself. */
const AROUND = 16;
/** Of the title's letters, on average. */
const LETTER_WIDTH = 11;

/** The graph as one picture, light or dark as the reader's system is. */
export function graphPicture(title: string, outline: Outline): string {
  const graph = laidOut(outline);
  const nodes = graph.boxes.filter(({ isFrame }) => !isFrame).map(({ node: name }) => ({ name, bars: 0, failures: 0 }));
  const width = Math.ceil(Math.max(graph.width + AROUND, title.length * LETTER_WIDTH) + 2 * MARGIN);
  const height = Math.ceil(graph.height + AROUND + HEAD + 2 * MARGIN);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family='${FONT}' role="img" aria-label="${escapeMarkup(`Graph of ${title}`)}">
<style>${themeStyle()}${GRAPH_STYLE}</style>
<rect width="${width}" height="${height}" class="f-ground"/>
<g transform="translate(${MARGIN} ${MARGIN})">
<text y="18" font-size="20" font-weight="600" class="f-ink">${escapeMarkup(title)}</text>
<g transform="translate(0 ${HEAD})">${graphSvg(graph, coloursOf(nodes))}</g>
</g>
</svg>
`;
}
