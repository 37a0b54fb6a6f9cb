import type { Json } from "../../../sdk/base/json.ts";
import { fields, list, type Fields } from "../../asl/states.ts";
import type { FunctionEntry, Statement } from "./framework.ts";
import { allow, arn, XRAY_SEGMENTS } from "./iam.ts";

/** What the framework grants the role that functions share for an entry's settings, an actor's own role has to grant. */
export interface GrantContext {
  /** The function's properties in the compiled template, where the provider's settings have been filled in. */
  readonly properties: Fields;
  /** The service's functions, by key: a destination may name one. */
  readonly functions: Readonly<Record<string, FunctionEntry>>;
}

/**
 * The permissions that a function needs for the framework's settings. For a reference in the place of an ARN the
 * framework grants nothing; here it is granted the same as for an ARN.
 * @param name the deployed name
 */
export function settingStatements(name: string, entry: FunctionEntry, context: GrantContext): Statement[] {
  const { KmsKeyArn, DeadLetterConfig, TracingConfig, FileSystemConfigs, LoggingConfig, DurableConfig } =
    context.properties;
  const logGroup = fields(LoggingConfig)["LogGroup"];
  const { onSuccess, onFailure } = fields(entry["destinations"] as Json); // the framework has checked it
  return [
    ...logStatements(name, entry, logGroup),
    ...(TracingConfig === undefined ? [] : [XRAY_SEGMENTS]),
    ...(KmsKeyArn === undefined ? [] : [allow(["kms:Decrypt"], [KmsKeyArn])]),
    ...queueStatements(fields(DeadLetterConfig)["TargetArn"]),
    ...list(FileSystemConfigs).map((system) =>
      allow(
        ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
        [fields(system)["Arn"] ?? ""], // each has one
      ),
    ),
    ...[onSuccess, onFailure].flatMap((target) => destinationStatements(target ?? undefined, context)),
    ...(DurableConfig === undefined
      ? []
      : [
          allow(
            ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"],
            [arn(`${functionArn(name)}:*/durable-execution/*/*`)],
          ),
        ]),
  ];
}

export function functionArn(name: string): string {
  return `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${name}`;
}

/** The function's own log group, or the one that its settings name. None with `disableLogs`. */
function logStatements(name: string, { disableLogs }: FunctionEntry, logGroup: Json | undefined): Statement[] {
  if (disableLogs === true) return [];
  const group = typeof logGroup === "string" ? logGroup : `/aws/lambda/${name}`;
  return [
    allow(
      ["logs:CreateLogStream", "logs:PutLogEvents"],
      [arn(`arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:${group}:*`)],
    ),
  ];
}

/** A dead letter queue: a topic or a queue. A reference tells not which, and then both actions are granted on it. */
function queueStatements(target: Json | undefined): Statement[] {
  if (target === undefined) return [];
  const service = typeof target === "string" ? target.split(":")[2] : undefined;
  const actions = service === undefined ? Object.values(SEND) : [SEND[service] ?? SEND.sns];
  return [allow(actions, [target])];
}

/** By service, the action that hands on to one of its resources. */
const SEND: Readonly<Record<string, string>> & { readonly sns: string } = {
  sns: "sns:Publish",
  sqs: "sqs:SendMessage",
};

/** By what the framework calls a destination that is a reference. */
const DESTINATIONS: Readonly<Record<string, string>> = {
  ...SEND,
  function: "lambda:InvokeFunction",
  eventBus: "events:PutEvents",
};

/** Where the results of asynchronous invocations go: an ARN, the key of a function, or `{ type, arn }`. */
function destinationStatements(target: Json | undefined, { functions }: GrantContext): Statement[] {
  if (target === undefined) return [];
  if (typeof target !== "string") {
    const { type, arn: resource } = fields(target);
    const action = DESTINATIONS[String(type)];
    return action === undefined || resource === undefined ? [] : [allow([action], [resource])];
  }
  if (!target.startsWith("arn:")) {
    const { name, targetAlias } = functions[target] ?? {};
    // By name, since a reference from a role to a function that has it would be a circle.
    const qualifier = targetAlias === undefined ? "" : `:${targetAlias.name}`;
    return [allow(["lambda:InvokeFunction"], [arn(`${functionArn(name ?? target)}${qualifier}`)])];
  }
  const service = target.split(":")[2] ?? "";
  const type = { lambda: "function", events: "eventBus" }[service] ?? service;
  const action = DESTINATIONS[type];
  return action === undefined ? [] : [allow([action], [target])];
}
