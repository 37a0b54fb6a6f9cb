import type { Bar, Work } from "../model.ts";
import { formatMs } from "./time.ts";

/** Whether nothing tells when it was: a batch's item that has failed. */
export function isMark({ kind, work }: Bar): boolean {
  return kind === "item" && work === undefined;
}

/** How long it took, for people to read. */
export function tookOf(bar: Bar): string {
  if (isMark(bar)) return "not known";
  return bar.status === "running" ? "still running" : formatMs(bar.end - bar.start);
}

/** What one bar says in a line: `inference[3], 10.1 s, 1 load of 10.0 s, cold start`. */
export function sentenceOf(bar: Bar): string {
  const parts = [bar.label, ...(isMark(bar) ? [] : [tookOf(bar)])];
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
  const failed = bars.filter(({ status }) => status === "failed").length;
  const end = Math.max(...bars.map((bar) => bar.end));
  return [
    `${bars.length.toLocaleString("en")} × ${first.node}`,
    `within ${formatMs(end - first.start)}`,
    ...(failed === 0 ? [] : [`${failed.toLocaleString("en")} failed`]),
    ...workParts(workOfBars(bars)),
  ].join(", ");
}

/** What bars' receipts say together. It is asked for each picture of each bar, so it goes over them once. */
export function workOfBars(bars: readonly Bar[]): Work {
  let [items, loads, loadMs, hits, joined, preloads, told, stored] = [0, 0, 0, 0, 0, 0, 0, 0];
  let isCold = false;
  for (const { work } of bars) {
    if (work === undefined) continue;
    told++;
    items += work.items;
    loads += work.loads;
    loadMs += work.loadMs;
    hits += work.hits;
    joined += work.joined;
    preloads += work.preloads;
    isCold ||= work.isCold;
    if (work.isStored) stored++;
  }
  return { items, isCold, isStored: told > 0 && stored === told, loads, loadMs, hits, joined, preloads };
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
