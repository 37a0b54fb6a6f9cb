import { PAYLOAD_BYTES } from "../../../sdk/base/aws-limits.ts";
import { messageOf } from "../../../sdk/base/errors.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { parseJson } from "../../validate/parse-json.ts";
import { ApiError } from "../kernel/api-error.ts";
import type { PendingTask, PendingTaskFacts, Tasks } from "../interpreter/pending-task.ts";

type Empty = Record<string, never>;

const REMEMBERED = 10_000;

/** The tasks that wait to be told their result, by token. */
export class TaskTokens implements Tasks {
  readonly #pending = new Map<string, PendingTask>();
  /** Tokens whose task has ended: AWS tells them from those that never were. */
  readonly #ended = new Set<string>();
  readonly #longest: number;
  #changes = 0;
  /** Not of AWS's API: called when a task has begun to wait, with its token and with the state as people know it. */
  onOpen: ((taskToken: string, where: string) => void) | undefined;

  /** @param longest an output, in bytes. Default: AWS's limit */
  constructor(longest: number = PAYLOAD_BYTES) {
    this.#longest = longest;
  }

  /** Not of AWS's API: a number that is another one when tasks have begun to wait, have ended or sent a heartbeat. */
  get changes(): number {
    return this.#changes;
  }

  /** Not of AWS's API: the tasks that wait, those that began first before the others. */
  *pending(): Generator<PendingTaskFacts & { readonly taskToken: string }> {
    for (const [taskToken, task] of this.#pending) yield { taskToken, ...task.facts() };
  }

  open(token: string, task: PendingTask): () => void {
    this.#pending.set(token, task);
    this.#changes++;
    // Not at once: what opens it is not done yet.
    const { where } = task.facts();
    queueMicrotask(() => this.onOpen?.(token, where));
    return () => {
      this.#changes++;
      this.#pending.delete(token);
      this.#ended.add(token);
      const [oldest = ""] = this.#ended;
      if (this.#ended.size > REMEMBERED) this.#ended.delete(oldest);
    };
  }

  succeed({ taskToken, output }: { readonly taskToken: string; readonly output: string }): Empty {
    if (Buffer.byteLength(output) > this.#longest) {
      throw new ApiError(
        "ValidationException",
        `1 validation error detected: Value at 'output' failed to satisfy constraint: Member must have length less than or equal to ${this.#longest}`,
      );
    }
    const task = this.#find(taskToken);
    let value: Json;
    try {
      value = parseJson(output);
    } catch (error) {
      throw new ApiError("InvalidOutput", `Invalid Output: '${messageOf(error)}'`);
    }
    task.succeed(value);
    return {};
  }

  fail(request: {
    readonly taskToken: string;
    readonly error?: string | undefined;
    readonly cause?: string | undefined;
  }): Empty {
    this.#find(request.taskToken).fail(request.error, request.cause);
    return {};
  }

  heartbeat({ taskToken }: { readonly taskToken: string }): Empty {
    this.#find(taskToken).heartbeat();
    this.#changes++;
    return {};
  }

  #find(token: string): PendingTask {
    const task = this.#pending.get(token);
    if (task !== undefined) return task;
    if (this.#ended.has(token))
      throw new ApiError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
    throw new ApiError("InvalidToken", "Invalid Token: 'Invalid token'");
  }
}
