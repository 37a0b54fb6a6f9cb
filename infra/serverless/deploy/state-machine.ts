import { randomUUID } from "node:crypto";
import type { GraphData, Schedule } from "../../../sdk/graph/graph.ts";
import type { Json } from "../../../sdk/base/json.ts";
import type { ServiceDescription } from "../../../sdk/authoring/service.ts";
import { functionNames } from "../../compile/affinity.ts";
import { compile, type Definition, type Target } from "../../compile/compile.ts";
import { stateMachineName, type ServiceName } from "../../project/names.ts";
import { BUCKET_ID } from "./bucket.ts";
import type { LambentConfig } from "./config.ts";
import { readableObjects } from "./file-access.ts";
import type { Provider, Resource, Statement } from "./framework.ts";
import { allow, own, role, roleProperties, XRAY_SEGMENTS } from "./iam.ts";
import { permissionsOf } from "./permissions.ts";
import { allStates, type Fields } from "../../asl/states.ts";

export interface StateMachineContext extends ServiceName {
  readonly config: LambentConfig;
  readonly provider: Provider;
  readonly description: ServiceDescription;
  /** Days that logs are kept. */
  readonly retentionInDays: number;
  /** What the addresses begin with of files that callers may name; the placeholder may stand for the bucket's name. */
  readonly callerFiles: readonly string[];
  /** The same in the service's bucket, as IAM's patterns of keys. */
  readonly callerKeys: readonly string[];
  /** What stands for the bucket's name in the graphs; absent if its name is known. */
  readonly bucketPlaceholder?: string | undefined;
  /**
   * The logical id of the alias of an actor's function, or of the plain tasks' (`undefined`).
   * @param replica of an actor with affinity
   */
  aliasId(actor: string | undefined, replica: number | undefined): string;
}

/** What a template gets for one workflow. */
export interface StateMachine {
  readonly id: string;
  readonly definition: Definition;
  readonly resources: Readonly<Record<string, Resource>>;
  readonly outputs: Readonly<Record<string, Json>>;
}

/** The resources of a workflow: its state machine, role and log group, and its schedule with a role if it has one. */
export function stateMachine(graph: GraphData, context: StateMachineContext): StateMachine {
  const { config } = context;
  const name = stateMachineName(context, graph);
  const id = `${logicalName(graph.workflow)}StateMachine`;
  const definition = compile(graph, targetOf(context));
  const express = graph.options?.type === "EXPRESS";
  const { level = "ERROR", includeExecutionData = false } = config.logs ?? {};
  const tracing = config.tracing !== false;
  const { text, references } = definitionText(definition, context.bucketPlaceholder);
  const statements = [
    ...permissionsOf(definition as unknown as Fields, {
      stateMachineName: name,
      files: readableObjects(config, context.callerKeys),
      functionArn: (written) => ({ Ref: written.slice(2, -1) }),
    }),
    ...(level === "OFF" ? [] : [LOG_DELIVERY, logStreams(graph, context)]),
    ...(tracing ? [XRAY_SEGMENTS, XRAY_SAMPLING] : []),
  ];
  return {
    id,
    definition,
    resources: {
      [id]: {
        Type: "AWS::StepFunctions::StateMachine",
        Properties: {
          StateMachineName: name,
          StateMachineType: express ? "EXPRESS" : "STANDARD",
          DefinitionString: text,
          ...(references.length === 0
            ? {}
            : { DefinitionSubstitutions: Object.fromEntries(references.map((id) => [id, { Ref: id }])) }),
          RoleArn: { "Fn::GetAtt": [`${id}Role`, "Arn"] },
          TracingConfiguration: { Enabled: tracing },
          ...(level === "OFF" ? {} : { LoggingConfiguration: logging(`${id}LogGroup`, level, includeExecutionData) }),
        },
      },
      [`${id}Role`]: role(
        "states.amazonaws.com",
        // The second is that of its versions and aliases.
        [own("states", `stateMachine:${name}`), own("states", `stateMachine:${name}:*`)],
        "states",
        statements,
        roleProperties(context.provider),
      ),
      ...(level === "OFF" ? {} : { [`${id}LogGroup`]: logGroup(graph, context) }),
      ...scheduleResources(graph, id, context.provider),
    },
    outputs: {
      [`${id}Arn`]: { Description: `workflow ${graph.workflow}`, Value: { Ref: id } },
    },
  };
}

/** A logical id that is made as the framework makes those of functions: different names have different ids. */
export function logicalName(name: string): string {
  const spelled = name.replaceAll("-", "Dash").replaceAll("_", "Underscore");
  return `${spelled.charAt(0).toUpperCase()}${spelled.slice(1)}`;
}

/**
 * In the definition, each `FunctionName` is a placeholder `${…}`, or an expression that begins with a list of them:
 * CloudFormation replaces each by an alias's ARN.
 */
function targetOf({ aliasId, description, callerFiles }: StateMachineContext): Target {
  return {
    callerFiles,
    functionName: (actor, replica) => `\${${aliasId(actor, replica)}}`,
    queues: (actor) => description.functions.some((fn) => fn.actor?.name === actor && fn.actor?.whenBusy === "queue"),
  };
}

/**
 * The definition as `DefinitionString`, with the logical ids of the aliases and the bucket in it. CloudFormation would
 * take each `${…}` for a placeholder, so in an author's texts `$` is written as `\u0024`, which means the same in JSON.
 */
function definitionText(
  definition: Definition,
  bucketPlaceholder: string | undefined,
): { text: string; references: string[] } {
  const calls = new Set<unknown>();
  for (const [, { Resource, Arguments }] of allStates(definition as unknown as Fields)) {
    if (Resource === "arn:aws:states:::lambda:invoke") calls.add(Arguments);
  }
  const marker = randomUUID(); // a text that the author cannot have written
  const marked = JSON.stringify(definition, function replacePlaceholder(this: unknown, field, value: unknown) {
    if (field !== "FunctionName" || !calls.has(this)) return value;
    return functionNames(String(value)).reduce(
      (written, name) => written.replace(name, () => `${marker}${name.slice(2, -1)};`),
      String(value),
    );
  });
  const references = new Set<string>();
  const escaped = marked.replaceAll("${", "\\u0024{");
  const text = escaped.replaceAll(new RegExp(`${marker}(\\w+);`, "g"), (_, alias: string) => {
    references.add(alias);
    return `\${${alias}}`;
  });
  if (bucketPlaceholder === undefined || !text.includes(bucketPlaceholder)) {
    return { text, references: [...references].toSorted() };
  }
  return {
    text: text.replaceAll(bucketPlaceholder, `\${${BUCKET_ID}}`),
    references: [...references, BUCKET_ID].toSorted(),
  };
}

/** What Step Functions needs to set up the delivery of logs. AWS supports no resource but `*` for it. */
const LOG_DELIVERY = allow(
  [
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
  ],
  ["*"],
);

function logStreams(graph: GraphData, context: StateMachineContext): Statement {
  return allow(
    ["logs:CreateLogStream", "logs:PutLogEvents"],
    [own("logs", `log-group:${logGroupName(graph, context)}:*`)],
  );
}

const XRAY_SAMPLING = allow(["xray:GetSamplingRules", "xray:GetSamplingTargets"], ["*"]);

function logging(logGroupId: string, level: string, includeExecutionData: boolean): Json {
  return {
    Level: level,
    IncludeExecutionData: includeExecutionData,
    Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: { "Fn::GetAtt": [logGroupId, "Arn"] } } }],
  };
}

function logGroupName({ workflow }: GraphData, context: StateMachineContext): string {
  return `/aws/vendedlogs/states/${stateMachineName(context, { workflow })}`;
}

/**
 * The log group. Under /aws/vendedlogs, because CloudWatch's resource policy for log delivery has one entry for that
 * whole path; for other names it gets an entry for each log group, and is full after some ten. The name is that of the
 * workflow and not of the state machine, so that the group stays when the workflow changes its type.
 */
function logGroup(graph: GraphData, context: StateMachineContext): Resource {
  return {
    Type: "AWS::Logs::LogGroup",
    DeletionPolicy: "Delete",
    UpdateReplacePolicy: "Delete",
    Properties: {
      LogGroupName: logGroupName(graph, context),
      RetentionInDays: context.retentionInDays,
    },
  };
}

function scheduleResources({ workflow, options }: GraphData, id: string, provider: Provider): Record<string, Resource> {
  if (options?.schedule === undefined) return {};
  const schedule: Schedule = typeof options.schedule === "string" ? { expression: options.schedule } : options.schedule;
  return {
    [`${id}Schedule`]: {
      Type: "AWS::Scheduler::Schedule",
      Properties: {
        Description: `Starts workflow ${workflow}`,
        ScheduleExpression: schedule.expression,
        ScheduleExpressionTimezone: schedule.timezone ?? "UTC",
        FlexibleTimeWindow: { Mode: "OFF" },
        State: schedule.enabled === false ? "DISABLED" : "ENABLED",
        Target: {
          Arn: { Ref: id },
          RoleArn: { "Fn::GetAtt": [`${id}ScheduleRole`, "Arn"] },
          Input: JSON.stringify(schedule.input ?? {}),
        },
      },
    },
    [`${id}ScheduleRole`]: role(
      "scheduler.amazonaws.com",
      // AWS takes the ARN of a group of schedules here, not that of one schedule.
      [own("scheduler", "schedule-group/default")],
      "start",
      [allow(["states:StartExecution"], [{ Ref: id }])],
      roleProperties(provider),
    ),
  };
}
