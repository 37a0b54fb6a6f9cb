import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type LocalServer, readServerFile, serversDirectory } from "./server-file.ts";

/** Milliseconds in which a server of this machine answers. */
const ANSWERS_WITHIN = 1500;

/** The servers of this user that run, by URL. Files of those that have ended without removing theirs are removed. */
export async function runningServers(): Promise<LocalServer[]> {
  const directory = serversDirectory();
  if (directory === undefined) return [];
  const servers = readdirSync(directory)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => readAlive(join(directory, name)) ?? []);
  const answering = await Promise.all(servers.map(({ url }) => answersStepFunctions(url)));
  return servers.filter((_, index) => answering[index]).toSorted((one, other) => (one.url < other.url ? -1 : 1));
}

/** A file's server if its process is there. */
function readAlive(file: string): LocalServer | undefined {
  try {
    const server = readServerFile(readFileSync(file, "utf8"));
    if (server === undefined || isAlive(server.pid)) return server;
    rmSync(file, { force: true });
    return undefined;
  } catch {
    // It was removed in between, or is no file.
    return undefined;
  }
}

/** Whether a process of this user's has the id: of another user's we are told EPERM. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whether Step Functions is spoken there. */
export async function answersStepFunctions(url: string): Promise<boolean> {
  const response = await listStateMachines(url);
  // 403: it asks for a token.
  const isKnown = response?.status === 200 || response?.status === 403;
  return isKnown && response.headers.get("content-type") === "application/x-amz-json-1.0";
}

/** The answer to ListStateMachines; undefined if there is none in time. */
export async function listStateMachines(url: string): Promise<Response | undefined> {
  const token = process.env["AWS_SESSION_TOKEN"];
  try {
    return await fetch(url, {
      method: "POST",
      headers: {
        "x-amz-target": "AWSStepFunctions.ListStateMachines",
        "content-type": "application/x-amz-json-1.0",
        ...(token === undefined ? {} : { "x-amz-security-token": token }),
      },
      body: "{}",
      signal: AbortSignal.timeout(ANSWERS_WITHIN),
    });
  } catch {
    return undefined;
  }
}
