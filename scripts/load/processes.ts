import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** A process that runs. */
export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** Resident memory, bytes. */
  readonly bytes: number;
}

/** A process and all that it has started, and these in turn; none if it is gone. */
export function processesOf(pid: number): RunningProcess[] {
  const all = runningProcesses();
  const found = all.filter((one) => one.pid === pid);
  for (const { pid: parent } of found) found.push(...all.filter((one) => one.parent === parent));
  return found;
}

/** Milliseconds that a process may take to see that who started it is gone, and to end. */
const GRACE_MS = 5000;

/** Those of the processes that do not end. */
export async function stillRunning(pids: readonly number[]): Promise<number[]> {
  const deadline = performance.now() + GRACE_MS;
  for (;;) {
    const running = new Set(runningProcesses().map(({ pid }) => pid));
    const left = pids.filter((pid) => running.has(pid));
    if (left.length === 0 || performance.now() > deadline) return left;
    await sleep(100);
  }
}

function runningProcesses(): RunningProcess[] {
  const table = execFileSync("ps", ["-A", "-o", "pid=,ppid=,rss="], { encoding: "utf8" });
  return table
    .trim()
    .split("\n")
    .map((row) => row.trim().split(/\s+/).map(Number))
    .map(([pid = 0, parent = 0, kib = 0]) => ({ pid, parent, bytes: kib * 1024 }));
}
