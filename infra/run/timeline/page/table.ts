import { tookOf } from "../drawing/sum-up.ts";
import { formatMs } from "../drawing/time.ts";
import type { Bar, Timeline } from "../model.ts";
import { element, make } from "./elements.ts";

/** Rows that are shown at once. */
const PAGE = 200;

interface Column {
  readonly name: string;
  readonly isNumber?: true;
  readonly of: (bar: Bar) => string;
}

const COLUMNS: readonly Column[] = [
  { name: "Began", isNumber: true, of: ({ start }) => formatMs(Math.max(0, start)) },
  { name: "Took", isNumber: true, of: tookOf },
  { name: "Waited", isNumber: true, of: ({ start, queuedFrom = start }) => formatMs(start - queuedFrom) },
  { name: "Outcome", of: ({ status, error }) => (error === undefined ? status : `${status}: ${error}`) },
  { name: "Start", of: ({ work }) => (work === undefined ? "" : work.isCold ? "cold" : "warm") },
  { name: "Loads", isNumber: true, of: ({ work }) => numberOf(work?.loads) },
  { name: "Loading", isNumber: true, of: ({ work }) => (work === undefined ? "" : formatMs(work.loadMs)) },
  { name: "Hits", isNumber: true, of: ({ work }) => numberOf(work?.hits) },
  { name: "Joined", isNumber: true, of: ({ work }) => numberOf(work?.joined) },
];

/**
 * Fills the table when it is first opened, so many rows at a time.
 * @returns to be called with a later timeline
 */
export function fillTable(timeline: Timeline): (timeline: Timeline) => void {
  const table = element("table");
  const wide = make("div", { class: "wide", tabindex: "0", role: "group", "aria-label": "Table of the bars, scrolls" });
  let lanes = lanesOf(timeline);
  let inOrder = inOrderOf(timeline);
  let first = 0;
  function show(focused?: "before" | "after"): void {
    const shown = inOrder.slice(first, first + PAGE);
    const head = ["Bar", "Lane", ...COLUMNS.map(({ name }) => name)].map((name) => {
      const isNumber = COLUMNS.find((column) => column.name === name)?.isNumber;
      return make("th", { scope: "col", ...(isNumber ? { class: "number" } : {}) }, name);
    });
    const rows = shown.map((bar) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, bar.attempt === undefined ? bar.label : `${bar.label}, attempt ${bar.attempt}`),
        make("td", {}, lanes[bar.lane] ?? ""),
        ...COLUMNS.map(({ isNumber, of }) => make("td", isNumber ? { class: "number" } : {}, of(bar))),
      ),
    );
    const body = make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows));
    const pager = inOrder.length > PAGE ? [pagerOf()] : [];
    wide.replaceChildren(body);
    const within = element("table-body");
    for (const one of within.querySelectorAll(".pager")) one.remove();
    within.prepend(...pager);
    if (!wide.isConnected) within.append(wide);
    if (focused !== undefined) pager[0]?.querySelector<HTMLElement>(`[data-go=${focused}]`)?.focus();
  }
  function pagerOf(): HTMLElement {
    const last = Math.min(first + PAGE, inOrder.length);
    const text = `${(first + 1).toLocaleString("en")}–${last.toLocaleString("en")} of ${inOrder.length.toLocaleString("en")}`;
    return make(
      "div",
      { class: "pager" },
      goTo("before", "Earlier", -PAGE),
      make("span", { role: "status" }, text),
      goTo("after", "Later", PAGE),
    );
  }
  function goTo(where: "before" | "after", name: string, by: number): HTMLElement {
    const isPossible = first + by >= 0 && first + by < inOrder.length;
    const button = make("button", { type: "button", "data-go": where, ...(isPossible ? {} : { disabled: "" }) }, name);
    button.addEventListener("click", () => {
      first += by;
      show(where);
    });
    return button;
  }
  table.addEventListener("toggle", () => show(), { once: true });
  return function renew(later) {
    lanes = lanesOf(later);
    inOrder = inOrderOf(later);
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["go"] : undefined;
    if (wide.isConnected) show(focused === "before" || focused === "after" ? focused : undefined);
  };
}

function lanesOf({ groups }: Timeline): string[] {
  return groups.flatMap(({ kind, name, lanes }) =>
    lanes.map(({ label }) => (kind === "actor" ? `${name}, ${label}` : label)),
  );
}

function inOrderOf({ bars }: Timeline): Bar[] {
  return bars.toSorted((one, other) => one.start - other.start);
}

function numberOf(count: number | undefined): string {
  return count === undefined ? "" : count.toLocaleString("en");
}
