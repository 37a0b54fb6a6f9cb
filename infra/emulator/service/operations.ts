import {
  ALIAS_DESCRIPTION_CHARACTERS,
  CAUSE_CHARACTERS,
  DIAGNOSTICS,
  ERROR_CHARACTERS,
  TRACE_HEADER_CHARACTERS,
} from "../../../sdk/base/aws-limits.ts";
import type { StepFunctionsApi } from "./api.ts";
import {
  clientToken,
  flag,
  integer,
  jsonObject,
  list,
  type Members,
  number,
  oneOf,
  optional,
  type Reader,
  roleArn,
  short,
  structure,
  text,
  upTo,
} from "./request-readers.ts";

/** An operation of the API: its request is checked member by member before the service sees it. */
export type Operation = (states: StepFunctionsApi, document: unknown, signal?: AbortSignal) => unknown;

function operation<S extends Readonly<Record<string, Reader<unknown>>>>(
  shape: S,
  perform: (states: StepFunctionsApi, input: Members<S>, signal: AbortSignal | undefined) => unknown,
): Operation {
  const request = structure(shape);
  return (states, document, signal) => perform(states, request(document, "the request"), signal);
}

const tags = list(structure({ key: text, value: text }));
const routing = list(structure({ stateMachineVersionArn: text, weight: integer }));
const machine = { stateMachineArn: text };
const configuration = {
  loggingConfiguration: optional(jsonObject),
  tracingConfiguration: optional(jsonObject),
  encryptionConfiguration: optional(jsonObject),
};
const publishing = { publish: optional(flag), versionDescription: optional(short(ALIAS_DESCRIPTION_CHARACTERS)) };
/** How a caller says that something failed. */
const failure = { error: optional(short(ERROR_CHARACTERS)), cause: optional(short(CAUSE_CHARACTERS)) };
const page = { maxResults: optional(integer), nextToken: optional(text) };
const start = {
  stateMachineArn: text,
  name: optional(text),
  input: optional(text),
  traceHeader: optional(short(TRACE_HEADER_CHARACTERS)),
};

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
      statusFilter: optional(oneOf("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE")),
      redriveFilter: optional(oneOf("REDRIVEN", "NOT_REDRIVEN")),
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
      maxResults: optional(upTo(DIAGNOSTICS)),
    },
    (states, input) => states.validateStateMachineDefinition(input),
  ),
  DescribeStateMachineForExecution: operation({ executionArn: text }, (states, input) =>
    states.describeStateMachineForExecution(input),
  ),
  RedriveExecution: operation({ executionArn: text, clientToken: optional(clientToken) }, (states, input) =>
    states.redriveExecution(input),
  ),
  PublishStateMachineVersion: operation(
    { ...machine, description: optional(short(ALIAS_DESCRIPTION_CHARACTERS)), revisionId: optional(text) },
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
  CreateActivity: operation({ name: text, tags: optional(tags) }, (states, input) => states.createActivity(input)),
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
