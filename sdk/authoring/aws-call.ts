import { similarName } from "../base/error-names.ts";
import { LambentError, refuseUnknown } from "../base/errors.ts";
import { OPTIMISED, SYNCHRONOUS, TOKEN } from "../base/integrations.ts";
import { isObject } from "../base/json.ts";
import type { Expression, NodeOptions, Right } from "../graph/graph.ts";
import { originOf, type Inputs, type Ref } from "../graph/ref.ts";
import { isPlain } from "../values/wire.ts";
import type { AwsAnswer, AwsParameters, Known } from "./aws-call-types.ts";
import { checkOptions } from "./check-options.ts";
import { currentTrace } from "./current-trace.ts";
import { secondsOf, type Duration } from "./duration.ts";
import { given } from "./given.ts";
import { checkLiterals } from "./literal-size.ts";
import type { RetryOptions } from "./retried-errors.ts";
import { checkNodeOptions } from "./task.ts";
import type { Trace } from "./trace.ts";

/**
 * What a state machine's role may do.
 * @example
 * const right: AwsRight = { actions: ["iam:PassRole"], resources: ["arn:aws:iam::123456789012:role/of-the-job"] };
 */
export interface AwsRight {
  /** As IAM names them: `glue:StartJobRun`. */
  readonly actions: readonly string[];
  /** ARNs, or `"*"`. */
  readonly resources: readonly string[];
}

/**
 * What {@link awsCall} may be given beside.
 * @example
 * const options: AwsCallOptions = { timeout: 30, retries: { maxAttempts: 3, errors: ["DynamoDB.ThrottlingException"] } };
 */
export interface AwsCallOptions {
  /** How long one attempt may take. */
  readonly timeout?: Duration;
  /** Of a call that waits for its token: how long whoever is to answer may be silent. */
  readonly heartbeat?: Duration;
  /** A number is short for `{ maxAttempts }`. Default: nothing is tried again. */
  readonly retries?: number | RetryOptions;
  /** The ARNs of what the role may act on. Default: what the arguments name; `"*"` where they do not. */
  readonly resource?: string | readonly string[];
  /** All that the role may do for this call, for those that need more than their own action. */
  readonly permissions?: readonly AwsRight[];
}

/** What a call is given, or a function of its token that returns that. */
type Given<A extends string> = A extends `${string}.waitForTaskToken`
  ? (token: Ref<string>) => Inputs<AwsParameters<A>>
  : Inputs<AwsParameters<A>>;

/** What is sent to a call that waits for its token is of any type. */
type Answer<A extends string> = A extends `${string}.waitForTaskToken`
  ? { readonly [name: string]: never }
  : AwsAnswer<A>;

/**
 * Call an action of an AWS service from the state machine, without a function.
 * @typeParam A the action; its command types the parameters and the answer where the service's AWS SDK client is installed
 * @typeParam O what the answer is, where no client says it
 * @param action `dynamodb:getItem`: AWS's optimised integration where there is one, its AWS SDK integration otherwise, and
 * always with `aws-sdk:` before it. `.sync`, `.sync:2` and `.waitForTaskToken` follow it as in a Task's `Resource`
 * @param parameters as Step Functions takes them, each field with a capital first letter; with `.waitForTaskToken` a
 * function that is called now, with the Ref of the token
 * @param options retries, a timeout, and what the role may act on
 * @returns the service's answer
 * @throws {LambentError} outside of a workflow, for an action that Step Functions has not, and for what does not fit
 * @example
 * const found = awsCall("dynamodb:getItem", { TableName: "users", Key: { id: { S: text } } });
 */
export function awsCall<const A extends string, O = Answer<A>>(
  action: A & Known<A>,
  parameters: Given<NoInfer<A>>,
  options: AwsCallOptions = {},
): Ref<O> {
  const trace = currentTrace(
    "awsCall",
    "call it in a workflow's function, or use the service's AWS SDK client in a task",
  );
  const resource = resourceOf(action);
  const what = `awsCall(${JSON.stringify(action)})`;
  checkOptions(what, options);
  const { resource: acted, permissions, ...others } = options;
  const waits = resource.endsWith(".waitForTaskToken");
  const called = nodeOptions(what, others, waits);
  const rights = rightsOf(what, acted, permissions);
  const named = trace.named(/([A-Za-z0-9]+)(?:\.[^.]*)?$/.exec(resource)?.[1] ?? "awsCall");
  const token = waits ? trace.name("token") : undefined;
  return trace.add<O>({
    kind: "awsCall",
    ...named,
    action: resource,
    arguments: argumentsOf(what, trace, parameters, token),
    options: called,
    ...(rights === undefined ? {} : { rights }),
    ...(token === undefined ? {} : { token }),
  });
}

const FORM = /^(aws-sdk:)?([a-z0-9-]+):([a-z][A-Za-z0-9]*)(?:\.(sync:2|sync|waitForTaskToken))?$/;

/** Services by other names than Step Functions' own: of IAM, of their endpoints, of optimised integrations. */
const MEANT: Readonly<Record<string, string>> = {
  states: "sfn",
  stepfunctions: "sfn",
  events: "eventbridge",
  logs: "cloudwatchlogs",
  monitoring: "cloudwatch",
  email: "sesv2",
  elasticmapreduce: "emr",
  cognitoidp: "cognitoidentityprovider",
  dynamo: "dynamodb",
};

/** What follows `arn:aws:states:::` in the Task's `Resource`. */
function resourceOf(action: unknown): string {
  if (typeof action !== "string") {
    throw new LambentError(
      `awsCall(action, parameters) takes an action as a text, such as "dynamodb:getItem", which is known when the workflow is traced; it was given ${given(action)}`,
    );
  }
  const what = `awsCall(${JSON.stringify(action)})`;
  const [, sdk, service = "", name = "", pattern = ""] = FORM.exec(action) ?? [];
  if (service === "") {
    throw new LambentError(
      `${what}: an action is written as "service:action", each as Step Functions has it: "dynamodb:getItem"${hint(action)}`,
    );
  }
  if (sdk === undefined && OPTIMISED[service]?.includes(name) === true) {
    checkPattern(what, service, name, pattern);
    return action;
  }
  const plain = service.replaceAll("-", "");
  const meant = MEANT[plain] ?? (plain === service ? similarTo(service) : plain);
  if (meant !== undefined && meant !== service) {
    throw new LambentError(
      `${what}: Step Functions has no service ${service} with this action: did you mean ${meant}:${name}?`,
    );
  }
  if (pattern.startsWith("sync")) {
    throw new LambentError(
      `${what}: AWS SDK integrations do not wait for the end of a job: leave out .${pattern}, and ask for its state in a loop`,
    );
  }
  return `aws-sdk:${plain}:${name}${pattern === "" ? "" : `.${pattern}`}`;
}

function checkPattern(what: string, service: string, name: string, pattern: string): void {
  const isThere =
    pattern === "" ||
    (pattern === "waitForTaskToken" && TOKEN.has(service)) ||
    (pattern === "sync" && SYNCHRONOUS[service]?.includes(name) === true) ||
    (pattern === "sync:2" && service === "states");
  if (isThere) return;
  throw new LambentError(`${what}: Step Functions has no .${pattern} of ${service}:${name}: leave it out`);
}

/** `DynamoDB.GetItem` and `dynamodb:GetItem`, as others write it. */
function hint(action: string): string {
  const [, service, name] = /^(?:aws-sdk:)?([\w-]+)[:./]([A-Za-z]\w*)$/.exec(action) ?? [];
  if (service === undefined || name === undefined) return "";
  return `; did you mean "${service.toLowerCase().replaceAll("-", "")}:${name.charAt(0).toLowerCase()}${name.slice(1)}"?`;
}

/** Of the services that are called most; a name two letters from one of these is taken for a mistake. */
const WELL_KNOWN: readonly string[] = [
  "athena",
  "bedrockruntime",
  "cloudwatch",
  "cloudwatchlogs",
  "comprehend",
  "dynamodb",
  "eventbridge",
  "firehose",
  "kinesis",
  "lambda",
  "rekognition",
  "scheduler",
  "secretsmanager",
  "textract",
  "transcribe",
  "translate",
];

function similarTo(service: string): string | undefined {
  return service.length < 6 || WELL_KNOWN.includes(service) ? undefined : similarName(service, WELL_KNOWN);
}

function nodeOptions(what: string, options: AwsCallOptions, waits: boolean): NodeOptions {
  const { timeout, heartbeat, retries, ...unknown } = options;
  refuseUnknown(what, unknown, ["timeout", "heartbeat", "retries", "resource", "permissions"]);
  if (heartbeat !== undefined && !waits) {
    throw new LambentError(
      `${what}: heartbeat is of calls that wait for their token: leave it out, or write .waitForTaskToken`,
    );
  }
  return checkNodeOptions(what, {
    ...(timeout === undefined ? {} : { timeout: secondsOf(`${what}: timeout`, timeout, 1) }),
    ...(heartbeat === undefined ? {} : { heartbeat: secondsOf(`${what}: heartbeat`, heartbeat, 1) }),
    ...(retries === undefined ? {} : { retries }),
  });
}

function rightsOf(
  what: string,
  resource: AwsCallOptions["resource"],
  permissions: AwsCallOptions["permissions"],
): Right[] | undefined {
  if (resource !== undefined && permissions !== undefined) {
    throw new LambentError(
      `${what}: resource is of its own action, and permissions are all that it may do: leave out one`,
    );
  }
  if (resource !== undefined) return [{ resources: arns(`${what}: resource`, [resource].flat()) }];
  if (permissions === undefined) return undefined;
  if (
    !Array.isArray(permissions) ||
    !permissions.every((right: unknown) => isObject(right) && "actions" in right && isTexts(right.actions))
  ) {
    throw new LambentError(
      `${what}: permissions are a list such as [{ actions: ["iam:PassRole"], resources: ["arn:aws:iam::…:role/…"] }], not ${given(permissions)}`,
    );
  }
  return permissions.map(({ actions, resources }) => ({ actions, resources: arns(`${what}: permissions`, resources) }));
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string");
}

function arns(what: string, resources: unknown): readonly string[] {
  if (isTexts(resources) && resources.every((one) => one === "*" || one.startsWith("arn:"))) return resources;
  throw new LambentError(
    `${what} takes ARNs that are known when the service is deployed, or "*"; it was given ${given(resources)}`,
  );
}

function argumentsOf(
  what: string,
  trace: Trace,
  parameters: unknown,
  token: string | undefined,
): Record<string, Expression> {
  if (token === undefined) return checked(what, trace, parameters);
  if (typeof parameters !== "function" || originOf(parameters) !== undefined) {
    throw new LambentError(
      `${what} takes a function of the token, such as (token) => ({ MessageBody: { token } }); it was given ${given(parameters)}`,
    );
  }
  return trace.knowing(token, (ref) => checked(what, trace, Reflect.apply(parameters, undefined, [ref])));
}

function checked(what: string, trace: Trace, parameters: unknown): Record<string, Expression> {
  if (!isObject(parameters) || !isPlain(parameters)) {
    throw new LambentError(`${what} takes one object of parameters, { TableName: "t" }, not ${given(parameters)}`);
  }
  for (const name of Object.keys(parameters)) {
    if (/^[A-Z]/.test(name)) continue;
    const capital = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    throw new LambentError(
      `${what}: Step Functions takes parameters whose names begin with a capital letter: write ${capital} for ${name}, and so for the fields within`,
    );
  }
  refuseInstances(what, parameters);
  const fields = trace.fields(parameters, what);
  checkLiterals(what, fields);
  return fields;
}

/** Lambent's encoding of Dates, files and the like is for tasks. */
function refuseInstances(what: string, value: unknown): void {
  if (originOf(value) !== undefined) return;
  if (typeof value === "bigint" || (isObject(value) && !Array.isArray(value) && !isPlain(value))) {
    throw new LambentError(
      `${what} takes JSON, as the service does, and was given ${given(value)}: write a time as its ISO text, bytes as Base64, a file as its bucket and key`,
    );
  }
  if (isObject(value)) for (const part of Object.values(value)) refuseInstances(what, part);
}
