import { createServer } from "node:net";
import { ownerOf } from "../run/servers/port-owner.ts";
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
