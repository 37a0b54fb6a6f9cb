import type { JsonObject } from "../../../sdk/base/json.ts";
import { ApiError } from "../kernel/api-error.ts";
import type { StepFunctions } from "./step-functions.ts";

// AWS's limits, in characters and in diagnostics.
const LONGEST_ERROR = 256;
const LONGEST_CAUSE = 32_768;
const LONGEST_DESCRIPTION = 256;
const MOST_DIAGNOSTICS = 100;

/** Reads one member of a request's document. */
type Reader<T> = (value: unknown, member: string) => T;
type Shape<S> = { readonly [K in keyof S]: S[K] extends Reader<infer T> ? T : never };

/** An operation of the API: its request is checked member by member before the service sees it. */
export type Operation = (states: StepFunctions, document: unknown, signal?: AbortSignal) => unknown;

const text: Reader<string> = (value, member) => {
  if (typeof value === "string") return value;
  throw value === undefined || value === null ? missing(member) : mistyped(member, "a string");
};
/** @param longest in characters */
function short(longest: number): Reader<string> {
  return (value, member) => {
    const read = text(value, member);
    if (read.length <= longest) return read;
    throw invalid(
      `Value at '${member}' failed to satisfy constraint: Member must have length less than or equal to ${longest}`,
    );
  };
}
const roleArn: Reader<string> = (value, member) => {
  const read = text(value, member);
  if (/^arn:aws[a-z-]*:iam::\d*:role\/.+$/.test(read)) return read;
  throw new ApiError("InvalidArn", `Invalid Role Arn: '${read}'`);
};
const integer: Reader<number> = (value, member) => {
  if (typeof value === "number" && Number.isInteger(value)) return value;
  throw value === undefined || value === null ? missing(member) : mistyped(member, "an integer");
};
/** @param most the largest that is allowed */
function upTo(most: number): Reader<number> {
  return (value, member) => {
    const read = integer(value, member);
    if (read >= 0 && read <= most) return read;
    throw invalid(
      `Value '${read}' at '${member}' failed to satisfy constraint: Member must have value between 0 and ${most}`,
    );
  };
}
const number: Reader<number> = (value, member) => {
  if (typeof value === "number") return value;
  throw value === undefined || value === null ? missing(member) : mistyped(member, "a number");
};
const flag: Reader<boolean> = (value, member) => {
  if (typeof value === "boolean") return value;
  throw value === undefined || value === null ? missing(member) : mistyped(member, "a boolean");
};
function oneOf<T extends string>(...allowed: readonly T[]): Reader<T> {
  return (value, member) => {
    const found = allowed.find((one) => one === value);
    if (found !== undefined) return found;
    throw invalid(
      `Value '${String(value)}' at '${member}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(", ")}]`,
    );
  };
}
function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (value, member) => (value === undefined || value === null ? undefined : reader(value, member));
}

function invalid(what: string): ApiError {
  return new ApiError("ValidationException", `1 validation error detected: ${what}`);
}
function missing(member: string): ApiError {
  return invalid(`Value null at '${member}' failed to satisfy constraint: Member must not be null`);
}
function mistyped(member: string, kind: string): ApiError {
  return new ApiError("SerializationException", `${member} must be ${kind}`);
}

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
  perform: (states: StepFunctions, input: Shape<S>, signal: AbortSignal | undefined) => unknown,
): Operation {
  const request = structure(shape);
  return (states, document, signal) => perform(states, request(document, "the request"), signal);
}

function list<T>(reader: Reader<T>): Reader<readonly T[]> {
  return (value, member) => {
    if (Array.isArray(value)) return value.map((item, index) => reader(item, `${member}[${index}]`));
    throw value === undefined || value === null ? missing(member) : mistyped(member, "a list");
  };
}

const tags = list(structure({ key: text, value: text }));
const routing = list(structure({ stateMachineVersionArn: text, weight: integer }));
const machine = { stateMachineArn: text };
/** A structure that is kept as it is. */
const opaque: Reader<JsonObject> = (value, member) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw mistyped(member, "an object");
  // A request's document is JSON.
  return value as JsonObject;
};
const configuration = {
  loggingConfiguration: optional(opaque),
  tracingConfiguration: optional(opaque),
  encryptionConfiguration: optional(opaque),
};
const publishing = { publish: optional(flag), versionDescription: optional(short(LONGEST_DESCRIPTION)) };
/** How a caller says that something failed. */
const failure = { error: optional(short(LONGEST_ERROR)), cause: optional(short(LONGEST_CAUSE)) };
const page = { maxResults: optional(integer), nextToken: optional(text) };
const start = { stateMachineArn: text, name: optional(text), input: optional(text) };

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateStateMachine: operation(
    {
      name: text,
      definition: text,
      roleArn,
      type: optional(oneOf("STANDARD", "EXPRESS")),
      tags: optional(tags),
      ...publishing,
      ...configuration,
    },
    (states, input) => states.createStateMachine(input),
  ),
  UpdateStateMachine: operation(
    { ...machine, definition: optional(text), roleArn: optional(roleArn), ...publishing, ...configuration },
    (states, input) => states.updateStateMachine(input),
  ),
  DescribeStateMachine: operation({ stateMachineArn: text }, (states, input) => states.describeStateMachine(input)),
  ListStateMachines: operation(page, (states, input) => states.listStateMachines(input)),
  DeleteStateMachine: operation({ stateMachineArn: text }, (states, input) => states.deleteStateMachine(input)),
  StartExecution: operation(start, (states, input) => states.startExecution(input)),
  StartSyncExecution: operation(start, (states, input) => states.startSyncExecution(input)),
  DescribeExecution: operation(
    { executionArn: text, includedData: optional(oneOf("ALL_DATA", "METADATA_ONLY")) },
    (states, input) => states.describeExecution(input),
  ),
  ListExecutions: operation(
    {
      ...page,
      stateMachineArn: optional(text),
      mapRunArn: optional(text),
      statusFilter: optional(oneOf("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")),
    },
    (states, input) => states.listExecutions(input),
  ),
  StopExecution: operation({ executionArn: text, ...failure }, (states, input) => states.stopExecution(input)),
  GetExecutionHistory: operation(
    { ...page, executionArn: text, reverseOrder: optional(flag), includeExecutionData: optional(flag) },
    (states, input) => states.getExecutionHistory(input),
  ),
  DescribeMapRun: operation({ mapRunArn: text }, (states, input) => states.mapRuns.describe(input.mapRunArn)),
  ListMapRuns: operation({ ...page, executionArn: text }, (states, input) => states.listMapRuns(input)),
  UpdateMapRun: operation(
    {
      mapRunArn: text,
      maxConcurrency: optional(integer),
      toleratedFailureCount: optional(integer),
      toleratedFailurePercentage: optional(number),
    },
    (states, input) => states.mapRuns.update(input),
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
          errorOutput: optional(structure(failure)),
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
  ValidateStateMachineDefinition: operation(
    {
      definition: text,
      type: optional(oneOf("STANDARD", "EXPRESS")),
      severity: optional(oneOf("ERROR", "WARNING")),
      maxResults: optional(upTo(MOST_DIAGNOSTICS)),
    },
    (states, input) => states.validateStateMachineDefinition(input),
  ),
  DescribeStateMachineForExecution: operation({ executionArn: text }, (states, input) =>
    states.describeStateMachineForExecution(input),
  ),
  RedriveExecution: operation({ executionArn: text, clientToken: optional(text) }, (states, input) =>
    states.redriveExecution(input),
  ),
  PublishStateMachineVersion: operation(
    { ...machine, description: optional(short(LONGEST_DESCRIPTION)), revisionId: optional(text) },
    (states, input) => states.stateMachines.publishVersion(input),
  ),
  ListStateMachineVersions: operation({ ...page, ...machine }, (states, input) =>
    states.stateMachines.listVersions(input),
  ),
  DeleteStateMachineVersion: operation({ stateMachineVersionArn: text }, (states, input) =>
    states.stateMachines.deleteVersion(input),
  ),
  CreateStateMachineAlias: operation(
    { name: text, description: optional(text), routingConfiguration: routing },
    (states, input) => states.stateMachines.createAlias(input),
  ),
  UpdateStateMachineAlias: operation(
    { stateMachineAliasArn: text, description: optional(text), routingConfiguration: optional(routing) },
    (states, input) => states.stateMachines.updateAlias(input),
  ),
  DescribeStateMachineAlias: operation({ stateMachineAliasArn: text }, (states, input) =>
    states.stateMachines.describeAlias(input),
  ),
  ListStateMachineAliases: operation({ ...page, ...machine }, (states, input) =>
    states.stateMachines.listAliases(input),
  ),
  DeleteStateMachineAlias: operation({ stateMachineAliasArn: text }, (states, input) =>
    states.stateMachines.deleteAlias(input),
  ),
  CreateActivity: operation({ name: text, tags: optional(tags) }, (states, input) => states.activities.create(input)),
  DeleteActivity: operation({ activityArn: text }, (states, input) => states.activities.delete(input)),
  DescribeActivity: operation({ activityArn: text }, (states, input) => states.activities.describe(input)),
  ListActivities: operation(page, (states, input) => states.activities.list(input)),
  GetActivityTask: operation({ activityArn: text, workerName: optional(text) }, (states, input, signal) =>
    states.activities.take(input, signal),
  ),
  SendTaskSuccess: operation({ taskToken: text, output: text }, (states, input) => states.taskTokens.succeed(input)),
  SendTaskFailure: operation({ taskToken: text, ...failure }, (states, input) => states.taskTokens.fail(input)),
  SendTaskHeartbeat: operation({ taskToken: text }, (states, input) => states.taskTokens.heartbeat(input)),
  TagResource: operation({ resourceArn: text, tags }, (states, input) => states.tags.tag(input)),
  UntagResource: operation({ resourceArn: text, tagKeys: list(text) }, (states, input) => states.tags.untag(input)),
  ListTagsForResource: operation({ resourceArn: text }, (states, input) => states.tags.list(input)),
};
