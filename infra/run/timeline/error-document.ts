import { isObject } from "../../../sdk/base/json.ts";
import { evaluationError } from "./evaluation-error.ts";
import { shortName } from "./short-name.ts";

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
  const why = [error, inner?.message ?? evaluationError(text) ?? text]
    .filter((part) => part !== undefined && part !== "")
    .join(": ");
  const how = String(Status).toLowerCase().replace("_", " ");
  const message = `execution ${shortName(name ?? "")} of ${machine} ${how}${why === "" ? "" : `: ${why}`}`;
  return { name: inner?.name ?? String(error ?? Status), message, trace: [message, ...(inner?.trace ?? []).slice(1)] };
}
