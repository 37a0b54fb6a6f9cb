import type { Json } from "../../../sdk/base/json.ts";

/** What there is to know of a task that somebody outside reports on. Times are milliseconds since the epoch. */
export interface PendingTaskFacts {
  readonly executionArn: string;
  /** The state as people know it, with its item: `approve[3]`. */
  readonly where: string;
  readonly since: number;
  /** What it was given. */
  readonly input: Json;
  /** Absent: it has no TimeoutSeconds. */
  readonly timesOutAt?: number | undefined;
  /** Unless a heartbeat comes before. Absent: it has no HeartbeatSeconds. */
  readonly heartbeatDueAt?: number | undefined;
}

/** A task that somebody outside reports on. */
export interface PendingTask {
  facts(): PendingTaskFacts;
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
