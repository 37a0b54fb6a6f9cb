import { createHash } from "node:crypto";
import { graphSvg } from "../drawing/graph-svg.ts";
import { coloursOf, themeStyle } from "../drawing/palette.ts";
import { escapeMarkup as escape } from "../drawing/svg-surface.ts";
import { formatMs } from "../drawing/time.ts";
import type { Timeline } from "../model.ts";
import { chartHtml, DETAILS_HTML, TABLE_HTML } from "./chart-html.ts";
import { withCutTexts } from "./cut-texts.ts";
import { PAGE_STYLE } from "./page-style.ts";
import { pageScript } from "./page-script.ts";
import { tilesOf } from "./tiles.ts";

const EMPTY = `<section class="chart"><h2>Timeline</h2><p class="empty">Nothing ran in this execution that has a duration: no task was called, and no state waited.</p></section>`;
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
${isEmpty ? EMPTY : chartHtml(timeline)}
<div class="side">
${graphHtml(timeline)}
${isEmpty ? "" : DETAILS_HTML}
</div>
</div>
${isEmpty ? "" : TABLE_HTML}
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

function graphHtml({ graph, nodes }: Timeline): string {
  if (graph === undefined || graph.boxes.length === 0) return "";
  const bars = new Map(nodes.map((node) => [node.name, node.bars]));
  const svg = graphSvg(graph, coloursOf(nodes), (node) => bars.get(node));
  return `<section class="graph-box" aria-labelledby="graph-title"><h2 id="graph-title">Graph</h2><div class="graph-scroll" id="graph" tabindex="0" role="group" aria-label="Graph, scrolls">${svg}</div></section>`;
}

function digest(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
