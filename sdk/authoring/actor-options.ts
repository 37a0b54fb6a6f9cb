import {
  ENVIRONMENT_BYTES,
  EPHEMERAL_STORAGE_MIB,
  FUNCTION_SECONDS,
  INLINE_MAP_CONCURRENCY,
  LAYERS,
  MEMORY_MIB,
  RESERVED_VARIABLES,
  SECURITY_GROUPS,
  SUBNETS,
} from "../base/aws-limits.ts";
import { LambentError, refuseUnknown } from "../base/errors.ts";
import { PLAIN_TASKS } from "../base/function-names.ts";
import { isObject } from "../base/json.ts";
import { resolveLimits } from "../cache/limits.ts";
import type { CacheLimits } from "../cache/replica-cache.ts";
import { isPlain } from "../values/wire.ts";
import type { ActorSettings } from "./definition.ts";
import { checkNameIsText, checkOptions } from "./check-options.ts";
import { given } from "./given.ts";
import { jsonBytes } from "./literal-size.ts";

/**
 * What an actor's function is: its replicas, and Lambda's own settings under Lambda's names
 * (https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html).
 * @example
 * const options: ActorOptions = { name: "scoring", replicaCount: 4, memorySize: 2048, timeout: 60, whenBusy: "spill" };
 * const scoring = new ActorEnvironment(options);
 */
export interface ActorOptions extends ActorSettings {
  /** Warm replicas kept ready: the alias's provisioned concurrency. Default 1. */
  readonly replicaCount?: number;
  /**
   * Seconds, 60 to 86,400. The replicas are there for runs alone: the first state of each workflow that uses the actor
   * starts them, and once no run has been at work for so long they go. Default: they are always there.
   */
  readonly ttlSeconds?: number;
  /**
   * With `ttlSeconds`: whether a run waits until all replicas are warm. `false`: it begins at once, and what comes before
   * they are warm runs on cold on-demand instances. Default true.
   */
  readonly warmStart?: boolean;
  /**
   * What an invocation gets while every replica is busy. `queue`, the default: a place in line. On one machine that is
   * so from the first on; on Lambda, where reserved concurrency is twice `replicaCount` so that a deployment can
   * provision the new version beside the old one, as many again as there are replicas run on cold on-demand instances,
   * and only those beyond are throttled and tried again by the state machine. `spill`: a cold on-demand instance.
   */
  readonly whenBusy?: "queue" | "spill";
  /** For each of its caches, unless the cache has limits of its own. */
  readonly cache?: CacheLimits;
}

/**
 * A map over an actor with affinity has a lane for each replica, and an Inline Map runs no more lanes at once. Each replica
 * is five resources of a stack, too, which takes 500, and an ARN of some 100 characters in the policies of a state
 * machine's role, which take 10,240.
 */
const AFFINITY_REPLICAS = INLINE_MAP_CONCURRENCY;

/**
 * EventBridge Scheduler's precision is a minute (UserGuide/schedule-types.html). A day is Lambent's own bound: replicas
 * that stay for a day after each run may as well be there always.
 */
const TTL_SECONDS = { least: 60, most: 86_400 } as const;

const BOUNDS: readonly (readonly [
  field: "replicaCount" | "ttlSeconds" | "memorySize" | "timeout" | "ephemeralStorageSize",
  min: number,
  max: number,
  unit: string,
])[] = [
  ["replicaCount", 1, 1000, "replicas"],
  ["ttlSeconds", TTL_SECONDS.least, TTL_SECONDS.most, "seconds"],
  ["memorySize", MEMORY_MIB.least, MEMORY_MIB.most, "MiB"],
  ["timeout", 1, FUNCTION_SECONDS, "seconds"],
  ["ephemeralStorageSize", EPHEMERAL_STORAGE_MIB.least, EPHEMERAL_STORAGE_MIB.most, "MiB"],
];

/** A secret's name, or a parameter's path with a version or a label. */
const SECRET_ARN =
  /^arn:aws[\w-]*:(secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]+|ssm:[\w-]+:\d{12}:parameter\/[\w./-]+(:[\w.-]+)?)$/;

/** As ECS and others write one key of a secret: `…:secret:name-AbCdEf:key:stage:version`. */
const SECRET_KEY = /^(arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:[^:]+):([^:]*).*$/;

/** `arn:aws:lambda:<region>:<account>:layer:<name>:<version>` */
const LAYER_ARN = /^arn:[\w-]+:lambda:[\w-]+:\d{12}:layer:[\w-]+:\d+$/;

const OPTIONS: readonly (keyof ActorOptions)[] = [
  "name",
  "replicaCount",
  "ttlSeconds",
  "warmStart",
  "whenBusy",
  "affinity",
  "cache",
  "memorySize",
  "timeout",
  "ephemeralStorageSize",
  "architecture",
  "environment",
  "secrets",
  "vpc",
  "layers",
  "containerImage",
];

/** @throws {LambentError} for options that are unknown, or that Lambda would refuse */
export function checkActor(options: ActorOptions): void {
  const { name } = options;
  checkNameIsText("new ActorEnvironment(…)", name);
  checkShapes(options);
  const unknown = Object.entries(options).filter(([option]) => !OPTIONS.some((known) => known === option));
  refuseUnknown(`actor ${JSON.stringify(name)}`, Object.fromEntries(unknown), OPTIONS);
  if (name === PLAIN_TASKS) {
    throw new LambentError(`an actor cannot be named "${PLAIN_TASKS}": the function of the plain tasks is`);
  }
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(name)) {
    throw new LambentError(
      `actor ${JSON.stringify(name)}: its name becomes a Lambda function's: 1 to 40 lower-case letters, digits and "-", a letter first`,
    );
  }
  for (const [field, min, max, unit] of BOUNDS) {
    const value = options[field];
    if (value !== undefined && !(Number.isInteger(value) && value >= min && value <= max)) {
      throw new LambentError(
        `actor ${name}: ${field} must be a whole number of ${unit} from ${min} to ${max}, not ${given(value)}`,
      );
    }
  }
  checkAffinity(options);
  checkWarmStart(options);
  checkVariables(options);
  checkSecrets(options);
  checkNetwork(options);
  checkLayers(options);
  checkCode(options);
  checkLimits(options);
  const { whenBusy } = options;
  if (whenBusy !== undefined && whenBusy !== "queue" && whenBusy !== "spill") {
    throw new LambentError(`actor ${name}: whenBusy must be "queue" or "spill", not ${given(whenBusy)}`);
  }
}

function checkAffinity({ name, affinity, replicaCount = 1 }: ActorOptions): void {
  if (affinity !== undefined && typeof affinity !== "boolean") {
    throw new LambentError(`actor ${name}: affinity must be true or false, not ${given(affinity)}`);
  }
  if (affinity !== true || replicaCount <= AFFINITY_REPLICAS) return;
  throw new LambentError(
    `actor ${name}: replicaCount is ${replicaCount}, and with affinity, where each replica is a function of its own, ${AFFINITY_REPLICAS} are the most: ` +
      "a stack and a state machine's role have room for no more. Have fewer replicas, or leave affinity out",
  );
}

function checkWarmStart({ name, ttlSeconds, warmStart }: ActorOptions): void {
  if (warmStart === undefined) return;
  if (typeof warmStart !== "boolean") {
    throw new LambentError(`actor ${name}: warmStart must be true or false, not ${given(warmStart)}`);
  }
  if (ttlSeconds !== undefined) return;
  throw new LambentError(
    `actor ${name}: warmStart says how a run begins whose replicas ttlSeconds brings up, and there is no ttlSeconds: add it, or leave out warmStart`,
  );
}

/** Options that are objects or lists. */
function checkShapes({ name, ...options }: ActorOptions): void {
  for (const field of ["environment", "secrets", "vpc", "cache"] as const) {
    const value = options[field];
    if (value === undefined || (isObject(value) && isPlain(value))) continue;
    throw new LambentError(`actor ${name}: ${field} must be an object, not ${given(value)}`);
  }
  if (options.cache !== undefined) checkOptions(`actor ${name}: cache`, options.cache);
  const { layers, vpc: { subnetIds, securityGroupIds } = {} } = options;
  const lists = { layers, "vpc.subnetIds": subnetIds, "vpc.securityGroupIds": securityGroupIds };
  for (const [field, value] of Object.entries(lists)) {
    if (value === undefined || Array.isArray(value)) continue;
    throw new LambentError(`actor ${name}: ${field} must be a list, not ${given(value)}`);
  }
  const { containerImage } = options;
  if (containerImage !== undefined && (typeof containerImage !== "string" || containerImage === ""))
    throw new LambentError(
      `actor ${name}: containerImage must be a text that names an image, not ${given(containerImage)}`,
    );
}

function checkLimits({ name, cache = {} }: ActorOptions): void {
  const { maxEntries: _, maxBytes: __, ...unknown } = cache;
  refuseUnknown(`actor ${name}: cache`, unknown, ["maxEntries", "maxBytes"]);
  resolveLimits(cache, `actor ${name}: cache`);
}

function checkVariables({ name, environment = {}, secrets = {} }: ActorOptions): void {
  for (const [field, variables] of Object.entries({ environment, secrets })) {
    for (const [variable, value] of Object.entries(variables)) {
      const place = `actor ${name}: ${field}.${variable}`;
      if (RESERVED_VARIABLES.has(variable)) {
        throw new LambentError(`${place} is set by Lambda alone: choose another name`);
      }
      if (!/^[A-Za-z]\w*$/.test(variable)) {
        throw new LambentError(`${place}: Lambda takes letters, digits and "_", a letter first: choose another name`);
      }
      if (typeof value !== "string" && value !== undefined) {
        throw new LambentError(`${place} must be a text, not ${given(value)}: write it in quotes`);
      }
    }
  }
  const bytes = jsonBytes(environment);
  if (bytes <= ENVIRONMENT_BYTES) return;
  throw new LambentError(
    `actor ${name}: its environment has ${bytes} bytes, Lambda takes ${ENVIRONMENT_BYTES}: ` +
      "give large values as assets, asset(…), or as secrets, which are read when a replica starts",
  );
}

function checkSecrets({ name, environment = {}, secrets = {} }: ActorOptions): void {
  for (const [variable, arn] of Object.entries(secrets)) {
    const [, secret, key] = SECRET_KEY.exec(arn) ?? [];
    if (secret !== undefined) {
      throw new LambentError(
        `actor ${name}: secrets.${variable} names ${key === "" ? "a version" : `the key ${key}`} within a secret (${arn}), and a variable gets the whole: ` +
          `write ${secret}, and read the key in a task: JSON.parse(process.env.${variable})`,
      );
    }
    if (!SECRET_ARN.test(arn)) {
      throw new LambentError(
        `actor ${name}: secrets.${variable} must be the ARN of a Secrets Manager secret or an SSM parameter, not ${given(arn)}`,
      );
    }
    if (environment[variable] !== undefined) {
      throw new LambentError(`actor ${name}: ${variable} is in both environment and secrets: leave it out of one`);
    }
  }
}

function checkNetwork({ name, vpc }: ActorOptions): void {
  if (vpc === undefined) return;
  for (const [field, most] of [
    ["subnetIds", SUBNETS],
    ["securityGroupIds", SECURITY_GROUPS],
  ] as const) {
    const ids: readonly string[] | undefined = vpc[field]; // who writes JavaScript may have left it out
    if (ids === undefined) {
      throw new LambentError(`actor ${name}: vpc has no ${field}: Lambda needs subnetIds and securityGroupIds`);
    }
    const odd = ids.find((id) => typeof id !== "string" && !isObject(id)); // a reference is resolved by CloudFormation
    if (odd !== undefined) {
      throw new LambentError(`actor ${name}: vpc.${field} takes texts, not ${given(odd)}`);
    }
    if (ids.length > most) {
      throw new LambentError(`actor ${name}: vpc.${field} has ${ids.length} ids, Lambda takes ${most}: leave some out`);
    }
  }
}

function checkLayers({ name, layers = [], containerImage }: ActorOptions): void {
  if (layers.length > LAYERS) {
    throw new LambentError(
      `actor ${name}: it has ${layers.length} layers, Lambda takes ${LAYERS}: put several into one, or name packages in lambent.external`,
    );
  }
  const odd = layers.find((arn) => !LAYER_ARN.test(arn));
  if (odd !== undefined) {
    throw new LambentError(
      `actor ${name}: ${JSON.stringify(odd)} is no layer's version: write arn:aws:lambda:<region>:<account>:layer:<name>:<version>`,
    );
  }
  if (containerImage !== undefined && layers.length > 0) {
    throw new LambentError(
      `actor ${name}: it has a containerImage and layers: Lambda gives an image none, build them in`,
    );
  }
}

function checkCode({ name, architecture }: ActorOptions): void {
  if (architecture === undefined || architecture === "x86_64" || architecture === "arm64") return;
  throw new LambentError(`actor ${name}: architecture must be "x86_64" or "arm64", not ${given(architecture)}`);
}
