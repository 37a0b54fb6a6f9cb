import { LambentError } from "../../../sdk/base/errors.ts";
import type { Json } from "../../../sdk/base/json.ts";
import type { AwsCallNode } from "../../../sdk/graph/graph.ts";
import { isAwsCallState } from "../../compile/aws-call-state.ts";
import { rightsOf } from "../../rights/rights.ts";
import { OWN_ARN } from "../../compile/cooling.ts";
import { asksOfStarted } from "../../compile/start-states.ts";
import type { Statement } from "./framework.ts";
import { allow, arn, own } from "./iam.ts";
import { OWN_HEARTBEAT } from "../../compile/token-states.ts";
import { functionNames } from "../../compile/affinity.ts";
import { allStates, fields, list, type Fields } from "../../asl/states.ts";

/** What a role's ARNs depend on, beside the definition. */
export interface RoleContext {
  /** The state machine's own name, for states that start executions of it. */
  readonly stateMachineName: string;
  /** What the workflow's author calls of AWS. */
  readonly calls?: readonly AwsCallNode[];
  /** The ARNs of objects that a workflow's inputs may be; absent: it takes no files. */
  readonly files?: readonly Json[];
  /** Of states that bring up replicas for a run, or take them back; absent: there are none. */
  readonly replicas?: ReplicaGrants;
  /** The name of another state machine whose executions are counted and started; absent: none. */
  readonly launches?: string;
  /** The ARN of an alias as a value in a template. `written` is the `FunctionName` in the definition. */
  functionArn(written: string): Json;
  /** A state machine that is started, as values in a template. `written` is the `StateMachineArn` in the definition. */
  startedMachine?(written: string): StartedMachine;
}

export interface StartedMachine {
  readonly arn: Json;
  /** The ARNs of its executions. */
  readonly executions: Json;
}

/** What those states work on, which their arguments name when they run. */
export interface ReplicaGrants {
  readonly aliases: readonly Json[];
  /** The name of the group of schedules. */
  readonly group: string;
  /** The ARN of the role by which a schedule starts what takes replicas back. */
  readonly scheduleRole: Json;
  /** The ARNs of the executions that leases are of. */
  readonly executions?: readonly Json[];
}

/**
 * The permissions that a definition's states need, and no more: one statement for each kind of call.
 * @throws {LambentError} for a state whose call is not known here
 */
export function permissionsOf(definition: Fields, context: RoleContext): Statement[] {
  const ofStates = allStates(definition).flatMap(([name, state]) => {
    if (isAwsCallState(state)) return []; // what its author asks for is in the graph
    if (state["Type"] === "Task") return taskStatements(name, state, context);
    return state["Type"] === "Map" ? mapStatements(name, state, context) : [];
  });
  return merged([...ofStates, ...(context.calls ?? []).flatMap(callStatements)]);
}

/** In ARNs of an author's own there may be policy variables of IAM, `${aws:PrincipalTag/team}`, and no placeholders. */
function callStatements(node: AwsCallNode): Statement[] {
  return rightsOf(node).statements.map(({ actions, resources }) =>
    allow(
      actions,
      resources.map((one) => (one.includes("${AWS::") ? arn(one) : one)),
    ),
  );
}

/**
 * One statement in the place of several that only differ in resources: IAM accepts 10,240 characters of a role's
 * policies.
 */
function merged(statements: readonly Statement[]): Statement[] {
  const groups = new Map<string, { readonly first: Statement; readonly resources: Map<string, Json> }>();
  for (const statement of statements) {
    const { Resource, ...rest } = statement;
    const kind = JSON.stringify(rest);
    const group = groups.get(kind) ?? { first: statement, resources: new Map<string, Json>() };
    groups.set(kind, group);
    for (const resource of list(Resource)) group.resources.set(JSON.stringify(resource), resource);
  }
  return [...groups.values()].map(({ first, resources }) => ({ ...first, Resource: [...resources.values()] }));
}

function taskStatements(name: string, state: Fields, context: RoleContext): Statement[] {
  const { Resource } = state;
  const { functionArn, files, replicas, launches, stateMachineName } = context;
  if (launches !== undefined) return [launchStatement(String(Resource), launches)];
  const given = fields(state["Arguments"]);
  const granted = replicas === undefined ? undefined : replicaStatements(String(Resource), replicas);
  if (granted !== undefined) return granted;
  switch (Resource) {
    case "arn:aws:states:::lambda:invoke":
    case "arn:aws:states:::lambda:invoke.waitForTaskToken":
      return [allow(["lambda:InvokeFunction"], invoked(name, given).map(functionArn))];
    // Of a token no resource is named; who has one may use it.
    case OWN_HEARTBEAT:
      return [allow(["states:SendTaskHeartbeat"], ["*"])];
    case "arn:aws:states:::aws-sdk:s3:headObject":
      if (files === undefined) throw new LambentError(`state ${name} reads files, and no bucket is named for them`);
      return [allow(["s3:GetObject"], files)];
    // These look for what a child execution of the state machine's own has failed with.
    case "arn:aws:states:::aws-sdk:sfn:listMapRuns":
      return [allow(["states:ListMapRuns"], [own("states", `execution:${stateMachineName}:*`)])];
    case "arn:aws:states:::aws-sdk:sfn:listExecutions":
      return [
        allow(
          ["states:ListExecutions"],
          [own("states", `stateMachine:${stateMachineName}`), own("states", `mapRun:${stateMachineName}/*`)],
        ),
      ];
    case "arn:aws:states:::aws-sdk:sfn:describeExecution":
      if (asksOfStarted(state)) return []; // whoever has started it may look at it
      return [allow(["states:DescribeExecution"], [own("states", `execution:${stateMachineName}/*:*`)])];
    case "arn:aws:states:::states:startExecution":
      if (given["StateMachineArn"] === OWN_ARN)
        return [allow(["states:StartExecution"], [own("states", `stateMachine:${stateMachineName}`)])];
      return [allow(["states:StartExecution"], [text(name, given, "StateMachineArn")])];
    case "arn:aws:states:::aws-sdk:sfn:startSyncExecution": {
      const written = text(name, given, "StateMachineArn");
      return [allow(["states:StartSyncExecution"], [context.startedMachine?.(written).arn ?? written])];
    }
    case "arn:aws:states:::states:startExecution.sync:2": {
      const written = text(name, given, "StateMachineArn");
      const { arn: started, executions } = context.startedMachine?.(written) ?? {
        arn: written,
        executions: `${written.replace(":stateMachine:", ":execution:")}:*`,
      };
      return [
        allow(["states:StartExecution"], [started]),
        allow(["states:DescribeExecution", "states:StopExecution"], [executions]),
        allow(
          ["events:PutTargets", "events:PutRule", "events:DescribeRule"],
          [own("events", "rule/StepFunctionsGetEventsForStepFunctionsExecutionRule")],
        ),
      ];
    }
    default:
      throw new LambentError(
        `state ${name} calls ${JSON.stringify(Resource)}, for which no permissions are known: grant them to a role of your own`,
      );
  }
}

/** Of a state machine that does nothing but to count the executions of another one, and to start them. */
function launchStatement(resource: string, launches: string): Statement {
  const action = resource === "arn:aws:states:::states:startExecution" ? "StartExecution" : "ListExecutions";
  return allow([`states:${action}`], [own("states", `stateMachine:${launches}`)]);
}

/** The functions that a call may go to: with affinity, all replicas of the actor. */
function invoked(name: string, given: Fields): string[] {
  const written = given["FunctionName"];
  const names = typeof written === "string" ? functionNames(written) : [];
  return names.map((FunctionName) => text(name, { FunctionName }, "FunctionName"));
}

/** Of AWS SDK actions on provisioned concurrency, schedules and executions; undefined for all others. */
function replicaStatements(resource: string, replicas: ReplicaGrants): Statement[] | undefined {
  const { aliases, group, scheduleRole, executions } = replicas;
  const [, service = "", action = ""] = /:aws-sdk:(\w+):(\w+)$/.exec(resource) ?? [];
  const permission = `${action.charAt(0).toUpperCase()}${action.slice(1)}`;
  switch (service) {
    case "lambda":
      return [allow([`lambda:${permission}`], aliases)];
    case "sfn":
      // Other state machines than the cooling look for their own child executions.
      return executions === undefined ? undefined : [allow([`states:${permission}`], executions)];
    case "scheduler": {
      // A list is of no schedule in particular.
      if (action === "listSchedules") return [allow(["scheduler:ListSchedules"], ["*"])];
      const passes = action === "createSchedule" || action === "updateSchedule";
      const condition = { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } };
      return [
        allow([`scheduler:${permission}`], [own("scheduler", `schedule/${group}/*`)]),
        ...(passes ? [allow(["iam:PassRole"], [scheduleRole], condition)] : []),
      ];
    }
    default:
      return undefined;
  }
}

/** A Distributed Map starts its children as executions of the state machine itself. */
function mapStatements(name: string, state: Fields, { stateMachineName }: RoleContext): Statement[] {
  if (fields(fields(state["ItemProcessor"])["ProcessorConfig"])["Mode"] !== "DISTRIBUTED") return [];
  return [
    allow(["states:StartExecution"], [own("states", `stateMachine:${stateMachineName}`)]),
    allow(["states:DescribeExecution", "states:StopExecution"], [own("states", `execution:${stateMachineName}:*`)]),
    allow(["states:RedriveExecution"], [own("states", `execution:${stateMachineName}/*:*`)]),
    ...objectStatements(name, state["ItemReader"], "Key", ["s3:GetObject"]),
    ...objectStatements(name, state["ResultWriter"], "Prefix", [
      "s3:GetObject",
      "s3:PutObject",
      "s3:AbortMultipartUpload",
      "s3:ListMultipartUploadParts",
    ]),
  ];
}

/** The permissions for an ItemReader or a ResultWriter. */
function objectStatements(
  name: string,
  part: Json | undefined,
  field: "Key" | "Prefix",
  actions: readonly string[],
): Statement[] {
  if (part === undefined) return [];
  const { Resource, Arguments } = fields(part);
  const given = fields(Arguments);
  const bucket = `arn:\${AWS::Partition}:s3:::${text(name, given, "Bucket")}`;
  if (Resource === "arn:aws:states:::s3:listObjectsV2") {
    const prefix =
      typeof given["Prefix"] === "string" ? { StringLike: { "s3:prefix": [`${given["Prefix"]}*`] } } : undefined;
    return [allow(["s3:ListBucket"], [arn(bucket)], prefix)];
  }
  const key = text(name, given, field);
  return [allow(actions, [arn(`${bucket}/${key}${field === "Prefix" ? "/*" : ""}`)])];
}

/** A field whose value is known at deployment, and not an expression that is evaluated when the state runs. */
function text(state: string, given: Fields, field: string): string {
  const value = given[field];
  if (typeof value === "string" && !value.startsWith("{%")) return value;
  throw new LambentError(
    `state ${state}: ${field} must be known when the service is deployed, so that its role can name it`,
  );
}
