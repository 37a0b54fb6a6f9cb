import { spawn, type ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import { RESPONSE_BYTES } from "../../../sdk/base/aws-limits.ts";
import { OutputLines, SHOWN_AFTER_MS } from "./output-lines.ts";
import {
  encodeFrame,
  ForeignBytes,
  FrameReader,
  isReplicaHeader,
  type Frame,
  type ReplicaHeader,
  type PoolHeader,
} from "./replica-frames.ts";
import { endMarkedProcesses } from "./replica-leftovers.ts";

/** What a replica's process runs, and where. */
export interface ChildProgram {
  /** Node's flags, and the path of the program. */
  readonly args: readonly string[];
  readonly workingDirectory: string;
  /** A text in the environment, by which the process and what it starts is found. */
  readonly mark: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface ChildListener {
  onFrame(frame: Frame<ReplicaHeader>): void;
  /** Called with what was written to the descriptors 1 and 2, in lines. */
  onOutput(stream: "stdout" | "stderr", text: string): void;
  /** The function has written to the channel, or closed it. The process is being ended. */
  onMisuse(what: string): void;
  /** The process could not be started. */
  onFailure(error: unknown): void;
  /** The process is gone, with all that it has started, and what it has sent and printed has been read. */
  onEnd(code: number | null, signal: NodeJS.Signals | null): void;
}

/** For so long what a process has sent and printed is read after its end, if somebody holds its output open. */
const LAST_OUTPUT_MS = 500;
/** So long a process may take to exit by itself. */
const EXIT_MS = 1000;
/** Of a frame: the largest answer, and its header. Logs come in smaller frames. */
const MAX_FRAME_BYTES = RESPONSE_BYTES + 65_536;

/**
 * A replica's process as the pool sees it: a channel for frames, lines of output, an end. It has ended when the process
 * has, whatever that has started and whoever holds its descriptors.
 */
export class ReplicaChild {
  readonly #child: ChildProcess;
  readonly #listener: ChildListener;
  readonly #mark: string;
  readonly #channel: Socket | undefined;
  readonly #output: OutputLines[] = [];
  /** Once it is being ended: resolves when what it has started has gone. */
  #ending: Promise<void> | undefined;
  #hasExited = false;

  constructor(program: ChildProgram, listener: ChildListener) {
    const child = spawn(process.execPath, program.args, {
      cwd: program.workingDirectory,
      env: program.environment,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      // A process group of its own, so that Ctrl-C in the terminal only reaches the emulator.
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    this.#child = child;
    this.#listener = listener;
    this.#mark = program.mark;
    child.on("error", (error) => listener.onFailure(error));
    // Not started, as for want of descriptors: there may be no streams then, and "error" follows.
    if (child.pid === undefined) return;
    const channel = child.stdio[3];
    if (channel instanceof Socket) this.#channel = this.#listenToChannel(channel);
    this.#listenToOutput("stdout", child.stdout);
    this.#listenToOutput("stderr", child.stderr);
    child.on("exit", (code, signal) => void this.#finish(code, signal));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(header: PoolHeader, body: string): void {
    this.#channel?.write(encodeFrame(header, body));
  }

  /** End the process, and all that it has started. */
  end(): void {
    if (this.#hasExited || this.#ending !== undefined) return;
    // A stopped process sends nothing, and what it has started can still be told by its parent.
    this.#signal("SIGSTOP");
    this.#ending = endMarkedProcesses(this.#mark).finally(() => this.kill());
  }

  /** End the process and its group at once, and leave those that have left the group. */
  kill(): void {
    this.#signal("SIGKILL");
  }

  /** End a process that has said that it exits, unless it does. */
  expectExit(): void {
    this.#afterExitTime(() => this.end());
  }

  /** Calls `act` if the process still runs after the time that an exit may take. */
  #afterExitTime(act: () => void): void {
    if (this.#hasExited || this.#ending !== undefined) return;
    const timer = setTimeout(act, EXIT_MS);
    this.#child.on("exit", () => clearTimeout(timer));
  }

  #signal(signal: "SIGSTOP" | "SIGKILL"): void {
    const { pid } = this;
    if (pid === undefined) return;
    try {
      // The replica is the leader of a process group, and the negative id stands for all processes of the group.
      if (process.platform !== "win32") process.kill(-pid, signal);
      else if (signal === "SIGKILL") this.#child.kill(signal);
    } catch {
      // Already gone.
    }
  }

  #listenToChannel(channel: Socket): Socket {
    const frames = new FrameReader(isReplicaHeader, MAX_FRAME_BYTES);
    const read = (chunk: Buffer): void => {
      try {
        for (const frame of frames.push(chunk)) this.#listener.onFrame(frame);
      } catch (error) {
        if (!(error instanceof ForeignBytes)) throw error;
        channel.off("data", read).resume();
        this.#listener.onMisuse(`sent ${error.message} through`);
        this.end();
      }
    };
    channel.on("data", read);
    // The channel closes as the process ends, but a function can close it too.
    channel.on("end", () =>
      this.#afterExitTime(() => {
        this.#listener.onMisuse("closed");
        this.end();
      }),
    );
    // A write fails when the process has just died, which "exit" will report.
    channel.on("error", () => {});
    return channel;
  }

  #listenToOutput(stream: "stdout" | "stderr", source: unknown): void {
    if (!(source instanceof Socket)) return;
    const lines = new OutputLines((text) => this.#listener.onOutput(stream, text));
    this.#output.push(lines);
    let timer: NodeJS.Timeout | undefined;
    source.on("data", (chunk: Buffer) => {
      lines.write(chunk);
      if (lines.age === undefined) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        lines.flush();
      }, SHOWN_AFTER_MS).unref();
    });
    source.on("error", () => {});
  }

  async #finish(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    this.#hasExited = true;
    const closed = this.#closed();
    this.kill();
    await this.#ending;
    await endMarkedProcesses(this.#mark);
    await closed;
    for (const lines of this.#output) lines.flush();
    this.#listener.onEnd(code, signal);
  }

  /** Resolves when all that the process has sent and printed has been read. */
  #closed(): Promise<void> {
    const child = this.#child;
    function stopListening(): void {
      for (const stream of child.stdio) stream?.destroy();
    }
    return new Promise((resolve) => {
      // The `setImmediate`: if this process was busy for long, output that has arrived is read first.
      const timer = setTimeout(() => setImmediate(stopListening), LAST_OUTPUT_MS);
      child.on("close", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
