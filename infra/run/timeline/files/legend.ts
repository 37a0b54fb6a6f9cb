import { SvgSurface } from "../drawing/svg-surface.ts";
import type { Timeline } from "../model.ts";
import type { Surface } from "../drawing/surface.ts";

interface Sign {
  readonly name: string;
  readonly isUsed: (timeline: Timeline) => boolean;
  readonly draw: (surface: Surface) => void;
}

const [WIDTH, HEIGHT] = [26, 14];

const SIGNS: readonly Sign[] = [
  {
    name: "load",
    isUsed: ({ totals }) => totals.loads > 0,
    draw: (surface) => surface.rectangle(0, 0, WIDTH, HEIGHT, { role: "load", hatch: "load-mark" }, 3),
  },
  {
    name: "hits or stored output",
    isUsed: ({ totals }) => totals.hits > 0 || totals.stored > 0,
    draw(surface) {
      surface.rectangle(0, 0, WIDTH, HEIGHT, { role: "node-0" }, 3);
      surface.rectangle(2, HEIGHT - 4, WIDTH - 4, 2, { role: "ground" });
    },
  },
  {
    name: "joined a load",
    isUsed: ({ totals }) => totals.joined > 0,
    draw(surface) {
      surface.rectangle(0, 0, WIDTH, HEIGHT, { role: "node-0" }, 3);
      for (const x of [2, 8, 14, 20]) surface.rectangle(x, HEIGHT - 4, 3, 2, { role: "ground" });
    },
  },
  {
    name: "cold start",
    isUsed: ({ totals }) => totals.coldStarts > 0,
    draw(surface) {
      surface.rectangle(0, 0, WIDTH, HEIGHT, { role: "node-0" }, 3);
      surface.rectangle(0, 0, 2.5, HEIGHT, { role: "ink" });
    },
  },
  {
    name: "failed",
    isUsed: ({ bars }) => bars.some(({ status }) => status === "failed"),
    draw(surface) {
      surface.rectangle(0, 0, WIDTH, HEIGHT, { role: "failed" }, 3);
      surface.line(9, 3, 17, 11, "focus", 2);
      surface.line(9, 11, 17, 3, "focus", 2);
    },
  },
  {
    name: "batch with its items",
    isUsed: ({ bars }) => bars.some(({ kind }) => kind === "batch"),
    draw(surface) {
      surface.rectangle(0, 0, WIDTH, HEIGHT, { role: "node-0", opacity: 0.28 }, 3);
      surface.outline(0, 0, WIDTH, HEIGHT, "node-0", 3);
      for (const x of [3, 10.5, 18]) surface.rectangle(x, 3, 6, HEIGHT - 6, { role: "node-0" });
    },
  },
  {
    name: "wait",
    isUsed: ({ bars }) => bars.some(({ kind }) => kind === "wait"),
    draw(surface) {
      surface.rectangle(0, 0, WIDTH, HEIGHT, { role: "lane", hatch: "wait" }, 3);
      surface.outline(0, 0, WIDTH, HEIGHT, "wait", 3);
    },
  },
  {
    name: "waiting for a replica",
    isUsed: ({ totals, durationMs }) => totals.queuedMs > durationMs / 100,
    draw: (surface) => surface.rectangle(0, 4, WIDTH, HEIGHT - 6, { role: "queue" }),
  },
];

/** What signs the chart has, of those that it uses. */
export function legendHtml(timeline: Timeline): string {
  const used = SIGNS.filter(({ isUsed }) => isUsed(timeline));
  if (used.length === 0) return "";
  const items = used.map(({ name, draw }, index) => {
    const surface = new SvgSurface(`sign-${index}-`);
    draw(surface);
    return `<li><svg width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">${surface.markup()}</svg>${name}</li>`;
  });
  return `<ul class="legend" aria-label="Signs">${items.join("")}</ul>`;
}
