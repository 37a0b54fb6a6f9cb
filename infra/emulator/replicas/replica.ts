import { access, rm } from "node:fs/promises";
import type { CacheContent } from "./cache-content.ts";
import { ReplicaChild } from "./replica-child.ts";
import type { ResolvedFunction } from "./replica-config.ts";
import { describeEnd, endDocument, type EndCause, type ReplicaEnd } from "./replica-end.ts";
import { logStreamName, replicaEnvironment, replicaFlags, type InitializationType } from "./replica-environment.ts";
import { ForeignBytes, type ErrorDocument, type Frame, type LogLevel, type ReplicaHeader } from "./replica-frames.ts";
import { InitFailure, type Answer, type LogLine, type ReplicaRequest } from "./replica-invocation.ts";
import { residentBytes } from "./replica-memory.ts";

/** `frozen`: no request goes to it until it is thawed. */
export type ReplicaState = "starting" | "idle" | "busy" | "frozen" | "ended";

export interface ReplicaOptions {
  /** 32 hexadecimal digits, which no other process on this machine has in its environment. */
  readonly id: string;
  readonly config: ResolvedFunction;
  readonly version: string;
  readonly initializationType: InitializationType;
  readonly region: string;
  /** Variables beside those of the function. */
  readonly environment: Promise<Readonly<Record<string, string>>>;
  /** The path of the program that the replica runs: replica-process.ts or replica-bridge.ts, compiled. */
  readonly program: () => Promise<string>;
  /** Makes the directory of the replica's temporary files. */
  readonly makeDirectory: (replicaId: string) => Promise<string>;
  /** Called when the process has been started. */
  readonly onProcess: () => void;
  /** Milliseconds that initialisation may take. */
  readonly initTimeout: number;
  readonly onLog: (line: LogLine) => void;
  /** Called when a cache begins a load. */
  readonly onLoad: (replica: Replica, cache: string) => void;
}

type AnswerHeader = Extract<ReplicaHeader, { readonly requestId: string }>;

interface Running {
  readonly request: ReplicaRequest;
  readonly timer: NodeJS.Timeout;
  readonly answer: (answer: Answer) => void;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: Error) => void;
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function defer<T>(): Deferred<T> {
  let functions: Omit<Deferred<T>, "promise"> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    functions = { resolve, reject };
  });
  if (functions === undefined) throw new Error("the constructor of Promise calls its argument at once");
  return { promise, ...functions };
}

/** An execution environment of Lambda: a process of the operating system that runs one request at a time. */
export class Replica {
  readonly id: string;
  readonly options: ReplicaOptions;
  readonly startedAt: number = Date.now();
  /** Resolves when the handler is loaded; rejects with an {@link InitFailure} if it cannot be. */
  readonly initialised: Promise<void>;
  /** Resolves when the process is gone and its temporary directory is removed. Never rejects. */
  readonly ended: Promise<ReplicaEnd>;
  state: ReplicaState = "starting";
  /** What is to become of it when it is free. */
  next: "freeze" | "recycle" | undefined;
  /** Milliseconds that initialisation took. */
  initDuration: number | undefined;
  invocations = 0;
  /** When it last became idle, in milliseconds since the epoch. */
  idleSince: number = Date.now();

  #child: ReplicaChild | undefined;
  #running: Running | undefined;
  /** Those who have asked what is in its caches. */
  readonly #looks: Deferred<readonly CacheContent[]>[] = [];
  #cause: EndCause | undefined;
  #heapExhausted = false;
  #temporaryDirectory: string | undefined;
  #initError: ErrorDocument | undefined;
  #hasFinished = false;
  readonly #initialised: Deferred<void> = defer();
  readonly #ended: Deferred<ReplicaEnd> = defer();

  constructor(options: ReplicaOptions) {
    this.id = options.id;
    this.options = options;
    this.initialised = this.#initialised.promise;
    this.ended = this.#ended.promise;
    // If nobody awaits `initialised`, since the replica was ended while it started, a failure is no unhandled
    // rejection.
    this.initialised.catch(() => {});
    this.#start().catch((error: unknown) => this.#failStart(error));
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get requestId(): string | undefined {
    return this.#running?.request.requestId;
  }

  /** Reserve the replica for one request. */
  claim(): void {
    this.state = "busy";
  }

  becomeIdle(): void {
    if (this.state === "ended") return;
    this.state = "idle";
    this.idleSince = Date.now();
  }

  freeze(): void {
    if (this.state !== "ended") this.state = "frozen";
  }

  /**
   * What is in its caches. A process that runs no request tells it in its blocking read, so that nothing of the function
   * goes on meanwhile; one that does would tell it afterwards.
   * @throws {Error} if it ends before it has told
   */
  look(): Promise<readonly CacheContent[]> {
    const told = defer<readonly CacheContent[]>();
    this.#looks.push(told);
    this.#child?.send({ type: "look" }, "");
    return told.promise;
  }

  /**
   * Run the request for which the replica was claimed. Never rejects: if the process ends, the answer is that error.
   */
  invoke(request: ReplicaRequest): Promise<Answer> {
    this.invocations += 1;
    return new Promise((answer) => {
      const timer = setTimeout(() => this.#expire(request), request.timeout);
      this.#running = { request, timer, answer };
      const { payload, onLog: _, caller: __, executionArn: ___, ...header } = request;
      this.#child?.send({ ...header, deadline: Date.now() + Math.ceil(request.timeout) }, payload);
    });
  }

  /** End the process, and all processes that it has started. */
  end(cause: EndCause): void {
    this.#cause ??= cause;
    this.state = "ended";
    this.#child?.end();
    if (cause === "timeout") this.#answerEnd(this.#describe(null, "SIGKILL"));
  }

  /** As `end`, at once, for when this process exits. What has left the replica's process group is not ended. */
  kill(): void {
    this.#cause ??= "closed";
    this.#child?.kill();
  }

  /**
   * End the replica because of the request's timeout. If this process was busy, an answer may have arrived in time that
   * has not been read yet: it is read before the callback of `setImmediate`.
   */
  #expire(request: ReplicaRequest): void {
    setImmediate(() => {
      if (this.#running?.request === request) this.end("timeout");
    });
  }

  async #start(): Promise<void> {
    const { config, version, initializationType, region, initTimeout } = this.options;
    const program = await this.options.program();
    // If the directory did not exist, `spawn` would report that Node does not exist.
    await access(config.bundle);
    const temporaryDirectory = await this.options.makeDirectory(this.id);
    this.#temporaryDirectory = temporaryDirectory;
    const shared = await this.options.environment;
    // Ended in the meantime.
    if (this.state === "ended") {
      this.#finish(null, "SIGKILL");
      return;
    }
    const environment = replicaEnvironment(config, {
      region,
      shared,
      version,
      initializationType,
      logStreamName: logStreamName(version, this.id),
      temporaryDirectory,
    });
    const { runtime } = config;
    const args = runtime === undefined ? [...replicaFlags(config), program] : [program, ...runtime.command];
    this.#child = new ReplicaChild(
      { args, workingDirectory: config.bundle, mark: this.id, environment },
      {
        onFrame: (frame) => this.#receive(frame),
        onOutput: (stream, text) => this.#logOutput(stream, text),
        onMisuse: (what) => this.#tellMisuse(what),
        onFailure: (error) => this.#failStart(error),
        onEnd: (code, signal) => this.#finish(code, signal),
      },
    );
    this.options.onProcess();
    const timer = setTimeout(() => this.end("init-timeout"), initTimeout);
    this.initialised.then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    );
  }

  #failStart(error: unknown): void {
    const errorMessage = `The process of a replica could not be started: ${String(error)}`;
    this.#initError = { errorType: "Runtime.InvalidEntrypoint", errorMessage };
    this.#finish(null, null);
  }

  #receive({ header, body }: Frame<ReplicaHeader>): void {
    switch (header.type) {
      case "log":
        this.#log(header.stream, body, header.level);
        return;
      case "caches":
        this.#receiveContents(body);
        return;
      case "load":
        this.options.onLoad(this, header.cache);
        return;
      case "ready":
        this.initDuration = Date.now() - this.startedAt;
        this.#initialised.resolve();
        return;
      case "init-error":
        this.#initError = readErrorDocument(body);
        this.#child?.expectExit();
        return;
      case "fatal":
        this.state = "ended";
        this.#answer({ kind: "error", payload: body });
        this.#child?.expectExit();
        return;
      default:
        this.#receiveAnswer(header, body);
    }
  }

  #receiveContents(body: string): void {
    const asked = this.#looks.shift();
    if (asked === undefined) throw new ForeignBytes("what is in its caches, which nobody has asked");
    asked.resolve(readContents(body));
  }

  #receiveAnswer({ type, requestId }: AnswerHeader, body: string): void {
    if (requestId !== this.requestId) {
      // It was on its way when the replica was ended.
      if (this.state === "ended") return;
      throw new ForeignBytes("the answer of a request that it does not run");
    }
    if (type === "late") this.end("timeout");
    else this.#answer({ kind: type === "malformed-request" ? "malformed" : type, payload: body });
  }

  #logOutput(stream: "stdout" | "stderr", text: string): void {
    if (text.includes("JavaScript heap out of memory")) this.#heapExhausted = true;
    // The clients of other runtimes part the lines of one record so.
    this.#log(stream, this.options.config.runtime === undefined ? text : text.replaceAll("\r", "\n"));
  }

  #tellMisuse(what: string): void {
    const remedy = "Close and write to such descriptors alone as the function has opened itself.";
    this.#log("stderr", `The function has ${what} descriptor 3, by which Lambda's runtime gets requests. ${remedy}`);
  }

  #log(stream: "stdout" | "stderr", text: string, level?: LogLevel): void {
    const { config, onLog } = this.options;
    const { caller, executionArn } = this.#running?.request ?? {};
    const line = {
      functionName: config.name,
      replica: this.id,
      requestId: this.requestId,
      ...(caller === undefined ? {} : { caller }),
      ...(executionArn === undefined ? {} : { executionArn }),
      stream,
      ...(level && { level }),
      text,
    };
    this.#running?.request.onLog?.(line);
    onLog(line);
  }

  #answer(answer: Answer): void {
    const running = this.#running;
    if (running === undefined) return;
    clearTimeout(running.timer);
    this.#running = undefined;
    const measured = running.request.onLog !== undefined && this.pid !== undefined;
    running.answer(measured ? { ...answer, memoryUsed: residentBytes(this.pid) } : answer);
  }

  #answerEnd(end: ReplicaEnd): void {
    const { requestId } = this;
    if (requestId === undefined) return;
    this.#answer({ kind: "error", payload: JSON.stringify(endDocument(end, requestId)) });
  }

  #describe(code: number | null, signal: NodeJS.Signals | null): ReplicaEnd {
    const cause = this.#cause;
    const timeoutSeconds = cause === "init-timeout" ? this.options.initTimeout / 1000 : this.options.config.timeout;
    return describeEnd({ cause, code, signal, heapExhausted: this.#heapExhausted, timeoutSeconds });
  }

  #finish(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#hasFinished) return;
    this.#hasFinished = true;
    this.state = "ended";
    const end = this.#describe(code, signal);
    this.#answerEnd(end);
    for (const told of this.#looks.splice(0)) told.reject(new Error(`The replica has ended: ${end.reason}`));
    const document = this.#initError ?? endDocument(end, this.id);
    this.#initialised.reject(new InitFailure(document, this.#cause === "init-timeout"));
    void this.#removeDirectory(
      this.#initError === undefined ? end : { errorType: document.errorType, reason: document.errorMessage },
    );
  }

  /** Remove the temporary directory and then resolve `ended`: who awaits that may exit at once. */
  async #removeDirectory(end: ReplicaEnd): Promise<void> {
    try {
      if (this.#temporaryDirectory !== undefined) await rm(this.#temporaryDirectory, { recursive: true, force: true });
    } catch (error) {
      process.emitWarning(`A replica's directory could not be removed: ${String(error)}`);
    }
    this.#ended.resolve(end);
  }
}

/** @throws {ForeignBytes} if the text is no list */
function readContents(text: string): readonly CacheContent[] {
  try {
    const contents: readonly CacheContent[] = JSON.parse(text);
    if (Array.isArray(contents)) return contents;
  } catch {
    // As one that is something else.
  }
  throw new ForeignBytes("a frame with unknown contents of caches");
}

/** @throws {ForeignBytes} if the text is no error document */
function readErrorDocument(text: string): ErrorDocument {
  try {
    const document: ErrorDocument = JSON.parse(text);
    if (typeof document.errorType === "string" && typeof document.errorMessage === "string") return document;
  } catch {
    // As one that lacks its fields.
  }
  throw new ForeignBytes("a frame with an unknown error");
}
