import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { availableParallelism } from "node:os";
import { programFile } from "../program/program-file.ts";
import { encode, FrameReader, type Job, type Report } from "./apart-frames.ts";
import { Cancelled } from "./cancelled.ts";
import { EvaluationLimit, LONGEST_WAIT_MS, OUT_OF_MEMORY, OUT_OF_TIME } from "./evaluation-limits.ts";
import { Places } from "./places.ts";

// A value may have 20 MiB by AWS's measure; an evaluation has several, and garbage of them.
const HEAP_MIB = 512;
const MOST_PROCESSES = Math.max(2, Math.min(4, availableParallelism() - 1));
const IDLE_MS = 10_000;

/** What an evaluation wants of the run that it is a part of. */
export interface Draws {
  randoms(count: number): readonly number[];
  uuid(): string;
}

// More than most evaluations take that are done apart, on a busy machine too.
const LONG_AFTER_MS = 300;

const idle: Evaluator[] = [];
const places = new Places(MOST_PROCESSES, LONG_AFTER_MS);

/**
 * Does a job in another process, which is ended when it takes too long or too much, and when `stopped` says so. At most
 * four jobs are done at a time; the others wait, but not until those have ended that take long.
 * @throws {EvaluationLimit | Cancelled}
 */
export function evaluateApart(job: Job, draws: Draws, stopped: AbortSignal): Promise<Report> {
  const { randoms, uuids } = job.drawn;
  const drawn = { randoms: [...randoms], uuids: [...uuids] };
  // A job that begins again draws the same.
  const remembering: Draws = {
    randoms(count) {
      const some = draws.randoms(count);
      for (const random of some) drawn.randoms.push(random);
      return some;
    },
    uuid() {
      const uuid = draws.uuid();
      drawn.uuids.push(uuid);
      return uuid;
    },
  };
  return places.run(async (onBegin, interrupted) => {
    if (stopped.aborted) throw new Cancelled();
    const evaluator = idle.pop() ?? new Evaluator(await programFile("apart-process", import.meta.url));
    const ended = AbortSignal.any([stopped, interrupted]);
    const report = await evaluator.perform({ ...job, drawn }, remembering, onBegin, ended);
    idle.push(evaluator);
    evaluator.rest(() => idle.splice(idle.indexOf(evaluator), 1));
    return report;
  });
}

/** A process, for one job after the other. */
class Evaluator {
  readonly #process: ChildProcess;
  readonly #channel: Socket;
  #end: NodeJS.Timeout | undefined;
  /** It has said that it is. */
  #isReady = false;

  constructor(program: string) {
    this.#process = spawn(process.execPath, [`--max-old-space-size=${HEAP_MIB}`, program], {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    // A pipe is a socket, which the types do not say.
    this.#channel = this.#process.stdio[3] as Socket;
    this.#channel.on("error", () => {}); // the process's end is told by "exit"
    // Only a job keeps the emulator's process.
    this.#hold(false);
  }

  async perform(job: Job, draws: Draws, onBegin: () => void, stopped: AbortSignal): Promise<Report> {
    clearTimeout(this.#end);
    this.#hold(true);
    const over = new AbortController();
    const begin = (): void => {
      this.#isReady = true;
      onBegin();
      this.#send(job);
    };
    try {
      const report = this.#report(begin, draws, stopped, over.signal);
      if (this.#isReady) begin();
      return await report;
    } catch (error) {
      this.#process.kill("SIGKILL");
      throw error;
    } finally {
      over.abort();
      this.#hold(false);
    }
  }

  /** What the process says at last. @param begin Is called when it says that it is ready. @param over Takes the listeners away. */
  #report(begin: () => void, draws: Draws, stopped: AbortSignal, over: AbortSignal): Promise<Report> {
    return new Promise((resolve, reject) => {
      const reader = new FrameReader<Report>();
      const send = this.#send.bind(this);
      function onData(bytes: Buffer): void {
        const report = reader.push(bytes);
        if (report === undefined) return;
        if (report.kind === "ready") begin();
        else if (report.kind === "randoms") send(draws.randoms(report.count));
        else if (report.kind === "uuid") send(draws.uuid());
        else resolve(report);
      }
      // It ends itself when its time is over; V8 ends it when its memory is.
      function onExit(_code: number | null, signal: NodeJS.Signals | null): void {
        reject(new EvaluationLimit(signal === "SIGTERM" ? OUT_OF_TIME : OUT_OF_MEMORY));
      }
      const timer = setTimeout(() => reject(new EvaluationLimit(OUT_OF_TIME)), LONGEST_WAIT_MS);
      this.#channel.on("data", onData);
      this.#process.once("exit", onExit);
      if (stopped.aborted) reject(new Cancelled());
      stopped.addEventListener("abort", () => reject(new Cancelled()), { once: true, signal: over });
      over.addEventListener("abort", () => {
        clearTimeout(timer);
        this.#channel.off("data", onData);
        this.#process.off("exit", onExit);
      });
    });
  }

  /** Ends after a while without a job. */
  rest(onEnd: () => void): void {
    this.#end = setTimeout(() => {
      onEnd();
      this.#process.kill("SIGKILL");
    }, IDLE_MS);
    this.#end.unref();
  }

  #send(message: unknown): void {
    this.#channel.write(encode(message));
  }

  #hold(isHeld: boolean): void {
    for (const handle of [this.#process, this.#channel]) {
      if (isHeld) handle.ref();
      else handle.unref();
    }
  }
}
