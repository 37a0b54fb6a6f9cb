import type { JSX } from "preact";
import { errorDocumentIn } from "../../timeline/error-document.ts";
import { evaluationError } from "../../timeline/evaluation-error.ts";
import { LinkedText, pretty } from "./parts.tsx";

/** What an execution failed of: the author's message first, then where in the author's files that was. */
export function Failure({
  error,
  cause,
}: {
  readonly error: string | undefined;
  readonly cause: string | undefined;
}): JSX.Element {
  const document = errorDocumentIn(cause);
  const message = document?.message ?? evaluationError(cause) ?? (cause === undefined ? "" : pretty(cause));
  const stack = document?.trace.slice(1).join("\n") ?? "";
  return (
    <section class="failure" aria-label="What it failed of">
      <div class="failure-text">
        <p>
          <strong>{error ?? document?.name ?? "Failed"}</strong>
        </p>
        {message === "" ? null : (
          <p class="message">
            <LinkedText text={message} />
          </p>
        )}
        {stack === "" ? null : (
          <pre tabIndex={0} role="group" aria-label="Stack">
            {stack}
          </pre>
        )}
      </div>
    </section>
  );
}
