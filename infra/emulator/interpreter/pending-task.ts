import type { Json } from "../../../sdk/base/json.ts";

/** A task that somebody outside reports on. */
export interface PendingTask {
  succeed(output: Json): void;
  fail(error: string | undefined, cause: string | undefined): void;
  heartbeat(): void;
}

/** Where pending tasks are found by their token. */
export interface Tasks {
  /** Registers the task; the returned function takes it out. */
  open(token: string, task: PendingTask): () => void;
}

/** Where activity workers ask for work. */
export interface ActivityQueues {
  /**
   * Offers a task to the activity's workers; the returned function withdraws it.
   * @throws {StateError} when there is no such activity.
   */
  offer(activityArn: string, token: string, input: Json, started: (workerName: string | undefined) => void): () => void;
}
