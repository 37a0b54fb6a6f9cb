import { realpathSync } from "node:fs";
import { sep } from "node:path";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { LocalServer } from "../servers/server-file.ts";

/** What is known of the server that is meant. */
export interface Wanted {
  readonly directory?: string | undefined;
  readonly stage?: string | undefined;
  /** Of an ARN. */
  readonly account?: string | undefined;
  readonly regionOfArn?: string | undefined;
}

/**
 * The emulator of the directory, or of the nearest around it; else the only one.
 * @returns undefined if none can be meant
 * @throws {LambentError} that names them if several can be meant
 */
export function chooseServer(running: readonly LocalServer[], wanted: Wanted): LocalServer | undefined {
  const { directory = process.cwd(), stage, account, regionOfArn } = wanted;
  const possible = running
    .filter((server) => stage === undefined || server.stage === undefined || server.stage === stage)
    .filter((server) => account === undefined || (server.accountId === account && server.region === regionOfArn));
  const around = possible.filter((server) => serves(server, directory));
  const deepest = Math.max(...around.map((server) => server.directory.length));
  const nearest = around.filter((server) => server.directory.length === deepest);
  const [only, ...others] = nearest.length > 0 ? nearest : possible;
  if (others.length === 0) return only;
  const names = (nearest.length > 0 ? nearest : possible).map((one) => `${one.url} (${one.directory})`).join(", ");
  throw new LambentError(
    `${others.length + 1} emulators run ${nearest.length > 0 ? "for this directory" : "and none is of this directory"}: ${names}. ` +
      `Name one with --endpoint URL, or AWS with --aws`,
  );
}

/** Whether the server is of the directory, or of one around it. */
export function serves(server: LocalServer, directory: string = process.cwd()): boolean {
  return isWithin(realpathSync(directory), server.directory);
}

function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : `${outer}${sep}`);
}
