import { DEFINITION_BYTES, DIAGNOSTICS, PAYLOAD_BYTES } from "../../../sdk/base/aws-limits.ts";
import type { StepFunctionsApi } from "./api.ts";
import {
  ALIAS_NAME,
  ARN,
  DESCRIPTION,
  ENCRYPTION,
  EXECUTIONS_TOKEN,
  FAILURE,
  GIVEN_TAGS,
  INCLUDED_DATA,
  LOGGING,
  LONG_ARN,
  NAME,
  PAGE_TOKEN,
  ROLE_ARN,
  TAG_KEY,
  TASK_TOKEN,
  TRACE_HEADER,
  TRACING,
  WEIGHT,
} from "./constraints.ts";
import { MAP_RUN_SETTINGS } from "./map-runs.ts";
import { MAX_RESULTS } from "./paging.ts";
import {
  clientToken,
  count,
  flag,
  kept,
  list,
  type Members,
  oneOf,
  optional,
  type Reader,
  short,
  sized,
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

const routing = list(structure({ stateMachineVersionArn: ARN, weight: WEIGHT }));
const machine = { stateMachineArn: ARN };
const configuration = {
  loggingConfiguration: optional(kept(LOGGING)),
  tracingConfiguration: optional(kept(TRACING)),
  encryptionConfiguration: optional(kept(ENCRYPTION)),
};
const publishing = { publish: optional(flag), versionDescription: optional(DESCRIPTION) };
const page = { maxResults: MAX_RESULTS, nextToken: optional(PAGE_TOKEN) };
const start = { ...machine, name: optional(text), input: optional(text), traceHeader: optional(TRACE_HEADER) };
const payload = optional(short(PAYLOAD_BYTES));
const definition = sized(1, DEFINITION_BYTES);

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateStateMachine: operation(
    {
      name: text,
      definition: text,
      roleArn: ROLE_ARN,
      type: optional(oneOf("STANDARD", "EXPRESS")),
      tags: optional(GIVEN_TAGS),
      ...publishing,
      ...configuration,
    },
    (states, input) => states.createStateMachine(input),
  ),
  UpdateStateMachine: operation(
    { ...machine, definition: optional(text), roleArn: optional(ROLE_ARN), ...publishing, ...configuration },
    (states, input) => states.updateStateMachine(input),
  ),
  DescribeStateMachine: operation({ ...machine, includedData: INCLUDED_DATA }, (states, input) =>
    states.describeStateMachine(input),
  ),
  ListStateMachines: operation(page, (states, input) => states.listStateMachines(input)),
  DeleteStateMachine: operation({ stateMachineArn: ARN }, (states, input) => states.deleteStateMachine(input)),
  StartExecution: operation(start, (states, input) => states.startExecution(input)),
  StartSyncExecution: operation({ ...start, includedData: INCLUDED_DATA }, (states, input) =>
    states.startSyncExecution(input),
  ),
  DescribeExecution: operation({ executionArn: ARN, includedData: INCLUDED_DATA }, (states, input) =>
    states.describeExecution(input),
  ),
  ListExecutions: operation(
    {
      maxResults: MAX_RESULTS,
      nextToken: optional(EXECUTIONS_TOKEN),
      stateMachineArn: optional(ARN),
      mapRunArn: optional(LONG_ARN),
      statusFilter: optional(oneOf("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE")),
      redriveFilter: optional(oneOf("REDRIVEN", "NOT_REDRIVEN")),
    },
    (states, input) => states.listExecutions(input),
  ),
  StopExecution: operation({ executionArn: ARN, ...FAILURE }, (states, input) => states.stopExecution(input)),
  GetExecutionHistory: operation(
    { ...page, executionArn: ARN, reverseOrder: optional(flag), includeExecutionData: optional(flag) },
    (states, input) => states.getExecutionHistory(input),
  ),
  DescribeMapRun: operation({ mapRunArn: LONG_ARN }, (states, input) => states.mapRuns.describe(input.mapRunArn)),
  ListMapRuns: operation({ ...page, executionArn: ARN }, (states, input) => states.listMapRuns(input)),
  UpdateMapRun: operation(
    {
      mapRunArn: LONG_ARN,
      ...MAP_RUN_SETTINGS,
    },
    (states, input) => states.mapRuns.update(input),
  ),
  TestState: operation(
    {
      definition,
      roleArn: optional(ARN),
      input: payload,
      inspectionLevel: optional(oneOf("INFO", "DEBUG", "TRACE")),
      revealSecrets: optional(flag),
      variables: payload,
      stateName: optional(NAME),
      context: payload,
      mock: optional(
        structure({
          result: payload,
          errorOutput: optional(structure(FAILURE)),
          fieldValidationMode: optional(oneOf("STRICT", "PRESENT", "NONE")),
        }),
      ),
      stateConfiguration: optional(
        structure({
          retrierRetryCount: optional(count),
          errorCausedByState: optional(NAME),
          mapIterationFailureCount: optional(count),
          mapItemReaderData: payload,
        }),
      ),
    },
    (states, input) => states.testState(input),
  ),
  ValidateStateMachineDefinition: operation(
    {
      definition,
      type: optional(oneOf("STANDARD", "EXPRESS")),
      severity: optional(oneOf("ERROR", "WARNING")),
      maxResults: optional(upTo(DIAGNOSTICS)),
    },
    (states, input) => states.validateStateMachineDefinition(input),
  ),
  DescribeStateMachineForExecution: operation({ executionArn: ARN, includedData: INCLUDED_DATA }, (states, input) =>
    states.describeStateMachineForExecution(input),
  ),
  RedriveExecution: operation({ executionArn: ARN, clientToken: optional(clientToken) }, (states, input) =>
    states.redriveExecution(input),
  ),
  PublishStateMachineVersion: operation(
    { ...machine, description: optional(DESCRIPTION), revisionId: optional(text) },
    (states, input) => states.stateMachines.publishVersion(input),
  ),
  ListStateMachineVersions: operation({ ...page, ...machine }, (states, input) =>
    states.stateMachines.listVersions(input),
  ),
  DeleteStateMachineVersion: operation({ stateMachineVersionArn: LONG_ARN }, (states, input) =>
    states.stateMachines.deleteVersion(input),
  ),
  CreateStateMachineAlias: operation(
    { name: ALIAS_NAME, description: optional(DESCRIPTION), routingConfiguration: routing },
    (states, input) => states.stateMachines.createAlias(input),
  ),
  UpdateStateMachineAlias: operation(
    { stateMachineAliasArn: ARN, description: optional(DESCRIPTION), routingConfiguration: optional(routing) },
    (states, input) => states.stateMachines.updateAlias(input),
  ),
  DescribeStateMachineAlias: operation({ stateMachineAliasArn: ARN }, (states, input) =>
    states.stateMachines.describeAlias(input),
  ),
  ListStateMachineAliases: operation({ ...page, ...machine }, (states, input) =>
    states.stateMachines.listAliases(input),
  ),
  DeleteStateMachineAlias: operation({ stateMachineAliasArn: ARN }, (states, input) =>
    states.stateMachines.deleteAlias(input),
  ),
  CreateActivity: operation({ name: text, tags: optional(GIVEN_TAGS) }, (states, input) =>
    states.createActivity(input),
  ),
  DeleteActivity: operation({ activityArn: ARN }, (states, input) => states.activities.delete(input)),
  DescribeActivity: operation({ activityArn: ARN }, (states, input) => states.activities.describe(input)),
  ListActivities: operation(page, (states, input) => states.activities.list(input)),
  GetActivityTask: operation({ activityArn: ARN, workerName: optional(NAME) }, (states, input, signal) =>
    states.activities.take(input, signal),
  ),
  SendTaskSuccess: operation({ taskToken: TASK_TOKEN, output: text }, (states, input) =>
    states.taskTokens.succeed(input),
  ),
  SendTaskFailure: operation({ taskToken: TASK_TOKEN, ...FAILURE }, (states, input) => states.taskTokens.fail(input)),
  SendTaskHeartbeat: operation({ taskToken: TASK_TOKEN }, (states, input) => states.taskTokens.heartbeat(input)),
  TagResource: operation({ resourceArn: ARN, tags: GIVEN_TAGS }, (states, input) => states.tags.tag(input)),
  UntagResource: operation({ resourceArn: ARN, tagKeys: list(TAG_KEY) }, (states, input) => states.tags.untag(input)),
  ListTagsForResource: operation({ resourceArn: ARN }, (states, input) => states.tags.list(input)),
};
