import { atServer } from "./at-server.ts";
import { findExecution } from "./find-execution.ts";
import type { Server, ServerPlace } from "./server.ts";

export interface ExecutionPlace extends ServerPlace {
  /** Its ARN, which says where it is, its name, or how that begins. */
  readonly execution: string;
}

/**
 * Finds an execution in the emulator or on AWS, and reads of it.
 * @throws {LambentError} if there is no server, or no such execution
 */
export async function atExecution<T>(
  { execution, ...place }: ExecutionPlace,
  read: (server: Server, arn: string) => Promise<T>,
): Promise<T> {
  return atServer(place, execution, async (server) => read(server, await findExecution(server, execution)));
}
