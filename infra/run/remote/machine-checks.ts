import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import { compile } from "../../language/jsonata-expression.ts";
import type { View } from "../../language/language.ts";

// What is sent to a state machine is looked at beforehand by its own expressions, so that whoever sends it is told, and
// nothing fails for it. A definition that Lambent has not compiled has no such states, and takes anything.

/** What a state machine will say of its input, with the name of the workflow before it; undefined if it takes it. */
export function inputProblem(definition: string, input: Json): Promise<string | undefined> {
  const { States: states } = parsed(definition);
  return isJsonObject(states)
    ? refusal(states, states["Inputs"], "InvalidInputs", input, {})
    : Promise.resolve(undefined);
}

/**
 * What a state machine will say of an answer; undefined if it takes it.
 * @param state the one that waits for it, wherever it is in the definition
 */
export async function answerProblem(definition: string, state: string, answer: Json): Promise<string | undefined> {
  const states = statesWith(state, parsed(definition));
  const waiting = states?.[state];
  if (states === undefined || !isJsonObject(waiting) || typeof waiting["Next"] !== "string") return undefined;
  const [variable] = isJsonObject(waiting["Assign"]) ? Object.keys(waiting["Assign"]) : [];
  if (variable === undefined) return undefined;
  return refusal(states, states[waiting["Next"]], "InvalidAnswer", {}, { [variable]: answer });
}

/** The cause of the Fail state that a Choice goes on with, if it would. */
async function refusal(
  states: JsonObject,
  choice: Json | undefined,
  error: string,
  input: Json,
  variables: JsonObject,
): Promise<string | undefined> {
  if (!isJsonObject(choice) || !Array.isArray(choice["Choices"])) return undefined;
  const [rule] = choice["Choices"] as readonly Json[];
  if (!isJsonObject(rule) || typeof rule["Next"] !== "string") return undefined;
  const invalid = states[rule["Next"]];
  if (!isJsonObject(invalid) || invalid["Error"] !== error) return undefined;
  const view = viewOf(input, variables);
  if ((await evaluate(rule["Condition"], view)) !== true) return undefined;
  return String(await evaluate(invalid["Cause"], view));
}

async function evaluate(written: Json | undefined, view: View): Promise<Json | undefined> {
  const query = /^\{%(.*)%\}$/s.exec(String(written))?.[1];
  return query === undefined ? written : compile(query)(view);
}

function parsed(definition: string): JsonObject {
  const value = JSON.parse(definition === "" ? "{}" : definition) as Json; // JSON.parse gives no more
  return isJsonObject(value) ? value : {};
}

/** The states among which one is, of those of a state machine and of the branches and maps within. */
function statesWith(name: string, within: Json): JsonObject | undefined {
  if (Array.isArray(within)) return firstOf(name, within as readonly Json[]);
  if (!isJsonObject(within)) return undefined;
  const { States: states } = within;
  if (isJsonObject(states)) return Object.hasOwn(states, name) ? states : firstOf(name, Object.values(states));
  const { Branches: branches = [], ItemProcessor: processor = [] } = within;
  return firstOf(name, [branches, processor]);
}

function firstOf(name: string, parts: readonly Json[]): JsonObject | undefined {
  for (const part of parts) {
    const found = statesWith(name, part);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a state that checks may read: the execution's input, and the variables that are given. */
export function viewOf(input: Json, variables: JsonObject = {}): View {
  return {
    input,
    selected: input,
    effective: input,
    result: undefined,
    errorOutput: undefined,
    variables: { get: (name) => variables[name], all: () => variables },
    inspection: undefined,
    context: () => ({}),
    now: () => Date.now(),
    random: () => Math.random(),
    uuid: () => crypto.randomUUID(),
    giveWay: () => Promise.resolve(),
    outside: (work) => work(new AbortController().signal),
  };
}
