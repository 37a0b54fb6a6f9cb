import { legendHtml } from "./legend.ts";
import type { Timeline } from "../model.ts";

// The elements that `infra/run/timeline/page/show-timeline.ts` brings to life, of a timeline that has bars.

export const DETAILS_HTML: string = `<section class="details" id="details" aria-labelledby="details-title" tabindex="-1"><h2 id="details-title">Details</h2><div id="details-body"><p class="hint">Point at a bar, or go there with the arrow keys.</p></div></section>`;
export const TABLE_HTML: string = `<details class="table" id="table"><summary>The same as a table</summary><div id="table-body"></div></details>`;

export function chartHtml(timeline: Timeline): string {
  return `<section class="chart" aria-labelledby="chart-title">
<div class="bar"><h2 id="chart-title">Timeline</h2>
<span class="seen" id="seen" role="status"></span><div class="buttons" role="group" aria-label="Zoom"><button type="button" id="zoom-out" aria-label="Zoom out" title="Zoom out (−)">−</button><button type="button" id="zoom-in" aria-label="Zoom in" title="Zoom in (+)">+</button><button type="button" id="zoom-fit" title="Show everything (0)">Fit</button></div></div>
<div id="legend">${legendHtml(timeline)}</div>
<div class="axis"><canvas id="axis" aria-hidden="true"></canvas></div>
<div class="scroller" id="scroller"><div id="spacer"><canvas id="canvas" aria-hidden="true"></canvas><div id="heads"></div><div id="bars" role="listbox" tabindex="0" aria-label="Bars of the timeline, by lane" aria-describedby="keys"></div></div></div>
<p class="hint" id="keys">Zoom: Ctrl or ⌘ with the wheel, pinch, or <kbd>+</kbd> <kbd>−</kbd> <kbd>0</kbd>. Pan: drag, or <kbd>Shift</kbd> with the wheel or the arrow keys. Bars: arrow keys.</p>
<div id="tip" role="presentation" hidden></div>
<noscript><p class="empty">The chart is drawn by a script, which this browser does not run. <code>lambent timeline … --out timeline.svg</code> writes a picture.</p></noscript>
</section>`;
}
