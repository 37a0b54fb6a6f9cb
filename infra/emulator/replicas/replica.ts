import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { Socket } from "node:net";
import type { ResolvedFunction } from "./replica-config.ts";
import { describeEnd, endDocument, type EndCause, type ReplicaEnd } from "./replica-end.ts";
import { logStreamName, replicaEnvironment, replicaFlags, type InitializationType } from "./replica-environment.ts";
import { encodeFrame, FrameReader, type ErrorDocument, type Frame, type ReplicaHeader } from "./replica-frames.ts";
import { InitFailure, type Answer, type LogLine, type ReplicaRequest } from "./replica-invocation.ts";
import { residentBytes } from "./replica-memory.ts";

export type ReplicaState = "starting" | "idle" | "busy" | "ended";

export interface ReplicaOptions {
  readonly config: ResolvedFunction;
  readonly version: string;
  readonly initializationType: InitializationType;
  readonly region: string;
  /** The path of the program that the replica runs: replica-process.ts, compiled. */
  readonly program: () => Promise<string>;
  /** Milliseconds that initialisation may take. */
  readonly initTimeout: number;
  readonly onLog: (line: LogLine) => void;
  /** Called when a cache begins a load. */
  readonly onLoad: (replica: Replica, cache: string) => void;
}

/** For so long a process's last output is read after its end, if a daemon that it started holds the output open. */
const LAST_OUTPUT_MS = 500;

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
  readonly id: string = randomBytes(16).toString("hex");
  readonly options: ReplicaOptions;
  readonly startedAt: number = Date.now();
  /** Resolves when the handler is loaded; rejects with an {@link InitFailure} if it cannot be. */
  readonly initialised: Promise<void>;
  /** Resolves when the process is gone and its temporary directory is removed. Never rejects. */
  readonly ended: Promise<ReplicaEnd>;
  state: ReplicaState = "starting";
  /** Milliseconds that initialisation took. */
  initDuration: number | undefined;
  invocations = 0;
  /** When it last became idle, in milliseconds since the epoch. */
  idleSince: number = Date.now();

  #child: ChildProcess | undefined;
  #channel: Socket | undefined;
  #running: Running | undefined;
  #cause: EndCause | undefined;
  #heapExhausted = false;
  #temporaryDirectory: string | undefined;
  #initError: ErrorDocument | undefined;
  readonly #initialised: Deferred<void> = defer();
  readonly #ended: Deferred<ReplicaEnd> = defer();

  constructor(options: ReplicaOptions) {
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

  /**
   * Run the request for which the replica was claimed. Never rejects: if the process ends, the answer is that error.
   */
  invoke(request: ReplicaRequest): Promise<Answer> {
    this.invocations += 1;
    return new Promise((answer) => {
      const timer = setTimeout(() => this.#expire(request), request.timeout);
      this.#running = { request, timer, answer };
      const { payload, timeout, onLog: _, caller: __, ...header } = request;
      this.#channel?.write(encodeFrame({ ...header, deadline: Date.now() + Math.ceil(timeout) }, payload));
    });
  }

  /** Kill the process, and all processes that it has started. */
  end(cause: EndCause): void {
    this.#cause ??= cause;
    this.state = "ended";
    this.#kill();
    if (cause === "timeout") this.#answerEnd(this.#describe(null, "SIGKILL"));
  }

  /** For when this process exits, which waits for nothing. */
  removeDirectoryNow(): void {
    if (this.#temporaryDirectory !== undefined) rmSync(this.#temporaryDirectory, { recursive: true, force: true });
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

  #kill(): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      // The replica is the leader of a process group, and the negative id stands for all processes of the group.
      if (process.platform === "win32") this.#child?.kill("SIGKILL");
      else process.kill(-pid, "SIGKILL");
    } catch {
      // Already gone.
    }
  }

  async #start(): Promise<void> {
    const { config, version, initializationType, region, initTimeout } = this.options;
    const program = await this.options.program();
    // If the directory did not exist, `spawn` would report that Node does not exist.
    await access(config.bundle);
    const temporaryDirectory = await mkdtemp(join(tmpdir(), "lambent-replica-"));
    this.#temporaryDirectory = temporaryDirectory;
    const env = replicaEnvironment(config, {
      region,
      version,
      initializationType,
      logStreamName: logStreamName(version, this.id),
      temporaryDirectory,
    });
    const child = spawn(process.execPath, [...replicaFlags(config), program], {
      cwd: config.bundle,
      env,
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
      // A process group of its own, so that Ctrl-C in the terminal only reaches the emulator.
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    this.#child = child;
    const timer = setTimeout(() => this.end("init-timeout"), initTimeout);
    this.initialised.then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    );
    child.on("error", (error) => this.#failStart(error));
    this.#listen(child);
    // "close" comes after the last bytes of the channel, which "exit" may not.
    child.on("exit", () => this.#closeOutput(child));
    child.on("close", (code, signal) => this.#finish(code, signal));
    if (this.state === "ended") this.#kill();
  }

  /**
   * Children of the process may hold its output open after its end, and "close" comes only when it is closed. So they are
   * killed; the output of those that cannot be is no longer read.
   */
  #closeOutput(child: ChildProcess): void {
    this.#kill();
    function stopListening(): void {
      for (const stream of child.stdio) stream?.destroy();
    }
    // The `setImmediate`: if this process was busy for long, output that has arrived is read first.
    const timer = setTimeout(() => setImmediate(stopListening), LAST_OUTPUT_MS);
    child.on("close", () => clearTimeout(timer));
  }

  #failStart(error: unknown): void {
    const errorMessage = `The process of a replica could not be started: ${String(error)}`;
    this.#initError = { errorType: "Runtime.InvalidEntrypoint", errorMessage };
    this.#finish(null, null);
  }

  #listen(child: ChildProcess): void {
    const [, stdout, stderr, channel] = child.stdio;
    if (!(channel instanceof Socket)) return;
    this.#channel = channel;
    const frames = new FrameReader<ReplicaHeader>();
    channel.on("data", (chunk: Buffer) => {
      for (const frame of frames.push(chunk)) this.#receive(frame);
    });
    // A write fails when the process has just died, which "close" will report.
    channel.on("error", () => {});
    child.stdio[4]?.on("error", () => {});
    this.#listenToDescriptor("stdout", stdout);
    this.#listenToDescriptor("stderr", stderr);
  }

  #listenToDescriptor(stream: "stdout" | "stderr", source: unknown): void {
    if (!(source instanceof Socket)) return;
    const readable: Readable = source;
    readable.setEncoding("utf8");
    readable.on("data", (text: string) => {
      if (text.includes("JavaScript heap out of memory")) this.#heapExhausted = true;
      this.#log({ type: "log", stream }, text.replace(/\n$/, ""));
    });
  }

  #receive({ header, body }: Frame<ReplicaHeader>): void {
    switch (header.type) {
      case "log":
        this.#log(header, body);
        return;
      case "load":
        this.options.onLoad(this, header.cache);
        return;
      case "ready":
        this.initDuration = Date.now() - this.startedAt;
        this.#initialised.resolve();
        return;
      case "init-error":
        this.#initError = JSON.parse(body);
        return;
      case "result":
        this.#answer({ kind: "result", payload: body });
        return;
      case "malformed-request":
        this.#answer({ kind: "malformed", payload: body });
        return;
      case "error":
        if (header.fatal === true) this.state = "ended";
        this.#answer({ kind: "error", payload: body });
    }
  }

  #log(header: ReplicaHeader & { type: "log" }, text: string): void {
    const { config, onLog } = this.options;
    const level = header.level === undefined ? {} : { level: header.level };
    const caller = this.#running?.request.caller;
    const line = {
      functionName: config.name,
      replica: this.id,
      requestId: this.requestId,
      ...(caller === undefined ? {} : { caller }),
      stream: header.stream,
      ...level,
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
    this.state = "ended";
    const end = this.#describe(code, signal);
    this.#answerEnd(end);
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
