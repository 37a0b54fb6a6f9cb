import { constants } from "node:fs";
import { access, readFile, statfs } from "node:fs/promises";
import { freemem, tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { LAMBENT_DIRECTORY } from "../project/names.ts";
import { type Examination, failed, ok, sizeText, warning } from "./examination.ts";

/** Bytes in which a service's bundles, and a replica's downloads, have room. */
const ENOUGH_SPACE = 2 ** 30;
/** Below that a service of any size can fail. */
const LEAST_SPACE = 100 * 2 ** 20;

/** What a replica takes at least: bytes of memory, threads, and open files, of the emulator and its own. */
const REPLICA = { bytes: 50 * 2 ** 20, threads: 12, files: 8 };
/** What the emulator takes beside. */
const EMULATOR = { bytes: 200 * 2 ** 20, threads: 30, files: 200 };

/** Where bundles, stores and timelines are written. */
export async function examineDirectories(root: string): Promise<Examination[]> {
  return Promise.all([
    examineDirectory(tmpdir(), tmpdir(), "set TMPDIR to a directory"),
    examineDirectory(join(root, LAMBENT_DIRECTORY), LAMBENT_DIRECTORY, "work in a directory"),
  ]);
}

async function examineDirectory(path: string, name: string, remedy: string): Promise<Examination> {
  const there = await nearest(path);
  const isWritable = await access(there, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable) return failed(name, `${there} cannot be written to`, `${remedy} that you may write to`);
  const { bavail, bsize } = await statfs(there);
  const space = bavail * bsize;
  const says = `writable, ${sizeText(space)} free`;
  if (space >= ENOUGH_SPACE) return ok(name, says);
  const more = `remove what is not needed, or ${remedy} with more space`;
  return space < LEAST_SPACE ? failed(name, says, more) : warning(name, says, more);
}

/** It, or the directory in which it would be made. */
async function nearest(path: string): Promise<string> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  return isThere || dirname(path) === path ? path : nearest(dirname(path));
}

/** The replicas that a service has on this machine. */
export interface LocalReplicas {
  readonly count: number;
  /** MiB that they may take all together. */
  readonly memoryMiB: number;
}

/** Whether they have room on this machine: each is a process. */
export async function examineLimits(replicas: LocalReplicas): Promise<Examination[]> {
  const { memory, processes, files } = await limitsOf();
  return [
    examineMemory(replicas, memory),
    ...examineCount("processes", processes, EMULATOR.threads + replicas.count * REPLICA.threads, "ulimit -u"),
    ...examineCount("open files", files, EMULATOR.files + replicas.count * REPLICA.files, "ulimit -n"),
  ];
}

function examineMemory({ count, memoryMiB }: LocalReplicas, { bytes, of }: Memory): Examination {
  const least = EMULATOR.bytes + count * REPLICA.bytes;
  const most = EMULATOR.bytes + memoryMiB * 2 ** 20;
  const says = `${sizeText(bytes)} of ${of}; ${count} replicas take ${sizeText(least)} at least, and ${sizeText(most)} if each takes all it may`;
  if (least > bytes)
    return failed("memory", says, "set a smaller replicaCount of actors for this machine, or give it more memory");
  if (most > bytes) return warning("memory", says, "see that tasks do not take all of their memorySize at once");
  return ok("memory", says);
}

function examineCount(subject: string, limit: number | undefined, needed: number, setting: string): Examination[] {
  if (limit === undefined) return [];
  const says = `${limit.toLocaleString("en")} at most; the service takes about ${needed.toLocaleString("en")}`;
  if (needed <= limit) return [ok(subject, says)];
  return [warning(subject, says, `raise it (${setting}, or the container's limit), or set a smaller replicaCount`)];
}

interface Memory {
  readonly bytes: number;
  /** For people to read. */
  readonly of: string;
}

interface Limits {
  readonly memory: Memory;
  /** Threads count as processes. */
  readonly processes: number | undefined;
  readonly files: number | undefined;
}

/** What this process and its children may have: by the container's control group, and by the user's limits. */
async function limitsOf(): Promise<Limits> {
  const [memoryMax, pidsMax, limits, meminfo] = await Promise.all(
    [
      ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"],
      ["/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"],
      ["/proc/self/limits"],
      ["/proc/meminfo"],
    ].map(firstOf),
  );
  const group = Number(memoryMax);
  const isGroup = group > 0 && group < totalmem(); // `max`, or a number beyond all memory: no limit
  const available = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(meminfo ?? "")?.[1] ?? Number.NaN) * 1024;
  const free = Number.isNaN(available) ? freemem() : available;
  return {
    memory: isGroup ? { bytes: group, of: "the container" } : { bytes: free, of: "this machine are free" },
    processes: least(Number(pidsMax), softLimit(limits, "Max processes")),
    files: softLimit(limits, "Max open files"),
  };
}

async function firstOf(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text !== undefined) return text.trim();
  }
  return undefined;
}

/** Of `Max open files  1024  1048576  files`. Undefined: there is none, or it is not told here. */
function softLimit(limits: string = "", name: string): number | undefined {
  const number = Number(new RegExp(`^${name}\\s+(\\S+)`, "m").exec(limits)?.[1]);
  return Number.isFinite(number) ? number : undefined;
}

function least(...limits: readonly (number | undefined)[]): number | undefined {
  const known = limits.filter((limit) => limit !== undefined && Number.isFinite(limit) && limit > 0);
  return known.length === 0 ? undefined : Math.min(...(known as number[])); // the filter leaves numbers
}
