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
  // One without the text is not found again once its parent has gone, though it may take a while to end.
  const ended = new Set<number>();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const running = await runningProcesses();
    const pids = markedAmong(mark, running);
    if (pids.size === 0 && !running.some(({ pid }) => ended.has(pid))) return;
    for (const pid of pids) {
      kill(pid);
      ended.add(pid);
    }
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

/** Those that have not ended. All who ask in one turn of the event loop share one list, which begins after it. */
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
    const stat = readText(`/proc/${name}/stat`);
    // After the program's name in parentheses: the state and the parent.
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (stat === "" || state === "Z") return [];
    // Of another user's process it cannot be read, nor for a moment while a process begins another program.
    return [{ pid: Number(name), parent: Number(parent), environment: readText(`/proc/${name}/environ`) }];
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // it has gone, or is another user's
  }
}

/** As macOS has it: `-E` shows the environment, though not of the system's own programs. */
async function askPs(): Promise<RunningProcess[]> {
  const options = { maxBuffer: 64 * 1_048_576 };
  const listed = promisify(execFile)("ps", ["-A", "-E", "-ww", "-o", "pid=,ppid=,stat=,command="], options);
  const { stdout } = await listed.catch(() => ({ stdout: "" }));
  return stdout.split("\n").flatMap((line) => {
    const [, pid, parent, state, environment = ""] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || state?.startsWith("Z")
      ? []
      : [{ pid: Number(pid), parent: Number(parent), environment }];
  });
}
