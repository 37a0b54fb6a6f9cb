import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Input, StateMachine } from "../api.ts";
import { memberTexts, prettyJson } from "../../timeline/pretty-json.ts";
import { announce } from "./announce.ts";
import { beginning, enteredInAll, type Faults, type Field, parsedOf } from "./fields.ts";
import { Fault, InputField } from "./input-field.tsx";
import { call, Refused } from "./request.ts";
import { go, linkTo } from "./routes.ts";

/** Of faults, the whole input's is by no name, and the execution's name's by one that no input has. */
const [WHOLE, NAME] = ["", "execution's name"] as const;
const NO_FAULTS: Faults = new Map();

/** @param given an input to begin with: that of an execution which is started once more */
export function StartForm({
  machine,
  given,
}: {
  readonly machine: StateMachine;
  readonly given: string | undefined;
}): JSX.Element {
  const { inputs } = machine;
  const [isForm, setForm] = useState(inputs !== undefined && fits(given, inputs));
  const [fields, setFields] = useState(() => beginnings(inputs ?? [], given));
  const [json, setJson] = useState(given === undefined ? "{}" : prettyJson(given));
  const [name, setName] = useState("");
  const [faults, setFaults] = useState(NO_FAULTS);
  const [isSending, setSending] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  function told(found: Faults): void {
    setFaults(found);
    announce(`Not started: ${[...found.values()].join("; ")}`, true);
    // After what is told has been drawn.
    setTimeout(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  }
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const entered = isForm ? enteredInAll(inputs ?? [], fields) : enteredJson(json);
    if ("faults" in entered) return told(entered.faults);
    setFaults(NO_FAULTS);
    setSending(true);
    try {
      const { executionArn } = await call<{ executionArn: string }>("StartExecution", {
        stateMachineArn: machine.stateMachineArn,
        input: entered.json,
        ...(name === "" ? {} : { name }),
      });
      announce("Execution started");
      go(linkTo("executions", executionArn));
    } catch (error) {
      told(new Map([[placeOf(error), error instanceof Error ? error.message : String(error)]]));
    } finally {
      setSending(false);
    }
  }
  /** From fields to JSON and back nothing is lost, as far as it can be read. */
  function change(toForm: boolean): void {
    setFaults(NO_FAULTS);
    if (toForm) {
      if (!fits(json, inputs ?? []))
        return told(
          new Map([[WHOLE, "The form has a field for each input, so that this has to be an object with these alone"]]),
        );
      setFields(beginnings(inputs ?? [], json));
    } else {
      const entered = enteredInAll(inputs ?? [], fields);
      if ("faults" in entered) return told(entered.faults);
      setJson(prettyJson(entered.json));
    }
    setForm(toForm);
  }
  return (
    <form class="panel" ref={form} onSubmit={submit} aria-labelledby="start-title" noValidate>
      <div class="panel-head">
        <h2 id="start-title">Start an execution</h2>
        {inputs === undefined ? null : (
          <div class="choices" role="group" aria-label="How the input is given">
            <button type="button" aria-pressed={isForm} onClick={() => isForm || change(true)}>
              Form
            </button>
            <button type="button" aria-pressed={!isForm} onClick={() => isForm && change(false)}>
              JSON
            </button>
          </div>
        )}
      </div>
      {isForm && inputs !== undefined ? (
        <>
          {inputs.length === 0 ? <p class="hint">This workflow has no inputs.</p> : null}
          <div class="fields">
            {inputs.map((input) => (
              <InputField
                key={input.name}
                input={input}
                field={fields.get(input.name) ?? beginning(input, undefined)}
                fault={faults.get(input.name)}
                change={(field) => setFields((before) => new Map(before).set(input.name, field))}
              />
            ))}
          </div>
          <Fault id="whole-fault" text={faults.get(WHOLE)} />
        </>
      ) : (
        <div class="field">
          <label for="input-json">Input</label>
          <textarea
            id="input-json"
            class="code"
            rows={Math.min(16, Math.max(4, json.split("\n").length + 1))}
            spellcheck={false}
            value={json}
            aria-invalid={faults.get(WHOLE) !== undefined}
            aria-describedby={faults.get(WHOLE) === undefined ? "input-json-about" : "whole-fault input-json-about"}
            onInput={(event) => setJson(event.currentTarget.value)}
          />
          <Fault id="whole-fault" text={faults.get(WHOLE)} />
          <p class="hint" id="input-json-about">
            {inputs === undefined ? "Any JSON" : "An object with the workflow's inputs"}
          </p>
        </div>
      )}
      <div class="start">
        <div class="field">
          <label for="execution-name">Execution's name</label>
          <input
            id="execution-name"
            value={name}
            autoComplete="off"
            spellcheck={false}
            placeholder="made up for you"
            aria-invalid={faults.get(NAME) !== undefined}
            aria-describedby={faults.get(NAME) === undefined ? undefined : "name-fault"}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <Fault id="name-fault" text={faults.get(NAME)} />
        </div>
        <button type="submit" class="main" disabled={isSending}>
          {isSending ? "Starting …" : "Start"}
        </button>
      </div>
    </form>
  );
}

function enteredJson(text: string): { readonly json: string } | { readonly faults: Faults } {
  const parsed = parsedOf(text.trim() === "" ? "{}" : text);
  if ("fault" in parsed) return { faults: new Map([[WHOLE, parsed.fault]]) };
  return { json: text.trim() === "" ? "{}" : text };
}

/** Whether a text is an object that has no field which the form has none for. */
function fits(text: string | undefined, inputs: readonly Input[]): boolean {
  const parsed = parsedOf(text ?? "{}");
  if ("fault" in parsed || typeof parsed.value !== "object" || parsed.value === null || Array.isArray(parsed.value))
    return false;
  return Object.keys(parsed.value).every((name) => inputs.some((input) => input.name === name));
}

function beginnings(inputs: readonly Input[], given: string | undefined): ReadonlyMap<string, Field> {
  const texts = memberTexts(given ?? "{}");
  return new Map(inputs.map((input) => [input.name, beginning(input, texts.get(input.name))]));
}

/** Where the server's refusal belongs. */
function placeOf(error: unknown): string {
  if (!(error instanceof Refused)) return WHOLE;
  const isOfName =
    /^(InvalidName|ExecutionAlreadyExists)$/.test(error.name) ||
    /\bat 'name'|\bname\b.*(characters|length)/i.test(error.message);
  return isOfName ? NAME : WHOLE;
}
