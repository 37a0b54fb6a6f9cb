import type { JSX } from "preact";

/** What people say of something that fails by their will. Empty: nothing. */
export interface SaidFailure {
  readonly error: string;
  readonly cause: string;
}

/** As AWS's operations take it. */
export function failureInput({ error, cause }: SaidFailure): { readonly error?: string; readonly cause?: string } {
  return { ...(error === "" ? {} : { error }), ...(cause === "" ? {} : { cause }) };
}

/** The fields for it. */
export function FailureFields({
  id,
  said,
  change,
}: {
  readonly id: string;
  readonly said: SaidFailure;
  readonly change: (said: SaidFailure) => void;
}): JSX.Element {
  return (
    <>
      {(["error", "cause"] as const).map((name) => (
        <div class="field" key={name}>
          <label for={`${id}-${name}`}>{name === "error" ? "Error" : "Cause"}</label>
          <input
            id={`${id}-${name}`}
            value={said[name]}
            autoComplete="off"
            placeholder="none"
            onInput={(event) => change({ ...said, [name]: event.currentTarget.value })}
          />
        </div>
      ))}
    </>
  );
}
