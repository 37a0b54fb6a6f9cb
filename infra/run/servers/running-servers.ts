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
  const answers = await Promise.all(servers.map(({ url }) => answerOf(url)));
  // One that is busy is meant nevertheless: what was meant for it must not go to AWS.
  return servers.filter((_, index) => answers[index] !== "no").toSorted((one, other) => (one.url < other.url ? -1 : 1));
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
  return (await answerOf(url)) === "yes";
}

async function answerOf(url: string): Promise<"yes" | "late" | "no"> {
  try {
    const { status, headers } = await listStateMachines(url);
    // 403: it asks for a token.
    const isKnown = status === 200 || status === 403;
    return isKnown && headers.get("content-type") === "application/x-amz-json-1.0" ? "yes" : "no";
  } catch (error) {
    return error instanceof Error && error.name === "TimeoutError" ? "late" : "no";
  }
}

/** @throws {Error} if nothing answers, or not in time: then a TimeoutError */
export async function listStateMachines(url: string): Promise<Response> {
  const token = process.env["AWS_SESSION_TOKEN"];
  return fetch(url, {
    method: "POST",
    headers: {
      "x-amz-target": "AWSStepFunctions.ListStateMachines",
      "content-type": "application/x-amz-json-1.0",
      ...(token === undefined ? {} : { "x-amz-security-token": token }),
    },
    body: "{}",
    signal: AbortSignal.timeout(ANSWERS_WITHIN),
  });
}
