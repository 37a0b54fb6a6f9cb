import { LambentError } from "../base/errors.ts";
import type { Context } from "./context.ts";

type Send = (taskToken: string) => Promise<void>;

/** Who takes heartbeats in this process, as `run()` does. Absent: Step Functions. */
export const heartbeats: { take: Send | undefined } = { take: undefined };

/** @throws {LambentError} for a task that has no token */
export async function sendHeartbeat({ taskName, taskToken }: Pick<Context, "taskName" | "taskToken">): Promise<void> {
  if (taskToken === undefined) {
    throw new LambentError(
      `task ${taskName} has no token to send a heartbeat for: heartbeats are of tasks with token: true, and of those that notify`,
    );
  }
  await (heartbeats.take ?? (await stepFunctions()))(taskToken);
}

let sending: Promise<Send> | undefined;

function stepFunctions(): Promise<Send> {
  return (sending ??= import("./step-functions-client.ts").then(({ SFNClient, SendTaskHeartbeatCommand }) => {
    const client = new SFNClient();
    return async (taskToken) => {
      await client.send(new SendTaskHeartbeatCommand({ taskToken }));
    };
  }));
}
