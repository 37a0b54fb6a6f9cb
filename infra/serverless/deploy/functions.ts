import { FUNCTION_DESCRIPTION_CHARACTERS, FUNCTION_SECONDS } from "../../../sdk/base/aws-limits.ts";
import { ALIAS, PLAIN_TASKS } from "../../../sdk/base/function-names.ts";
import type { FunctionDescription, ServiceDescription } from "../../../sdk/authoring/service.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { allNodes, invokingNode } from "../../../sdk/graph/walk.ts";
import { functionName, type ServiceName } from "../../project/names.ts";
import { bucketArn, bucketName } from "./bucket.ts";
import { checkWritten } from "./checks.ts";
import type { LambentConfig } from "./config.ts";
import { fileStatements } from "./file-access.ts";
import type { AwsProvider, FunctionEntry, Provider, Resource, Statement } from "./framework.ts";
import { allow, arn, role, roleProperties, XRAY_SEGMENTS } from "./iam.ts";
import { secretStatements } from "./secrets.ts";

/** What the functions of a service are made from. */
export interface FunctionsContext extends ServiceName {
  readonly config: LambentConfig;
  readonly provider: Provider;
  readonly naming: AwsProvider["naming"];
  /** What an actor's function is called once deployed, or the plain tasks', if it is known yet. */
  deployedName(actor: string | undefined): string | undefined;
  /** What the keys of the service's assets begin with; absent if it has none. */
  readonly assetPrefix?: string | undefined;
  /** Whether serverless-esbuild is there too, which would bundle every function that does not say otherwise. */
  readonly esbuildPlugin: boolean;
}

/** Errors name the author's files and lines. It takes 3 to 7 ms of a cold start, which replicas have before any request. */
const STACK_TRACES = { NODE_OPTIONS: "--enable-source-maps" };

/** The key of a function among serverless.yml's `functions`. */
export function functionKey({ actor }: FunctionDescription): string {
  return actor?.name ?? PLAIN_TASKS;
}

/**
 * An entry of `functions`: what Lambent generates, beneath what the author wrote under the same key.
 * @throws {LambentError} if that is a function of its own
 */
export function functionEntry(
  fn: FunctionDescription,
  context: FunctionsContext,
  written: FunctionEntry,
): FunctionEntry {
  const { actor } = fn;
  const { config, provider, naming } = context;
  const key = functionKey(fn);
  checkWritten(fn, key, written, provider);
  const storage = written["ephemeralStorageSize"] ?? actor?.ephemeralStorageSize;
  const replicas = Number(written.provisionedConcurrency ?? actor?.replicaCount ?? 0) || (actor?.replicaCount ?? 0);
  const generated: FunctionEntry = {
    name: functionName(context, actor?.name),
    description: describeFunction(fn),
    ...(actor?.containerImage === undefined ? { handler: "index.handler" } : { image: actor.containerImage }),
    timeout: actor?.timeout ?? provider.timeout ?? FUNCTION_SECONDS,
    ...pick(actor, ["memorySize", "ephemeralStorageSize", "architecture", "layers", "vpc"]),
    ...(actor === undefined ? {} : { provisionedConcurrency: actor.replicaCount }),
    // A deployment provisions the new version while the old one still is, and both count.
    ...(actor?.whenBusy === "queue" ? { reservedConcurrency: 2 * replicas } : {}),
    versionFunction: true,
    ...(context.esbuildPlugin ? { skipEsbuild: true } : {}),
    ...(config.tracing === false ? {} : { tracing: "Active" }),
    ...(provider.logRetentionInDays === undefined ? { logRetentionInDays: config.logs?.retentionInDays ?? 30 } : {}),
    ...(hasRole(provider) ? {} : { role: roleArn(naming, key) }),
  };
  return {
    ...generated,
    ...written,
    environment: {
      LAMBENT_BUCKET: bucketName(config),
      ...(actor === undefined ? {} : STACK_TRACES),
      ...(storage === undefined ? {} : { LAMBENT_EPHEMERAL_STORAGE: String(storage) }),
      ...actor?.environment,
      ...written.environment,
    },
  };
}

function describeFunction({ actor, tasks }: FunctionDescription): string {
  const text = `${actor === undefined ? "Plain tasks" : `Actor ${actor.name}`}: ${tasks.join(", ")}`;
  return text.length <= FUNCTION_DESCRIPTION_CHARACTERS
    ? text
    : `${text.slice(0, FUNCTION_DESCRIPTION_CHARACTERS - 1)}…`;
}

function pick<T extends object, K extends keyof T>(from: T | undefined, keys: readonly K[]): Partial<Pick<T, K>> {
  if (from === undefined) return {};
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]])) as Partial<
    Pick<T, K>
  >; // by construction
}

/** Whether the author has all functions run under a role of their own. */
function hasRole({ iam }: Provider): boolean {
  return typeof iam?.role === "string" || Object.keys(iam?.role ?? {}).some((key) => key.includes("::"));
}

export function roleId(naming: AwsProvider["naming"], key: string): string {
  return `${naming.getNormalizedFunctionName(key)}LambentRole`;
}

/** Written so, and not as the role's id, because the framework would add a dependency that is there already. */
export function roleArn(naming: AwsProvider["naming"], key: string): Json {
  return { "Fn::Sub": `\${${roleId(naming, key)}.Arn}` };
}

/**
 * A function's role: its own log group, its own part of the bucket, the files and large values of those it works with,
 * its secrets one by one, and what `provider.iam.role.statements` grants to every function.
 * @param entry the function as it will be deployed
 */
export function functionRole(
  fn: FunctionDescription,
  entry: FunctionEntry,
  service: ServiceDescription,
  context: FunctionsContext,
): Resource {
  const { provider, config } = context;
  const own = typeof provider.iam?.role === "object" ? provider.iam.role : {};
  const name = entry.name ?? functionName(context, fn.actor?.name);
  const inVpc = [entry.vpc, provider.vpc].some((vpc) => vpc !== undefined && "subnetIds" in vpc);
  const managed = [
    ...(own.managedPolicies ?? []),
    ...(inVpc ? [arn("arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole")] : []),
  ];
  const statements: Statement[] = [
    allow(
      ["logs:CreateLogStream", "logs:PutLogEvents"],
      [arn(`arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${name}:*`)],
    ),
    ...(config.tracing === false ? [] : [XRAY_SEGMENTS]),
    ...bucketStatements(fn, name, service, context),
    ...fileStatements(fn, service, config),
    ...secretStatements(Object.values(fn.actor?.secrets ?? {})),
    ...(own.statements ?? []),
  ];
  return role("lambda.amazonaws.com", "lambent", statements, {
    ...(managed.length === 0 ? {} : { ManagedPolicyArns: managed }),
    ...roleProperties(provider),
  });
}

function bucketStatements(
  fn: FunctionDescription,
  name: string,
  service: ServiceDescription,
  context: FunctionsContext,
): Statement[] {
  const { config, assetPrefix } = context;
  const readable = companions(fn, service).flatMap((actor) =>
    ["files", "values"].map((kind) => bucketArn(config, `/${deployedName(context, actor)}/${kind}/*`)),
  );
  if (assetPrefix !== undefined) readable.push(bucketArn(config, `/${assetPrefix}*`));
  return [
    allow(["s3:GetObject", "s3:PutObject"], [bucketArn(config, `/${name}/*`)]),
    ...(readable.length === 0 ? [] : [allow(["s3:GetObject"], readable)]),
    // Without it, S3 says 403 and not 404 of an object that is not there. It shows names, not contents.
    allow(["s3:ListBucket"], [bucketArn(config, "")]),
  ];
}

/** What an actor's function is called, or the plain tasks'. */
export function deployedName(context: FunctionsContext, actor: string | undefined): string {
  return context.deployedName(actor) ?? functionName(context, actor);
}

/** The other functions whose outputs may reach this one: those in a workflow with it. */
function companions({ actor }: FunctionDescription, { workflows }: ServiceDescription): (string | undefined)[] {
  const found = new Set<string | undefined>();
  for (const graph of workflows) {
    // By name; `undefined` is the plain tasks' function.
    const actors = new Set(
      allNodes(graph)
        .map(invokingNode)
        .filter((node) => node !== undefined)
        .map(({ address }) => address.actor),
    );
    if (actors.has(actor?.name)) for (const other of actors) found.add(other);
  }
  found.delete(actor?.name);
  return [...found].toSorted();
}

/** The alias that state machines invoke: the framework's own where it made one. */
export function aliasOf(
  key: string,
  entry: FunctionEntry,
  naming: AwsProvider["naming"],
): { readonly id: string; readonly resource?: Resource } {
  if (entry.targetAlias !== undefined) return { id: entry.targetAlias.logicalId };
  const version = entry.versionLogicalId ?? naming.getLambdaLogicalId(key);
  return {
    id: `${naming.getNormalizedFunctionName(key)}LambentAlias`,
    resource: {
      Type: "AWS::Lambda::Alias",
      Properties: {
        FunctionName: { Ref: naming.getLambdaLogicalId(key) },
        FunctionVersion: { "Fn::GetAtt": [version, "Version"] },
        Name: ALIAS,
      },
    },
  };
}
