import { errorDocumentIn } from "./timeline/error-document.ts";
import { evaluationError } from "./timeline/evaluation-error.ts";

/** What is known of a failure: its error in this process, or what Step Functions tells of it. */
export interface ToldFailure {
  readonly thrown?: unknown;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  /** Where AWS gives no cause. */
  readonly explanation?: string | undefined;
}

/** The error itself, or one that has what its document says, if it was thrown in another process. */
export function thrownBy({ thrown, error, cause, explanation }: ToldFailure): unknown {
  if (thrown !== undefined) return thrown;
  const document = errorDocumentIn(cause);
  const made = new Error(document?.message ?? explanation ?? evaluationError(cause) ?? cause);
  made.name = document?.name ?? error ?? made.name;
  if (document !== undefined && document.trace.length > 0) made.stack = document.trace.join("\n");
  return made;
}
