import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isObject } from "../../sdk/base/json.ts";
import { LAMBENT_DIRECTORY } from "../project/names.ts";

/** What tasks took in an execution. */
export interface MeasuredTimes {
  /** The execution's ARN. */
  readonly from: string;
  /** Milliseconds of an item, by the task's name. */
  readonly taskMs: Readonly<Record<string, number>>;
}

function pathIn(root: string): string {
  return join(root, LAMBENT_DIRECTORY, "task-times.json");
}

/** Keep the times of an execution for the estimates that follow; those of tasks that were not in it stay. */
export async function keepTimes(root: string, { from, taskMs }: MeasuredTimes): Promise<void> {
  const known = await readTimes(root);
  await mkdir(dirname(pathIn(root)), { recursive: true });
  await writeFile(pathIn(root), `${JSON.stringify({ from, taskMs: { ...known?.taskMs, ...taskMs } }, null, 2)}\n`);
}

/** What was kept last; undefined if nothing was. */
export async function readTimes(root: string): Promise<MeasuredTimes | undefined> {
  const text = await readFile(pathIn(root), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const kept: unknown = JSON.parse(text);
  if (!isObject(kept) || !("from" in kept) || !("taskMs" in kept) || !isObject(kept.taskMs)) return undefined;
  const times = Object.entries(kept.taskMs).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  return { from: String(kept.from), taskMs: Object.fromEntries(times) };
}
