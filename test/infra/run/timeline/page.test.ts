import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium as playwright, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildTimeline } from "../../../../infra/run/timeline/build.ts";
import { timelineHtml } from "../../../../infra/run/timeline/files/html.ts";
import type { TimelineEvent } from "../../../../infra/run/timeline/history.ts";
import { readHistory } from "../../../../infra/run/timeline/read.ts";
import { sdkHistoryApi } from "../../../../infra/run/remote/sdk-history.ts";
import { chromium, CHROMIUM_ARGUMENTS } from "../../../support/browser.ts";
import { HistoryWriter, lambentDefinition, mapHistory, receipt } from "../../../support/histories.ts";
import { packageRoot } from "../../../support/project-directory.ts";
import { servedProject } from "../../../support/served-project.ts";
import { unlessInstalled } from "../../../support/tools.ts";

/** For people to look at; CI keeps what is there. */
const SCREENSHOTS = join(packageRoot, ".screenshots");

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe.skipIf(chromium === undefined)(`a timeline's page${unlessInstalled("chromium", chromium)}`, () => {
  const project = servedProject({
    "flow.ts": `
import { setTimeout as sleep } from "node:timers/promises";
import { ActorEnvironment, mapTask, task, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "scoring", replicaCount: 2 });
const loadModel = actor.cache(async function loadModel(version: string) { await sleep(300); return version.length; });
const prepare = task(async function prepare({ n }: { n: number }) { return Array.from({ length: n }, (_, index) => "text " + index); });
const score = actor.task(async function score({ text }: { text: string }) { await sleep(15); return text + (await loadModel("v1")); });
export const scoring = workflow({ n: 8 }, function scoring({ n }) { return mapTask(score)({ text: prepare({ n }) }); });
`,
  });
  let browser: Browser;

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    browser = await playwright.launch({ executablePath: chromium ?? "", args: [...CHROMIUM_ARGUMENTS] });
  });
  afterAll(() => browser?.close());

  /** The page, in a browser that asks nobody for anything, and fails on what the page's own policy refuses. */
  async function opened(html: string, options: Parameters<Browser["newPage"]>[0] = {}): Promise<Page> {
    const path = join(project.root, "page.html");
    writeFileSync(path, html);
    const page = await browser.newPage({ viewport: { width: 1360, height: 900 }, reducedMotion: "reduce", ...options });
    const told: string[] = [];
    page.on("pageerror", (error) => told.push(String(error)));
    page.on("console", (message) => told.push(message.text()));
    page.on("request", (request) => request.url().startsWith("file:") || told.push(`asks for ${request.url()}`));
    await page.goto(pathToFileURL(path).href);
    await page.waitForSelector("html[data-ready]");
    await settled(page);
    expect(told).toEqual([]);
    return page;
  }

  /** The chart is painted before the browser's next picture. */
  async function settled(page: Page): Promise<void> {
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
  }

  async function violations(page: Page): Promise<string[]> {
    await page.evaluate(axe);
    const found = (await page.evaluate("axe.run()")) as {
      violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
    };
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`),
    );
  }

  async function pageOf(
    events: readonly TimelineEvent[],
    states: Readonly<Record<string, object>> = {},
  ): Promise<Page> {
    const definition = lambentDefinition(states);
    return opened(await timelineHtml(buildTimeline({ machine: "scoring", name: "run-1", definition, events })));
  }

  it("shows a run of the emulator: names, loads, hits, by pointer, by keys and as a table", async () => {
    const { executionArn = "" } = await project.execute("scoring");
    const history = await readHistory(sdkHistoryApi(project.client), executionArn);
    const html = await timelineHtml(buildTimeline(history));
    const page = await opened(html);
    expect(await page.textContent("h1")).toBe("scoring");
    const figures = await page.textContent(".tiles");
    expect(figures).toContain("9on 3 replicas");
    expect(figures).toContain("6 hits, 2 loads");
    expect(await page.textContent("#heads")).toContain("scoring  2 replicas");
    expect(await page.textContent(".graph")).toMatch(/prepare.*score ×8/);

    // By keys: from the map over the plain task to the actor's two lanes.
    await page.focus("#bars");
    for (const _ of [1, 2, 3]) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Home");
    await settled(page);
    const option = page.locator("[role=option]");
    expect(await option.isVisible()).toBe(true);
    expect(await page.getAttribute("#bars", "aria-activedescendant")).toBe(await option.getAttribute("id"));
    expect(await option.getAttribute("aria-label")).toMatch(/^score\[\d\], .*, 1 load of .*, cold start/);
    expect(await option.getAttribute("aria-setsize")).toBe("10");
    const load = await option.boundingBox();
    const loading = (await option.getAttribute("aria-label")) ?? "";
    await page.keyboard.press("End");
    await settled(page);
    expect(await option.getAttribute("aria-label")).toMatch(/^score\[\d\], .*, 1 hit/);
    await expect.poll(() => page.textContent("#details-body")).not.toContain(loading.split(",")[0]);

    // By pointer: to where the load was.
    await page.mouse.move((load?.x ?? 0) + (load?.width ?? 0) / 2, (load?.y ?? 0) + (load?.height ?? 0) / 2);
    expect(await page.textContent("#tip")).toBe(loading);
    const details = page.locator("#details-body");
    expect(await details.textContent()).toMatch(/scoring · replica \d of 2 \(\w{32}, provisioned-concurrency\)/);
    expect(await details.textContent()).toContain('"text": "text ');
    expect(await details.textContent()).toContain('"cache": "loadModel"');

    await page.focus("#bars");
    // The frame that tells where the focus is, is outside of all that could cover it.
    const frame = "(({ outlineStyle, outlineOffset }) => `${outlineStyle} ${outlineOffset}`)";
    expect(await page.evaluate(`${frame}(getComputedStyle(document.querySelector(".scroller")))`)).toBe("solid 1px");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("details");
    await page.keyboard.press("Escape");
    expect(await page.evaluate("document.activeElement.id")).toBe("bars");

    await page.click("summary");
    await expect.poll(() => page.locator("#table tbody tr").count()).toBe(10);
    await expect.poll(() => page.textContent("#table")).toContain("scoring, replica 1 of 2");
    expect(await violations(page)).toEqual([]);
    await page.close();

    for (const [name, options] of [
      ["light", {}],
      ["dark", { colorScheme: "dark" }],
      ["phone", { viewport: { width: 390, height: 844 }, hasTouch: true }],
      ["phone-dark", { viewport: { width: 390, height: 844 }, colorScheme: "dark" }],
    ] as const) {
      const shown = await opened(html, options);
      expect(await shown.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
      expect(await violations(shown)).toEqual([]);
      await shown.screenshot({ path: join(SCREENSHOTS, `timeline-${name}.png`), fullPage: true });
      await shown.close();
    }
  }, 120_000);

  it("zooms and pans by wheel, keys, buttons and dragging, and shows everything again", async () => {
    const page = await pageOf(mapHistory(40, 4));
    async function seen(): Promise<string | null> {
      await settled(page);
      return page.textContent("#seen");
    }
    expect(await seen()).toBe("");
    await page.click("#zoom-in");
    expect(await seen()).toBe("533 ms – 1.6 s");
    await page.click("#zoom-out");
    expect(await seen()).toBe("");
    await page.focus("#bars");
    await page.keyboard.press("+");
    await page.keyboard.press("+");
    expect(await seen()).toBe("799 ms – 1.3 s");
    await page.keyboard.press("Shift+ArrowRight");
    expect(await seen()).toBe("906 ms – 1.4 s");
    await page.keyboard.press("0");
    expect(await seen()).toBe("");
    await page.hover("#bars", { position: { x: 400, y: 60 } });
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -300);
    await page.keyboard.up("Control");
    const zoomed = await seen();
    expect(zoomed).toMatch(/^\d+ ms – 1\.\d s$/);
    const { x = 0, y = 0 } = (await page.locator("#bars").boundingBox()) ?? {};
    await page.mouse.move(x + 500, y + 60);
    await page.mouse.down();
    await page.mouse.move(x + 400, y + 60, { steps: 4 });
    await page.mouse.up();
    expect(await seen()).not.toBe(zoomed);
    await page.keyboard.down("Shift");
    await page.mouse.wheel(0, -5000);
    await page.keyboard.up("Shift");
    expect(await seen()).toMatch(/^0 ms – /);
    await page.click("#zoom-fit");
    expect(await seen()).toBe("");
    await page.close();
  }, 120_000);

  it("leaves the bars of one node alone when its box in the graph is pressed", async () => {
    const page = await pageOf(mapHistory(4, 2), { score: { Type: "Map", Next: "Output" } });
    const box = page.locator(".graph [role=button]");
    await box.focus();
    await page.keyboard.press("Enter");
    expect(await box.getAttribute("aria-pressed")).toBe("true");
    await box.click();
    expect(await box.getAttribute("aria-pressed")).toBe("false");
    await page.close();
  });

  it("shows 10,000 items: many replicas as one strip, which opens, and a table in parts", async () => {
    const page = await pageOf(mapHistory(10_000, 40), { score: { Type: "Map", Next: "Output" } });
    const head = page.locator("#heads button", { hasText: "40 replicas" });
    expect(await head.getAttribute("aria-expanded")).toBe("false");
    await page.screenshot({ path: join(SCREENSHOTS, "timeline-10000-folded.png"), fullPage: true });
    await head.click();
    await settled(page);
    expect(await head.getAttribute("aria-expanded")).toBe("true");
    await page.screenshot({ path: join(SCREENSHOTS, "timeline-10000.png"), fullPage: true });
    await page.focus("#bars");
    await page.keyboard.press("ArrowRight");
    expect(await page.getAttribute("[role=option]", "aria-setsize")).toBe("10001");
    await page.click("summary");
    expect(await page.textContent(".pager")).toContain("1–200 of 10,001");
    await page.click("text=Later");
    expect(await page.textContent(".pager")).toContain("201–400 of 10,001");
    expect(await violations(page)).toEqual([]);
    await page.close();
  }, 120_000);

  it("shows the items of a batch that failed as marks: by keys, in the details and in the table", async () => {
    const history = new HistoryWriter();
    history.enter("Task", "score", 0);
    const batch = { indices: [0, 1, 2, 3], lists: { text: ["a", "b", "c", "d"] } };
    const failed = [1, 3].map((index) => ({ index, error: "ApiError", cause: `no ${index}` }));
    const receipts = [0, 2].map((index) => receipt("a", 10 + 150 * index, 140, { hits: 1 }, { index }));
    history.call({
      end: 600,
      payload: { task: "score", inputs: {}, batch },
      answer: { output: { done: { 0: 1, 2: 1 }, failed, unfinished: [] }, receipts },
    });
    const page = await pageOf(history.succeed(610).events, { score: { Type: "Map", Next: "Output" } });
    await page.focus("#bars");
    await page.keyboard.press("End");
    await settled(page);
    await expect
      .poll(() => page.locator("[role=option]").getAttribute("aria-label"))
      .toBe("score[3], failed: ApiError");
    await expect.poll(() => page.textContent("#details-body")).toMatch(/score\[3\]Tooknot known.*ApiError\nno 3/s);
    await page.click("summary");
    await expect
      .poll(() => page.textContent("#table"))
      .toMatch(/score\[1\].*failed: ApiError.*score\[3\].*failed: ApiError/s);
    await page.screenshot({ path: join(SCREENSHOTS, "timeline-failed-items.png"), fullPage: true });
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  it("shows a single bar", async () => {
    const page = await pageOf(
      new HistoryWriter().task("predict", 1000, receipt("a", 10, 980, { hits: 1 })).succeed(1000).events,
      {
        predict: { Type: "Task", Next: "Output" },
      },
    );
    expect(await page.textContent("#heads")).toContain("scoring");
    await page.screenshot({ path: join(SCREENSHOTS, "timeline-one-bar.png"), fullPage: true });
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  it("shows what an author writes as text: in names, errors, inputs and outputs", async () => {
    const evil = "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">";
    const history = new HistoryWriter();
    history.enter("Task", evil, 0);
    history.call({ end: 50, payload: { task: evil, inputs: { evil } }, error: evil, cause: evil });
    history.add("ExecutionFailed", 60, { error: evil, cause: evil });
    const page = await pageOf(history.events, { [evil]: { Type: "Task", Next: "Output" } });
    await page.focus("#bars");
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => page.textContent("#details-body")).toContain(evil);
    expect(await page.textContent(".failure")).toContain(evil);
    expect(await page.textContent(".graph title")).toContain(evil);
    await page.click("summary");
    await expect.poll(() => page.textContent("#table")).toContain(evil);
    expect(await page.title()).toBe("scoring · timeline");
    await page.screenshot({ path: join(SCREENSHOTS, "timeline-failed.png"), fullPage: true });
    expect(await violations(page)).toEqual([]);
    await page.close();
  }, 120_000);

  it("says so where there is nothing to draw", async () => {
    const page = await pageOf(new HistoryWriter().succeed(2).events);
    expect(await page.textContent(".empty")).toContain("Nothing ran in this execution that has a duration");
    await page.screenshot({ path: join(SCREENSHOTS, "timeline-empty.png"), fullPage: true });
    expect(await violations(page)).toEqual([]);
    await page.close();
  });
});
