import type { JSX } from "preact";
import { authorLines } from "../../timeline/author-frames.ts";
import { errorDocumentIn } from "../../timeline/error-document.ts";
import { evaluationError } from "../../timeline/evaluation-error.ts";
import { prettyJson } from "../../timeline/pretty-json.ts";
import type { FailedNode } from "../api.ts";
import { useLoaded } from "./loaded.ts";
import { LinkedText } from "./parts.tsx";
import { read } from "./request.ts";

/** What an execution failed of: the node and the author's message first, then where in the author's files that was. */
export function Failure({
  arn,
  change,
  error,
  cause,
}: {
  readonly arn: string;
  readonly change: string;
  readonly error: string | undefined;
  readonly cause: string | undefined;
}): JSX.Element {
  const { value: { node } = {} } = useLoaded(arn, change, (signal) =>
    read<FailedNode>("failed-node", { executionArn: arn }, signal),
  );
  const document = errorDocumentIn(cause);
  const message = document?.message ?? evaluationError(cause) ?? (cause === undefined ? "" : prettyJson(cause));
  const frames = document?.trace.filter((line) => /^\s*at /.test(line)).map((line) => line.trim()) ?? [];
  const own = frames.slice(0, authorLines(frames));
  const others = frames.slice(own.length);
  return (
    <section class="failure" aria-label="What it failed of">
      <div class="failure-text">
        <p>
          <strong>{error ?? document?.name ?? "Failed"}</strong>
          {node === undefined ? null : ` at ${node}`}
        </p>
        {message === "" ? null : (
          <p class="message">
            <LinkedText text={message} />
          </p>
        )}
        {own.length === 0 ? null : <Stack name="Stack" frames={own} />}
        {others.length === 0 ? null : (
          <details>
            <summary>{others.length} frames beneath</summary>
            <Stack name="Stack beneath the task" frames={others} />
          </details>
        )}
      </div>
    </section>
  );
}

function Stack({ name, frames }: { readonly name: string; readonly frames: readonly string[] }): JSX.Element {
  return (
    <pre tabIndex={0} role="group" aria-label={name}>
      {frames.join("\n")}
    </pre>
  );
}
