import type { InitializationType } from "./replica-environment.ts";
import type { ReplicaControl } from "./replica-control.ts";
import { ReplicaGuard } from "./replica-guard.ts";
import { residentBytes } from "./replica-memory.ts";
import type { ProgramName } from "./replica-program.ts";
import { poolClosed, type ReplicaSet, type SetHost } from "./replica-set.ts";
import type { ThrottleReason } from "./throttled.ts";
import type { Answer, LogLine } from "./replica-invocation.ts";
import { Replica, type ReplicaOptions, type ReplicaState } from "./replica.ts";

/** What `ReplicaPool.subscribe` tells its listeners. Durations are milliseconds. */
export type PoolEvent = {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly functionName: string;
  readonly replica: string;
} & (
  | { readonly type: "replica-starting"; readonly initializationType: InitializationType }
  | { readonly type: "replica-initialised"; readonly duration: number }
  | { readonly type: "replica-ended"; readonly errorType: string; readonly reason: string }
  | { readonly type: "load-started"; readonly cache: string }
  /** From now on the replica is busy. */
  | { readonly type: "invocation-started"; readonly requestId: string }
  /** From now on the replica is idle, unless `replica-ended` follows. */
  | { readonly type: "invocation-ended"; readonly requestId: string; readonly functionError: boolean }
);

type EventDetail = PoolEvent extends infer E
  ? E extends PoolEvent
    ? Omit<E, "at" | "functionName" | "replica">
    : never
  : never;

/** The present state of one replica. */
export interface ReplicaDescription {
  readonly id: string;
  readonly functionName: string;
  readonly version: string;
  readonly initializationType: InitializationType;
  readonly state: ReplicaState;
  /** What is to become of it when it is free: it is frozen, or another takes its place. */
  readonly next: "freeze" | "recycle" | undefined;
  /** MiB that it may take. */
  readonly memorySize: number;
  readonly pid: number | undefined;
  /** The directory of what it runs. */
  readonly bundle: string;
  /** The id of the request that it is running. */
  readonly requestId: string | undefined;
  /** How many it has begun. */
  readonly invocations: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds; undefined until it is initialised. */
  readonly initDuration: number | undefined;
}

export interface HostOptions {
  readonly region: string;
  /** Variables of all replicas, unless their functions' environment has them. */
  readonly environment: Promise<Readonly<Record<string, string>>>;
  /** The most on-demand instances of all functions without reserved concurrency together. */
  readonly onDemandLimit: number;
  /** The most requests that wait for replicas of one qualifier of a function. */
  readonly queueLimit: number;
  /** Milliseconds. */
  readonly onDemandInitTimeout: number;
  /** Milliseconds after which an idle on-demand instance is ended. */
  readonly onDemandIdleTime: number;
  /** The paths of the programs, which may have to be bundled first. */
  readonly program: (name: ProgramName) => Promise<string>;
  readonly onLog: (line: LogLine) => void;
}

const WATCH_INTERVAL_MS = 100;

/** All replicas of a pool: starts them, limits their number and memory, and tells listeners what they do. */
export class ReplicaHost implements SetHost {
  readonly queueLimit: number;
  readonly onDemandInitTimeout: number;
  readonly options: HostOptions;
  closed = false;
  readonly #owners: Map<Replica, ReplicaSet> = new Map();
  /** Those with requests that may be waiting for capacity. */
  readonly #waiting: Set<ReplicaSet> = new Set();
  readonly #listeners: Set<(event: PoolEvent) => void> = new Set();
  readonly #guard: ReplicaGuard;
  readonly #watch: NodeJS.Timeout;

  constructor(options: HostOptions) {
    this.options = options;
    this.queueLimit = options.queueLimit;
    this.onDemandInitTimeout = options.onDemandInitTimeout;
    this.#guard = new ReplicaGuard(() => options.program("replica-cleanup"));
    this.#watch = setInterval(() => this.#inspect(), WATCH_INTERVAL_MS).unref();
    process.on("exit", this.#killAll);
  }

  /** The guard does more: it ends what has left a replica's process group too. */
  readonly #killAll = (): void => {
    if (this.#guard.isWatching) return;
    for (const replica of this.#owners.keys()) replica.kill();
  };

  subscribe(listener: (event: PoolEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(set: ReplicaSet, options: Pick<ReplicaOptions, "initializationType" | "initTimeout">): Replica {
    if (this.closed) throw poolClosed();
    const { region, environment, onLog } = this.options;
    const { config, version } = set;
    const onLoad = (from: Replica, cache: string): void => this.#emit(from, { type: "load-started", cache });
    const replica = new Replica({
      ...options,
      id: this.#guard.newReplicaId(),
      config,
      version,
      region,
      environment,
      program: () => this.options.program(config.runtime === undefined ? "replica-process" : "replica-bridge"),
      makeDirectory: (id) => this.#guard.makeDirectory(id),
      onProcess: () => this.#guardProcesses(),
      onLog,
      onLoad,
    });
    this.#owners.set(replica, set);
    this.#emit(replica, { type: "replica-starting", initializationType: options.initializationType });
    void this.#follow(replica);
    return replica;
  }

  makeRoomFor(set: ReplicaSet): ThrottleReason | undefined {
    const { name, reservedConcurrency } = set.config;
    const counted = [...this.#owners].filter(([replica, { config }]) => {
      if (replica.state === "ended") return false;
      if (reservedConcurrency !== undefined) return config.name === name;
      return config.reservedConcurrency === undefined && isOnDemand(replica);
    });
    if (counted.length < (reservedConcurrency ?? this.options.onDemandLimit)) return undefined;
    const [longestIdle] = counted
      .filter(([replica]) => isOnDemand(replica) && replica.state === "idle")
      .sort(([one], [other]) => one.idleSince - other.idleSince);
    if (longestIdle !== undefined) {
      const [replica, owner] = longestIdle;
      owner.evict(replica);
      return undefined;
    }
    return reservedConcurrency === undefined
      ? "ConcurrentInvocationLimitExceeded"
      : "ReservedFunctionConcurrentInvocationLimitExceeded";
  }

  release(replica: Replica): void {
    this.#owners.get(replica)?.release(replica);
  }

  growWhenPossible(set: ReplicaSet): void {
    this.#waiting.add(set);
  }

  capacityFreed(): void {
    for (const set of this.#waiting) {
      set.grow();
      if (set.waitingCount === 0) this.#waiting.delete(set);
    }
  }

  invocationStarted(replica: Replica, requestId: string): void {
    if (this.#listeners.size > 0) this.#emit(replica, { type: "invocation-started", requestId });
  }

  invocationEnded(replica: Replica, requestId: string, { kind }: Answer): void {
    if (this.#listeners.size === 0) return;
    this.#emit(replica, { type: "invocation-ended", requestId, functionError: kind === "error" });
  }

  describe(): ReplicaDescription[] {
    return [...this.#owners.keys()].map((replica) => ({
      id: replica.id,
      functionName: replica.options.config.name,
      version: replica.options.version,
      initializationType: replica.options.initializationType,
      state: replica.state,
      next: replica.state === "frozen" ? undefined : replica.next,
      memorySize: replica.options.config.memorySize,
      pid: replica.pid,
      bundle: replica.options.config.bundle,
      requestId: replica.requestId,
      invocations: replica.invocations,
      startedAt: replica.startedAt,
      initDuration: replica.initDuration,
    }));
  }

  control(id: string): ReplicaControl | undefined {
    for (const [replica, set] of this.#owners) {
      if (replica.id !== id || replica.state === "ended") continue;
      return {
        freeze: () => set.freeze(replica),
        thaw: () => set.thaw(replica),
        recycle: () => set.recycle(replica),
        contents: () => replica.look(),
      };
    }
    return undefined;
  }

  /** End all processes, and wait until they are gone. From then on `start` throws. */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.#watch);
    const replicas = [...this.#owners.keys()];
    for (const replica of replicas) replica.end("closed");
    await Promise.all(replicas.map((replica) => replica.ended));
    process.off("exit", this.#killAll);
    await this.#guard.close();
  }

  async #follow(replica: Replica): Promise<void> {
    try {
      await replica.initialised;
      this.#emit(replica, { type: "replica-initialised", duration: replica.initDuration ?? 0 });
    } catch {
      // The reason is in the event `replica-ended`.
    }
    const end = await replica.ended;
    this.#owners.delete(replica);
    this.#guardProcesses();
    this.#emit(replica, { type: "replica-ended", ...end });
  }

  #guardProcesses(): void {
    this.#guard.setProcesses([...this.#owners.keys()].flatMap(({ pid }) => pid ?? []));
  }

  #emit(replica: Replica, detail: EventDetail): void {
    const functionName = replica.options.config.name;
    for (const listener of this.#listeners) {
      try {
        listener({ at: Date.now(), functionName, replica: replica.id, ...detail });
      } catch (error) {
        process.emitWarning(`A listener of the replica pool threw: ${String(error)}`);
      }
    }
  }

  #inspect(): void {
    const idleTooLong = Date.now() - this.options.onDemandIdleTime;
    for (const [replica, owner] of this.#owners) {
      const { state, pid, options } = replica;
      if (state === "idle" && isOnDemand(replica) && replica.idleSince < idleTooLong) owner.evict(replica);
      if ((state !== "busy" && state !== "starting") || pid === undefined) continue;
      const used = residentBytes(pid);
      if (used !== undefined && used > options.config.memorySize * 1_048_576) replica.end("memory");
    }
  }
}

function isOnDemand(replica: Replica): boolean {
  return replica.options.initializationType === "on-demand";
}
