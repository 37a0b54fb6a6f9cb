import { replicaName } from "../../../sdk/base/function-names.ts";
import type { AwsCallNode, GraphData } from "../../../sdk/graph/graph.ts";
import type { Json } from "../../../sdk/base/json.ts";
import type { FunctionDescription, ServiceDescription } from "../../../sdk/authoring/service.ts";
import { allNodes } from "../../../sdk/graph/walk.ts";
import { compileWorkflow, type Definition, type PartMachine, type Target } from "../../compile/compile.ts";
import { functionsForRun, replicasForRun } from "../../compile/replica-states.ts";
import { partName, scheduleGroupName, stateMachineName, type ServiceName } from "../../project/names.ts";
import type { LambentConfig } from "./config.ts";
import { COOLING_MACHINE, COOLING_SCHEDULE_ROLE } from "./cooling-ids.ts";
import { definitionText } from "./definition-text.ts";
import { readableObjects } from "./file-access.ts";
import type { Provider, Resource, Statement } from "./framework.ts";
import { allow, own, role, roleProperties, XRAY_SEGMENTS } from "./iam.ts";
import { partId, partOf } from "./part-ids.ts";
import { permissionsOf, type ReplicaGrants, type StartedMachine } from "./permissions.ts";
import { allStates, type Fields } from "../../asl/states.ts";
import { awsCallComment } from "../../compile/aws-call-state.ts";
import { storedDefinition, type DefinitionStorage, type StoredDefinition } from "./stored-definitions.ts";
import { NAME_CHARACTERS } from "../../../sdk/base/aws-limits.ts";
import { LambentError } from "../../../sdk/base/errors.ts";

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
  aliasId(actor: string | undefined, replica?: number): string;
  /** The logical id of a function. */
  functionId(key: string): string;
  readonly storage: DefinitionStorage;
}

/** What a template gets for one workflow. */
export interface StateMachine {
  readonly id: string;
  readonly definition: Definition;
  /** Of the further state machines, where its graph is too large for one definition. */
  readonly parts: readonly PartMachine[];
  /** Then they all lie in S3. */
  readonly stored: readonly StoredDefinition[];
  readonly resources: Readonly<Record<string, Resource>>;
  readonly outputs: Readonly<Record<string, Json>>;
}

/** The resources of a workflow: its state machines, their roles, and their log group. */
export function stateMachine(graph: GraphData, context: StateMachineContext): StateMachine {
  const id = stateMachineId(graph.workflow);
  const target = targetOf(context);
  const { definition, parts } = compileWorkflow(graph, target);
  const machine = {
    id,
    name: stateMachineName(context, graph),
    type: graph.options?.type ?? "STANDARD",
    // Of the workflow and not of the state machine, so that the group stays when the workflow changes its type.
    logName: stateMachineName(context, { workflow: graph.workflow }),
    definition,
    calls: allNodes(graph).filter((node) => node.kind === "awsCall"),
    files: readableObjects(context.config, context.callerKeys),
    replicas: replicaGrants(
      context,
      functionsForRun(graph, target).map(({ key }) => key),
    ),
  } as const;
  const stored: StoredDefinition[] = [];
  const store: StoreText = (text) => {
    const one = storedDefinition(text, context.storage);
    stored.push(one);
    return { Bucket: context.storage.bucket, Key: one.key };
  };
  const machines = [
    machine,
    ...parts.map((one): MachineDescription => {
      const own = { id: partId(id, one.part), name: partName(machine.name, one.part), definition: one.definition };
      return { ...machine, ...own, partOf: id };
    }),
  ].map((one) => ({ ...one, calls: callsIn(one.definition, machine.calls) }));
  checkPartNames(graph.workflow, machines);
  const resources = machines.map((one) => machineResources(one, context, parts.length === 0 ? undefined : store));
  return {
    id,
    definition,
    parts,
    stored,
    resources: Object.assign({}, ...resources) as Record<string, Resource>, // Object.assign of several is any
    outputs: {
      [`${id}Arn`]: { Description: `workflow ${graph.workflow}`, Value: { Ref: id } },
    },
  };
}

/** Of a workflow's calls of AWS those whose actions one of its state machines calls. */
function callsIn(definition: Definition, calls: readonly AwsCallNode[]): AwsCallNode[] {
  const comments = new Set(allStates(definition as unknown as Fields).map(([, state]) => state["Comment"])); // a State's fields are JSON
  return calls.filter((node) => comments.has(awsCallComment(node)));
}

/** @throws {LambentError} if one has a longer name than Step Functions takes */
function checkPartNames(workflow: string, [, ...parts]: readonly MachineDescription[]): void {
  const long = parts.find(({ name }) => name.length > NAME_CHARACTERS);
  if (long === undefined) return;
  throw new LambentError(
    `workflow ${workflow}: its graph is too large for one definition, and the name of a further state machine, ${long.name}, has ` +
      `${long.name.length} characters, Step Functions takes ${NAME_CHARACTERS}: shorten the service's or the workflow's { name }`,
  );
}

/** What the resources of one state machine depend on. */
export interface MachineDescription {
  readonly id: string;
  readonly name: string;
  readonly type: "STANDARD" | "EXPRESS";
  /** What its log group's name ends with. */
  readonly logName: string;
  readonly definition: Definition;
  /** The logical id of the state machine of which it runs a part, and which has the log group of both. */
  readonly partOf?: string;
  readonly calls?: readonly AwsCallNode[];
  readonly files?: readonly Json[];
  readonly replicas: ReplicaGrants;
  /** The name of the state machine whose executions it counts and starts. */
  readonly launches?: string;
}

/** The logical id of a workflow's state machine. */
export function stateMachineId(workflow: string): string {
  return `${logicalName(workflow)}StateMachine`;
}

/** Keeps a definition in S3. @returns where, as a value in a template */
type StoreText = (text: string) => Json;

/**
 * A state machine, its role, and its log group unless there are no logs.
 * @param store absent: the definition is in the template
 */
export function machineResources(
  machine: MachineDescription,
  context: StateMachineContext,
  store?: StoreText,
): Record<string, Resource> {
  const { id, name, type, logName, definition, partOf: whole, calls, files, replicas, launches } = machine;
  const owner = whole ?? id;
  const { config } = context;
  const { level = "ERROR", includeExecutionData = false } = config.logs ?? {};
  const tracing = config.tracing !== false;
  const { text, references } = definitionText(definition, context.bucketPlaceholder);
  function startedArn(reference: string): Json | undefined {
    const { id: started = reference } = partOf(reference) ?? {};
    return workflowOf(started, context) && startedMachine(owner, reference, context).arn;
  }
  const statements = [
    ...permissionsOf(definition as unknown as Fields, {
      stateMachineName: name,
      ...(calls === undefined ? {} : { calls }),
      ...(files === undefined ? {} : { files }),
      replicas,
      ...(launches === undefined ? {} : { launches }),
      functionArn: (written) => ({ Ref: written.slice(2, -1) }),
      startedMachine: (written) => startedMachine(owner, written.slice(2, -1), context),
    }),
    ...(level === "OFF" ? [] : [LOG_DELIVERY, logStreams(logName)]),
    ...(tracing ? [XRAY_SEGMENTS, XRAY_SAMPLING] : []),
  ];
  return {
    [id]: {
      Type: "AWS::StepFunctions::StateMachine",
      Properties: {
        StateMachineName: name,
        StateMachineType: type,
        ...(store === undefined ? { DefinitionString: text } : { DefinitionS3Location: store(text) }),
        ...(references.length === 0
          ? {}
          : {
              DefinitionSubstitutions: Object.fromEntries(
                references.map((one) => [one, startedArn(one) ?? valueOf(one)]),
              ),
            }),
        RoleArn: { "Fn::GetAtt": [`${id}Role`, "Arn"] },
        TracingConfiguration: { Enabled: tracing },
        ...(level === "OFF" ? {} : { LoggingConfiguration: logging(`${owner}LogGroup`, level, includeExecutionData) }),
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
    ...(level === "OFF" || whole !== undefined ? {} : { [`${id}LogGroup`]: logGroup(logName, context) }),
  };
}

/** The workflow whose state machine has this logical id. */
function workflowOf(id: string, { description }: StateMachineContext): GraphData | undefined {
  return description.workflows.find(({ workflow }) => stateMachineId(workflow) === id);
}

/**
 * A state machine that another one starts. Where it starts that one in turn, or they are one and the same, CloudFormation
 * would wait for each before the other, so that there its ARN is made of its name.
 * @param id of the state machine of the workflow that starts it
 */
function startedMachine(id: string, startedId: string, context: StateMachineContext): StartedMachine {
  const part = partOf(startedId);
  const graph = workflowOf(part?.id ?? startedId, context);
  if (graph === undefined) throw new Error(`${id} starts ${startedId}, which is no workflow`);
  const whole = stateMachineName(context, graph);
  const name = part === undefined ? whole : partName(whole, part.part);
  // A part is started by its own workflow alone, and never starts what has started it but by that one's name.
  const isAround =
    part === undefined && [...startsOf(graph, context)].some((one) => stateMachineId(one.workflow) === id);
  return {
    arn: isAround ? own("states", `stateMachine:${name}`) : { Ref: startedId },
    executions: own("states", `execution:${name}:*`),
  };
}

/** A workflow, and those whose state machines it starts, at any depth. */
function startsOf(graph: GraphData, { description }: StateMachineContext): Set<GraphData> {
  const found = new Set([graph]);
  for (const one of found) {
    const started = new Set(allNodes(one).flatMap((node) => (node.kind === "start" ? [node.workflow] : [])));
    for (const other of description.workflows) if (started.has(other.workflow)) found.add(other);
  }
  return found;
}

/** What a placeholder in a definition stands for: an alias's or a state machine's ARN, a function's name, a role's ARN. */
function valueOf(id: string): Json {
  return id === COOLING_SCHEDULE_ROLE ? { "Fn::GetAtt": [id, "Arn"] } : { Ref: id };
}

/** A logical id that is made as the framework makes those of functions: different names have different ids. */
export function logicalName(name: string): string {
  const spelled = name.replaceAll("-", "Dash").replaceAll("_", "Underscore");
  return `${spelled.charAt(0).toUpperCase()}${spelled.slice(1)}`;
}

/**
 * In the definition, what CloudFormation knows is a placeholder `${…}`: the ARN of an alias, a function's name. Where a call
 * has a choice of replicas, its `FunctionName` is an expression that begins with a list of them.
 */
export function targetOf({ aliasId, functionId, description, callerFiles, ...name }: StateMachineContext): Target {
  function actorOf(key: string | undefined): FunctionDescription["actor"] {
    return description.functions.find((fn) => fn.actor?.name === key)?.actor;
  }
  return {
    callerFiles,
    functionName: (actor, replica) => `\${${aliasId(actor, replica)}}`,
    workflows: description.workflows,
    stateMachineArn: (workflow) => `\${${stateMachineId(workflow)}}`,
    partArn: (workflow, part) => `\${${partId(stateMachineId(workflow), part)}}`,
    queues: (actor) => actorOf(actor)?.whenBusy === "queue",
    replicasForRun: (actor) =>
      replicasForRun(actorOf(actor), (replica) => `\${${functionId(replicaName(actor, replica))}}`),
    cooling: {
      groupName: scheduleGroupName(name),
      stateMachineArn: `\${${COOLING_MACHINE}}`,
      roleArn: `\${${COOLING_SCHEDULE_ROLE}}`,
    },
  };
}

/** What a state machine may do to have the replicas of these functions. */
export function replicaGrants(context: StateMachineContext, keys: readonly string[]): ReplicaGrants {
  return {
    aliases: keys.map((key) => ({ Ref: context.aliasId(key) })),
    group: scheduleGroupName(context),
    scheduleRole: valueOf(COOLING_SCHEDULE_ROLE),
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

function logStreams(logName: string): Statement {
  return allow(["logs:CreateLogStream", "logs:PutLogEvents"], [own("logs", `log-group:${logGroupName(logName)}:*`)]);
}

const XRAY_SAMPLING = allow(["xray:GetSamplingRules", "xray:GetSamplingTargets"], ["*"]);

function logging(logGroupId: string, level: string, includeExecutionData: boolean): Json {
  return {
    Level: level,
    IncludeExecutionData: includeExecutionData,
    Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: { "Fn::GetAtt": [logGroupId, "Arn"] } } }],
  };
}

function logGroupName(logName: string): string {
  return `/aws/vendedlogs/states/${logName}`;
}

/**
 * The log group. Under /aws/vendedlogs, because CloudWatch's resource policy for log delivery has one entry for that
 * whole path; for other names it gets an entry for each log group, and is full after some ten.
 */
function logGroup(logName: string, context: StateMachineContext): Resource {
  return {
    Type: "AWS::Logs::LogGroup",
    DeletionPolicy: "Delete",
    UpdateReplacePolicy: "Delete",
    Properties: {
      LogGroupName: logGroupName(logName),
      RetentionInDays: context.retentionInDays,
    },
  };
}
