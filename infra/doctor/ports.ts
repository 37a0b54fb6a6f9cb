import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { createServer } from "node:net";
import { promisify } from "node:util";
import type { LocalServer } from "../run/servers/server-file.ts";
import { type Examination, ok, warning } from "./examination.ts";

/** A port that something of the service listens at, unless it is told otherwise. */
export interface NeededPort {
  readonly port: number;
  readonly host: string;
  /** `Step Functions`, `serverless-offline`. */
  readonly what: string;
  /** How another one is chosen. */
  readonly setting: string;
}

/** @param running the emulators of this user: one that serves this very directory has its port by right */
export async function examinePorts(
  ports: readonly NeededPort[],
  running: readonly LocalServer[],
  root: string,
): Promise<Examination[]> {
  return Promise.all(
    ports.map(async ({ port, host, what, setting }) => {
      const subject = `port ${port}`;
      if (await isFree(port, host)) return ok(subject, `free for ${what}`);
      const server = running.find(({ url }) => new URL(url).port === String(port));
      if (server?.directory === root)
        return ok(subject, `${what} of this directory listens there (process ${server.pid})`);
      const owner =
        server === undefined ? await ownerOf(port) : `the emulator of ${server.directory} (process ${server.pid})`;
      return warning(
        subject,
        `${owner ?? "another program"} has it, and ${what} is to be there`,
        `end it, or choose another with ${setting}`,
      );
    }),
  );
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "EADDRINUSE"));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** The program that listens at a port of this machine; undefined if the system does not tell, as of another user's. */
async function ownerOf(port: number): Promise<string | undefined> {
  return process.platform === "linux" ? ownerByProc(port) : ownerByLsof(port);
}

/** State of a socket that listens, in /proc/net/tcp. */
const LISTENS = "0A";

async function ownerByProc(port: number): Promise<string | undefined> {
  const tables = await Promise.all(
    ["tcp", "tcp6"].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(() => "")),
  );
  const rows = tables.flatMap((table) => table.trim().split("\n").slice(1)).map((row) => row.trim().split(/\s+/));
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const inodes = new Set(
    rows
      .filter(([, local = "", , state]) => local.endsWith(`:${hex}`) && state === LISTENS)
      .map((row) => `socket:[${row[9]}]`),
  );
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const open = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const fd of open) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => "");
      if (inodes.has(target)) return `${await commandOf(pid)} (process ${pid})`;
    }
  }
  return undefined;
}

/** Characters of a command that are shown. */
const COMMAND_SHOWN = 60;

async function commandOf(pid: string): Promise<string> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return command.replaceAll("\0", " ").trim().slice(0, COMMAND_SHOWN) || "a program";
}

async function ownerByLsof(port: number): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]);
    const [, pid] = /^p(\d+)$/m.exec(stdout) ?? [];
    const [, command] = /^c(.+)$/m.exec(stdout) ?? [];
    return pid === undefined ? undefined : `${command ?? "a program"} (process ${pid})`;
  } catch {
    return undefined; // there is no lsof, or nothing that it may tell
  }
}
