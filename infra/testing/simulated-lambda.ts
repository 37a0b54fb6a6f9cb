import { type Functions, FunctionServiceError, type InvokeRequest, type InvokeResponse } from "../emulator/index.ts";
import type { Fault, FaultKind } from "./fault.ts";
import {
  type Answer,
  type Interruption,
  type ReplicaHost,
  type SimulatedFunctionConfig,
  SimulatedReplica,
} from "./simulated-replica.ts";

/** A function, and how many replicas it has. */
export interface SimulatedFunction extends SimulatedFunctionConfig {
  readonly replicaCount: number;
  /** `spill` starts another replica; `queue` waits for one; `throttle` refuses the call. */
  readonly whenBusy: "spill" | "queue" | "throttle";
}

/** What is known of all replicas of a run. */
export interface ReplicaTotals {
  readonly made: number;
  readonly left: number;
  /** By `actor/cache`. */
  readonly caches: ReadonlyMap<string, CacheTotal>;
}

/** How often a cache has loaded, and how often it could have, had no replica loaded a key twice that it had. */
export interface CacheTotal {
  readonly loads: number;
  readonly distinctKeys: number;
  /** How many replicas have had it. */
  readonly replicas: number;
  /** Replicas whose cache has loaded more than it keeps and has given away. */
  readonly loadedTwice: readonly string[];
}

/** Milliseconds of virtual time, the least and the most. */
const [WAY_MS, INIT_MS, SLOW_INIT_MS] = [
  [1, 30],
  [80, 900],
  [10_500, 14_000],
] as const;
/** Milliseconds: then Lambda starts the initialisation of an on-demand instance anew. */
const INIT_LIMIT_MS = 10_000;
const [MINUTE_MS, HOURS_MS, DAY_MS] = [60_000, 10 * 3_600_000, 86_400_000];
/** Of the five minutes that an EXPRESS execution has: nothing that happens before a call can take them all. */
const IDLE_FOR_EXPRESS_MS = MINUTE_MS;

/** Lambda, with replicas in this process and faults as they are planned. */
export class SimulatedLambda implements Functions {
  readonly #host: ReplicaHost;
  readonly #functions: ReadonlyMap<string, SimulatedFunction>;
  /** Whether no replica serves two calls, so that no cache of a replica ever has a hit. */
  readonly #isFresh: boolean;
  readonly #replicas = new Map<string, SimulatedReplica[]>();
  /** All that were ever made. */
  readonly #all: SimulatedReplica[] = [];
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #caches = new Map<string, { loads: number; keys: Set<string>; replicas: number; loadedTwice: string[] }>();
  /** How many calls each state has made. */
  readonly calls: Map<string, number> = new Map();
  #requests = 0;

  constructor(host: ReplicaHost, functions: readonly SimulatedFunction[], isFresh: boolean) {
    this.#host = host;
    this.#functions = new Map(functions.map((one) => [one.name, one]));
    this.#isFresh = isFresh;
  }

  async invoke({ functionName, payload, caller = functionName, executionArn }: InvokeRequest): Promise<InvokeResponse> {
    const nth = (this.calls.get(caller) ?? 0) + 1;
    this.calls.set(caller, nth);
    const fn = this.#functions.get(/:function:([^:]+)/.exec(functionName)?.[1] ?? functionName);
    if (fn === undefined) {
      throw new FunctionServiceError("ResourceNotFoundException", 404, `Function not found: ${functionName}`);
    }
    const call: Call = {
      fn,
      payload,
      name: `${caller} ${nth}`,
      mostIdleMs: executionArn?.includes(":express:") === true ? IDLE_FOR_EXPRESS_MS : HOURS_MS,
      faults: (...kinds) => this.#host.faults.take(caller, nth, ...kinds),
    };
    await this.#way(`to ${call.name}`);
    if (call.faults("throttled").length > 0) throw throttled();
    if (call.faults("serviceError").length > 0) {
      throw new FunctionServiceError("ServiceException", 500, "Service exception");
    }
    const [twice] = call.faults("deliveredTwice");
    if (twice !== undefined) void this.#again(call, twice);
    const answer = await this.#serve(call);
    await this.#way(`from ${call.name}`);
    if (call.faults("answerLost").length > 0) throw new Error("Connection reset");
    const { payload: text, isError } = answer;
    const response = { statusCode: 200, payload: text, executedVersion: "1", requestId: `request-${call.name}` };
    return isError ? { ...response, functionError: "Unhandled" } : response;
  }

  /** End all replicas, also in the middle of their work. */
  endReplicas(): void {
    for (const replica of [...this.#replicas.values()].flat()) this.#end(replica, "closed");
  }

  /** End all replicas. @returns what is known of them */
  close(): ReplicaTotals {
    this.endReplicas();
    for (const replica of this.#all) replica.clean();
    const left = this.#all.filter(({ hasEnded }) => !hasEnded).length;
    const caches = [...this.#caches].map(([name, { keys, ...counted }]) => {
      return [name, { ...counted, distinctKeys: keys.size }] as const;
    });
    return { made: this.#all.length, left, caches: new Map(caches) };
  }

  #way(key: string): Promise<void> {
    const [least, most] = WAY_MS;
    return this.#passed(this.#host.chance.between(`way ${key}`, least, most));
  }

  #passed(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.#host.time.after(milliseconds, resolve));
  }

  /** Nobody waits for what comes of the call that is delivered a second time. */
  async #again(call: Call, { moment }: Fault): Promise<void> {
    await this.#passed(moment * 2000);
    await this.#serve({ ...call, name: `${call.name} again`, faults: () => [] }).catch(() => undefined);
  }

  async #serve(call: Call): Promise<Answer> {
    const [frozen] = call.faults("frozen");
    const replica = await this.#replicaFor(call, frozen);
    if (!(replica instanceof SimulatedReplica)) return replica;
    const requestId = `request-${++this.#requests}`;
    const answer = await replica.invoke(call.payload, requestId, this.#interruption(call, replica, frozen));
    this.#release(replica);
    return answer;
  }

  /** What happens to the replica within the call. */
  #interruption({ faults }: Call, replica: SimulatedReplica, frozen?: Fault): Interruption | undefined {
    const [fault = isWithin(frozen) ? frozen : undefined] = faults("killed", "outOfMemory", "clockJump");
    if (fault === undefined) return undefined;
    const { kind, moment } = fault;
    const step = Math.floor(moment * 8);
    switch (kind) {
      case "frozen":
        return { step, act: () => this.#pause(replica, MINUTE_MS * (0.2 + moment)) };
      case "clockJump":
        return { step, act: () => replica.clock.jump(Math.round(DAY_MS * (2 * moment - 1))) };
      default:
        return { step, act: () => this.#end(replica, kind === "outOfMemory" ? "memory" : "killed") };
    }
  }

  /** The replica stands still within its work. */
  async #pause(replica: SimulatedReplica, milliseconds: number): Promise<void> {
    replica.clock.freeze();
    await this.#passed(milliseconds);
    if (!replica.hasEnded) replica.clock.thaw();
  }

  /** @returns what comes of the call if no replica can be started for it */
  async #replicaFor(call: Call, frozen: Fault | undefined): Promise<SimulatedReplica | Answer> {
    const { fn, faults } = call;
    const isNew = faults("recycled", "spilled", "slowInit", "failedInit", "failedPreload");
    const kinds = new Set(isNew.map(({ kind }) => kind));
    for (;;) {
      const own = this.#of(fn);
      const idle = own.findLast(({ isBusy }) => !isBusy);
      if (idle !== undefined && kinds.size === 0) {
        idle.isBusy = true;
        // A replica that nobody needs is frozen, for hours perhaps.
        if (frozen !== undefined && !isWithin(frozen)) await this.#passed(frozen.moment * call.mostIdleMs);
        if (!idle.hasEnded) return idle;
        continue;
      }
      if (idle !== undefined && !kinds.has("spilled")) this.#end(idle, "retired");
      const isFull = fn.replicaCount > 0 && own.length >= fn.replicaCount && kinds.size === 0;
      if (!isFull || fn.whenBusy === "spill") return this.#start(call, kinds);
      if (fn.whenBusy === "throttle") throw throttled();
      await new Promise<void>((resolve) => this.#waitingFor(fn).push(resolve));
    }
  }

  async #start(call: Call, kinds: ReadonlySet<FaultKind>): Promise<SimulatedReplica | Answer> {
    const { fn } = call;
    const replica = this.#make(fn);
    const [least, most] = kinds.has("slowInit") ? SLOW_INIT_MS : INIT_MS;
    const slow = this.#host.chance.between(`init ${replica.id}`, least, most);
    await this.#passed(Math.min(slow, INIT_LIMIT_MS));
    if (slow > INIT_LIMIT_MS) {
      // What was initialised is thrown away, and a second attempt takes the time of the call.
      await replica.init(false);
      this.#end(replica, "init-timeout");
      await this.#passed(slow);
      if (slow > fn.timeout * 1000) return this.#failedStart(replica);
      return this.#start(call, new Set());
    }
    if (kinds.has("failedInit")) {
      this.#end(replica, "exited");
      return this.#failedStart(replica);
    }
    const failure = await replica.init(kinds.has("failedPreload"));
    if (failure === undefined) return replica;
    this.#end(replica, "exited");
    return failure;
  }

  async #failedStart(replica: SimulatedReplica): Promise<Answer> {
    return (await replica.init(false)) ?? { payload: "{}", isError: true };
  }

  #make(fn: SimulatedFunction): SimulatedReplica {
    const own = this.#of(fn);
    const isProvisioned = own.length < fn.replicaCount;
    const replica = new SimulatedReplica(`replica-${this.#all.length + 1}`, fn, isProvisioned, this.#host);
    own.push(replica);
    this.#all.push(replica);
    return replica;
  }

  #release(replica: SimulatedReplica): void {
    const fn = this.#functions.get(replica.config.name);
    if (replica.hasEnded || this.#isFresh) this.#end(replica, "retired");
    replica.isBusy = false;
    if (fn !== undefined) this.#waitingFor(fn).shift()?.();
  }

  #end(replica: SimulatedReplica, cause: Parameters<SimulatedReplica["end"]>[0]): void {
    const own = this.#replicas.get(replica.config.name) ?? [];
    if (!own.includes(replica)) return;
    own.splice(own.indexOf(replica), 1);
    this.#count(replica);
    replica.end(cause);
  }

  #count(replica: SimulatedReplica): void {
    const keys = replica.keys();
    for (const [name, { loads, left, kept }] of replica.caches) {
      const total = this.#caches.get(name) ?? { loads: 0, keys: new Set(), replicas: 0, loadedTwice: [] };
      this.#caches.set(name, total);
      total.loads += loads;
      total.replicas += 1;
      for (const key of keys.get(name) ?? []) total.keys.add(key);
      // A method has a cache for each of its objects, which go when they are collected.
      if (kept.length === 1 && loads - left > (keys.get(name) ?? []).length) total.loadedTwice.push(replica.id);
    }
  }

  #of({ name }: SimulatedFunction): SimulatedReplica[] {
    const own = this.#replicas.get(name) ?? [];
    this.#replicas.set(name, own);
    return own;
  }

  #waitingFor({ name }: SimulatedFunction): (() => void)[] {
    const waiting = this.#waiting.get(name) ?? [];
    this.#waiting.set(name, waiting);
    return waiting;
  }
}

interface Call {
  readonly fn: SimulatedFunction;
  readonly payload: string;
  /** The state that calls, and which of its calls it is. */
  readonly name: string;
  /** How long its replica may have stood still before it, at most. */
  readonly mostIdleMs: number;
  /** The faults of these kinds that strike this call. */
  readonly faults: (...kinds: readonly FaultKind[]) => readonly Fault[];
}

/** It stands still within a call, or else before one. */
function isWithin(frozen: Fault | undefined): boolean {
  return frozen !== undefined && frozen.moment >= 0.5;
}

function throttled(): FunctionServiceError {
  return new FunctionServiceError(
    "TooManyRequestsException",
    429,
    "Rate Exceeded.",
    "ReservedFunctionConcurrentInvocationLimitExceeded",
  );
}
