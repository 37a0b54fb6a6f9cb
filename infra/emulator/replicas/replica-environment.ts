import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { ResolvedFunction } from "./replica-config.ts";

export type InitializationType = "provisioned-concurrency" | "on-demand";

export interface ReplicaIdentity {
  readonly region: string;
  /** Variables of all replicas of the pool. */
  readonly shared: Readonly<Record<string, string>>;
  readonly version: string;
  readonly initializationType: InitializationType;
  readonly logStreamName: string;
  readonly temporaryDirectory: string;
}

/** Variables of this process that programs need; Lambda sets its own. */
const HOST_VARIABLES = process.platform === "win32" ? ["PATH", "SystemRoot", "ComSpec"] : ["PATH"];

/**
 * The environment variables of a replica: those that Lambda sets
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html) and the function's own.
 * AWS_LAMBDA_RUNTIME_API is not set, since there is no such server, nor are the variables of this machine, which a
 * function would not have on Lambda. Credentials are dummies unless the function's environment has some.
 */
export function replicaEnvironment(config: ResolvedFunction, identity: ReplicaIdentity): Record<string, string> {
  const host = HOST_VARIABLES.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const [major] = process.versions.node.split(".");
  return {
    ...Object.fromEntries(host),
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    TMPDIR: identity.temporaryDirectory,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_SESSION_TOKEN: "local",
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
    AWS_XRAY_DAEMON_ADDRESS: "127.0.0.1:2000",
    ...identity.shared,
    ...config.environment,
    AWS_REGION: identity.region,
    AWS_DEFAULT_REGION: identity.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${config.runtime?.name ?? `nodejs${major}.x`}`,
    AWS_LAMBDA_FUNCTION_NAME: config.name,
    AWS_LAMBDA_FUNCTION_VERSION: identity.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(config.memorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: identity.initializationType,
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${config.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: identity.logStreamName,
    LAMBDA_TASK_ROOT: config.bundle,
    LAMBDA_RUNTIME_DIR: dirname(fileURLToPath(import.meta.url)),
    _HANDLER: config.handler,
  };
}

/**
 * Node's flags: to read source maps, so that stacks are in the author's files, and to limit the heap to the memory size
 * without what Node takes itself.
 */
export function replicaFlags(config: ResolvedFunction): string[] {
  const hasOwnLimit = config.environment["NODE_OPTIONS"]?.includes("max-old-space-size") ?? false;
  // Node 20 takes some 50 MiB beside the heap.
  const heapMiB = Math.max(64, config.memorySize - 64);
  return ["--enable-source-maps", ...(hasOwnLimit ? [] : [`--max-old-space-size=${heapMiB}`])];
}

/** A log stream's name in Lambda's form: `2026/11/22/[1]0f3c…`, the date, the version and the replica's id. */
export function logStreamName(version: string, replicaId: string): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
  return `${day}/[${version}]${replicaId}`;
}
