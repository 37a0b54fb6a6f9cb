import { readFileSync } from "node:fs";

/** Columns of /proc/net/tcp: the address and port in hexadecimal digits, the state, the user's id. */
const COLUMN = { local: 1, state: 3, user: 7 } as const;
const LISTENS = "0A";

/** Whose sockets listen on a port, by the text of /proc/net/tcp. */
export function listenersOf(table: string, port: number): number[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((row) => row[COLUMN.local]?.endsWith(suffix) === true && row[COLUMN.state] === LISTENS)
    .map((row) => Number(row[COLUMN.user]));
}

/**
 * Whether what listens on a port of this machine may be this user's, or root's, as what leads into a container is. Only
 * Linux tells; elsewhere it may.
 */
export function mayBeOwn(port: number): boolean {
  const owners = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => listenersOf(readTable(file), port));
  return owners.length === 0 || owners.some((owner) => owner === 0 || owner === process.getuid?.());
}

function readTable(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
