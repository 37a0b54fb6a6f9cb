import { placeOf } from "./failed-item.ts";
import { thrownBy } from "./thrown-by.ts";
import type { ExecutionDescription, Progress } from "../emulator/index.ts";

type FailedAttempt = Extract<Progress, { readonly type: "attempt-failed" }>;
type Failure = FailedAttempt["failure"];

/** So many errors of items are kept. */
const MOST_CAUGHT = 100;

/** Follows one execution, and knows afterwards what it failed of: where it was, and what the task threw. */
export class Failures {
  /** By failure: where it came from. The Maps and Parallels around tell it again. */
  readonly #first = new Map<Failure, FailedAttempt>();
  readonly #caught: FailedAttempt[] = [];
  #last: Failure | undefined;

  /** To be called with all that the emulator tells. */
  readonly see = (event: Progress): void => {
    if (event.type === "execution-ended" && event.execution.root === undefined) this.#last = event.failure;
    if (event.type !== "attempt-failed") return;
    if (event.outcome.kind === "failed" && !this.#first.has(event.failure)) this.#first.set(event.failure, event);
    if (event.outcome.kind === "caught" && this.#caught.length < MOST_CAUGHT) this.#caught.push(event);
  };

  /** The node that failed, with its item: `score[3]`. Undefined if the workflow itself says that it fails. */
  get where(): string | undefined {
    const first = this.#origin;
    return first === undefined || first.stateType === "Fail" ? undefined : placeOf(first);
  }

  /** What AWS does not tell: of a timeout, whose it was and how long. */
  get explanation(): string | undefined {
    return this.#last?.explanation;
  }

  /** The error that the task threw; of a map with too few successes, all of its items' errors in one. */
  cause({ error, cause }: ExecutionDescription): unknown {
    if (error === "TooFewSucceeded") {
      const map = `${cause?.split(":", 1)[0]}[`;
      const errors = this.#caught.filter(({ where }) => where.startsWith(map)).map(({ failure }) => thrownBy(failure));
      if (errors.length > 0) return new AggregateError(errors, cause);
    }
    return this.#last && thrownBy(this.#origin?.failure ?? this.#last);
  }

  /** Where the execution's failure came from. One of a child execution is told again by a state that says the same. */
  get #origin(): FailedAttempt | undefined {
    const last = this.#last;
    if (last === undefined) return undefined;
    const told = this.#first.get(last);
    if (told?.stateType !== "Fail") return told;
    const inChild = [...this.#first.values()].find(
      ({ failure, execution }) =>
        execution.root !== undefined && failure.error === last.error && failure.cause === last.cause,
    );
    return inChild ?? told;
  }
}
