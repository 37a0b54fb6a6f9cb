import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

/** Bytes of the server's process when its garbage has just been collected. */
export interface ServerMemory {
  /** In use on V8's heap: what is kept. */
  readonly heap: number;
  /** Resident: with free room of the heap, and what is not V8's. */
  readonly resident: number;
}

/** `lambent dev` of a service, as a program of its own. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  /** When it was looked at last; undefined in the first second. */
  memory(): ServerMemory | undefined;
  /** What it has printed. */
  output(): string;
  /** Ctrl-C, and its exit code. */
  interrupt(): Promise<number | null>;
}

/** MiB of executions that the server keeps: little, so that its memory is full of them before it is looked at. */
const KEPT_MIB = 12;
/** MiB of the server's young objects, which are garbage soon: small, so that garbage is not taken for growth. */
const YOUNG_MIB = 4;

/**
 * @param root the service's directory
 * @param temporary where it keeps what is to be gone when it has ended
 * @throws {Error} with what the server printed, if it ends before it has said where it is
 */
export async function startServer(root: string, temporary: string): Promise<Server> {
  const cli = fileURLToPath(new URL("../cli.js", import.meta.url));
  const args = ["--port", "0", "--log", "quiet", "--keep-mib", String(KEPT_MIB)];
  const flags = [`--max-semi-space-size=${YOUNG_MIB}`, "--import", new URL("memory-probe.js", import.meta.url).href];
  const child = spawn(process.execPath, [...flags, cli, "dev", ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    detached: true, // Ctrl-C in this terminal is for the load, which then interrupts the server itself
    env: { ...process.env, TMPDIR: temporary },
  });
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    function read(chunk: Buffer): void {
      output += String(chunk);
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
      if (found !== undefined) resolve(found);
    }
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", (code) => reject(new Error(`lambent dev ended with ${code}:\n${output}`)));
  });
  let memory: ServerMemory | undefined;
  const [, , , told] = child.stdio;
  // Only the probe writes there.
  if (told instanceof Readable) createInterface(told).on("line", (line) => (memory = JSON.parse(line) as ServerMemory));
  return {
    url,
    pid: pidOf(child),
    memory: () => memory,
    output: () => output,
    interrupt: () => interrupt(child),
  };
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("lambent dev was not started");
  return pid;
}

async function interrupt(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, "exit");
  child.kill("SIGINT");
  await ended;
  return child.exitCode;
}
