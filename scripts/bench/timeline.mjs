/**
 * What a timeline of many items takes: to make it of a history, to write its page, to show that in Chromium, and to zoom
 * and scroll in it. Needs `npm run build` and /usr/bin/chromium (or $CHROMIUM). Options: --items 10000 --replicas 40.
 * Targets: shown in under 2 s; a frame in under 16.7 ms, on a machine with nothing else to do.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { buildTimeline } from "../../dist/infra/run/timeline/build.js";
import { timelineHtml } from "../../dist/infra/run/timeline/files/html.js";

const BEGIN = Date.UTC(2026, 0, 1);
const FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:svc-dev-scoring:live";

export async function main(args) {
  const options = { items: { type: "string", default: "10000" }, replicas: { type: "string", default: "40" } };
  const { values } = parseArgs({ args, options });
  const [items, replicas] = [Number(values.items), Number(values.replicas)];
  const events = mapHistory(items, replicas);
  const cpu = process.cpuUsage();
  const [made, html] = await timed(async () => {
    const [ms, timeline] = await timed(() => buildTimeline({ machine: "scoring", name: "bench", events }));
    console.log(`${items} items on ${replicas} replicas, ${events.length} events, load ${loadavg()[0].toFixed(1)}`);
    console.log(`timeline made in      ${ms.toFixed(0)} ms`);
    return timelineHtml(timeline);
  });
  console.log(
    `with its page         ${made.toFixed(0)} ms, ${(html.length / 1e6).toFixed(1)} MB; ${(process.cpuUsage(cpu).user / 1000).toFixed(0)} ms of the processor`,
  );
  const directory = mkdtempSync(join(tmpdir(), "lambent-bench-"));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    const path = join(directory, "page.html");
    writeFileSync(path, html);
    const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
    await page.goto(`file://${path}`);
    await page.waitForSelector("html[data-ready]");
    console.log(`shown in              ${await page.getAttribute("html", "data-ready")} ms`);
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Performance.enable");
    /** Milliseconds of the page's scripts so far: unlike a frame's time, they grow little where others use the machine. */
    async function scriptMs() {
      const { metrics } = await cdp.send("Performance.getMetrics");
      return 1000 * metrics.find(({ name }) => name === "ScriptDuration").value;
    }
    for (const head of await page.locator("#heads button[aria-expanded=false]").all()) await head.click();
    for (const [name, frame] of [
      [
        "zooming",
        "bars.dispatchEvent(new WheelEvent('wheel', { deltaY: i < 60 ? -30 : 30, ctrlKey: true, clientX: 700, cancelable: true }))",
      ],
      ["scrolling", "scroller.scrollTop = (i * 9) % (scroller.scrollHeight - scroller.clientHeight + 1)"],
    ]) {
      const before = await scriptMs();
      const frames = await page.evaluate(`(async () => {
        const [bars, scroller, times] = [document.getElementById("bars"), document.getElementById("scroller"), []];
        for (let i = 0; i < 120; i++) {
          const began = performance.now();
          ${frame};
          await new Promise(requestAnimationFrame);
          times.push(performance.now() - began);
        }
        return times.sort((one, other) => one - other);
      })()`);
      const script = ((await scriptMs()) - before) / frames.length;
      console.log(
        `a frame of ${name.padEnd(10)} ${frames[60].toFixed(1)} ms, 95 % in ${frames[114].toFixed(1)} ms; script ${script.toFixed(1)} ms`,
      );
    }
  } finally {
    await browser.close();
    rmSync(directory, { recursive: true });
  }
}

async function timed(work) {
  const began = performance.now();
  const result = await work();
  return [performance.now() - began, result];
}

/** A map whose items are shared out in turn, each replica loading for its first. */
function mapHistory(items, replicas) {
  const events = [];
  function add(type, previousEventId, ms, details) {
    const member = type.endsWith("StateEntered") ? "stateEntered" : type[0].toLowerCase() + type.slice(1);
    const id = events.length + 1;
    events.push({ id, previousEventId, type, timestamp: new Date(BEGIN + ms), [`${member}EventDetails`]: details });
    return id;
  }
  const entered = add("MapStateEntered", add("ExecutionStarted", 0, 0, {}), 0, { name: "score", input: "{}" });
  const map = add("MapStateStarted", entered, 0, { length: items });
  for (let index = 0; index < items; index++) {
    const [replica, turn] = [index % replicas, Math.floor(index / replicas)];
    const [startedAt, durationMs] = turn === 0 ? [1, 2000] : [2000 + 10 * turn, 8];
    const iteration = add("MapIterationStarted", map, 0, { name: "score", index });
    const state = add("TaskStateEntered", iteration, 0, { name: "scoreItem", input: String(index) });
    const parameters = { FunctionName: FUNCTION, Payload: { task: "score", inputs: { text: `item ${index}` } } };
    const call = { resourceType: "lambda", resource: "invoke", parameters: JSON.stringify(parameters) };
    const cache = { cache: "loadModel", joined: 0, evictions: 0, entries: 1, bytes: 1000, ...usedIn(turn) };
    const receipt = {
      replica: `replica-${replica}`,
      start: turn === 0 ? "cold" : "warm",
      initializationType: "provisioned-concurrency",
      task: "score",
      startedAt: BEGIN + startedAt,
      durationMs,
      output: "computed",
      caches: [cache],
    };
    const output = JSON.stringify({ StatusCode: 200, Payload: { output: { score: index }, receipt } });
    add("TaskSucceeded", add("TaskScheduled", state, 0, call), startedAt + durationMs, { output });
  }
  add("ExecutionSucceeded", map, 2000 + 10 * Math.ceil(items / replicas), {});
  return events;
}

function usedIn(turn) {
  return turn === 0 ? { misses: 1, hits: 0, loadMs: 1990 } : { misses: 0, hits: 1, loadMs: 0 };
}
