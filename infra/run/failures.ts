import { isObject } from "../../sdk/base/json.ts";
import { shortName } from "./timeline/short-name.ts";
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
    return first?.stateType === "Fail" ? undefined : first?.where;
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
    const isSame = ({ failure, execution }: FailedAttempt): boolean =>
      execution.root !== undefined && failure.error === last.error && failure.cause === last.cause;
    return [...this.#first.values()].find(isSame) ?? told;
  }
}

/** The error itself, or one that has what its document says, if it was thrown in another process. */
function thrownBy({ thrown, error, cause, explanation }: Failure): unknown {
  if (thrown !== undefined) return thrown;
  const document = errorDocumentIn(cause);
  const made = new Error(document?.message ?? explanation ?? cause);
  made.name = document?.name ?? error ?? made.name;
  if (document !== undefined && document.trace.length > 0) made.stack = document.trace.join("\n");
  return made;
}

/** What a failure's cause says, if it is a document. */
interface ErrorDocument {
  readonly name: string;
  readonly message: string;
  /** Lines, of which the first names the error. */
  readonly trace: readonly string[];
}

/**
 * What a function's error says, which Step Functions hands on as the text of a document. Of an execution that a state
 * started and waited for, what that one failed of.
 */
export function errorDocumentIn(cause: string | undefined): ErrorDocument | undefined {
  try {
    const document: unknown = JSON.parse(cause ?? "");
    if (!isObject(document)) return undefined;
    if ("ExecutionArn" in document && "Status" in document) return innerFailure(document);
    if (!("errorMessage" in document)) return undefined;
    const { errorMessage, errorType, trace } = { errorType: "Error", trace: [], ...document };
    const lines = Array.isArray(trace) ? trace.map(String) : [];
    return { name: String(errorType), message: String(errorMessage), trace: lines };
  } catch {
    return undefined;
  }
}

/** @param document DescribeExecution's answer for an execution that a state waited for; there may be others within it */
function innerFailure(document: object): ErrorDocument {
  const { ExecutionArn, Status, Error: error, Cause: cause }: Partial<Record<string, unknown>> = { ...document };
  const [, , , , , , machine, name] = String(ExecutionArn).split(":");
  const text = typeof cause === "string" ? cause : undefined;
  const inner = errorDocumentIn(text);
  const why = [error, inner?.message ?? text].filter((part) => part !== undefined && part !== "").join(": ");
  const how = String(Status).toLowerCase().replace("_", " ");
  const message = `execution ${shortName(name ?? "")} of ${machine} ${how}${why === "" ? "" : `: ${why}`}`;
  return { name: inner?.name ?? String(error ?? Status), message, trace: [message, ...(inner?.trace ?? []).slice(1)] };
}
