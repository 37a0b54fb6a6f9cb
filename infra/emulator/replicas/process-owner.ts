import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";

/**
 * A name for this process that no other process of this machine has or will have: process ids are used again, and each
 * container counts its own. Letters, digits and two hyphens.
 */
export function ownerName(): string {
  return [pidNamespace(), process.pid.toString(36), startTime(process.pid)].join("-");
}

/**
 * Whether the process has ended whose name of `ownerName` this text is, or begins with. False if this cannot be known,
 * as of a process in another container.
 */
export function hasEnded(owner: string): boolean {
  const [namespace, pid = "", start] = owner.split("-");
  if (namespace !== pidNamespace()) return false;
  const id = Number.parseInt(pid, 36);
  return !Number.isInteger(id) || !isRunning(id) || startTime(id) !== start;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Within which process ids are unique. */
function pidNamespace(): string {
  try {
    const [inode = "0"] = /\d+/.exec(readlinkSync("/proc/self/ns/pid")) ?? [];
    return Number(inode).toString(36);
  } catch {
    return "0"; // not Linux
  }
}

/** When a process began, in a unit of the system's; "0" where the system does not say. */
function startTime(pid: number): string {
  try {
    if (process.platform === "win32") return "0";
    if (process.platform !== "linux") {
      const date = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", env: { LC_ALL: "C" } });
      return (Date.parse(date) / 1000).toString(36);
    }
    // The 22nd field. The second is the program's name in parentheses, and may have spaces and parentheses itself.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]).toString(36);
  } catch {
    return "0";
  }
}
