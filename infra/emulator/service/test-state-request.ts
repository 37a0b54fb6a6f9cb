import { messageOf } from "../../../sdk/base/errors.ts";
import type { QueryLanguageName, State } from "../../asl/definition.ts";
import type { Json, JsonObject } from "../../../sdk/base/json.ts";
import { parseJson } from "../../validate/parse-json.ts";
import { validateState } from "../../validate/validate.ts";
import { ApiError } from "../kernel/api-error.ts";
import { parseResource } from "../interpreter/resource.ts";
import { refuse } from "./definition.ts";
import { checkMock, type Mock } from "./test-state-mock.ts";

/** Mirrors TestState's request; texts that hold JSON are as they were sent. */
export interface TestStateInput {
  readonly definition: string;
  readonly roleArn?: string | undefined;
  readonly input?: string | undefined;
  readonly inspectionLevel?: "INFO" | "DEBUG" | "TRACE" | undefined;
  readonly variables?: string | undefined;
  readonly stateName?: string | undefined;
  readonly context?: string | undefined;
  /** With the level TRACE: shows what the connection of an HTTP Task adds to its request. */
  readonly revealSecrets?: boolean | undefined;
  readonly mock?: Mock | undefined;
  readonly stateConfiguration?: StateConfiguration | undefined;
}

interface StateConfiguration {
  readonly retrierRetryCount?: number | undefined;
  /** The state within a Map or Parallel that the mocked error comes from. */
  readonly errorCausedByState?: string | undefined;
  readonly mapIterationFailureCount?: number | undefined;
  /** JSON: what the ItemReader is taken to have read. */
  readonly mapItemReaderData?: string | undefined;
}

/** A state, and the language that it is in unless it says otherwise. */
export interface Tested {
  readonly name: string;
  /** The state, as it was given. */
  readonly document: JsonObject;
  readonly state: State;
  readonly language: QueryLanguageName;
}

/** The state itself, or the one that is named of a whole definition, at any depth. */
export function testedState({ definition, stateName }: TestStateInput): Tested {
  const document = asObject(parse(definition, "definition"), "definition");
  if (!("States" in document)) return checked(document, "JSONPath");
  if (stateName === undefined) throw invalid("stateName is required when the definition is that of a state machine");
  const state = search(document, stateName);
  if (state === undefined) throw invalid(`There is no state '${stateName}' in the definition`);
  return checked(state, document.QueryLanguage === "JSONata" ? "JSONata" : "JSONPath");
}

/** AWS's name for the state that is tested. */
const NAME = "StateName";

/** @throws {ApiError} `InvalidDefinition` for a state that CreateStateMachine would refuse. */
function checked(document: JsonObject, language: QueryLanguageName): Tested {
  refuse(validateState(document, language, `/States/${NAME}`).filter(({ severity }) => severity === "ERROR"));
  // The one cast: what passed the checks is a state.
  return { name: NAME, document, state: document as unknown as State, language };
}

function search(value: Json | undefined, name: string): JsonObject | undefined {
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = search(item, name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { States: states, ...rest } = value as JsonObject;
  if (typeof states === "object" && states !== null && !Array.isArray(states)) {
    const named = Object.hasOwn(states, name) ? (states as JsonObject)[name] : undefined;
    if (named !== undefined) return asObject(named, `States.${name}`);
    for (const state of Object.values(states)) {
      const found = search(state, name);
      if (found !== undefined) return found;
    }
  }
  for (const part of Object.values(rest)) {
    const found = search(part, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @throws {ApiError} for what can only be tested with a mock, and for a mock that does not fit the state */
export function checkRequest(
  { mock, revealSecrets, stateConfiguration }: TestStateInput,
  { state, document }: Tested,
): void {
  const mocked = mock?.result !== undefined || mock?.errorOutput !== undefined;
  if (!mocked && (state.Type === "Map" || state.Type === "Parallel")) {
    throw new ApiError(
      "InvalidDefinition",
      "TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]",
    );
  }
  if (!mocked && state.Type === "Task" && needsMock(state.Resource)) {
    throw invalid(`${state.Resource} can be tested with a mock only: set mock.result or mock.errorOutput`);
  }
  if (mock !== undefined) {
    if (revealSecrets === true) throw invalid("TestState does not support RevealSecrets when a mock is specified.");
    checkMock(mock, state);
  }
  const cause = stateConfiguration?.errorCausedByState;
  if (cause !== undefined && search(document, cause) === undefined)
    throw invalid(`There is no state '${cause}' within the tested state: stateConfiguration.errorCausedByState`);
}

function needsMock(arn: string): boolean {
  const resource = parseResource(arn);
  return resource.kind === "activity" || (resource.kind === "integration" && resource.pattern !== "");
}

export function invalid(message: string): ApiError {
  return new ApiError("ValidationException", message);
}

export function parse(text: string, member: string): Json {
  try {
    return parseJson(text);
  } catch (error) {
    const message = messageOf(error);
    if (member === "definition") refuse([{ severity: "ERROR", code: "INVALID_JSON_DESCRIPTION", message }]);
    throw new ApiError("InvalidExecutionInput", `Invalid JSON in ${member}: ${message}`);
  }
}

export function asObject(value: Json, member: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw invalid(`${member} must be a JSON object`);
}
