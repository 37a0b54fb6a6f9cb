import type { StateMachine } from "../../asl/definition.ts";
import { DEFINITION_BYTES } from "../../../sdk/base/aws-limits.ts";
import { type Diagnostic, validateDefinition } from "../../validate/validate.ts";
import { ApiError } from "../kernel/api-error.ts";
import type { StateMachineType } from "./state-machine.ts";

/** @throws {ApiError} `InvalidDefinition` with every error that the checks find. */
export function checkedDefinition(text: string, type: StateMachineType): StateMachine {
  if (Buffer.byteLength(text) > DEFINITION_BYTES) {
    throw new ApiError(
      "ValidationException",
      `1 validation error detected: Value at 'definition' failed to satisfy constraint: Member must have length less than or equal to ${DEFINITION_BYTES}`,
    );
  }
  refuse(validateDefinition(text, type).filter(({ severity }) => severity === "ERROR"));
  return JSON.parse(text);
}

const BYTES_OF_STATE = 2_500;
const BYTES_OF_EXPRESSION = 3_000;

/** Bytes that a definition takes with its program, by an estimate from its text. */
export function memoryOfDefinition(text: string): number {
  const states = text.match(/"Type"/g)?.length ?? 0;
  const expressions = text.match(/\{%|\.\$"/g)?.length ?? 0;
  return text.length + states * BYTES_OF_STATE + expressions * BYTES_OF_EXPRESSION;
}

/** @throws {ApiError} `InvalidDefinition` when there are any. */
export function refuse(errors: readonly Diagnostic[]): void {
  if (errors.length === 0) return;
  const list = errors.map(({ code, message, location }) => `${code}: ${message.trimEnd()} at ${location ?? "null"}`);
  throw new ApiError("InvalidDefinition", `Invalid State Machine Definition: '${list.join(", ")}'`);
}
