import { ApiError } from "../errors.ts";
import type { StepFunctions } from "./step-functions.ts";

/** Reads one member of a request's document. */
type Reader<T> = (value: unknown, member: string) => T;
type Shape<S> = { readonly [K in keyof S]: S[K] extends Reader<infer T> ? T : never };

/** An operation of the API: its request is checked member by member before the service sees it. */
export type Operation = (states: StepFunctions, document: unknown) => unknown;

const text: Reader<string> = (value, member) => {
  if (typeof value === "string") return value;
  throw value === undefined || value === null ? missing(member) : mistyped(member, "a string");
};
const integer: Reader<number> = (value, member) => {
  if (typeof value === "number" && Number.isInteger(value)) return value;
  throw value === undefined || value === null ? missing(member) : mistyped(member, "an integer");
};
const number: Reader<number> = (value, member) => {
  if (typeof value === "number") return value;
  throw value === undefined || value === null ? missing(member) : mistyped(member, "a number");
};
const flag: Reader<boolean> = (value, member) => {
  if (typeof value === "boolean") return value;
  throw value === undefined || value === null ? missing(member) : mistyped(member, "a boolean");
};
const oneOf =
  <T extends string>(...allowed: readonly T[]): Reader<T> =>
  (value, member) => {
    const found = allowed.find((one) => one === value);
    if (found !== undefined) return found;
    throw invalid(
      `Value '${String(value)}' at '${member}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(", ")}]`,
    );
  };
const optional =
  <T>(reader: Reader<T>): Reader<T | undefined> =>
  (value, member) =>
    value === undefined || value === null ? undefined : reader(value, member);

const invalid = (what: string): ApiError => new ApiError("ValidationException", `1 validation error detected: ${what}`);
const missing = (member: string): ApiError =>
  invalid(`Value null at '${member}' failed to satisfy constraint: Member must not be null`);
const mistyped = (member: string, kind: string): ApiError =>
  new ApiError("SerializationException", `${member} must be ${kind}`);

function structure<S extends Readonly<Record<string, Reader<unknown>>>>(shape: S): Reader<Shape<S>> {
  return (value, member) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw mistyped(member, "an object");
    const members = new Map(Object.entries(value));
    const read = Object.entries(shape).map(([name, reader]) => [name, reader(members.get(name), name)]);
    // The one cast: fromEntries forgets that each member was read by the reader of its own.
    return Object.fromEntries(read) as Shape<S>;
  };
}

function operation<S extends Readonly<Record<string, Reader<unknown>>>>(
  shape: S,
  perform: (states: StepFunctions, input: Shape<S>) => unknown,
): Operation {
  const request = structure(shape);
  return (states, document) => perform(states, request(document, "the request"));
}

const page = { maxResults: optional(integer), nextToken: optional(text) };
const start = { stateMachineArn: text, name: optional(text), input: optional(text) };

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateStateMachine: operation(
    { name: text, definition: text, roleArn: text, type: optional(oneOf("STANDARD", "EXPRESS")) },
    (states, input) => states.createStateMachine(input),
  ),
  UpdateStateMachine: operation(
    { stateMachineArn: text, definition: optional(text), roleArn: optional(text) },
    (states, input) => states.updateStateMachine(input),
  ),
  DescribeStateMachine: operation({ stateMachineArn: text }, (states, input) => states.describeStateMachine(input)),
  ListStateMachines: operation(page, (states, input) => states.listStateMachines(input)),
  DeleteStateMachine: operation({ stateMachineArn: text }, (states, input) => states.deleteStateMachine(input)),
  StartExecution: operation(start, (states, input) => states.startExecution(input)),
  StartSyncExecution: operation(start, (states, input) => states.startSyncExecution(input)),
  DescribeExecution: operation({ executionArn: text }, (states, input) => states.describeExecution(input)),
  ListExecutions: operation(
    {
      ...page,
      stateMachineArn: optional(text),
      mapRunArn: optional(text),
      statusFilter: optional(oneOf("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")),
    },
    (states, input) => states.listExecutions(input),
  ),
  StopExecution: operation({ executionArn: text, error: optional(text), cause: optional(text) }, (states, input) =>
    states.stopExecution(input),
  ),
  GetExecutionHistory: operation(
    { ...page, executionArn: text, reverseOrder: optional(flag), includeExecutionData: optional(flag) },
    (states, input) => states.getExecutionHistory(input),
  ),
  DescribeMapRun: operation({ mapRunArn: text }, (states, input) => states.describeMapRun(input)),
  ListMapRuns: operation({ ...page, executionArn: text }, (states, input) => states.listMapRuns(input)),
  UpdateMapRun: operation(
    {
      mapRunArn: text,
      maxConcurrency: optional(integer),
      toleratedFailureCount: optional(integer),
      toleratedFailurePercentage: optional(number),
    },
    (states, input) => states.updateMapRun(input),
  ),
  TestState: operation(
    {
      definition: text,
      roleArn: optional(text),
      input: optional(text),
      inspectionLevel: optional(oneOf("INFO", "DEBUG", "TRACE")),
      revealSecrets: optional(flag),
      variables: optional(text),
      stateName: optional(text),
      context: optional(text),
      mock: optional(
        structure({
          result: optional(text),
          errorOutput: optional(structure({ error: optional(text), cause: optional(text) })),
          fieldValidationMode: optional(oneOf("STRICT", "PRESENT", "NONE")),
        }),
      ),
      stateConfiguration: optional(
        structure({
          retrierRetryCount: optional(integer),
          errorCausedByState: optional(text),
          mapIterationFailureCount: optional(integer),
          mapItemReaderData: optional(text),
        }),
      ),
    },
    (states, input) => states.testState(input),
  ),
};
