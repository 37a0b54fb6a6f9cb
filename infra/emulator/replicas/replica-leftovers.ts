import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** The environment it was started with; where the system gives these together, its command line before that. */
  readonly environment: string;
}

const ROUND_MS = 10;
/** A process that is not gone after so many is in a system call that cannot be interrupted. */
const MAX_ROUNDS = 100;

/**
 * End all processes that have a text in their environment, and all that these have started, and wait until they are
 * gone. A replica's log stream has its id and its pool's, and what a replica starts inherits that. A process group
 * would not do, since a daemon leaves its group. On Windows it does nothing: there, what a process has started ends
 * with it.
 */
export async function endMarkedProcesses(mark: string): Promise<void> {
  if (process.platform === "win32") return;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const pids = markedAmong(mark, await runningProcesses());
    if (pids.size === 0) return;
    for (const pid of pids) kill(pid);
    await sleep(ROUND_MS);
  }
}

function markedAmong(mark: string, processes: readonly RunningProcess[]): Set<number> {
  const children = new Map<number, RunningProcess[]>();
  for (const one of processes) {
    const siblings = children.get(one.parent);
    if (siblings === undefined) children.set(one.parent, [one]);
    else siblings.push(one);
  }
  const found = new Set<number>();
  function add({ pid }: RunningProcess): void {
    if (pid === process.pid || found.has(pid)) return;
    found.add(pid);
    children.get(pid)?.forEach(add);
  }
  for (const one of processes) if (one.environment.includes(mark)) add(one);
  return found;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Already gone.
  }
}

let listing: Promise<RunningProcess[]> | undefined;

/** Those that can be read. All who ask in one turn of the event loop share one list, which begins after it. */
function runningProcesses(): Promise<RunningProcess[]> {
  listing ??= new Promise((resolve) => setImmediate(resolve)).then(() => {
    listing = undefined;
    return process.platform === "linux" ? readProc() : askPs();
  });
  return listing;
}

/** Takes some 20 µs for each process. */
function readProc(): RunningProcess[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const environment = readFileSync(`/proc/${name}/environ`, "latin1");
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      // After the program's name in parentheses: the state and the parent.
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      return [{ pid: Number(name), parent, environment }];
    } catch {
      return []; // another user's, or gone
    }
  });
}

/** As macOS has it: `-E` shows the environment, though not of the system's own programs. */
async function askPs(): Promise<RunningProcess[]> {
  const options = { maxBuffer: 64 * 1_048_576 };
  const listed = promisify(execFile)("ps", ["-A", "-E", "-ww", "-o", "pid=,ppid=,command="], options);
  const { stdout } = await listed.catch(() => ({ stdout: "" }));
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, environment = ""] = /^\s*(\d+)\s+(\d+)\s(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), environment }];
  });
}
