import { counted, isMark, sentenceOfMany, tookOf } from "../drawing/sum-up.ts";
import { formatMs } from "../drawing/time.ts";
import type { Bar } from "../model.ts";
import { prettyJson } from "../pretty-json.ts";
import type { Chart } from "./chart.ts";
import { sameBar } from "./same-bar.ts";
import { element, make } from "./elements.ts";

/** The panel that tells all of one bar. */
export class Details {
  readonly #chart: Chart;
  readonly #body: HTMLElement = element("details-body");
  #shown: readonly Bar[] = [];

  constructor(chart: Chart) {
    this.#chart = chart;
  }

  /** Tell of the same bar what is known of it by now. Of several that are drawn as one, what was told stays. */
  renew(): void {
    const [bar, ...others] = this.#shown;
    const again = bar === undefined || others.length > 0 ? undefined : sameBar(bar, this.#chart.lanes);
    if (again !== undefined && JSON.stringify(again) !== JSON.stringify(bar)) this.show([again]);
  }

  show(bars: readonly Bar[]): void {
    const [first] = bars;
    if (first === undefined || (bars.length === this.#shown.length && first === this.#shown[0])) return;
    this.#shown = bars;
    this.#body.replaceChildren(...(bars.length === 1 ? this.#one(first) : this.#many(bars)));
  }

  #one(bar: Bar): HTMLElement[] {
    const lane = this.#laneOf(bar);
    return [
      this.#title(bar, bar.label),
      factsTable([
        ["Took", tookOf(bar)],
        [
          isMark(bar) ? "Ended" : "Began",
          `${isMark(bar) ? "at the latest " : ""}${formatMs(Math.max(0, bar.start))} after the execution began`,
        ],
        ...(bar.queuedFrom === undefined
          ? []
          : [["Waited", `${formatMs(bar.start - bar.queuedFrom)} for a replica`] as const]),
        ...(lane === undefined ? [] : [["Where", lane] as const]),
        ...(bar.child === undefined ? [] : [["Child", `execution ${bar.child}`] as const]),
        ...(bar.execution === undefined ? [] : [["Execution", bar.execution] as const]),
        ...(bar.attempt === undefined ? [] : [["Attempt", String(bar.attempt)] as const]),
        ...workFacts(bar),
      ]),
      ...block("Error", [bar.error, bar.cause].filter((part) => part !== undefined).join("\n") || undefined, "error"),
      ...block("Input", bar.input),
      ...block("Output", bar.output),
      ...block("Receipt", bar.receipt),
    ];
  }

  #many(bars: readonly Bar[]): HTMLElement[] {
    const [first] = bars;
    if (first === undefined) return [];
    return [
      this.#title(first, `${bars.length.toLocaleString("en")} × ${first.node}`),
      make("p", {}, sentenceOfMany(bars)),
      ...block("Errors", errorsOf(bars), "error"),
      make("p", { class: "hint" }, "They are too close together to be told apart: zoom in for each."),
    ];
  }

  #title({ node, status }: Bar, text: string): HTMLElement {
    const sign = make("i", { "aria-hidden": "true" });
    sign.style.background = `var(--${status === "failed" ? "failed" : this.#chart.colours(node)})`;
    return make("h3", {}, sign, text);
  }

  #laneOf({ lane }: Bar): string | undefined {
    const group = this.#chart.timeline.groups.findLast(({ firstLane }) => firstLane <= lane);
    const own = group?.lanes[lane - group.firstLane];
    if (group === undefined || own === undefined) return undefined;
    const where = group.kind === "actor" ? `${group.name} · ${own.label}` : own.label;
    return own.about === undefined ? where : `${where} (${own.about})`;
  }
}

/** So many errors are told of bars that are drawn as one. */
const ERRORS_SHOWN = 20;

function errorsOf(bars: readonly Bar[]): string | undefined {
  const failed = bars.filter(({ status }) => status === "failed");
  if (failed.length === 0) return undefined;
  const shown = failed
    .slice(0, ERRORS_SHOWN)
    .map(({ label, error = "failed", cause }) => `${label} ${error}${cause === undefined ? "" : `: ${cause}`}`);
  const left = failed.length - shown.length;
  return [...shown, ...(left === 0 ? [] : [`and ${left.toLocaleString("en")} more`])].join("\n");
}

function workFacts({ work }: Bar): (readonly [string, string])[] {
  if (work === undefined) return [];
  const { isCold, isStored, loads, loadMs, hits, joined, preloads } = work;
  return [
    ["Start", isCold ? "cold: the replica's first invocation" : "warm"],
    ...(loads === 0 ? [] : [["Loads", `${loads} in ${formatMs(loadMs)}`] as const]),
    ...(preloads === 0 ? [] : [["Before", counted(preloads, "preload")] as const]),
    ...(hits === 0 ? [] : [["Hits", String(hits)] as const]),
    ...(joined === 0 ? [] : [["Joined", `${joined}, waited for another's load`] as const]),
    ...(isStored ? [["Output", "from the store: the function did not run"] as const] : []),
  ];
}

function factsTable(facts: readonly (readonly [string, string])[]): HTMLElement {
  const rows = facts.map(([name, value]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, value)));
  return make("table", {}, make("tbody", {}, ...rows));
}

function block(name: string, text: string | undefined, kind = ""): HTMLElement[] {
  if (text === undefined) return [];
  return [
    make("h4", {}, name),
    make("pre", { class: kind, tabindex: "0", role: "group", "aria-label": name }, prettyJson(text)),
  ];
}
