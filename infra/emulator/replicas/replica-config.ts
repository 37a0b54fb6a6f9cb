import { resolve } from "node:path";
import { FUNCTION_SECONDS, MEMORY_MIB } from "../../../sdk/base/aws-limits.ts";
import { ALIAS } from "../../../sdk/base/function-names.ts";
import { LambentError } from "../../../sdk/base/errors.ts";

/** A runtime that gets its requests by Lambda's Runtime API, such as a Runtime Interface Client. */
export interface FunctionRuntime {
  /** As Lambda names it: `python3.13`. */
  readonly name: string;
  /** The program that is started in the bundle's directory, and its arguments. */
  readonly command: readonly [program: string, ...args: string[]];
}

/** One Lambda function as deployed. */
export interface FunctionConfig {
  readonly name: string;
  /** The bundle's directory, `LAMBDA_TASK_ROOT`, which may be relative to this process's. Must not be changed: running replicas may load more chunks from it. */
  readonly bundle: string;
  /** `file.export` in the bundle. */
  readonly handler: string;
  /** Provisioned concurrency of the alias. 0: on-demand instances only. */
  readonly replicaCount: number;
  /**
   * When all replicas are busy, a request to the alias waits for one (`queue`), gets an on-demand instance (`spill`), or is
   * refused with `TooManyRequestsException`, for its caller to try another function (`throttle`).
   */
  readonly whenBusy: "queue" | "spill" | "throttle";
  /** The most instances of all versions together. Default: no limit of its own. */
  readonly reservedConcurrency?: number;
  /** MiB. Default: 1024. */
  readonly memorySize?: number;
  /** Seconds. Default: 3, as Lambda's. */
  readonly timeout?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** What runs the handler, if it is not of Node.js. */
  readonly runtime?: FunctionRuntime;
  /** Of what is in the bundle, if another says so than a hash of its files, which would have to be read. */
  readonly revision?: string;
  /** Default: `live`. */
  readonly alias?: string;
  /** The version the alias points to. Default: `1`. */
  readonly version?: string;
}

/** A function's configuration with its defaults filled in. */
export type ResolvedFunction = FunctionConfig &
  Required<Pick<FunctionConfig, "memorySize" | "timeout" | "environment" | "alias" | "version">>;

/**
 * Fill in the defaults.
 * @throws {LambentError} if Lambda would refuse the configuration
 */
export function resolveFunction(config: FunctionConfig): ResolvedFunction {
  const { name, replicaCount, reservedConcurrency, memorySize = 1024, timeout = 3 } = config;
  function refuse(problem: string) {
    return new LambentError(`Function "${name}": ${problem}`);
  }
  if (!/^[a-zA-Z0-9-_]{1,64}$/.test(name)) throw refuse("a name is 1 to 64 letters, digits, - and _");
  if (!Number.isInteger(replicaCount) || replicaCount < 0) {
    throw refuse(`replicaCount is ${replicaCount}; write a whole number, 0 or more`);
  }
  if (!(timeout > 0 && timeout <= FUNCTION_SECONDS)) {
    throw refuse(`timeout is ${timeout} s; Lambda allows up to ${FUNCTION_SECONDS} s`);
  }
  if (!(memorySize >= MEMORY_MIB.least && memorySize <= MEMORY_MIB.most)) {
    throw refuse(`memorySize is ${memorySize} MiB; Lambda allows ${MEMORY_MIB.least} to ${MEMORY_MIB.most} MiB`);
  }
  if (reservedConcurrency !== undefined && reservedConcurrency < replicaCount) {
    throw refuse(`reservedConcurrency (${reservedConcurrency}) is less than replicaCount (${replicaCount})`);
  }
  const bundle = resolve(config.bundle); // replicas run in it, where a relative path would mean another place
  return { environment: {}, alias: ALIAS, version: "1", ...config, bundle, memorySize, timeout };
}
