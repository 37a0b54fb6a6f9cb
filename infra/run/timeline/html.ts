import type { CacheReceipt } from "../../../sdk/invocation/receipt.ts";
import { bars, lanes, summarise, type Bar, type TimelineEvent } from "./executions.ts";

/**
 * An HTML page that shows an execution: a lane for each replica and in it a bar for each invocation, in one colour if
 * it loaded something, in another if it only had hits, and in a third if it used no cache.
 * @param title the execution's name
 * @param events its history in order
 * @param failure what it failed of, if it did
 */
export function timelineHtml(title: string, events: readonly TimelineEvent[], failure?: string): string {
  const all = bars(events);
  const start = events[0]?.timestamp?.getTime() ?? 0;
  const end = Math.max(events.at(-1)?.timestamp?.getTime() ?? 0, start + 1);
  function percent(ms: number): string {
    return `${((100 * ms) / (end - start)).toFixed(3)}%`;
  }
  const drawn = lanes(all).map(
    (lane) =>
      `<section><h2>${escape(lane.replica)}</h2><div class="lane">${lane.bars
        .map((bar) => drawBar(bar, percent(bar.receipt.startedAt - start), percent(bar.receipt.durationMs)))
        .join("")}</div></section>`,
  );
  const { replicas, invocations, loads, preloads, hits, durationMs, withoutCacheMs } = summarise(events);
  const before = preloads === 0 ? "" : `${preloads} preloads, `;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escape(title)}</title>
<style>${STYLE}</style>
<h1>${escape(title)}</h1>
<p>${invocations} tasks on ${replicas} replicas: ${before}${loads} loads, ${hits} hits; ${seconds(durationMs)}, without the cache about ${seconds(withoutCacheMs)}</p>
${
  failure === undefined
    ? ""
    : `<pre>${escape(failure)}</pre>
`
}<p><span class="key load"></span> loads <span class="key hit"></span> hits <span class="key plain"></span> uses no cache</p>
${drawn.join("\n")}
<footer><span>0 s</span><span>${seconds(end - start)}</span></footer>
</html>
`;
}

function drawBar({ state, receipt }: Bar, left: string, width: string): string {
  const loads = receipt.caches.reduce((sum, cache) => sum + cache.misses, 0);
  const hits = receipt.caches.reduce((sum, cache) => sum + cache.hits + cache.joined, 0);
  const kind = loads > 0 ? "load" : hits > 0 || receipt.output === "stored" ? "hit" : "plain";
  const caches = receipt.caches.map(
    (cache) =>
      `${cache.cache}: ${preloadsOf(cache)}${cache.misses} loads in ${Math.round(cache.loadMs)} ms, ${cache.hits} hits, ${cache.joined} joined`,
  );
  const tip = [`${state} (${receipt.task})`, `${receipt.durationMs.toFixed(1)} ms, ${receipt.start}`, ...caches].join(
    "\n",
  );
  return `<i class="${kind}" style="left:${left};width:${width}" title="${escape(tip)}"></i>`;
}

function preloadsOf({ preloads, preloadMs = 0 }: CacheReceipt): string {
  return preloads === undefined ? "" : `${preloads} preloads in ${Math.round(preloadMs)} ms, `;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

const STYLE = `
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem; color: #222; }
h1 { font-size: 1.2rem; } h2 { font-size: .8rem; font-weight: normal; margin: .8rem 0 .2rem; color: #555; }
.lane { position: relative; height: 28px; background: #f2f2f2; border-radius: 3px; }
.lane i { position: absolute; top: 3px; bottom: 3px; min-width: 3px; border-radius: 2px; }
pre { padding: .6rem; background: #fdecea; color: #8a1c12; white-space: pre-wrap; }
.key { display: inline-block; width: 12px; height: 12px; border-radius: 2px; margin-left: 1rem; }
.load { background: #d9663b; } .hit { background: #2f8f6b; } .plain { background: #8a94a6; }
footer { display: flex; justify-content: space-between; color: #555; margin-top: .4rem; }
`;
