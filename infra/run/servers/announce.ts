import { realpathSync, rmSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type LocalServer, makeServersDirectory, serverFileName } from "./server-file.ts";

/**
 * Tell the commands of this user that a server runs. Without a directory for it they do not find it by themselves, and
 * --endpoint still reaches it.
 * @returns takes that back
 */
export function announceServer(server: Omit<LocalServer, "pid">): () => void {
  const directory = makeServersDirectory();
  if (directory === undefined) return () => undefined;
  const whole: LocalServer = { ...server, pid: process.pid, directory: realpathSync(server.directory) };
  const file = join(directory, serverFileName(whole));
  function withdraw(): void {
    process.off("exit", withdraw);
    rmSync(file, { force: true });
  }
  try {
    // By another name first: who reads it has the whole of it.
    writeFileSync(`${file}.new`, JSON.stringify(whole), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch {
    // A full disk, or the directory was removed in between.
    return () => undefined;
  }
  process.once("exit", withdraw);
  return withdraw;
}
