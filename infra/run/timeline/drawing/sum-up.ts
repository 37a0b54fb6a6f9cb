import type { Bar, Work } from "../model.ts";
import { formatMs } from "./time.ts";

/** What one bar says in a line: `inference[3], 10.1 s, 1 load of 10.0 s, cold start`. */
export function sentenceOf(bar: Bar): string {
  const parts = [bar.label, bar.status === "running" ? "still running" : formatMs(bar.end - bar.start)];
  if (bar.status === "failed") parts.push(`failed${bar.error === undefined ? "" : `: ${bar.error}`}`);
  if (bar.attempt !== undefined) parts.push(`attempt ${bar.attempt}`);
  if (bar.work !== undefined) parts.push(...workParts(bar.work));
  if (bar.queuedFrom !== undefined) parts.push(`waited ${formatMs(bar.start - bar.queuedFrom)} for a replica`);
  return parts.join(", ");
}

/** What bars that are drawn as one say together. */
export function sentenceOfMany(bars: readonly Bar[]): string {
  const [first] = bars;
  if (first === undefined) return "";
  if (bars.length === 1) return sentenceOf(first);
  const work = bars.flatMap((bar) => bar.work ?? []);
  const failed = bars.filter(({ status }) => status === "failed").length;
  const end = Math.max(...bars.map((bar) => bar.end));
  return [
    `${bars.length.toLocaleString("en")} × ${first.node}`,
    `within ${formatMs(end - first.start)}`,
    ...(failed === 0 ? [] : [`${failed.toLocaleString("en")} failed`]),
    ...workParts(addedUp(work)),
  ].join(", ");
}

export function addedUp(work: readonly Work[]): Work {
  function sum(of: (one: Work) => number): number {
    return work.reduce((total, one) => total + of(one), 0);
  }
  return {
    items: sum(({ items }) => items),
    isCold: work.some(({ isCold }) => isCold),
    isStored: work.length > 0 && work.every(({ isStored }) => isStored),
    loads: sum(({ loads }) => loads),
    loadMs: sum(({ loadMs }) => loadMs),
    hits: sum(({ hits }) => hits),
    joined: sum(({ joined }) => joined),
    preloads: sum(({ preloads }) => preloads),
  };
}

function workParts({ isCold, isStored, loads, loadMs, hits, joined, preloads }: Work): string[] {
  return [
    ...(loads === 0 ? [] : [`${counted(loads, "load")} of ${formatMs(loadMs)}`]),
    ...(preloads === 0 ? [] : [counted(preloads, "preload")]),
    ...(hits === 0 ? [] : [counted(hits, "hit")]),
    ...(joined === 0 ? [] : [`${joined.toLocaleString("en")} joined`]),
    ...(isStored ? ["output from the store"] : []),
    ...(isCold ? ["cold start"] : []),
  ];
}

export function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}
