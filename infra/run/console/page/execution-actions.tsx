import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { announce } from "./announce.ts";
import type { DescribedExecution } from "./aws.ts";
import { FailureFields, failureInput } from "./failure-fields.tsx";
import { asError } from "./loaded.ts";
import { Problem } from "./parts.tsx";
import { call } from "./request.ts";
import { linkTo } from "./routes.ts";

/** What can be done with an execution in its status. What cannot be done now says why. */
export function ExecutionActions({ execution }: { readonly execution: DescribedExecution }): JSX.Element {
  const { executionArn, stateMachineArn, status, mapRunArn, redriveStatus, redriveStatusReason } = execution;
  const [problem, setProblem] = useState<Error>();
  const dialog = useRef<HTMLDialogElement>(null);
  const isOver = status !== "RUNNING" && status !== "SUCCEEDED";
  async function redrive(): Promise<void> {
    setProblem(undefined);
    try {
      await call("RedriveExecution", { executionArn });
      announce("Execution goes on from what has failed");
    } catch (error) {
      setProblem(asError(error));
    }
  }
  return (
    <div class="actions">
      {status === "RUNNING" ? (
        <button type="button" class="danger" onClick={() => dialog.current?.showModal()}>
          Stop …
        </button>
      ) : null}
      {isOver ? (
        <button
          type="button"
          disabled={redriveStatus !== "REDRIVABLE"}
          title={redriveStatusReason}
          onClick={() => void redrive()}
        >
          Redrive
        </button>
      ) : null}
      {mapRunArn === undefined ? (
        <a class="button" href={linkTo("state-machines", stateMachineArn, { from: executionArn })}>
          Start again …
        </a>
      ) : null}
      {isOver && redriveStatus !== "REDRIVABLE" && redriveStatusReason !== undefined ? (
        <p class="hint">{redriveStatusReason}</p>
      ) : null}
      {problem === undefined ? null : <Problem error={problem} />}
      <StopDialog executionArn={executionArn} dialog={dialog} />
    </div>
  );
}

interface Dialog {
  readonly executionArn: string;
  readonly dialog: { readonly current: HTMLDialogElement | null };
}

function StopDialog({ executionArn, dialog }: Dialog): JSX.Element {
  const [said, setSaid] = useState({ error: "", cause: "" });
  const [problem, setProblem] = useState<Error>();
  async function stop(event: Event): Promise<void> {
    event.preventDefault();
    setProblem(undefined);
    try {
      await call("StopExecution", { executionArn, ...failureInput(said) });
      dialog.current?.close();
      announce("Execution stopped");
    } catch (failure) {
      setProblem(asError(failure));
    }
  }
  return (
    <dialog ref={dialog} aria-labelledby="stop-title">
      <form onSubmit={stop}>
        <h2 id="stop-title">Stop this execution?</h2>
        <p class="hint">What runs is cancelled, and its status is ABORTED. It can be redriven.</p>
        <FailureFields id="stop" said={said} change={setSaid} />
        {problem === undefined ? null : <Problem error={problem} />}
        <div class="actions">
          <button type="button" onClick={() => dialog.current?.close()}>
            Let it run
          </button>
          <button type="submit" class="danger">
            Stop it
          </button>
        </div>
      </form>
    </dialog>
  );
}
