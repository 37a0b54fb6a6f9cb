import type { ResolvedFunction } from "./replica-config.ts";
import { FunctionServiceError } from "../lambda/functions.ts";
import { InitFailure, type Answer, type ReplicaRequest } from "./replica-invocation.ts";
import type { Replica, ReplicaOptions, ReplicaState } from "./replica.ts";
import { throttled, type ThrottleReason } from "./throttled.ts";
import { type WaitingRequest, WaitingRequests } from "./waiting-requests.ts";

/** The pool, as far as a set needs it. */
export interface SetHost {
  /** Whether the pool is closed: then no replica can be started. */
  readonly closed: boolean;
  /**
   * Start a replica for the set, and watch it.
   * @throws {FunctionServiceError} `ServiceException` if the pool is closed
   */
  start(set: ReplicaSet, options: Pick<ReplicaOptions, "initializationType" | "initTimeout">): Replica;
  /**
   * Make room for one more on-demand instance, if need be by ending one that is idle.
   * @returns undefined if there is room, otherwise the limit that has been reached
   */
  makeRoomFor(set: ReplicaSet): ThrottleReason | undefined;
  /** Call `release` of the set that the replica belongs to. */
  release(replica: Replica): void;
  /** Call `grow` of the set whenever there may be room for another instance, until none of its requests waits. */
  growWhenPossible(set: ReplicaSet): void;
  /** Has to be called when an on-demand instance becomes idle or ends: another set may now have an instance. */
  capacityFreed(): void;
  invocationStarted(replica: Replica, requestId: string): void;
  invocationEnded(replica: Replica, requestId: string, answer: Answer): void;
  /** The most requests that may wait for a replica of one set. */
  readonly queueLimit: number;
  /**
   * Milliseconds. If initialisation takes longer, Lambda begins it anew, and it counts for the invocation's timeout.
   */
  readonly onDemandInitTimeout: number;
}

const MAX_RESTART_DELAY_MS = 30_000;

/** Of provisioned replicas those that Lambda would count as available. */
const AVAILABLE: ReadonlySet<ReplicaState> = new Set(["idle", "busy", "frozen"]);

/**
 * The replicas of one qualifier of a function. A request gets the idle replica that was used last, as on Lambda, so
 * that those that are not needed stay idle and can be ended. Requests that wait are served in the order in which they
 * came.
 */
export class ReplicaSet {
  readonly config: ResolvedFunction;
  readonly version: string;
  readonly replicas: Set<Replica> = new Set();
  readonly #host: SetHost;
  /** A stack: the one that was used last is the next to be used. */
  #idle: Replica[] = [];
  readonly #waiting = new WaitingRequests();
  #isRetired = false;
  #isCool = false;
  #provisioned: number;
  /** When it was last said how many replicas are provisioned. */
  #provisionedSince = new Date();
  /** Why the provisioned replica that was started last could not be initialised. */
  #failure: string | undefined;
  /** Whether provisioned replicas that were asked for last are still to be ready: until then requests run on demand. */
  #isComingUp = false;
  /** Those that are no longer wanted: that they end says nothing of the function. */
  readonly #unwanted: WeakSet<Replica> = new WeakSet();
  /** Provisioned replicas in a row that could not be initialised. */
  #failedStarts = 0;
  /** For the start of the next provisioned replica. */
  #restartTimer: NodeJS.Timeout | undefined;

  constructor(host: SetHost, config: ResolvedFunction, version: string, provisioned: number) {
    this.#host = host;
    this.config = config;
    this.version = version;
    this.#provisioned = provisioned;
  }

  /** How many provisioned replicas it keeps running. */
  get provisioned(): number {
    return this.#provisioned;
  }

  /** What becomes of them, for Lambda's API. */
  get provisioning(): { readonly available: number; readonly since: Date; readonly failure: string | undefined } {
    const available = this.#provisionedReplicas().filter(({ state }) => AVAILABLE.has(state)).length;
    return { available, since: this.#provisionedSince, failure: this.#failure };
  }

  get waitingCount(): number {
    return this.#waiting.count;
  }

  /**
   * Start the provisioned replicas, and wait until they are initialised.
   * @throws {InitFailure} of the first that fails
   */
  async start(): Promise<void> {
    const started = Array.from({ length: this.provisioned }, () => this.#startProvisioned());
    await Promise.all(started.map((replica) => replica.initialised));
  }

  /** Keep `count` replicas running from now on. Of those that are too many, a busy one ends after its request. */
  provision(count: number): void {
    this.#provisioned = count;
    this.#provisionedSince = new Date();
    this.#failure = undefined;
    this.#failedStarts = 0;
    clearTimeout(this.#restartTimer);
    this.#restartTimer = undefined;
    const running = this.#provisionedReplicas().filter(({ state }) => state !== "ended");
    const surplus = running.toSorted((one, other) => Number(one.state === "busy") - Number(other.state === "busy"));
    for (const replica of surplus.slice(0, Math.max(0, running.length - count))) {
      if (replica.state === "busy") continue;
      this.#unwanted.add(replica);
      this.evict(replica);
    }
    this.#isComingUp = this.provisioning.available < count;
    for (let missing = count - running.length; missing > 0; missing--) this.#startProvisioned();
    // Requests that waited for a replica may now have to be served by on-demand instances.
    this.#host.capacityFreed();
  }

  /**
   * Run one request. If no replica is idle, it waits for one, or an on-demand instance is started; see `whenBusy`.
   * @throws {FunctionServiceError} `TooManyRequestsException`
   * @throws the signal's reason, if it aborts before there is a replica
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
    // By way of the host, since the replica may belong to another set: a retired set's requests move to its successor.
    this.#host.release(replica);
    return answer;
  }

  /**
   * End all replicas, those with requests once these are done. Requests that wait for a replica move to `successor`.
   */
  retire(successor?: ReplicaSet): void {
    this.#isRetired = true;
    clearTimeout(this.#restartTimer);
    for (const replica of this.replicas) {
      // An on-demand instance that is starting has been started for a request.
      const hasRequest = replica.state === "busy" || (replica.state === "starting" && isOnDemand(replica));
      if (!hasRequest) replica.end("retired");
    }
    this.#idle = [];
    for (const request of this.#waiting.takeAll()) {
      if (successor === undefined) request.fail(poolClosed());
      else successor.#adopt(request);
    }
  }

  /** Keep no idle replica from now on: each is started for a request, and ends when none waits. */
  cool(): void {
    if (this.#isCool) return;
    this.#isCool = true;
    for (const replica of this.replicas)
      if (replica.state === "idle" || replica.state === "frozen") replica.end("retired");
    this.#idle = [];
  }

  /** Give a replica no request until it is thawed. One that has a request ends that first, and is counted as before. */
  freeze(replica: Replica): void {
    replica.next = "freeze";
    if (replica.state !== "idle") return;
    this.#idle = this.#idle.filter((other) => other !== replica);
    replica.freeze();
  }

  /** A request that waits gets it. */
  thaw(replica: Replica): void {
    if (replica.next === "freeze") replica.next = undefined;
    if (replica.state === "frozen") this.release(replica);
  }

  /** End a replica as soon as it has no request, and start another in the place of one that is provisioned. */
  recycle(replica: Replica): void {
    replica.next = "recycle";
    if (replica.state !== "idle" && replica.state !== "frozen") return;
    this.evict(replica);
    this.#keepProvisioned();
  }

  get isRetired(): boolean {
    return this.#isRetired;
  }

  /** End a replica that runs no request. */
  evict(replica: Replica): void {
    this.#idle = this.#idle.filter((other) => other !== replica);
    this.replicas.delete(replica);
    replica.end("retired");
  }

  /** Start an on-demand instance for the first request that waits, if there is room for one. */
  grow(): void {
    if (this.#waiting.count === 0 || this.#hasProvisioned || this.#host.makeRoomFor(this) !== undefined) return;
    const request = this.#waiting.shift();
    if (request !== undefined) void this.#startFor(request);
  }

  async #startFor(request: WaitingRequest): Promise<void> {
    try {
      const replica = await this.#startOnDemand();
      if (!request.take(replica)) this.release(replica);
    } catch (error) {
      request.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Take over a request that waited for a replica of a retired set. */
  #adopt(request: WaitingRequest): void {
    this.#waiting.adopt(request);
    this.#host.growWhenPossible(this);
    const replica = this.#takeIdle();
    if (replica === undefined) this.grow();
    else this.release(replica);
  }

  async #acquire(signal: AbortSignal | undefined): Promise<Replica> {
    if (!this.#hasProvisioned) return this.#acquireOnDemand(signal);
    const least = this.#isCool ? this.provisioned : Math.min(1, this.provisioned);
    if (this.#provisionedReplicas().length < least) this.#startProvisioned();
    // One that has ended counts too: it is replaced as soon as its process is gone.
    const starting = this.#provisionedReplicas().filter(({ state }) => state === "starting" || state === "ended");
    // If more replicas are starting than requests wait, one of them is ready sooner than one that is started now.
    if (starting.length > this.#waiting.count) return this.#wait(signal);
    if (this.config.whenBusy === "throttle")
      throw throttled("ReservedFunctionConcurrentInvocationLimitExceeded", this.config);
    return this.config.whenBusy === "queue" ? this.#waitInQueue(signal) : this.#acquireOnDemand(signal);
  }

  /** Whether requests are those of provisioned replicas, or will be in a moment. */
  get #hasProvisioned(): boolean {
    return this.#provisioned > 0 && !this.#isComingUp;
  }

  async #acquireOnDemand(signal: AbortSignal | undefined): Promise<Replica> {
    const reachedLimit = this.#host.makeRoomFor(this);
    if (reachedLimit === undefined) return this.#startOnDemand();
    if (this.config.whenBusy === "queue") return this.#waitInQueue(signal);
    throw throttled(reachedLimit, this.config);
  }

  #takeIdle(): Replica | undefined {
    this.#idle = this.#idle.filter(({ state }) => state === "idle");
    // As on Lambda, provisioned ones come first: an on-demand instance may be idle beside them.
    const last = this.#idle.findLastIndex((replica) => !isOnDemand(replica));
    const [replica] = this.#idle.splice(last === -1 ? this.#idle.length - 1 : last, 1);
    replica?.claim();
    return replica;
  }

  #provisionedReplicas(): Replica[] {
    return [...this.replicas].filter((replica) => !isOnDemand(replica));
  }

  /** Whether fewer are provisioned than there were when it was started. */
  #isSurplus(replica: Replica): boolean {
    if (isOnDemand(replica)) return false;
    const running = this.#provisionedReplicas().filter(({ state }) => state !== "ended");
    return running.length > this.#provisioned;
  }

  #waitInQueue(signal: AbortSignal | undefined): Promise<Replica> {
    const isFull = this.#waiting.count >= this.#host.queueLimit;
    return isFull
      ? Promise.reject(throttled("ReservedFunctionConcurrentInvocationLimitExceeded", this.config))
      : this.#wait(signal);
  }

  #wait(signal: AbortSignal | undefined): Promise<Replica> {
    const found = this.#waiting.wait(signal);
    this.#host.growWhenPossible(this);
    return found;
  }

  /** Give a replica to the next request that waits, or else note that it is idle. */
  release(replica: Replica): void {
    if (replica.state === "ended") return;
    if (this.#isRetired || this.#isSurplus(replica)) {
      replica.end("retired");
      return;
    }
    if (replica.next === "recycle") {
      this.evict(replica);
      this.#keepProvisioned();
      return;
    }
    if (replica.next === "freeze" && !this.#isCool) {
      replica.freeze();
      return;
    }
    if (this.#waiting.give(replica)) return;
    if (this.#isCool) {
      replica.end("retired");
      return;
    }
    replica.becomeIdle();
    this.#idle.push(replica);
    if (isOnDemand(replica)) this.#host.capacityFreed();
  }

  #startProvisioned(): Replica {
    clearTimeout(this.#restartTimer);
    this.#restartTimer = undefined;
    // Lambda's limit of 130 s, or the function's timeout if that is longer:
    // https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
    const initTimeout = Math.max(130, this.config.timeout) * 1000;
    const replica = this.#track("provisioned-concurrency", initTimeout);
    void this.#followProvisioned(replica);
    return replica;
  }

  async #followProvisioned(replica: Replica): Promise<void> {
    try {
      await replica.initialised;
      this.#failedStarts = 0;
      this.#failure = undefined;
      this.release(replica);
      if (this.provisioning.available >= this.#provisioned) this.#isComingUp = false;
    } catch (error) {
      if (this.#unwanted.has(replica)) return;
      this.#failedStarts += 1;
      if (error instanceof InitFailure) this.#failure = error.document.errorMessage;
      // If no other replica is left, the requests that wait would most likely get the same error from the next one.
      const isOneLeft = [...this.replicas].some(({ state }) => state !== "ended");
      if (!isOneLeft && error instanceof InitFailure) this.#failWaiting(error);
    }
    await replica.ended;
    this.#keepProvisioned();
  }

  #failWaiting(error: Error): void {
    for (const request of this.#waiting.takeAll()) request.fail(error);
  }

  /** Start replicas until there are as many as are provisioned: at once, or after growing delays while starts fail. */
  #keepProvisioned(): void {
    const wanted = this.#isCool ? Math.min(this.provisioned, this.#waiting.count) : this.provisioned;
    const isComplete = this.#provisionedReplicas().length >= wanted;
    if (this.#isRetired || this.#host.closed || isComplete || this.#restartTimer !== undefined) return;
    const start = () => {
      if (this.#host.closed) return;
      this.#startProvisioned();
      this.#keepProvisioned();
    };
    if (this.#failedStarts === 0) start();
    else this.#restartTimer = setTimeout(start, Math.min(MAX_RESTART_DELAY_MS, 500 * 2 ** this.#failedStarts)).unref();
  }

  /**
   * Start an on-demand instance for a request. Lambda begins an initialisation that takes too long a second time,
   * within the function's timeout.
   * @throws {InitFailure}
   */
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
    if (isOnDemand(replica)) this.#host.capacityFreed();
  }
}

function isOnDemand(replica: Replica): boolean {
  return replica.options.initializationType === "on-demand";
}

export function poolClosed(): FunctionServiceError {
  return new FunctionServiceError("ServiceException", 500, "The replica pool is closed");
}
