import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { AnswerLookedAt, AnswerProblem, PendingToken } from "../api.ts";
import { announce } from "./announce.ts";
import { FailureFields, failureInput } from "./failure-fields.tsx";
import { parsedOf } from "./fields.ts";
import { Fault } from "./input-field.tsx";
import { asError } from "./loaded.ts";
import { Problem } from "./parts.tsx";
import { call, post } from "./request.ts";

/** Answers a task that waits: with an output, or as failed. */
export function AnswerForm({ token: { taskToken, where } }: { readonly token: PendingToken }): JSX.Element {
  const id = useId();
  const [isSuccess, setSuccess] = useState(true);
  const [output, setOutput] = useState("{}");
  const [said, setSaid] = useState({ error: "", cause: "" });
  const [fault, setFault] = useState<string>();
  const [problem, setProblem] = useState<Error>();

  async function answer(event: Event): Promise<void> {
    event.preventDefault();
    setProblem(undefined);
    const parsed = parsedOf(output);
    if (isSuccess && "fault" in parsed) {
      setFault(parsed.fault);
      document.getElementById(`${id}-output`)?.focus();
      return;
    }
    setFault(undefined);
    try {
      const refused = isSuccess ? await problemOf({ taskToken, output }) : undefined;
      if (refused !== undefined) {
        setFault(refused);
        document.getElementById(`${id}-output`)?.focus();
        return;
      }
      if (isSuccess) await call("SendTaskSuccess", { taskToken, output });
      else await call("SendTaskFailure", { taskToken, ...failureInput(said) });
      announce(`${where} answered: ${isSuccess ? "succeeded" : "failed"}`);
    } catch (refused) {
      setProblem(asError(refused));
    }
  }
  return (
    <form onSubmit={answer} noValidate aria-label={`Answer ${where}`}>
      <fieldset class="choices">
        <legend>Answer</legend>
        <label>
          <input type="radio" name={`${id}-kind`} checked={isSuccess} onChange={() => setSuccess(true)} /> success
        </label>
        <label>
          <input type="radio" name={`${id}-kind`} checked={!isSuccess} onChange={() => setSuccess(false)} /> failure
        </label>
      </fieldset>
      {isSuccess ? (
        <div class="field">
          <label for={`${id}-output`}>Output, as JSON</label>
          <textarea
            id={`${id}-output`}
            class="code"
            rows={Math.min(12, Math.max(2, output.split("\n").length))}
            spellcheck={false}
            value={output}
            aria-invalid={fault !== undefined}
            aria-describedby={fault === undefined ? undefined : `${id}-fault`}
            onInput={(event) => setOutput(event.currentTarget.value)}
          />
          <Fault id={`${id}-fault`} text={fault} />
        </div>
      ) : (
        <FailureFields id={id} said={said} change={setSaid} />
      )}
      {problem === undefined ? null : <Problem error={problem} />}
      <div class="actions">
        <button type="submit" class={isSuccess ? "main" : "danger"}>
          {isSuccess ? "Send success" : "Send failure"}
        </button>
      </div>
    </form>
  );
}

/** What the state machine would fail with, which looks at an answer after it has been sent. */
async function problemOf(answer: AnswerLookedAt): Promise<string | undefined> {
  return (await post<AnswerProblem>("answer-problem", answer)).problem;
}
