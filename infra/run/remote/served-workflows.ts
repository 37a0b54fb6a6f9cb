import { isObject } from "../../../sdk/base/json.ts";
import { machinePrefix } from "../../project/names.ts";
import { listStateMachines, runningServers } from "../servers/running-servers.ts";
import type { LocalServer } from "../servers/server-file.ts";
import { chooseServer } from "./choose-server.ts";

/**
 * The workflows that the emulator of a directory serves, by one request and without the AWS SDK, whose loading would make a
 * key press wait. None, if there is no such emulator.
 */
export async function servedWorkflows(directory: string): Promise<string[]> {
  const server = chosen(await runningServers(), directory);
  if (server === undefined) return [];
  const answer: unknown = await listStateMachines(server.url).then(
    (response) => response.json(),
    () => undefined,
  );
  const machines: unknown = isObject(answer) ? Reflect.get(answer, "stateMachines") : undefined;
  if (!Array.isArray(machines)) return [];
  const { service, stage } = server;
  const prefix = service === undefined || stage === undefined ? "" : machinePrefix({ service, stage });
  return machines.flatMap((machine: unknown) => {
    const name: unknown = isObject(machine) ? Reflect.get(machine, "name") : undefined;
    if (typeof name !== "string") return [];
    return [name.startsWith(prefix) ? name.slice(prefix.length) : name];
  });
}

function chosen(running: readonly LocalServer[], directory: string): LocalServer | undefined {
  try {
    return chooseServer(running, { directory });
  } catch {
    return undefined; // several could be meant
  }
}
