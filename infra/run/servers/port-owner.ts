import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readdir, readFile, readlink } from "node:fs/promises";
import { promisify } from "node:util";

/** A socket that listens. */
export interface Listener {
  /** The user's id. */
  readonly user: number;
  readonly inode: string;
}

/** Columns of /proc/net/tcp: the address and port in hexadecimal digits, the state, the user's id, the socket's inode. */
const COLUMN = { local: 1, state: 3, user: 7, inode: 9 } as const;
const LISTENS = "0A";

/** What listens on a port, by the text of /proc/net/tcp. */
export function listenersIn(table: string, port: number): Listener[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((row) => row[COLUMN.local]?.endsWith(suffix) === true && row[COLUMN.state] === LISTENS)
    .map((row) => ({ user: Number(row[COLUMN.user]), inode: row[COLUMN.inode] ?? "" }));
}

/** What listens on a port of this machine. Only Linux tells: elsewhere it is as if nothing did. */
function listenersOf(port: number): Listener[] {
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => listenersIn(readTable(file), port));
}

/** Whether what listens on a port of this machine may be this user's, or root's, as what leads into a container is. */
export function mayBeOwn(port: number): boolean {
  const listeners = listenersOf(port);
  return listeners.length === 0 || listeners.some(({ user }) => user === 0 || user === process.getuid?.());
}

/** The program that listens on a port of this machine; undefined if the system does not tell, as of another user's. */
export async function ownerOf(port: number): Promise<string | undefined> {
  return process.platform === "linux" ? ownerByProc(port) : ownerByLsof(port);
}

async function ownerByProc(port: number): Promise<string | undefined> {
  const sockets = new Set(listenersOf(port).map(({ inode }) => `socket:[${inode}]`));
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const open = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const fd of open) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => "");
      if (sockets.has(target)) return `${await commandOf(pid)} (process ${pid})`;
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

function readTable(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
