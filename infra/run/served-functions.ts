import { join } from "node:path";
import { FUNCTION_SECONDS } from "../../sdk/base/aws-limits.ts";
import { ALIAS, PLAIN_TASKS, replicaName } from "../../sdk/base/function-names.ts";
import {
  checkReplica,
  functionKey,
  replicaFunctions,
  type FunctionDescription,
  type ServiceDescription,
} from "../../sdk/authoring/service.ts";
import { functionFacts, type FunctionFacts } from "../check/function-facts.ts";
import type { Target } from "../compile/compile.ts";
import { replicasForRun } from "../compile/replica-states.ts";
import type { FunctionConfig } from "../emulator/replicas/replica-config.ts";
import { callerFiles } from "../project/caller-files.ts";
import {
  coolingName,
  functionName,
  LAMBENT_DIRECTORY,
  machineName,
  partName,
  scheduleGroupName,
  type ServiceName,
} from "../project/names.ts";
import { checkProvisionedSetting } from "../project/provisioned-setting.ts";
import type { Artifact } from "../project/artifact.ts";
import type { Project } from "../project/load-project.ts";
import { type Environment, type LoadOptions, storageOf } from "./prepare.ts";

/** What says how a service's functions and state machines are made on this machine. */
export interface ServiceSettings extends ServiceName, LoadOptions {
  readonly region?: string;
  readonly accountId?: string;
  /** The buckets that `lambent.buckets` lists: callers may name files in them. */
  readonly buckets?: readonly string[];
  /** Settings of all functions. An actor's own settings take precedence. */
  readonly defaults?: Pick<FunctionOverrides, "memorySize" | "timeout" | "architecture">;
  /** By actor's name, or `tasks` for the plain tasks' function. They take precedence over what the modules say. */
  readonly overrides?: Readonly<Record<string, FunctionOverrides>>;
}

/** Settings of one function that take precedence over those of its actor. */
export interface FunctionOverrides {
  readonly name?: string;
  /** MiB. */
  readonly memorySize?: number;
  /** Seconds. */
  readonly timeout?: number;
  /** MiB of /tmp, which bounds what tasks download. */
  readonly ephemeralStorageSize?: number;
  /** 0: on-demand instances only. */
  readonly replicaCount?: number;
  readonly reservedConcurrency?: number;
  /** What it would be deployed for; here it runs on this machine's. */
  readonly architecture?: string;
  /** Added to the actor's variables; takes precedence for each variable that both have. */
  readonly environment?: Environment;
}

/** The account in ARNs, unless `accountId` is given. */
export const ACCOUNT = "000000000000";

export function regionOf({ region }: ServiceSettings): string {
  return region ?? "us-east-1";
}

export function accountOf({ accountId }: ServiceSettings): string {
  return accountId ?? ACCOUNT;
}

export function targetOf({ description }: Project, options: ServiceSettings): Target {
  const functions = description.functions.map(({ actor }) => nameOf(options, actor?.name));
  return {
    callerFiles: callerFiles({ ...storageOf(options), functions, granted: options.buckets ?? [] }),
    localStore: [storeDirectory(options), join(LAMBENT_DIRECTORY, "store")],
    functionName: (actor, replica) =>
      `arn:aws:lambda:${regionOf(options)}:${accountOf(options)}:function:${replicaNameOf(options, actor, replica)}:${ALIAS}`,
    stateMachineArn: (workflow) => machineArn(options, machineName(options, description, workflow)),
    partArn: (workflow, part) => machineArn(options, partName(machineName(options, description, workflow), part)),
    workflows: description.workflows,
    queues: (actor) => findFunction(description.functions, actor)?.actor?.whenBusy === "queue",
    replicasForRun: (actor) =>
      replicasForRun(findFunction(description.functions, actor)?.actor, (replica) =>
        replicaNameOf(options, actor, replica),
      ),
    cooling: {
      groupName: scheduleGroupName(options),
      stateMachineArn: coolingArn(options),
      roleArn: roleArn(options),
    },
  };
}

/** Of the state machine that takes back replicas which came up for runs. */
export function coolingArn(options: ServiceSettings): string {
  return machineArn(options, coolingName(options));
}

function machineArn(options: ServiceSettings, name: string): string {
  return `arn:aws:states:${regionOf(options)}:${accountOf(options)}:stateMachine:${name}`;
}

/** Nothing here asks what a role may do. */
export function roleArn(options: ServiceSettings): string {
  return `arn:aws:iam::${accountOf(options)}:role/lambent-offline`;
}

function findFunction(
  functions: readonly FunctionDescription[],
  actor: string | undefined,
): FunctionDescription | undefined {
  return functions.find((fn) => fn.actor?.name === actor);
}

/** @throws {LambentError} for one of several replicas that is to be more than one */
function overridesOf(
  { overrides = {} }: ServiceSettings,
  actor: string | undefined,
  replica?: number,
): FunctionOverrides {
  const shared = overrides[actor ?? PLAIN_TASKS] ?? {};
  if (replica === undefined) return shared;
  const own = overrides[replicaName(actor ?? PLAIN_TASKS, replica)] ?? {};
  const environment = { ...shared.environment, ...own.environment };
  const { name: _, ...merged } = { ...shared, ...own, environment };
  checkReplica(actor ?? PLAIN_TASKS, merged.replicaCount);
  return own.name === undefined ? merged : { ...merged, name: own.name };
}

/** The name of an actor's function, or what those of its replicas have in common. */
function nameOf(options: ServiceSettings, actor: string | undefined): string {
  return overridesOf(options, actor).name ?? functionName(options, actor);
}

function replicaNameOf(options: ServiceSettings, actor: string | undefined, replica: number | undefined): string {
  const own = replica === undefined ? undefined : overridesOf(options, actor, replica).name;
  return own ?? replicaName(nameOf(options, actor), replica);
}

export function storeDirectory({ root }: ServiceSettings): string {
  return join(root, LAMBENT_DIRECTORY, "store");
}

/** The functions' settings as they would be deployed, but for the store, which is a directory. */
export function functionConfigs({ description, artifacts }: Project, options: ServiceSettings): FunctionConfig[] {
  return description.functions.flatMap((described, index) =>
    replicaFunctions(described).map((fn) =>
      functionConfig(fn, described.actor?.replicaCount ?? 0, artifacts[index], description, options),
    ),
  );
}

/** What is written of it and of all functions, in the framework's own terms. */
export function deployedFacts(fn: FunctionDescription, options: ServiceSettings): FunctionFacts {
  const { replicaCount, ...own } = overridesOf(options, fn.actor?.name);
  return functionFacts(
    fn,
    nameOf(options, fn.actor?.name),
    { ...own, provisionedConcurrency: replicaCount },
    options.defaults ?? {},
  );
}

/** What people call the functions, by their names: the actor, with a replica's number where each is a function. */
export function functionTitles(
  { functions }: ServiceDescription,
  options: ServiceSettings,
): ReadonlyMap<string, string> {
  return new Map(
    functions
      .flatMap(replicaFunctions)
      .map((fn) => [replicaNameOf(options, fn.actor?.name, fn.replica), functionKey(fn)]),
  );
}

/** Where a call has a choice of replicas, one that is busy says so, and the state machine goes on to the next. */
function whenBusyOf({ actor, replica }: FunctionDescription, replicas: number): FunctionConfig["whenBusy"] {
  const { whenBusy = "spill" } = actor ?? {};
  return whenBusy === "queue" && replica !== undefined && replicas > 1 ? "throttle" : whenBusy;
}

/** @param replicas of the actor, all together */
function functionConfig(
  fn: FunctionDescription,
  replicas: number,
  artifact: Artifact | undefined,
  description: ServiceDescription,
  options: ServiceSettings,
): FunctionConfig {
  const { actor, replica } = fn;
  const {
    environment,
    ephemeralStorageSize,
    architecture: _,
    ...settings
  } = overridesOf(options, actor?.name, replica);
  const storage = ephemeralStorageSize ?? actor?.ephemeralStorageSize;
  if (actor !== undefined) checkProvisionedSetting(actor.name, actor, settings.replicaCount);
  return {
    replicaCount: actor?.replicaCount ?? 0,
    timeout: actor?.timeout ?? options.defaults?.timeout ?? FUNCTION_SECONDS,
    memorySize: actor?.memorySize ?? options.defaults?.memorySize ?? DEFAULT_MEMORY,
    ...settings,
    // With `ttlSeconds` the state machines say how many there are.
    ...(actor?.ttlSeconds === undefined ? {} : { replicaCount: 0 }),
    name: replicaNameOf(options, actor?.name, replica),
    bundle: artifact?.directory ?? "",
    handler: "index.handler",
    whenBusy: whenBusyOf(fn, replicas),
    alias: ALIAS,
    environment: {
      LAMBENT_STORE: storeDirectory(options),
      ...(storage === undefined ? {} : { LAMBENT_EPHEMERAL_STORAGE: String(storage) }),
      LAMBENT_METRICS: "off", // no CloudWatch reads them here
      ...(replica === undefined ? {} : { LAMBENT_KEY_PREFIX: nameOf(options, actor?.name) }),
      ...valuesOf(options.environment, description),
      ...actor?.environment,
      ...valuesOf(environment, description),
    },
  };
}

function valuesOf(environment: Environment = {}, description: ServiceDescription): Record<string, string> {
  const values = Object.entries(environment).map(([name, value]): [string, string | undefined] => [
    name,
    typeof value === "string" ? value : value(description),
  ]);
  return Object.fromEntries(values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** MiB, of functions whose author sets no memory size: the Serverless Framework's default. */
const DEFAULT_MEMORY = 1024;
