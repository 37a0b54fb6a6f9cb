import type { Json } from "../../sdk/base/json.ts";
import { LISTED_SCHEDULES } from "../../sdk/base/aws-limits.ts";
import { literal, query } from "./expression.ts";
import type { Definition } from "./compile.ts";
import {
  caught,
  EXPRESS_MS,
  NOW,
  provisionedAction,
  pushStates,
  schedulerAction,
  transient,
  type Cooling,
} from "./replica-schedules.ts";
import type { State } from "./states.ts";

/** The ARN of the state machine whose execution evaluates it. */
export const OWN_ARN: string = query("$states.context.StateMachine.Id");

/** Milliseconds that replicas stay after the last run. */
const TTL = "$of.ttlSeconds * 1000";

/**
 * The state machine that takes back the replicas of one function when they have been idle for its `ttlSeconds`. A
 * schedule starts it. It asks for each lease whether its execution runs, and when it has ended if not, however that was:
 * so a run need not tell when it ends.
 */
export function coolingDefinition({ groupName, roleArn }: Omit<Cooling, "stateMachineArn">): Definition {
  const cooling = { groupName, roleArn, stateMachineArn: OWN_ARN };
  const states: readonly (readonly [string, State])[] = [
    [
      "Given",
      {
        Type: "Pass",
        Assign: {
          of: query('$sift($states.input, function($value, $name) { $not($name in ["next", "latest"]) })'),
          next: query("$exists($states.input.next) ? $states.input.next : null"),
          latest: query("$exists($states.input.latest) ? $states.input.latest : 0"),
        },
        Output: {},
        Next: "PutOff",
      },
    ],
    // First of all: should this execution fail, another one tries again.
    ...pushStates(["PutOff", "ScheduleAgain"], `${NOW} + ${TTL}`, "$of", cooling, "Leases"),
    [
      "Leases",
      {
        ...leases(groupName, `"MaxResults": ${LISTED_SCHEDULES}`, '$next = null ? {} : {"NextToken": $next}'),
        Assign: { next: query("$exists($states.result.NextToken) ? $states.result.NextToken : null") },
        Output: { names: query("[$states.result.Schedules.Name]") },
        Next: "Runs",
      },
    ],
    ["Runs", runsState(groupName)],
    [
      "WhatNow",
      {
        Type: "Choice",
        Choices: [
          { Condition: query("$next != null"), Next: "NextPage" },
          { Condition: query(`$latest > ${NOW}`), Next: "Later" },
        ],
        Default: "TakeBack",
      },
    ],
    // In an execution of its own, since a history has 25,000 events.
    [
      "NextPage",
      {
        Type: "Task",
        Resource: "arn:aws:states:::states:startExecution",
        Arguments: {
          StateMachineArn: OWN_ARN,
          Input: query('$merge([$of, {"next": $next, "latest": $latest}])'),
        },
        Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxAttempts: 6, BackoffRate: 2 }],
        Next: "Done",
      },
    ],
    ...pushStates(["Later", "ScheduleLater"], "$latest", "$of", cooling, "Done"),
    [
      "TakeBack",
      {
        Type: "Task",
        Resource: provisionedAction("delete"),
        Arguments: ALIAS,
        Retry: [transient("Lambda", "ResourceConflictException")],
        Catch: [
          caught(["Lambda.ProvisionedConcurrencyConfigNotFoundException"], "Unschedule"),
          // Its function is gone.
          caught(["Lambda.ResourceNotFoundException"], "Forget"),
          { ErrorEquals: ["States.ALL"], Output: query("$states.errorOutput"), Next: "IsItOurs" },
        ],
        Output: {},
        Next: "Unschedule",
      },
    ],
    // A deployment may have left out the actor, or its `ttlSeconds`: then the replicas are not for this to take.
    [
      "IsItOurs",
      { Type: "Choice", Choices: [{ Condition: query(IS_DENIED), Next: "Forget" }], Default: "NotTakenBack" },
    ],
    ["NotTakenBack", { Type: "Fail", Error: query("$states.input.Error"), Cause: query("$states.input.Cause") }],
    ["Forget", { ...unscheduled(groupName, "$of.key", "Done"), Output: {}, Next: "Done" }],
    ["Unschedule", { ...unscheduled(groupName, "$of.key", "LeasesSince"), Output: {}, Next: "LeasesSince" }],
    // A run that has begun meanwhile made its lease before it looked for replicas.
    [
      "LeasesSince",
      {
        ...leases(groupName, '"MaxResults": 1'),
        Output: { count: query("$count($states.result.Schedules)") },
        Next: "AreThereAny",
      },
    ],
    [
      "AreThereAny",
      {
        Type: "Choice",
        Choices: [{ Condition: query("$states.input.count > 0"), Next: "PutOffAgain" }],
        Default: "Done",
      },
    ],
    ...pushStates(["PutOffAgain", "ScheduleAnew"], `${NOW} + ${TTL}`, "$of", cooling, "PutBack"),
    [
      "PutBack",
      {
        Type: "Task",
        Resource: provisionedAction("put"),
        Arguments: { ...ALIAS, ProvisionedConcurrentExecutions: query("$of.replicas") },
        Retry: [transient("Lambda", "ResourceConflictException")],
        Next: "Done",
      },
    ],
    ["Done", { Type: "Succeed", Output: {} }],
  ];
  return {
    Comment: "takes back replicas that have been idle for their actor's ttlSeconds, compiled by Lambent",
    QueryLanguage: "JSONata",
    StartAt: "Given",
    States: Object.fromEntries(states),
  };
}

const ALIAS = { FunctionName: query("$of.FunctionName"), Qualifier: query("$of.Qualifier") };

/**
 * JSONata: whether an error says that the state machine's role may not do it. Where a service's SDK has no error of that
 * name, Step Functions tells the service's general one, such as `Lambda.LambdaException`, with the reason in the cause.
 */
const IS_DENIED =
  '$contains($states.input.Error, "AccessDenied") or $contains($states.input.Cause, "not authorized to perform")';

/** A Task that lists leases, without what becomes of its result. @param more JSONata of further members */
function leases(groupName: string, members: string, more?: string): State {
  const request = `{"GroupName": ${literal(groupName)}, "NamePrefix": $of.key & ".", ${members}}`;
  return {
    Type: "Task",
    Resource: schedulerAction("listSchedules"),
    Arguments: query(more === undefined ? request : `$merge([${request}, ${more}])`),
    Retry: [transient("Scheduler")],
  };
}

/** A Task that deletes a schedule, and goes on if it is gone. */
function unscheduled(GroupName: string, name: string, otherwise: string): State {
  return {
    Type: "Task",
    Resource: schedulerAction("deleteSchedule"),
    Arguments: { GroupName, Name: query(name) },
    Retry: [transient("Scheduler", "ConflictException")],
    Catch: [caught(["Scheduler.ResourceNotFoundException"], otherwise)],
  };
}

/** Milliseconds after its beginning that a run counts of which nothing can be learnt: a day. */
const UNKNOWN_MS = 86_400_000;

/** @param until JSONata, milliseconds: how long replicas are needed by a run of which there is no answer */
function due(ErrorEquals: readonly string[], until: string): Json {
  return { ErrorEquals, Output: { name: query("$states.input.name"), due: query(until) }, Next: "IsDue" };
}

/** For each lease, until when its run needs the replicas, in milliseconds: 0 if it is over for long enough. */
function runsState(GroupName: string): State {
  const states: Readonly<Record<string, State>> = {
    Lease: {
      Type: "Task",
      Resource: schedulerAction("getSchedule"),
      Arguments: { GroupName, Name: query("$states.input") },
      Output: {
        name: query("$states.input"),
        execution: query("$states.result.Description"),
        began: query("$toMillis($states.result.CreationDate)"),
      },
      Retry: [transient("Scheduler")],
      Catch: [caught(["Scheduler.ResourceNotFoundException"], "Gone")],
      Next: "IsExpress",
    },
    // Step Functions does not tell of EXPRESS executions.
    IsExpress: {
      Type: "Choice",
      Choices: [
        {
          Condition: query('$contains($states.input.execution, ":express:")'),
          Output: { name: query("$states.input.name"), due: query(`$states.input.began + ${EXPRESS_MS} + ${TTL}`) },
          Next: "IsDue",
        },
      ],
      Default: "Run",
    },
    Run: {
      Type: "Task",
      Resource: "arn:aws:states:::aws-sdk:sfn:describeExecution",
      // Its input and output may be more than a state can be given.
      Arguments: { ExecutionArn: query("$states.input.execution"), IncludedData: "METADATA_ONLY" },
      Output: {
        name: query("$states.input.name"),
        due: query(`($states.result.Status = "RUNNING" ? ${NOW} : $toMillis($states.result.StopDate)) + ${TTL}`),
      },
      Retry: [transient("Sfn")],
      Catch: [
        // Its state machine has been deleted.
        due(["Sfn.ExecutionDoesNotExistException"], "0"),
        due(["Sfn.ThrottlingException", "Sfn.SdkClientException"], `${NOW} + ${TTL}`),
        // Nobody may ask for it, as after a change of names: no lease keeps replicas, and fails the cooling, for ever.
        due(["States.ALL"], `$states.input.began + ${UNKNOWN_MS} + ${TTL}`),
      ],
      Next: "IsDue",
    },
    IsDue: {
      Type: "Choice",
      Choices: [{ Condition: query(`$states.input.due > ${NOW}`), Next: "Needed" }],
      Default: "EndLease",
    },
    Needed: { Type: "Pass", Output: query("$states.input.due"), End: true },
    EndLease: { ...unscheduled(GroupName, "$states.input.name", "Gone"), Output: query("0"), End: true },
    Gone: { Type: "Pass", Output: query("0"), End: true },
  };
  return {
    Type: "Map",
    Items: query("$states.input.names"),
    MaxConcurrency: 10,
    ItemProcessor: {
      ProcessorConfig: { Mode: "INLINE" },
      StartAt: "Lease",
      States: states as Record<string, Json>, // a State's fields are JSON
    },
    Assign: { latest: query("$max($append([$latest], $states.result))") },
    Output: {},
    Next: "WhatNow",
  };
}
