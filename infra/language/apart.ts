import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { availableParallelism } from "node:os";
import { programFile } from "../program/program-file.ts";
import { encode, FrameReader, type Job, type Report } from "./apart-frames.ts";
import { Cancelled } from "./cancelled.ts";
import { EvaluationLimit, LONGEST_WAIT_MS, OUT_OF_MEMORY, OUT_OF_TIME } from "./evaluation-limits.ts";

// A value may have 20 MiB by AWS's measure; an evaluation has several, and garbage of them.
const HEAP_MIB = 512;
const MOST_PROCESSES = Math.max(2, Math.min(4, availableParallelism() - 1));
const IDLE_MS = 10_000;

/** What an evaluation wants of the run that it is a part of. */
export interface Draws {
  randoms(count: number): readonly number[];
  uuid(): string;
}

const idle: Evaluator[] = [];
const waiting: (() => void)[] = [];
let busy = 0;

/**
 * Does a job in another process, which is ended when it takes too long or too much, and when `stopped` says so. At most
 * four jobs are done at a time; the others wait.
 * @throws {EvaluationLimit | Cancelled}
 */
export async function evaluateApart(job: Job, draws: Draws, stopped: AbortSignal): Promise<Report> {
  if (busy < MOST_PROCESSES) busy++;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    if (stopped.aborted) throw new Cancelled();
    const evaluator = idle.pop() ?? new Evaluator(await programFile("apart-process", import.meta.url));
    const report = await evaluator.perform(job, draws, stopped);
    idle.push(evaluator);
    evaluator.rest(() => idle.splice(idle.indexOf(evaluator), 1));
    return report;
  } finally {
    // The place is handed over to who has waited longest.
    const next = waiting.shift();
    if (next === undefined) busy--;
    else next();
  }
}

/** A process, for one job after the other. */
class Evaluator {
  readonly #process: ChildProcess;
  readonly #channel: Socket;
  #end: NodeJS.Timeout | undefined;

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

  async perform(job: Job, draws: Draws, stopped: AbortSignal): Promise<Report> {
    clearTimeout(this.#end);
    this.#hold(true);
    const over = new AbortController();
    try {
      this.#send(job);
      return await this.#report(draws, stopped, over.signal);
    } catch (error) {
      this.#process.kill("SIGKILL");
      throw error;
    } finally {
      over.abort();
      this.#hold(false);
    }
  }

  /** What the process says at last. @param over Takes the listeners away. */
  #report(draws: Draws, stopped: AbortSignal, over: AbortSignal): Promise<Report> {
    return new Promise((resolve, reject) => {
      const reader = new FrameReader<Report>();
      const send = this.#send.bind(this);
      function onData(bytes: Buffer): void {
        const report = reader.push(bytes);
        if (report === undefined) return;
        if (report.kind === "randoms") send(draws.randoms(report.count));
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
