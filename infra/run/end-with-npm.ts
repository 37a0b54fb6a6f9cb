import { execFileSync } from "node:child_process";

/** Milliseconds between two looks at whether npm is still there. */
const LOOK_MS = 250;

/**
 * npx and npm run start a shell, which starts this process. A signal to npm ends npm, and perhaps the shell, but neither
 * tells anybody. Without npm there is nobody to end with: who starts this in the background may well end before it. This process gets SIGTERM then.
 */
export function endWithNpm(): void {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const parent = process.ppid;
  const npm = npmAbove(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && isRunning(npm)) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, LOOK_MS);
  timer.unref();
}

/** The process id of npm: the parent's, or that of a shell's parent. */
function npmAbove(parent: number): number {
  try {
    const row = execFileSync("ps", ["-o", "ppid=,comm=", "-p", String(parent)], { encoding: "utf8" });
    const [, above = "", command = ""] = /^\s*(\d+)\s+(.*)$/m.exec(row) ?? [];
    return command.endsWith("sh") ? Number(above) : parent;
  } catch {
    return parent; // there is no ps here
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
