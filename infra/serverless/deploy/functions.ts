import { FUNCTION_DESCRIPTION_CHARACTERS, FUNCTION_SECONDS } from "../../../sdk/base/aws-limits.ts";
import { ALIAS, replicaName } from "../../../sdk/base/function-names.ts";
import {
  functionKey,
  replicaFunctions,
  type FunctionDescription,
  type ServiceDescription,
} from "../../../sdk/authoring/service.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { allNodes, invokingNode } from "../../../sdk/graph/walk.ts";
import { functionName, type ServiceName } from "../../project/names.ts";
import { bucketArn, bucketName } from "./bucket.ts";
import { checkWritten } from "./checks.ts";
import type { LambentConfig } from "./config.ts";
import { fileStatements } from "./file-access.ts";
import type { AwsProvider, FunctionEntry, Provider, Resource, Statement } from "./framework.ts";
import { eventStatements, isScheduled } from "./event-grants.ts";
import { settingStatements, type GrantContext } from "./grants.ts";
import { allow, arn, hasRole, providerRole, role, roleProperties } from "./iam.ts";
import { observabilityOf } from "./observability-config.ts";
import { secretStatements } from "./secrets.ts";
import { tokenStatements } from "./token-grants.ts";

/** What the templates of all functions of a service depend on. */
export interface FunctionsContext extends ServiceName {
  readonly config: LambentConfig;
  readonly provider: Provider;
  readonly naming: AwsProvider["naming"];
  /**
   * The name of an actor's function, or of the plain tasks' (`undefined`), which the author may have changed in
   * `functions.<actor>.name`. Undefined until that has been read.
   */
  deployedName(actor: string | undefined): string | undefined;
  /** What the keys of the service's assets begin with; absent if it has none. */
  readonly assetPrefix?: string | undefined;
  /** The keys of files that callers may name, in the service's bucket, as IAM's patterns. */
  readonly callerKeys: readonly string[];
  /** Whether serverless-esbuild is used too: it bundles each function whose entry does not have `skipEsbuild`. */
  readonly hasEsbuildPlugin: boolean;
}

/**
 * Has Node read source maps, so that stacks are in the author's files and lines. That takes 3 to 7 ms of a start;
 * replicas start before any request comes.
 */
const STACK_TRACES = { NODE_OPTIONS: "--enable-source-maps" };

/**
 * A message for each entry of `functions` that overrides settings, and of a function that there is not.
 * @param functions as they are described: settings may be those of all replicas of an actor, or of one
 */
export function strayOverrides(
  written: Readonly<Record<string, FunctionEntry>>,
  functions: readonly FunctionDescription[],
): string[] {
  const keys = functions.map(functionKey);
  const known = new Set([...keys, ...functions.flatMap(replicaFunctions).map(functionKey)]);
  return Object.entries(written)
    .filter(([key, { handler, image }]) => handler === undefined && image === undefined && !known.has(key))
    .map(
      ([key]) =>
        `functions.${key} has no handler, and no actor has that name: settings can be those of ${keys.join(", ")}`,
    );
}

/**
 * The entry of `functions` for a function: what Lambent generates, overridden by what the author wrote under the same
 * key.
 * @param written the author's entry, empty if there is none
 * @throws {LambentError} if the author's entry has code of its own, or settings that Lambda would refuse
 */
export function functionEntry(
  fn: FunctionDescription,
  context: FunctionsContext,
  written: FunctionEntry,
): FunctionEntry {
  const { actor, replica } = fn;
  const { config, provider, naming } = context;
  const key = functionKey(fn);
  checkWritten(fn, key, written, provider);
  const storage = written["ephemeralStorageSize"] ?? actor?.ephemeralStorageSize;
  const replicas = Number(written.provisionedConcurrency ?? actor?.replicaCount ?? 0) || (actor?.replicaCount ?? 0);
  const generated: FunctionEntry = {
    name: replicaName(functionName(context, actor?.name), replica),
    description: describeFunction(fn),
    ...(actor?.containerImage === undefined ? { handler: "index.handler" } : { image: actor.containerImage }),
    timeout: actor?.timeout ?? provider.timeout ?? FUNCTION_SECONDS,
    ...pick(actor, ["memorySize", "ephemeralStorageSize", "architecture", "layers", "vpc"]),
    // With `ttlSeconds` it is the state machines that provision, and the template says nothing of it.
    ...(actor === undefined || actor.ttlSeconds !== undefined ? {} : { provisionedConcurrency: actor.replicaCount }),
    // During a deployment the new version is provisioned while the old one still is, and both count.
    ...(actor?.whenBusy === "queue" ? { reservedConcurrency: 2 * replicas } : {}),
    versionFunction: true,
    ...(context.hasEsbuildPlugin ? { skipEsbuild: true } : {}),
    // The provider's own setting reaches the function by itself.
    ...(config.tracing === false || provider.tracing?.lambda !== undefined ? {} : { tracing: "Active" }),
    ...(provider.logRetentionInDays === undefined ? { logRetentionInDays: config.logs?.retentionInDays ?? 30 } : {}),
    ...(hasRole(provider) ? {} : { role: roleArn(naming, key) }),
  };
  return {
    ...generated,
    ...written,
    environment: {
      LAMBENT_BUCKET: bucketName(config),
      ...(observabilityOf(config.observability).metrics ? {} : { LAMBENT_METRICS: "off" }),
      ...(hasReplicas(actor, { ...generated, ...written }) ? { LAMBENT_PROVISIONED: "true" } : {}),
      ...(actor === undefined ? {} : STACK_TRACES),
      ...(storage === undefined ? {} : { LAMBENT_EPHEMERAL_STORAGE: String(storage) }),
      // What one replica has stored the others find.
      ...(replica === undefined ? {} : { LAMBENT_KEY_PREFIX: deployedName(context, actor?.name) }),
      ...actor?.environment,
      ...written.environment,
    },
  };
}

/** Whether a function has provisioned replicas, be it for a run alone. */
export function hasReplicas(actor: FunctionDescription["actor"], { provisionedConcurrency }: FunctionEntry): boolean {
  return Number(provisionedConcurrency ?? 0) > 0 || actor?.ttlSeconds !== undefined;
}

function describeFunction({ actor, replica, tasks }: FunctionDescription): string {
  const owner = actor === undefined ? "Plain tasks" : `Actor ${actor.name}`;
  const text = `${owner}${replica === undefined ? "" : `, replica ${replica}`}: ${tasks.join(", ")}`;
  return text.length <= FUNCTION_DESCRIPTION_CHARACTERS
    ? text
    : `${text.slice(0, FUNCTION_DESCRIPTION_CHARACTERS - 1)}…`;
}

function pick<T extends object, K extends keyof T>(from: T | undefined, keys: readonly K[]): Partial<Pick<T, K>> {
  if (from === undefined) return {};
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]])) as Partial<
    Pick<T, K>
  >; // `fromEntries` forgets the keys, which are some of K
}

export function roleId(naming: AwsProvider["naming"], key: string): string {
  return `${naming.getNormalizedFunctionName(key)}LambentRole`;
}

/** By `Fn::Sub` and not by the role's id, for which the framework would add a `DependsOn` that this already implies. */
export function roleArn(naming: AwsProvider["naming"], key: string): Json {
  return { "Fn::Sub": `\${${roleId(naming, key)}.Arn}` };
}

/**
 * A function's role. It may write to its own log group, read and write its own part of the bucket, read files and large
 * values of functions that are in a workflow with it, read its own secrets, and do what its settings and events in
 * serverless.yml need. It also has the statements of `provider.iam.role.statements`, which hold for all functions.
 * @param entry the function's entry as it will be deployed
 * @param compiled what the framework has made of the entry, and of those of the other functions
 */
export function functionRole(
  fn: FunctionDescription,
  entry: FunctionEntry,
  service: ServiceDescription,
  context: FunctionsContext,
  compiled: GrantContext,
): Resource {
  const { provider, config } = context;
  const own = providerRole(provider);
  const name = entry.name ?? replicaName(functionName(context, fn.actor?.name), fn.replica);
  const inVpc = compiled.properties["VpcConfig"] !== undefined;
  const managed = [
    ...(own.managedPolicies ?? []),
    ...(inVpc ? [arn("arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole")] : []),
  ];
  const principals = isScheduled(entry) ? ["lambda.amazonaws.com", "scheduler.amazonaws.com"] : "lambda.amazonaws.com";
  const companions = companionKeys(fn, service, context);
  const statements: Statement[] = [
    ...settingStatements(name, entry, compiled),
    ...eventStatements(name, entry),
    ...bucketStatements(fn.replica === undefined ? name : deployedName(context, fn.actor?.name), companions, context),
    // A policy has 10,240 characters: what is in it already is not repeated.
    ...fileStatements(
      fn,
      service,
      config,
      context.callerKeys.filter((key) => !companions.includes(key)),
    ),
    ...secretStatements(Object.values(fn.actor?.secrets ?? {})),
    ...tokenStatements(fn, service),
    ...(own.statements ?? []),
  ];
  return role(principals.length === 1 ? "lambda.amazonaws.com" : principals, [], "lambent", statements, {
    ...(managed.length === 0 ? {} : { ManagedPolicyArns: managed }),
    ...roleProperties(provider),
  });
}

/** Of functions that are in a workflow with this one: what it may read, as IAM's patterns. */
function companionKeys(fn: FunctionDescription, service: ServiceDescription, context: FunctionsContext): string[] {
  return actorsInSameWorkflows(fn, service).flatMap((actor) =>
    ["files", "values"].map((kind) => `${deployedName(context, actor)}/${kind}/*`),
  );
}

/** @param name what the keys begin with of all that the function stores */
function bucketStatements(
  name: string,
  companions: readonly string[],
  { config, assetPrefix }: FunctionsContext,
): Statement[] {
  const readable = assetPrefix === undefined ? companions : [...companions, `${assetPrefix}*`];
  return [
    allow(["s3:GetObject", "s3:PutObject"], [bucketArn(config, `/${name}/*`)]),
    ...(readable.length === 0
      ? []
      : [
          allow(
            ["s3:GetObject"],
            readable.map((keys) => bucketArn(config, `/${keys}`)),
          ),
        ]),
    // Of an object that is not there S3 answers 403 to whoever may not list it: a replica then asks for the one key.
    allow(["s3:ListBucket"], [bucketArn(config, "")], { StringLike: { "s3:prefix": [`${name}/*`, ...readable] } }),
  ];
}

/**
 * The name of an actor's function, or of the plain tasks' (`undefined`), as it will be deployed. Of an actor with affinity
 * it is what the names of its replicas begin with.
 */
export function deployedName(context: FunctionsContext, actor: string | undefined): string {
  return context.deployedName(actor) ?? functionName(context, actor);
}

/** The actors whose outputs may be inputs of this function: all others in the workflows that it is in. */
function actorsInSameWorkflows(
  { actor }: FunctionDescription,
  { workflows }: ServiceDescription,
): (string | undefined)[] {
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

/** The id of an alias that is made here: of a function without provisioned concurrency in the template. */
export function lambentAliasId(naming: AwsProvider["naming"], key: string): string {
  return `${naming.getNormalizedFunctionName(key)}LambentAlias`;
}

/**
 * The alias that state machines invoke. The framework makes one for provisioned concurrency; otherwise it is made here.
 */
export function aliasOf(
  key: string,
  entry: FunctionEntry,
  naming: AwsProvider["naming"],
): { readonly id: string; readonly resource?: Resource } {
  if (entry.targetAlias !== undefined) return { id: entry.targetAlias.logicalId };
  const version = entry.versionLogicalId ?? naming.getLambdaLogicalId(key);
  return {
    id: lambentAliasId(naming, key),
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
