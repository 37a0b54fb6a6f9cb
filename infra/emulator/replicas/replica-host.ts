import type { InitializationType } from "./replica-environment.ts";
import { residentBytes } from "./replica-memory.ts";
import { poolClosed, type ReplicaSet, type SetHost, type ThrottleReason } from "./replica-set.ts";
import type { Answer, LogLine } from "./replica-invocation.ts";
import { Replica, type ReplicaOptions, type ReplicaState } from "./replica.ts";

/** What happens to replicas, for whoever shows it. Times are milliseconds since the epoch. */
export type PoolEvent = {
  readonly at: number;
  readonly functionName: string;
  readonly replica: string;
} & (
  | { readonly type: "replica-starting"; readonly initializationType: InitializationType }
  | { readonly type: "replica-initialised"; readonly duration: number }
  | { readonly type: "replica-ended"; readonly errorType: string; readonly reason: string }
  | { readonly type: "load-started"; readonly cache: string }
  /** The replica is busy. */
  | { readonly type: "invocation-started"; readonly requestId: string }
  /** The replica is idle, unless `replica-ended` follows. */
  | { readonly type: "invocation-ended"; readonly requestId: string; readonly functionError: boolean }
);

type EventDetail = PoolEvent extends infer E
  ? E extends PoolEvent
    ? Omit<E, "at" | "functionName" | "replica">
    : never
  : never;

/** One replica as it is now. */
export interface ReplicaDescription {
  readonly id: string;
  readonly functionName: string;
  readonly version: string;
  readonly initializationType: InitializationType;
  readonly state: ReplicaState;
  readonly pid: number | undefined;
  /** Of the invocation that it runs. */
  readonly requestId: string | undefined;
  readonly invocations: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Milliseconds. */
  readonly initDuration: number | undefined;
}

export interface HostOptions {
  readonly region: string;
  /** Most instances on demand of functions without reserved concurrency. */
  readonly onDemandLimit: number;
  readonly queueLimit: number;
  /** Milliseconds. */
  readonly onDemandInitTimeout: number;
  /** Milliseconds after which an idle instance on demand ends. */
  readonly onDemandIdleTime: number;
  readonly program: () => Promise<string>;
  readonly onLog: (line: LogLine) => void;
}

const WATCH_INTERVAL = 100;

/** The processes of all functions: starts them, watches their memory and their number, tells what they do. */
export class ReplicaHost implements SetHost {
  readonly queueLimit: number;
  readonly onDemandInitTimeout: number;
  readonly options: HostOptions;
  closed = false;
  readonly #owners: Map<Replica, ReplicaSet> = new Map();
  readonly #waiting: Set<ReplicaSet> = new Set();
  readonly #listeners: Set<(event: PoolEvent) => void> = new Set();
  readonly #watch: NodeJS.Timeout;

  constructor(options: HostOptions) {
    this.options = options;
    this.queueLimit = options.queueLimit;
    this.onDemandInitTimeout = options.onDemandInitTimeout;
    this.#watch = setInterval(() => this.#inspect(), WATCH_INTERVAL).unref();
    process.on("exit", this.#endAll);
  }

  /** An idle replica sees the pool's process go; one that computes would not. */
  readonly #endAll = (): void => {
    for (const replica of this.#owners.keys()) replica.end("closed");
  };

  subscribe(listener: (event: PoolEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start(set: ReplicaSet, options: Pick<ReplicaOptions, "initializationType" | "initTimeout">): Replica {
    if (this.closed) throw poolClosed();
    const { region, program, onLog } = this.options;
    const { config, version } = set;
    const onLoad = (from: Replica, cache: string): void => this.#emit(from, { type: "load-started", cache });
    const replica = new Replica({ ...options, config, version, region, program, onLog, onLoad });
    this.#owners.set(replica, set);
    this.#emit(replica, { type: "replica-starting", initializationType: options.initializationType });
    void this.#follow(replica);
    return replica;
  }

  admit(set: ReplicaSet): ThrottleReason | undefined {
    const { name, reservedConcurrency } = set.config;
    const rivals = [...this.#owners].filter(([replica, { config }]) => {
      if (replica.state === "ended") return false;
      if (reservedConcurrency !== undefined) return config.name === name;
      return config.reservedConcurrency === undefined && isOnDemand(replica);
    });
    if (rivals.length < (reservedConcurrency ?? this.options.onDemandLimit)) return undefined;
    const [oldest] = rivals
      .filter(([replica]) => isOnDemand(replica) && replica.state === "idle")
      .sort(([one], [other]) => one.idleSince - other.idleSince);
    if (oldest !== undefined) {
      const [replica, owner] = oldest;
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

  waits(set: ReplicaSet): void {
    this.#waiting.add(set);
  }

  roomFreed(): void {
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
      pid: replica.pid,
      requestId: replica.requestId,
      invocations: replica.invocations,
      startedAt: replica.startedAt,
      initDuration: replica.initDuration,
    }));
  }

  /** Ends every process and waits until all are gone. What is about to start another gets an error instead. */
  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.#watch);
    const replicas = [...this.#owners.keys()];
    this.#endAll();
    process.off("exit", this.#endAll);
    await Promise.all(replicas.map((replica) => replica.ended));
  }

  async #follow(replica: Replica): Promise<void> {
    try {
      await replica.initialised;
      this.#emit(replica, { type: "replica-initialised", duration: replica.initDuration ?? 0 });
    } catch {
      // Its end says why.
    }
    const end = await replica.ended;
    this.#owners.delete(replica);
    this.#emit(replica, { type: "replica-ended", ...end });
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
    const expired = Date.now() - this.options.onDemandIdleTime;
    for (const [replica, owner] of this.#owners) {
      const { state, pid, options } = replica;
      if (state === "idle" && isOnDemand(replica) && replica.idleSince < expired) owner.evict(replica);
      if ((state !== "busy" && state !== "starting") || pid === undefined) continue;
      const used = residentBytes(pid);
      if (used !== undefined && used > options.config.memorySize * 1_048_576) replica.end("memory");
    }
  }
}

function isOnDemand(replica: Replica): boolean {
  return replica.options.initializationType === "on-demand";
}
