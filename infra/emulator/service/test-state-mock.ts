import type { State } from "../../asl/definition.ts";
import { isJsonObject, type Json } from "../../../sdk/base/json.ts";
import { parseJson } from "../../validate/parse-json.ts";
import { ApiError } from "../kernel/api-error.ts";

/** TestState's `mock`: what the state's work is taken to have given, as JSON text, or how it failed. */
export interface Mock {
  readonly result?: string | undefined;
  readonly errorOutput?: { readonly error?: string | undefined; readonly cause?: string | undefined } | undefined;
  /** How closely the result must be what the service answers. Default `STRICT`. */
  readonly fieldValidationMode?: "STRICT" | "PRESENT" | "NONE" | undefined;
}

function invalid(message: string): ApiError {
  return new ApiError("ValidationException", message);
}

/** @throws {ApiError} `ValidationException` when the state cannot be mocked, or not so. */
export function checkMock(mock: Mock, state: State): void {
  if (state.Type === "Pass" || state.Type === "Succeed" || state.Type === "Fail")
    throw invalid(`State type '${state.Type}' is not supported when a mock is specified`);
  if (mock.result !== undefined && mock.errorOutput !== undefined)
    throw invalid("A test mock should have only one of the following fields: [result, errorOutput].");
  if (mock.errorOutput !== undefined && mock.errorOutput.error === undefined)
    throw invalid("mock.errorOutput must name its error: set mock.errorOutput.error");
  if (mock.result === undefined) return;
  const result = parse(mock.result);
  if (state.Type === "Parallel" && !Array.isArray(result)) throw invalid("Mocked result must be an array.");
  if (state.Type === "Map") checkMapResult(result, state.ResultWriter !== undefined);
  if (state.Type === "Task") checkAnswer(result, state.Resource, mock.fieldValidationMode ?? "STRICT");
}

function parse(text: string): Json {
  try {
    return parseJson(text);
  } catch {
    throw invalid("Mocked result must be valid JSON");
  }
}

/** With a ResultWriter the result is where it was written. */
function checkMapResult(result: Json, written: boolean): void {
  if (written && !isJsonObject(result)) throw invalid("Mocked result must be a JSON object.");
  if (!written && !Array.isArray(result)) throw invalid("Mocked result must be an array.");
}

type Kind = "a string" | "a number" | "an array" | "an object";

interface Answer {
  readonly required: readonly string[];
  readonly fields: Readonly<Record<string, Kind>>;
}

/** What the services answer that the emulator itself performs, by the end of the resource; others are not checked. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  "lambda:invoke": {
    required: [],
    fields: {
      StatusCode: "a number",
      FunctionError: "a string",
      LogResult: "a string",
      ExecutedVersion: "a string",
    },
  },
  "states:startExecution": {
    required: ["ExecutionArn", "StartDate"],
    fields: { ExecutionArn: "a string" },
  },
};

/** Fields that the service does not have are let pass, as AWS does for those still to come. */
function checkAnswer(result: Json, resource: string, mode: "STRICT" | "PRESENT" | "NONE"): void {
  const action = Object.keys(ANSWERS).find((suffix) => resource.endsWith(`:${suffix}`));
  const answer = action === undefined ? undefined : ANSWERS[action];
  if (answer === undefined || mode === "NONE") return;
  if (!isJsonObject(result)) throw invalid("Mock result must be a valid JSON object");
  const given = new Map<string, Json>(Object.entries(result ?? {}));
  for (const field of answer.required) {
    if (mode === "STRICT" && !given.has(field))
      throw invalid(`Mock result schema validation error: Required field '${field}' is missing`);
  }
  for (const [field, kind] of Object.entries(answer.fields)) {
    const value = given.get(field);
    if (value !== undefined && !OF_KIND[kind](value))
      throw invalid(`Mock result schema validation error: Field '${field}' must be ${kind}`);
  }
}

const OF_KIND: Readonly<Record<Kind, (value: Json) => boolean>> = {
  "a string": (value) => typeof value === "string",
  "a number": (value) => typeof value === "number",
  "an array": (value) => Array.isArray(value),
  "an object": isJsonObject,
};
