import { conditional, eq, gt, mapTask, required, task, workflow } from "lambent";
import type { Example } from "./example.ts";

// Between tasks goes JSON, and beside it what JSON has no form for: Date, bigint, Map, Set, Uint8Array, URL. Each is a
// leaf: it is passed on as a whole, and only tasks read what is in it.

interface Visit {
  page: URL;
  at: Date;
  bytes: bigint;
  tags: Set<string>;
}

export const visits = task(function visits({ since, pages }: { since: Date; pages: URL[] }) {
  const all = pages.map((page, day): Visit => ({
    page,
    at: new Date(since.getTime() + day * 86_400_000),
    bytes: 2n ** 60n + BigInt(day),
    tags: new Set([page.hostname, `day ${day}`]),
  }));
  return { all, last: all[all.length - 1] as Visit };
});

export const byTag = task(function byTag({ visits }: { visits: readonly Visit[] }): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { tags, bytes } of visits) for (const tag of tags) sums.set(tag, (sums.get(tag) ?? 0n) + bytes);
  return sums;
});

export const digestOf = task(function digestOf({ page, at }: { page: URL; at: Date }): Uint8Array {
  return new TextEncoder().encode(`${page.hostname}@${at.getUTCDate()}`);
});

/** Fields around a leaf stay addressable, lists of them are mapped over, and defaults may be instances. */
export const visitReport = workflow(
  { since: new Date("2026-01-31T00:00:00Z"), pages: [new URL("https://a.example/x"), new URL("https://b.example/")] },
  function visitReport({ since, pages }) {
    const seen = visits({ since, pages });
    return {
      last: { page: seen.last.page, at: seen.last.at },
      sums: byTag({ visits: seen.all }),
      digests: mapTask(digestOf)({ page: pages, at: [seen.last.at, new Date(0)] }),
    };
  },
);

export const daysAfter = task(function daysAfter({ at, days }: { at: Date; days: number }) {
  return new Date(at.getTime() + days * 86_400_000);
});

/** Two Dates are compared by their time, with `eq` and `ne` other instances by what is in them. */
export const isLate = workflow(
  { at: required<Date>(Date), page: new URL("https://a.example") },
  function isLate(inputs) {
    const due = daysAfter({ at: inputs.at, days: 7 });
    return {
      overdue: conditional(
        gt(due, new Date("2026-02-10T00:00:00Z")),
        () => true,
        () => false,
      ),
      before: conditional(
        gt(due, inputs.at),
        () => "after",
        () => "before",
      ),
      isOurs: conditional(
        eq(inputs.page, new URL("https://a.example")),
        () => true,
        () => false,
      ),
    };
  },
);

const sums = new Map([
  ["a.example", 2n ** 60n],
  ["day 0", 2n ** 60n],
  ["b.example", 2n ** 60n + 1n],
  ["day 1", 2n ** 60n + 1n],
]);

export const examples: readonly Example[] = [
  {
    workflow: "visitReport",
    input: {},
    output: {
      last: { page: new URL("https://b.example/"), at: new Date("2026-02-01T00:00:00Z") },
      sums,
      digests: [new TextEncoder().encode("a.example@1"), new TextEncoder().encode("b.example@1")],
    },
  },
  // Callers without TypeScript write the plain form of an input that is declared as an instance.
  {
    workflow: "isLate",
    input: { at: "2026-02-01T00:00:00Z" },
    output: { overdue: false, before: "after", isOurs: true },
  },
  {
    workflow: "isLate",
    input: { at: new Date("2026-02-04T00:00:00Z"), page: new URL("https://b.example") },
    output: { overdue: true, before: "after", isOurs: false },
  },
  { workflow: "isLate", input: { at: "tomorrow" }, error: 'at must be a Date, "2026-01-31T12:00:00Z" or' },
];
