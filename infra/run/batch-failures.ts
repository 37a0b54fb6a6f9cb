import { isObject } from "../../sdk/base/json.ts";
import type { Retry } from "../../sdk/graph/graph.ts";
import type { AuthorNames } from "./author-names.ts";
import type { Progress } from "../emulator/index.ts";

type Answer = Extract<Progress, { readonly type: "task-succeeded" }>;

/** An item that failed within an invocation that handled several and answered. */
export interface FailedItem {
  /** `score[207]`. */
  readonly place: string;
  readonly failure: { readonly error: string; readonly cause: string };
  /** The number of the retry, from 1, if the item is sent again. */
  readonly retry?: number;
}

/** Follows one execution, and knows how often each item has failed in the batches that it was in. */
export class BatchFailures {
  readonly #failures = new Map<string, number>();

  /** The items that failed in a batch, or none if the task was no batch. */
  of({ where, result, execution }: Answer, names: AuthorNames): FailedItem[] {
    const { output, stacks } = answerIn(result);
    const place = names.placeOf(where);
    const map = names.mapAt(place);
    const { retries } = map?.options ?? {};
    return output.map(({ index, error, cause }) => {
      const item = `${place}[${index}]`;
      const key = `${execution.arn} ${item}`;
      const before = this.#failures.get(key) ?? 0;
      this.#failures.set(key, before + 1);
      const failure = { error, cause: documentOf(error, cause, stacks[index]) };
      return { place: item, failure, ...(isRetried(retries, error, before) ? { retry: before + 1 } : {}) };
    });
  }
}

/** As the state machine decides it: infra/compile/rounds.ts. */
function isRetried(retries: number | Retry | undefined, error: string, before: number): boolean {
  const { maxAttempts, errors = ["States.ALL"] } =
    typeof retries === "object" ? retries : { maxAttempts: retries ?? 0 };
  if (before >= maxAttempts) return false;
  const isAny = errors.includes("States.TaskFailed") && error !== "States.Timeout";
  return errors.includes("States.ALL") || errors.includes(error) || isAny;
}

/** As a function's own error is told. */
function documentOf(errorType: string, errorMessage: string, stack: string | undefined): string {
  return JSON.stringify({ errorType, errorMessage, trace: stack?.split("\n") ?? [] });
}

interface Failed {
  readonly index: number;
  readonly error: string;
  readonly cause: string;
}

/** What a batch answers (handlers/payload.ts), of anything that a task may have answered. */
function answerIn(result: unknown): { readonly output: readonly Failed[]; readonly stacks: Record<string, string> } {
  const { Payload: payload } = fieldsOf(result);
  const { output, stacks } = fieldsOf(payload);
  const { done, failed, unfinished } = fieldsOf(output);
  const isBatch = done !== undefined && Array.isArray(failed) && Array.isArray(unfinished);
  const texts = Object.entries(fieldsOf(stacks)).map(([index, stack]) => [index, String(stack)]);
  return { output: isBatch ? failed.filter(isFailed) : [], stacks: Object.fromEntries(texts) };
}

function isFailed(value: unknown): value is Failed {
  const { index, error, cause } = fieldsOf(value);
  return typeof index === "number" && typeof error === "string" && typeof cause === "string";
}

function fieldsOf(value: unknown): Partial<Record<string, unknown>> {
  return isObject(value) ? { ...value } : {};
}
