import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { LambentError } from "../../../sdk/base/errors.ts";
import {
  FunctionServiceError,
  type Functions,
  type InvokeRequest,
  type InvokeResponse,
  type PinnedFunctions,
} from "../lambda/functions.ts";
import type { ProvisionedConcurrency } from "../lambda/provisioned-concurrency.ts";
import {
  ACCOUNT_ID,
  checkKinds,
  COUNT,
  FUNCTION,
  isDuration,
  type Kinds,
  MILLISECONDS,
  PROMISE,
  REGION,
} from "../kernel/check-options.ts";
import { createEventQueue, type EventQueue } from "./replica-async.ts";
import { bundleFingerprint } from "./replica-bundle.ts";
import { resolveFunction, type FunctionConfig, type ResolvedFunction } from "./replica-config.ts";
import type { ReplicaControl } from "./replica-control.ts";
import { ReplicaHost, type PoolEvent, type ReplicaDescription } from "./replica-host.ts";
import { ReplicaInitError } from "./replica-init-error.ts";
import { formatLine, logResult } from "./replica-log-tail.ts";
import { provisionedConcurrency } from "./replica-provisioning.ts";
import { replicaProgram } from "./replica-program.ts";
import {
  abortable,
  checkJson,
  checkSize,
  decodeClientContext,
  malformedPayload,
  traceHeader,
} from "./replica-request.ts";
import { poolClosed, ReplicaSet } from "./replica-set.ts";
import { parseTarget } from "./replica-target.ts";
import { InitFailure, type LogLine, type ReplicaRequest } from "./replica-invocation.ts";

export type { FunctionConfig } from "./replica-config.ts";
export type { PoolEvent, ReplicaDescription } from "./replica-host.ts";
export { ReplicaInitError } from "./replica-init-error.ts";
export type { LogLine } from "./replica-invocation.ts";

export interface ReplicaPoolOptions {
  /** Default: `us-east-1`. */
  readonly region?: string;
  /** The account in functions' ARNs. Default: `123456789012`, as in AWS's Step Functions Local. */
  readonly accountId?: string;
  /** Variables of all replicas, unless their functions' environment has them; replicas start when they are known. */
  readonly environment?: Promise<Readonly<Record<string, string>>>;
  /**
   * The most on-demand instances at one time, of all functions without reserved concurrency together. Default: 10, the
   * concurrency quota of a new AWS account. Each instance is a process of 50 MiB and more.
   */
  readonly onDemandLimit?: number;
  /** The most requests that wait for one function's replicas with `whenBusy: "queue"`. Default: 1000. */
  readonly queueLimit?: number;
  /**
   * Milliseconds that the initialisation of an on-demand instance may take before it is begun anew, in the time of the
   * request. Default: 10,000, as on Lambda.
   */
  readonly onDemandInitTimeout?: number;
  /** Milliseconds after which an idle on-demand instance is ended. Default: 300,000. */
  readonly onDemandIdleTime?: number;
  /** Milliseconds before each retry of an `Event` invocation. Default: 60,000 and 120,000, as on Lambda. */
  readonly eventRetryDelays?: readonly number[];
  /** Called with what replicas print. Default: it is written to stderr, after the names of function and replica. */
  readonly onLog?: (line: LogLine) => void;
}

const OPTIONS: Kinds<ReplicaPoolOptions> = {
  region: REGION,
  accountId: ACCOUNT_ID,
  environment: PROMISE,
  onDemandLimit: COUNT,
  queueLimit: COUNT,
  onDemandInitTimeout: MILLISECONDS,
  onDemandIdleTime: MILLISECONDS,
  eventRetryDelays: {
    wanted: "a list of numbers of milliseconds alone, each 0 to 2147483647",
    fits: (value) => Array.isArray(value) && value.every(isDuration),
  },
  onLog: FUNCTION,
};

/** Lambda on this machine: each replica is a process that runs the bundle as it is deployed. */
export interface ReplicaPool extends Functions {
  /**
   * Resolves when all provisioned replicas are initialised.
   * @throws {ReplicaInitError} if one cannot be
   */
  ready(): Promise<void>;
  /**
   * Replace the functions, as a deployment does. The new replicas are initialised first. Then running invocations
   * finish on the old ones, and waiting ones move to the new. A function whose configuration and bundle are the same
   * keeps its replicas. While the old functions are pinned, their replicas stay: those of the latest of them at hand, of
   * earlier ones only while they have requests. Their bundles' directories have to stay too.
   * @throws {ReplicaInitError} if a new replica cannot be initialised; the old functions then stay
   */
  replace(functions: readonly FunctionConfig[]): Promise<void>;
  pin(): PinnedFunctions;
  /** The replicas of the alias follow: they are started, and ended. */
  readonly provisioned: ProvisionedConcurrency;
  describe(): ReplicaDescription[];
  /** @returns undefined if there is no such replica any more */
  control(id: string): ReplicaControl | undefined;
  /**
   * Call `listener` with all that happens from now on.
   * @returns a function that ends the subscription
   */
  subscribe(listener: (event: PoolEvent) => void): () => void;
  /** End all processes, and wait until they are gone. */
  close(): Promise<void>;
}

/**
 * Make a pool, and start the provisioned replicas of its functions.
 * @throws {LambentError} for an option that is unknown, or whose value does not fit; if Lambda would refuse a function's configuration
 */
export function createReplicaPool(functions: readonly FunctionConfig[], options: ReplicaPoolOptions = {}): ReplicaPool {
  checkKinds("createReplicaPool(…)", options, OPTIONS);
  return new Pool(functions, options);
}

/** A function with its replicas. */
interface Deployed {
  readonly config: ResolvedFunction;
  readonly fingerprint: Promise<string>;
  /** By qualifier: the alias's, and those of other qualifiers once a request has come for them. */
  readonly sets: Map<string, ReplicaSet>;
  /** Resolves when the provisioned replicas are initialised. */
  readonly started: Promise<void>;
}

/** The replicas that a request goes to. */
interface Route {
  readonly deployed: Deployed;
  readonly set: ReplicaSet;
  readonly functionArn: string;
}

/** All functions as they are at one time. One that a later deployment does not change is in both. */
interface Deployment {
  /** By name. */
  readonly functions: Map<string, Deployed>;
  /** By what requests name. */
  readonly routes: Map<string, Route>;
  /** By how many it is pinned. */
  pins: number;
}

class Pool implements ReplicaPool {
  #current: Deployment;
  /** Earlier ones that are pinned, in their order. */
  readonly #pinned: Set<Deployment> = new Set();
  readonly #host: ReplicaHost;
  readonly #arnPrefix: string;
  readonly #events: EventQueue;
  #replacing: Promise<unknown> = Promise.resolve();
  readonly provisioned: ProvisionedConcurrency;

  constructor(functions: readonly FunctionConfig[], options: ReplicaPoolOptions) {
    const configs = resolveAll(functions);
    const { region = "us-east-1", accountId = "123456789012", onLog = printLine } = options;
    this.#arnPrefix = `arn:aws:lambda:${region}:${accountId}:function:`;
    this.#host = new ReplicaHost({
      region,
      environment: options.environment ?? Promise.resolve({}),
      onLog,
      onDemandLimit: options.onDemandLimit ?? 10,
      queueLimit: options.queueLimit ?? 1000,
      onDemandInitTimeout: options.onDemandInitTimeout ?? 10_000,
      onDemandIdleTime: options.onDemandIdleTime ?? 300_000,
      program: replicaProgram,
    });
    this.#events = createEventQueue(options.eventRetryDelays ?? [60_000, 120_000], (why) =>
      process.emitWarning(`An Event invocation was given up after its last attempt: ${why}`),
    );
    this.#current = deploymentOf(new Map(configs.map((config) => [config.name, this.#deploy(config)])));
    this.provisioned = provisionedConcurrency({
      arnPrefix: this.#arnPrefix,
      find: (name) => {
        const deployed = this.#current.functions.get(name);
        return deployed && { ...deployed, setOf: (qualifier) => this.#setOf(deployed, qualifier) };
      },
    });
  }

  async ready(): Promise<void> {
    await Promise.all([...this.#current.functions.values()].map(({ started }) => started));
  }

  invoke(request: InvokeRequest): Promise<InvokeResponse> {
    return this.#invoke(request, () => this.#current);
  }

  pin(): PinnedFunctions {
    return this.#pin(this.#current);
  }

  /** @param deployment the functions as the caller knows them, at the time of each attempt */
  async #invoke(request: InvokeRequest, deployment: () => Deployment): Promise<InvokeResponse> {
    if (this.#host.closed) throw poolClosed();
    request.signal?.throwIfAborted();
    const route = this.#route(request, deployment());
    const { invocationType = "RequestResponse" } = request;
    checkSize(request.payload, invocationType);
    const requestId = randomUUID();
    const executedVersion = route.set.version;
    if (invocationType === "RequestResponse") return abortable(this.#run(route, request, requestId), request.signal);
    checkJson(request.payload);
    if (invocationType === "DryRun") return { statusCode: 204, payload: "", executedVersion, requestId };
    const { signal: _, ...unattended } = request;
    // Each attempt looks its route up again, since the functions may have been replaced in the meantime.
    this.#events.add(async () => this.#run(this.#route(unattended, deployment()), unattended, requestId));
    return { statusCode: 202, payload: "", executedVersion, requestId };
  }

  replace(functions: readonly FunctionConfig[]): Promise<void> {
    const done = this.#replacing.then(() => this.#replaceNow(resolveAll(functions)));
    this.#replacing = done.catch(() => {});
    return done;
  }

  describe(): ReplicaDescription[] {
    return this.#host.describe();
  }

  control(id: string): ReplicaControl | undefined {
    return this.#host.control(id);
  }

  subscribe(listener: (event: PoolEvent) => void): () => void {
    return this.#host.subscribe(listener);
  }

  async close(): Promise<void> {
    this.#events.close();
    for (const { functions } of this.#deployments()) for (const deployed of functions.values()) this.#retire(deployed);
    await this.#host.close();
  }

  async #run(route: Route, request: InvokeRequest, requestId: string): Promise<InvokeResponse> {
    const { set, functionArn, deployed } = route;
    const { config } = deployed;
    const lines: string[] | undefined = request.logType === "Tail" ? [] : undefined;
    const invocation: ReplicaRequest = {
      requestId,
      functionArn,
      traceId: traceHeader(requestId, request.traceHeader),
      payload: request.payload === "" ? "{}" : request.payload,
      timeout: config.timeout * 1000,
      ...(request.caller !== undefined && { caller: request.caller }),
      ...(request.executionArn !== undefined && { executionArn: request.executionArn }),
      ...(request.clientContext && { clientContext: decodeClientContext(request.clientContext) }),
      ...(lines && { onLog: (line: LogLine) => lines.push(formatLine(line)) }),
    };
    const began = performance.now();
    const answer = await set.invoke(invocation, request.signal);
    if (answer.kind === "malformed") throw malformedPayload(answer.payload);
    const response = { statusCode: 200, payload: answer.payload, executedVersion: set.version, requestId };
    const outcome = answer.kind === "error" ? { ...response, functionError: "Unhandled" as const } : response;
    if (lines === undefined) return outcome;
    const { memorySize } = config;
    const { memoryUsed } = answer;
    const report = { requestId, version: set.version, duration: performance.now() - began, memorySize, memoryUsed };
    return { ...outcome, logResult: logResult(lines, report) };
  }

  /** @throws {FunctionServiceError} `ResourceNotFoundException`, or the errors of `parseTarget` */
  #route({ functionName, qualifier }: InvokeRequest, { functions, routes }: Deployment): Route {
    const key = qualifier === undefined ? functionName : `${functionName}?${qualifier}`;
    const cached = routes.get(key);
    if (cached !== undefined) return cached;
    const target = parseTarget(functionName, qualifier);
    const functionArn = this.#arnPrefix + target.name + (target.qualifier === undefined ? "" : `:${target.qualifier}`);
    const deployed = functions.get(target.name);
    const set = deployed && this.#setOf(deployed, target.qualifier ?? "$LATEST");
    if (deployed === undefined || set === undefined) {
      throw new FunctionServiceError("ResourceNotFoundException", 404, `Function not found: ${functionArn}`);
    }
    const route = { deployed, set, functionArn };
    routes.set(key, route);
    return route;
  }

  /** The replicas of a qualifier; undefined if there is no such qualifier. Only the alias has provisioned ones. */
  #setOf({ config, sets }: Deployed, qualifier: string): ReplicaSet | undefined {
    const existing = sets.get(qualifier);
    if (existing !== undefined || (qualifier !== "$LATEST" && qualifier !== config.version)) return existing;
    const set = new ReplicaSet(this.#host, config, qualifier, 0);
    sets.set(qualifier, set);
    return set;
  }

  /** @param replicaCount as it was set last, by a configuration or by a request */
  #deploy(config: ResolvedFunction, replicaCount = config.replicaCount): Deployed {
    const set = new ReplicaSet(this.#host, config, config.version, replicaCount);
    const started = set.start().catch((error: unknown) => {
      throw error instanceof InitFailure ? new ReplicaInitError(config.name, error.document) : error;
    });
    // `ready` and `replace` throw it. If neither is called, it is no unhandled rejection.
    started.catch(() => {});
    return { config, fingerprint: fingerprintOf(config), sets: new Map([[config.alias, set]]), started };
  }

  async #replaceNow(configs: readonly ResolvedFunction[]): Promise<void> {
    const old = this.#current;
    const next = new Map<string, Deployed>();
    for (const config of configs) {
      const same = old.functions.get(config.name);
      const isSame = same !== undefined && (await isUnchanged(same, config));
      next.set(config.name, isSame ? same : this.#deploy(config, same && keptReplicaCount(same, config)));
    }
    if (this.#host.closed) throw poolClosed();
    const fresh = [...next.values()].filter((deployed) => old.functions.get(deployed.config.name) !== deployed);
    try {
      await Promise.all(fresh.map(({ started }) => started));
    } catch (error) {
      for (const deployed of fresh) this.#retire(deployed);
      throw error;
    }
    this.#current = deploymentOf(next);
    if (old.pins > 0) this.#pinned.add(old);
    this.#coolEarlier();
    this.#retireUnused(old);
  }

  /** All that may be invoked: the present one, then the earlier ones, the latest first. */
  #deployments(): Deployment[] {
    return [this.#current, ...[...this.#pinned].toReversed()];
  }

  #pin(deployment: Deployment): PinnedFunctions {
    let isHeld = true;
    deployment.pins += 1;
    return {
      invoke: (request) => this.#invoke(request, () => (isHeld ? deployment : this.#current)),
      provisioned: this.provisioned,
      pin: () => this.#pin(deployment),
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        deployment.pins -= 1;
        if (deployment.pins === 0 && this.#pinned.delete(deployment)) this.#retireUnused(deployment);
      },
      renew: () => {
        if (isHeld) return;
        isHeld = true;
        deployment.pins += 1;
        if (deployment !== this.#current) this.#revive(deployment);
      },
    };
  }

  /** Have an earlier deployment again: what has been retired of it starts when it is asked for. */
  #revive(deployment: Deployment): void {
    this.#pinned.add(deployment);
    const { functions, routes } = deployment;
    for (const [name, deployed] of functions) {
      if (![...deployed.sets.values()].some(({ isRetired }) => isRetired)) continue;
      const { config, fingerprint } = deployed;
      const replicaCount = deployed.sets.get(config.alias)?.provisioned ?? config.replicaCount;
      const set = new ReplicaSet(this.#host, config, config.version, replicaCount);
      set.cool();
      functions.set(name, { config, fingerprint, sets: new Map([[config.alias, set]]), started: Promise.resolve() });
    }
    routes.clear();
  }

  /** Of each function, keep replicas at hand of the present one and of the latest of the earlier ones alone. */
  #coolEarlier(): void {
    const atHand = new Set(this.#current.functions.values());
    const kept = new Map<string, Deployed>();
    for (const { functions } of this.#deployments()) {
      for (const [name, deployed] of functions) {
        if (atHand.has(deployed)) continue;
        const latest = kept.get(name) ?? deployed;
        kept.set(name, latest);
        if (deployed !== latest) for (const set of deployed.sets.values()) set.cool();
      }
    }
  }

  /** Retire what of a deployment is in none that may be invoked. */
  #retireUnused({ functions }: Deployment): void {
    const used = new Set(this.#deployments().flatMap((one) => [...one.functions.values()]));
    for (const [name, deployed] of functions) {
      if (!used.has(deployed)) this.#retire(deployed, this.#current.functions.get(name));
    }
  }

  #retire({ sets }: Deployed, successor?: Deployed): void {
    for (const [qualifier, set] of sets) {
      // If the successor does not have the qualifier, as that of an old version, waiting requests move to its alias.
      set.retire(successor && (this.#setOf(successor, qualifier) ?? successor.sets.get(successor.config.alias)));
    }
  }
}

function deploymentOf(functions: Map<string, Deployed>): Deployment {
  return { functions, routes: new Map(), pins: 0 };
}

/** @throws {LambentError} */
function resolveAll(functions: readonly FunctionConfig[]): ResolvedFunction[] {
  const configs = functions.map((config) => resolveFunction(config));
  const names = new Set<string>();
  for (const { name } of configs) {
    if (names.has(name)) throw new LambentError(`Two functions are named "${name}": give each a name of its own`);
    names.add(name);
  }
  return configs;
}

/** A deployment moves the alias, and what was provisioned on it stays: unless the deployment says another number itself. */
function keptReplicaCount({ config, sets }: Deployed, next: ResolvedFunction): number {
  return config.replicaCount === next.replicaCount
    ? (sets.get(config.alias)?.provisioned ?? next.replicaCount)
    : next.replicaCount;
}

async function isUnchanged(old: Deployed, config: ResolvedFunction): Promise<boolean> {
  return isDeepStrictEqual(old.config, config) && (await old.fingerprint) === (await fingerprintOf(config));
}

async function fingerprintOf({ bundle, revision }: ResolvedFunction): Promise<string> {
  return revision ?? bundleFingerprint(bundle);
}

/** Writes what a replica prints to stderr, after who printed it. */
export function printLine({ functionName, replica, caller, text }: LogLine): void {
  const prefix = `[${caller ?? functionName} ${replica.slice(0, 4)}] `;
  process.stderr.write(`${prefix}${text.replaceAll("\n", `\n${prefix}`)}\n`);
}
