import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LAMBENT_DIRECTORY } from "../../../project/names.ts";
import { summarise } from "../executions.ts";
import type { TimelineEvent } from "../history.ts";
import type { Timeline } from "../model.ts";
import { shortName } from "../short-name.ts";
import { timelineHtml } from "./html.ts";

/** Where timelines are, relative to a project's root. */
export const TIMELINES: string = join(LAMBENT_DIRECTORY, "timelines");

/**
 * Write an execution's timeline to `.lambent/timelines/<name>.html`.
 * @param root the project's
 * @returns the file's path, relative to the root
 */
export async function writeTimeline(root: string, name: string, timeline: Timeline): Promise<string> {
  const path = join(TIMELINES, `${name}.html`);
  await mkdir(join(root, TIMELINES), { recursive: true });
  await hideFromGit(join(root, LAMBENT_DIRECTORY));
  await writeFile(join(root, path), await timelineHtml(timeline));
  return path;
}

/** What an execution's timeline is called: names of executions may have characters that names of files may not. */
export function timelineFile(machine: string, name: string): string {
  return `${machine}-${shortName(name)}`.replaceAll(/[^\w.-]/g, "_");
}

/** The directory ignores itself, so that nobody has to write it into the project's own .gitignore. */
async function hideFromGit(directory: string): Promise<void> {
  await writeFile(join(directory, ".gitignore"), "*\n", { flag: "wx" }).catch(() => undefined); // it is there already
}

/** An execution's receipts in one line: `4 tasks on 1 replica: 1 load, 3 hits; 4.0 s, without the cache about 16.1 s`. */
export function summaryOf(events: readonly TimelineEvent[]): string {
  const summary = summarise(events);
  const { replicas, invocations, loads, preloads, hits, joined, stored, durationMs, withoutCacheMs } = summary;
  const parts = [counted(loads, "load"), counted(hits, "hit")];
  if (preloads > 0) parts.unshift(counted(preloads, "preload"));
  if (joined > 0) parts.push(`${joined} joined`);
  if (stored > 0) parts.push(`${stored} from the store`);
  const times = `${seconds(durationMs)}, without the cache about ${seconds(withoutCacheMs)}`;
  return `${counted(invocations, "task")} on ${counted(replicas, "replica")}: ${parts.join(", ")}; ${times}`;
}

/** The same of a timeline, whose child executions are counted too. */
export function summaryLine({ totals, durationMs, bars }: Timeline): string {
  const { replicas, tasks, loads, hits, queuedMs } = totals;
  if (tasks === 0) return `${counted(bars.length, "bar")} in ${seconds(durationMs)}; no receipts of Lambent's tasks`;
  const cached = `${counted(loads, "load")}, ${counted(hits, "hit")}`;
  return `${counted(tasks, "task")} on ${counted(replicas, "replica")}: ${cached}; ${seconds(durationMs)}, waited ${seconds(queuedMs)} for replicas`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
