import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { KeptEntries } from "../../sdk/cache/kept-entries.ts";
import type { ActorDefinition } from "../../sdk/authoring/definition.ts";
import { storeBucket } from "../../sdk/store/store-bucket.ts";
import { cacheKeyText } from "../emulator/replicas/cache-key-text.ts";
import { errorDocument } from "../emulator/replicas/error-document.ts";
import { type EndCause, describeEnd, endDocument } from "../emulator/replicas/replica-end.ts";
import { seededIdentity } from "../emulator/kernel/identity.ts";
import type { Chance } from "./chance.ts";
import type { PlannedFaults } from "./fault.ts";
import { never } from "./never.ts";
import { realmOf } from "./replica-globals.ts";
import { ReplicaClock } from "./replica-clock.ts";
import type { RealmHandler, ReplicaProgram } from "./replica-program.ts";
import { s3ClientModule } from "./s3-client.ts";
import type { SimulatedS3 } from "./simulated-s3.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What replicas of one run have in common. */
export interface ReplicaHost {
  readonly program: ReplicaProgram;
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly faults: PlannedFaults;
  readonly s3: SimulatedS3;
  /** Absolute; the replicas' own directories are made in it. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** One function, as its replicas need to know it. */
export interface SimulatedFunctionConfig {
  readonly name: string;
  readonly actor: ActorDefinition | undefined;
  /** Whose keys it writes in the store. */
  readonly keyPrefix: string;
  /** Seconds. */
  readonly timeout: number;
}

/** JSON text, and whether it is that of an error. */
export interface Answer {
  readonly payload: string;
  readonly isError: boolean;
}

/** What is to happen within an invocation, once it has come so far: to each request of the store and back is a step. */
export interface Interruption {
  readonly step: number;
  readonly act: () => void | Promise<void>;
}

/** How a replica's caches have been used. */
export interface CacheUse {
  loads: number;
  /** How often an entry was removed. */
  left: number;
  readonly kept: KeptEntries[];
}

/** A replica in this process: the function's modules with variables of their own, with clocks, timers and a disk. */
export class SimulatedReplica {
  readonly id: string;
  readonly config: SimulatedFunctionConfig;
  readonly initializationType: "on-demand" | "provisioned-concurrency";
  readonly clock: ReplicaClock;
  readonly caches: Map<string, CacheUse> = new Map();
  isBusy = true;
  readonly #host: ReplicaHost;
  #handler: RealmHandler | undefined;
  #isLoading = true;
  #hasDirectory = false;
  #cause: EndCause | "killed" | "exited" | undefined;
  #tellEnd: () => void = () => undefined;
  readonly #ended: Promise<void>;
  #interruption: Interruption | undefined;
  #steps = 0;

  constructor(id: string, config: SimulatedFunctionConfig, isProvisioned: boolean, host: ReplicaHost) {
    this.id = id;
    this.config = config;
    this.initializationType = isProvisioned ? "provisioned-concurrency" : "on-demand";
    this.#host = host;
    this.clock = new ReplicaClock(host.time);
    this.#ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
  }

  get hasEnded(): boolean {
    return this.#cause !== undefined;
  }

  /**
   * Run its modules.
   * @param failsToLoad whether what caches load beforehand fails
   * @returns undefined once it is ready, or why it could not be
   */
  async init(failsToLoad: boolean): Promise<Answer | undefined> {
    const { program, chance, faults, s3, environment } = this.#host;
    const caller = { s3, clock: this.clock, faults, chance, step: () => this.#step() };
    const s3Client = s3ClientModule(caller);
    const realm = realmOf({
      clock: this.clock,
      identity: seededIdentity(Math.floor(chance.at(`identity ${this.id}`) * 2 ** 32)),
      environment: this.#environment(environment),
      clients: { "@aws-sdk/client-s3": s3Client },
      temporaryDirectory: () => this.#directory(),
      exit: () => this.end("exited"),
      observe: (channel, message) => this.#observe(channel, message),
      failsToLoad: () => failsToLoad && this.#isLoading,
    });
    const made = program.run(realm, this.config.actor?.name).then(
      (handler) => {
        this.#handler = handler;
        return undefined;
      },
      (error: unknown): Answer => ({ payload: JSON.stringify(errorDocument(error)), isError: true }),
    );
    const failure = await Promise.race([made, this.#ended.then(() => this.#endAnswer("init"))]);
    this.#isLoading = false;
    return failure;
  }

  /** Run one request. It comes to an answer however it ends. */
  async invoke(payload: string, requestId: string, interruption?: Interruption): Promise<Answer> {
    this.clock.thaw();
    this.#steps = 0;
    this.#interruption = interruption;
    const { timeout, name } = this.config;
    const deadline = this.clock.wall() + timeout * 1000;
    const stop = this.#host.time.after(timeout * 1000, () => this.end("timeout"));
    const context = {
      functionName: name,
      awsRequestId: requestId,
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => deadline - this.clock.wall(),
    };
    const answer = await Promise.race([
      this.#answer(JSON.parse(payload), context),
      this.#ended.then(() => this.#endAnswer(requestId)),
    ]);
    stop();
    this.clock.freeze();
    return answer;
  }

  async #answer(event: unknown, context: object): Promise<Answer> {
    await this.#step();
    let answer: Answer;
    try {
      const result = await this.#handler?.(event, context);
      answer = { payload: JSON.stringify(result) ?? "null", isError: false };
    } catch (error) {
      answer = { payload: JSON.stringify(errorDocument(error)), isError: true };
    }
    await this.#interrupt();
    return answer;
  }

  /** End it. What it was about to do is not done any more. */
  end(cause: EndCause | "killed" | "exited"): void {
    if (this.#cause !== undefined) return;
    this.#cause = cause;
    this.clock.end();
    this.#handler = undefined;
    this.#tellEnd();
  }

  /** Remove its files, once nothing reads or writes any more: what it had begun before its end goes on for a moment. */
  clean(): void {
    if (!this.#hasDirectory) return;
    rmSync(this.#path, { recursive: true, force: true });
    this.#hasDirectory = false;
  }

  /** By cache, the texts of the keys of what it keeps. */
  keys(): Map<string, string[]> {
    const keys = new Map<string, string[]>();
    for (const [cache, { kept }] of this.caches)
      keys.set(
        cache,
        kept.flatMap((one) => one.keys.leaves().map(cacheKeyText)),
      );
    return keys;
  }

  async #step(): Promise<void> {
    if (this.#interruption !== undefined && this.#steps++ >= this.#interruption.step) await this.#interrupt();
    if (this.hasEnded) await never();
  }

  /** At the latest when the work is done. */
  async #interrupt(): Promise<void> {
    const due = this.#interruption;
    this.#interruption = undefined;
    await due?.act();
  }

  #endAnswer(requestId: string): Answer {
    const cause = this.#cause;
    const end = describeEnd({
      cause: cause === "killed" || cause === "exited" ? undefined : cause,
      code: cause === "exited" ? 1 : null,
      signal: cause === "killed" ? "SIGKILL" : null,
      heapExhausted: false,
      timeoutSeconds: this.config.timeout,
    });
    return { payload: JSON.stringify(endDocument(end, requestId)), isError: true };
  }

  get #path(): string {
    return join(this.#host.directory, this.id);
  }

  #directory(): string {
    if (!this.#hasDirectory && !this.hasEnded) {
      mkdirSync(this.#path, { recursive: true });
      this.#hasDirectory = true;
    }
    return this.#path;
  }

  #environment(environment: Readonly<Record<string, string>>): Record<string, string | undefined> {
    const { name, actor, keyPrefix } = this.config;
    const storage = actor?.ephemeralStorageSize;
    return {
      ...environment,
      ...(storage === undefined ? {} : { LAMBENT_EPHEMERAL_STORAGE: String(storage) }),
      ...actor?.environment,
      LAMBENT_STORE: undefined, // the store is S3
      LAMBENT_BUCKET: storeBucket(),
      LAMBENT_KEY_PREFIX: keyPrefix,
      LAMBENT_METRICS: "off",
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_LOG_STREAM_NAME: `2026/01/01/[1]${this.id}`,
      AWS_LAMBDA_INITIALIZATION_TYPE: this.initializationType,
    };
  }

  #observe(channel: string, message: unknown): void {
    // Only caches publish there: see sdk/cache/channels.ts.
    const { actor, cache, kept } = message as { actor: string; cache: string; kept?: KeptEntries };
    const name = `${actor}/${cache}`;
    const use = this.caches.get(name) ?? { loads: 0, left: 0, kept: [] };
    this.caches.set(name, use);
    if (channel === "lambent:cache:open" && kept !== undefined) use.kept.push(kept);
    if (channel === "lambent:cache:load") use.loads += 1;
    if (channel === "lambent:cache:leave") use.left += 1;
  }
}
