import type { ResolvedFunction } from "./replica-config.ts";
import { FunctionServiceError } from "../lambda/functions.ts";
import { InitFailure, type Answer, type ReplicaRequest } from "./replica-invocation.ts";
import type { Replica, ReplicaOptions } from "./replica.ts";

export type ThrottleReason = "ReservedFunctionConcurrentInvocationLimitExceeded" | "ConcurrentInvocationLimitExceeded";

/** What a set needs of the pool that it is part of. */
export interface SetHost {
  /** After that no process is started. */
  readonly closed: boolean;
  /**
   * Starts a process. The host follows its life for `describe`, events and the memory limit.
   * @throws {FunctionServiceError} `ServiceException` when it is closed.
   */
  start(set: ReplicaSet, options: Pick<ReplicaOptions, "initializationType" | "initTimeout">): Replica;
  /** Asks for room for one more instance on demand: why there is none, or undefined. */
  admit(set: ReplicaSet): ThrottleReason | undefined;
  /** Hands a replica back to the set that it belongs to. */
  release(replica: Replica): void;
  /** A request of the set waits for room; the host calls `grow` when there may be some. */
  waits(set: ReplicaSet): void;
  /** An instance on demand became idle or ended, so another set's request may have its room. */
  roomFreed(): void;
  invocationStarted(replica: Replica, requestId: string): void;
  invocationEnded(replica: Replica, requestId: string, answer: Answer): void;
  /** Most requests that wait for a replica of one set. */
  readonly queueLimit: number;
  /** Milliseconds. Lambda runs an initialisation that takes longer once more, in the invocation's own time. */
  readonly onDemandInitTimeout: number;
}

interface Waiting {
  /** Claims the replica and returns true, or false if the caller no longer waits. */
  readonly take: (replica: Replica) => boolean;
  readonly fail: (error: Error) => void;
}

const LONGEST_RESTART_DELAY = 30_000;

/**
 * The replicas behind one qualifier of a function. Requests go to the most recently used idle replica, as on Lambda:
 * it has the warmest caches, and the others age. Waiting requests are served first come, first served.
 */
export class ReplicaSet {
  readonly config: ResolvedFunction;
  readonly version: string;
  /** How many provisioned replicas to keep. */
  readonly provisioned: number;
  readonly replicas: Set<Replica> = new Set();
  readonly #host: SetHost;
  /** Last in, first out. */
  #idle: Replica[] = [];
  #waiting: Waiting[] = [];
  #retired = false;
  #failedStarts = 0;
  #restart: NodeJS.Timeout | undefined;

  constructor(host: SetHost, config: ResolvedFunction, version: string, provisioned: number) {
    this.#host = host;
    this.config = config;
    this.version = version;
    this.provisioned = provisioned;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Initialises the provisioned replicas. @throws {InitFailure} of the first that fails. */
  async start(): Promise<void> {
    const started = Array.from({ length: this.provisioned }, () => this.#startProvisioned());
    await Promise.all(started.map((replica) => replica.initialised));
  }

  /**
   * Runs one request, waiting for a replica or starting one as the function says.
   * @throws {FunctionServiceError} `TooManyRequestsException`
   * @throws the signal's reason, if it aborts before a replica is found.
   */
  async invoke(request: ReplicaRequest, signal?: AbortSignal): Promise<Answer> {
    let replica = this.#takeIdle();
    try {
      replica ??= await this.#acquire(signal);
    } catch (error) {
      if (!(error instanceof InitFailure)) throw error;
      const { errorMessage, ...document } = error.document;
      const message = errorMessage.replace(/^RequestId: \S+/, `RequestId: ${request.requestId}`);
      return { kind: "error", payload: JSON.stringify({ ...document, errorMessage: message }) };
    }
    this.#host.invocationStarted(replica, request.requestId);
    const answer = await replica.invoke(request);
    this.#host.invocationEnded(replica, request.requestId, answer);
    // Perhaps to another set: a waiting request moves to the successor of a retired one.
    this.#host.release(replica);
    return answer;
  }

  /** Lets running requests finish, then ends their replicas; requests that still wait move to `successor`. */
  retire(successor?: ReplicaSet): void {
    this.#retired = true;
    clearTimeout(this.#restart);
    for (const replica of this.replicas) {
      // One that starts on demand has its request already.
      const wanted = replica.state === "busy" || (replica.state === "starting" && isOnDemand(replica));
      if (!wanted) replica.end("retired");
    }
    this.#idle = [];
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const request of waiting) {
      if (successor === undefined) request.fail(poolClosed());
      else successor.#adopt(request);
    }
  }

  /** Ends an idle instance on demand to make room for another. */
  evict(replica: Replica): void {
    this.#idle = this.#idle.filter((other) => other !== replica);
    this.replicas.delete(replica);
    replica.end("retired");
  }

  /** Starts an instance on demand for a waiting request, if there is room now. */
  grow(): void {
    if (this.#waiting.length === 0 || this.provisioned > 0 || this.#host.admit(this) !== undefined) return;
    const request = this.#waiting.shift();
    if (request !== undefined) void this.#startFor(request);
  }

  async #startFor(request: Waiting): Promise<void> {
    try {
      const replica = await this.#startOnDemand();
      if (!request.take(replica)) this.release(replica);
    } catch (error) {
      request.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #adopt(request: Waiting): void {
    this.#waiting.push(request);
    this.#host.waits(this);
    const replica = this.#takeIdle();
    if (replica === undefined) this.grow();
    else this.release(replica);
  }

  async #acquire(signal: AbortSignal | undefined): Promise<Replica> {
    if (this.provisioned > 0 && this.#provisionedReplicas().length === 0) this.#startProvisioned();
    // An ended one is replaced as soon as its process is gone.
    const starting = this.#provisionedReplicas().filter(({ state }) => state === "starting" || state === "ended");
    // A replica that is starting is nearer to ready than one that would be started now.
    if (starting.length > this.#waiting.length) return this.#wait(signal);
    if (this.provisioned > 0 && this.config.whenBusy === "queue") return this.#waitInQueue(signal);
    const refused = this.#host.admit(this);
    if (refused === undefined) return this.#startOnDemand();
    if (this.config.whenBusy === "queue") return this.#waitInQueue(signal);
    throw throttled(refused);
  }

  #takeIdle(): Replica | undefined {
    let replica = this.#idle.pop();
    while (replica !== undefined && replica.state !== "idle") replica = this.#idle.pop();
    replica?.claim();
    return replica;
  }

  #provisionedReplicas(): Replica[] {
    return [...this.replicas].filter((replica) => !isOnDemand(replica));
  }

  #waitInQueue(signal: AbortSignal | undefined): Promise<Replica> {
    const full = this.#waiting.length >= this.#host.queueLimit;
    return full ? Promise.reject(throttled("ReservedFunctionConcurrentInvocationLimitExceeded")) : this.#wait(signal);
  }

  #wait(signal: AbortSignal | undefined): Promise<Replica> {
    return new Promise((found, failed) => {
      let waits = true;
      function settle() {
        waits = false;
        signal?.removeEventListener("abort", leave);
      }
      const leave = () => {
        settle();
        this.#waiting = this.#waiting.filter((other) => other !== request);
        failed(signal?.reason);
      };
      const request: Waiting = {
        take: (replica) => {
          if (!waits) return false;
          settle();
          replica.claim();
          found(replica);
          return true;
        },
        fail: (error) => {
          settle();
          failed(error);
        },
      };
      signal?.addEventListener("abort", leave);
      this.#waiting.push(request);
      this.#host.waits(this);
    });
  }

  /** Gives a replica to the next request that waits, or keeps it for one to come. */
  release(replica: Replica): void {
    if (replica.state === "ended") return;
    if (this.#retired) {
      replica.end("retired");
      return;
    }
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (next.take(replica)) return;
    }
    replica.rest();
    this.#idle.push(replica);
    if (isOnDemand(replica)) this.#host.roomFreed();
  }

  #startProvisioned(): Replica {
    clearTimeout(this.#restart);
    this.#restart = undefined;
    // Lambda's limit: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
    const initTimeout = Math.max(130, this.config.timeout) * 1000;
    const replica = this.#track("provisioned-concurrency", initTimeout);
    void this.#followProvisioned(replica);
    return replica;
  }

  async #followProvisioned(replica: Replica): Promise<void> {
    try {
      await replica.initialised;
      this.#failedStarts = 0;
      this.release(replica);
    } catch (error) {
      this.#failedStarts += 1;
      // What waits for this replica would meet the same error in the next one.
      const alive = [...this.replicas].some(({ state }) => state !== "ended");
      if (!alive && error instanceof InitFailure) this.#failWaiting(error);
    }
    await replica.ended;
    this.#keepProvisioned();
  }

  #failWaiting(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const request of waiting) request.fail(error);
  }

  /** Replaces lost replicas: at once, or with growing delays while initialisation fails. */
  #keepProvisioned(): void {
    const complete = this.#provisionedReplicas().length >= this.provisioned;
    if (this.#retired || this.#host.closed || complete || this.#restart !== undefined) return;
    const start = () => {
      if (this.#host.closed) return;
      this.#startProvisioned();
      this.#keepProvisioned();
    };
    if (this.#failedStarts === 0) start();
    else this.#restart = setTimeout(start, Math.min(LONGEST_RESTART_DELAY, 500 * 2 ** this.#failedStarts)).unref();
  }

  /** @throws {InitFailure} */
  async #startOnDemand(): Promise<Replica> {
    const first = this.#track("on-demand", this.#host.onDemandInitTimeout);
    try {
      await first.initialised;
      first.claim();
      return first;
    } catch (error) {
      if (!(error instanceof InitFailure && error.timedOut)) throw error;
    }
    const second = this.#track("on-demand", this.config.timeout * 1000);
    await second.initialised;
    second.claim();
    return second;
  }

  #track(initializationType: "provisioned-concurrency" | "on-demand", initTimeout: number): Replica {
    const replica = this.#host.start(this, { initializationType, initTimeout });
    this.replicas.add(replica);
    void this.#forgetEnded(replica);
    return replica;
  }

  async #forgetEnded(replica: Replica): Promise<void> {
    await replica.ended;
    this.replicas.delete(replica);
    this.#idle = this.#idle.filter((other) => other !== replica);
    if (isOnDemand(replica)) this.#host.roomFreed();
  }
}

function isOnDemand(replica: Replica): boolean {
  return replica.options.initializationType === "on-demand";
}

export function poolClosed(): FunctionServiceError {
  return new FunctionServiceError("ServiceException", 500, "The replica pool is closed");
}

function throttled(reason: ThrottleReason): FunctionServiceError {
  return new FunctionServiceError("TooManyRequestsException", 429, "Rate Exceeded.", reason);
}
