import { createHash } from "node:crypto";
import { graphSvg } from "../drawing/graph-svg.ts";
import { nodeRole, themeStyle, type NodeRole } from "../drawing/palette.ts";
import { escapeMarkup as escape } from "../drawing/svg-surface.ts";
import { formatMs } from "../drawing/time.ts";
import type { Timeline } from "../model.ts";
import { withCutTexts } from "./cut-texts.ts";
import { legendHtml } from "./legend.ts";
import { PAGE_STYLE } from "./page-style.ts";
import { pageScript } from "./page-script.ts";
import { tilesOf } from "./tiles.ts";

// Parts of a page that has bars.
const DETAILS = `<section class="details" id="details" aria-labelledby="details-title" tabindex="-1"><h2 id="details-title">Details</h2><div id="details-body"><p class="hint">Point at a bar, or go there with the arrow keys.</p></div></section>`;
const TABLE = `<details class="table" id="table"><summary>The same as a table</summary><div id="table-body"></div></details>`;
const HOW_TO_READ = `<p>A receipt tells how long loads took, and not when: they are drawn from a bar's beginning on. “Waiting for a replica” is the time from when the state asked for the task to when the task began, with a cold start's own. Hits of caches that loaded nothing in this run save an unknown time, and count as none.</p>`;

/** A timeline as an HTML page that needs nothing else, and may ask for nothing else. */
export async function timelineHtml(timeline: Timeline): Promise<string> {
  const script = await pageScript();
  const style = `${themeStyle()}${PAGE_STYLE}`;
  const policy = `default-src 'none'; script-src '${digest(script)}'; style-src '${digest(style)}'; base-uri 'none'; form-action 'none'`;
  const { title, failure, notes, bars } = timeline;
  const isEmpty = bars.length === 0;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)} · timeline</title>
<style>${style}</style>
</head>
<body>
${headerHtml(timeline)}
<main>
${failure === undefined ? "" : `<section class="failure" aria-label="What it failed of"><pre tabindex="0">${escape(failure)}</pre></section>`}
<dl class="tiles">${tilesOf(timeline)
    .map(
      ({ label, value, about }) =>
        `<div><dt>${escape(label)}</dt><dd class="value">${escape(value)}</dd><dd class="about">${escape(about)}</dd></div>`,
    )
    .join("")}</dl>
<div class="columns">
${chartHtml(timeline)}
<div class="side">
${graphHtml(timeline)}
${isEmpty ? "" : DETAILS}
</div>
</div>
${isEmpty ? "" : TABLE}
</main>
<footer>
${notes.map((note) => `<p class="note">${escape(note)}</p>`).join("\n")}
${isEmpty ? "" : HOW_TO_READ}
</footer>
<script type="application/json" id="timeline">${JSON.stringify(withCutTexts(timeline)).replaceAll("<", String.raw`\u003c`)}</script>
<script>${script}</script>
</body>
</html>
`;
}

function headerHtml({ title, name, status, startedAt, durationMs }: Timeline): string {
  const kind = status === "SUCCEEDED" ? "ok" : status === "RUNNING" ? "running" : "bad";
  const word = `${status.charAt(0)}${status.slice(1).toLowerCase().replace("_", " ")}`;
  const when = `${new Date(startedAt).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  return `<header>
<h1>${escape(title)}</h1>
<p><span class="status ${kind}">${escape(word)}</span> <span>${status === "RUNNING" ? "for" : "in"} ${formatMs(durationMs)}</span> <span><time datetime="${new Date(startedAt).toISOString()}">${when}</time></span> <span class="name">execution ${escape(name)}</span></p>
</header>`;
}

function chartHtml(timeline: Timeline): string {
  if (timeline.bars.length === 0)
    return `<section class="chart"><h2>Timeline</h2><p class="empty">Nothing ran in this execution that has a duration: no task was called, and no state waited.</p></section>`;
  return `<section class="chart" aria-labelledby="chart-title">
<div class="bar"><h2 id="chart-title">Timeline</h2>
<span class="seen" id="seen" role="status"></span><div class="buttons" role="group" aria-label="Zoom"><button type="button" id="zoom-out" aria-label="Zoom out" title="Zoom out (−)">−</button><button type="button" id="zoom-in" aria-label="Zoom in" title="Zoom in (+)">+</button><button type="button" id="zoom-fit" title="Show everything (0)">Fit</button></div></div>
${legendHtml(timeline)}
<div class="axis"><canvas id="axis" aria-hidden="true"></canvas></div>
<div class="scroller" id="scroller"><div id="spacer"><canvas id="canvas" aria-hidden="true"></canvas><div id="heads"></div><div id="bars" role="listbox" tabindex="0" aria-label="Bars of the timeline, by lane" aria-describedby="keys"></div></div></div>
<p class="hint" id="keys">Zoom: Ctrl or ⌘ with the wheel, pinch, or <kbd>+</kbd> <kbd>−</kbd> <kbd>0</kbd>. Pan: drag, or <kbd>Shift</kbd> with the wheel or the arrow keys. Bars: arrow keys.</p>
<div id="tip" role="presentation" hidden></div>
<noscript><p class="empty">The chart is drawn by a script, which this browser does not run. <code>lambent timeline … --out timeline.svg</code> writes a picture.</p></noscript>
</section>`;
}

function graphHtml({ graph, nodes }: Timeline): string {
  if (graph === undefined || graph.boxes.length === 0) return "";
  const bars = new Map(nodes.map((node) => [node.name, node.bars]));
  const svg = graphSvg(graph, coloursOf({ nodes }), (node) => bars.get(node));
  return `<section class="graph-box" aria-labelledby="graph-title"><h2 id="graph-title">Graph</h2><div class="graph-scroll" tabindex="0" role="group" aria-label="Graph, scrolls">${svg}</div></section>`;
}

/** The colour of each node. */
export function coloursOf({ nodes }: Pick<Timeline, "nodes">): (node: string) => NodeRole {
  const places = new Map(nodes.map(({ name }, index) => [name, index]));
  return (node) => nodeRole(places.get(node) ?? 0);
}

function digest(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
