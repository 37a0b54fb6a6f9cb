import { chmodSync, lstatSync, mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { isObject } from "../../../sdk/base/json.ts";

/** A server of this machine, as it tells of itself in a file. */
export interface LocalServer {
  /** For example `http://127.0.0.1:8083`. */
  readonly url: string;
  readonly pid: number;
  /** The project that it serves, or where `lambent emulator` was started: without symbolic links. */
  readonly directory: string;
  readonly region: string;
  readonly accountId: string;
  /** The service and its stage; absent where it serves none, as `lambent emulator`. */
  readonly service?: string;
  readonly stage?: string;
}

/**
 * The directory of these files: the user's own, in the temporary directory, since a file holds while its process does.
 * @returns undefined if there is none, or if what is there is another user's, whose server could be passed off as ours
 */
export function serversDirectory(): string | undefined {
  const own = ownDirectory();
  const servers = join(own, "servers");
  return isOwn(own) && isOwn(servers) ? servers : undefined;
}

/** Makes it if it is not there yet. @returns undefined if it is another user's, or cannot be made */
export function makeServersDirectory(): string | undefined {
  const own = ownDirectory();
  try {
    for (const directory of [own, join(own, "servers")]) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      if (!isOwned(directory)) return undefined;
      chmodSync(directory, 0o700);
    }
  } catch {
    return undefined;
  }
  return serversDirectory();
}

function ownDirectory(): string {
  const user = process.getuid?.() ?? userInfo().username;
  return join(tmpdir(), `lambent-${user}`);
}

function isOwned(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isDirectory()) return false;
  return process.getuid === undefined || stats.uid === process.getuid();
}

/** Whether it is a directory of this user's, in which no other can write. Windows keeps each user's apart. */
function isOwn(path: string): boolean {
  if (!isOwned(path)) return false;
  return process.getuid === undefined || (lstatSync(path).mode & 0o022) === 0;
}

/** `<pid>-<port>.json`: another process cannot have the same, so that the file of one that has ended can be removed. */
export function serverFileName({ pid, url }: Pick<LocalServer, "pid" | "url">): string {
  return `${pid}-${new URL(url).port}.json`;
}

/** @returns undefined if the text is not that of such a file, as when it is only half written */
export function readServerFile(text: string): LocalServer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { url, pid, directory, region, accountId, service, stage } = value as Readonly<Record<string, unknown>>; // an object has fields
  const isWhole =
    typeof url === "string" && URL.canParse(url) && typeof pid === "number" && typeof directory === "string";
  if (!isWhole || typeof region !== "string" || typeof accountId !== "string") return undefined;
  return {
    url,
    pid,
    directory,
    region,
    accountId,
    ...(typeof service === "string" ? { service } : {}),
    ...(typeof stage === "string" ? { stage } : {}),
  };
}
