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

/** Fills the table when it is first opened, so many rows at a time. */
export function fillTable({ bars, groups }: Timeline): void {
  const table = element("table");
  const lanes = groups.flatMap(({ kind, name, lanes }) =>
    lanes.map(({ label }) => (kind === "actor" ? `${name}, ${label}` : label)),
  );
  const inOrder = bars.toSorted((one, other) => one.start - other.start);
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
    element("table-body").replaceChildren(
      ...pager,
      make("div", { class: "wide", tabindex: "0", role: "group", "aria-label": "Table of the bars, scrolls" }, body),
    );
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
}

function numberOf(count: number | undefined): string {
  return count === undefined ? "" : count.toLocaleString("en");
}
