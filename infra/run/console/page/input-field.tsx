import type { JSX } from "preact";
import type { Input } from "../api.ts";
import { aboutField, type Field, kindOf } from "./fields.ts";

interface Shown {
  readonly input: Input;
  readonly field: Field;
  readonly fault: string | undefined;
  readonly change: (field: Field) => void;
}

/** A field of the start form: how it is filled in is its type's, and what is wrong with it stands below. */
export function InputField({ input, field, fault, change }: Shown): JSX.Element {
  const id = `input-${input.name}`;
  const isOptional = !input.isRequired && input.default === undefined;
  return (
    <div class="field">
      <div class="field-head">
        <label for={id}>{input.name}</label>
        {input.isRequired ? <span class="tag">required</span> : null}
        {isOptional ? (
          <label class="leave">
            <input
              type="checkbox"
              checked={field.isLeftOut}
              aria-label={`Leave ${input.name} out`}
              onChange={(event) => change({ ...field, isLeftOut: event.currentTarget.checked })}
            />
            leave out
          </label>
        ) : null}
      </div>
      <Control input={input} field={field} fault={fault} change={change} id={id} />
      <Fault id={`${id}-fault`} text={fault} />
      <p class="hint" id={`${id}-about`}>
        {aboutField(input)}
      </p>
    </div>
  );
}

/** What is wrong with a field, for its `aria-describedby`. */
export function Fault({ id, text }: { readonly id: string; readonly text: string | undefined }): JSX.Element | null {
  if (text === undefined) return null;
  return (
    <p class="fault" id={id}>
      {text}
    </p>
  );
}

function Control({ input, field, fault, change, id }: Shown & { readonly id: string }): JSX.Element {
  const { isLeftOut, text } = field;
  const kind = kindOf(input);
  const common = {
    id,
    disabled: isLeftOut,
    "aria-invalid": fault !== undefined,
    "aria-required": input.isRequired,
    "aria-describedby": `${fault === undefined ? "" : `${id}-fault `}${id}-about`,
  };
  function enter(event: { readonly currentTarget: { readonly value: string } }): void {
    change({ ...field, text: event.currentTarget.value });
  }
  if (kind === "boolean" || kind === "choice") {
    const choices = kind === "boolean" ? ["true", "false"] : choicesOf(input);
    return (
      <select {...common} value={text} onChange={enter}>
        {choices.includes(text) ? null : <option value="">choose …</option>}
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    );
  }
  if (kind === "json" || text.includes("\n"))
    return (
      <textarea
        {...common}
        class="code"
        rows={Math.min(12, Math.max(3, text.split("\n").length))}
        spellcheck={false}
        value={text}
        onInput={enter}
      />
    );
  return (
    <input
      {...common}
      type="text"
      inputMode={kind === "number" ? "decimal" : "text"}
      autoComplete="off"
      spellcheck={false}
      placeholder={input.isFile ? "s3://bucket/key" : undefined}
      value={text}
      onInput={enter}
    />
  );
}

function choicesOf({ schema }: Input): string[] {
  const { enum: choices } = schema;
  return Array.isArray(choices) ? choices.map((choice) => JSON.stringify(choice)) : [];
}
