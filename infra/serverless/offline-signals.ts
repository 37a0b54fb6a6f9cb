import { execFileSync } from "node:child_process";
import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Signal = (typeof SIGNALS)[number];

/** Milliseconds between two looks at whether npm is still there. */
const LOOK_MS = 250;

/** Ends `serverless offline` when somebody wants it to end. */
export class OfflineSignals {
  readonly #stop: () => Promise<void>;
  #isReady = false;
  #isStopping = false;
  #wanted: () => void = () => undefined;
  readonly #asked: Promise<void> = new Promise((resolve) => {
    this.#wanted = resolve;
  });

  /** @param stop ends what is served; serverless-offline ends itself at SIGINT and SIGTERM, and then the process */
  constructor(stop: () => Promise<void>) {
    this.#stop = stop;
    for (const signal of SIGNALS) process.on(signal, () => this.#receive(signal));
    endWithNpm();
  }

  /** To be called when all is started. Until then a signal ends the process at once. */
  ready(): void {
    this.#isReady = true;
  }

  /** Resolves when a signal has come and all is stopped. */
  async stopped(): Promise<void> {
    await this.#asked;
    await this.#stop();
  }

  #receive(signal: Signal): void {
    // Replicas and artifacts are removed when the process exits, however it does.
    if (!this.#isReady || this.#isStopping) process.exit(128 + constants.signals[signal]);
    // serverless-offline does not know it: a terminal that is closed is another way to say SIGTERM.
    if (signal === "SIGHUP") return void process.kill(process.pid, "SIGTERM");
    this.#isStopping = true;
    this.#wanted();
    void this.#stop();
  }
}

/**
 * npx and npm run start a shell, which starts this process. A signal to npm ends npm, and perhaps the shell, but neither
 * tells anybody. Without npm there is nobody to end with: who starts this in the background may well end before it.
 */
function endWithNpm(): void {
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const parent = process.ppid;
  const npm = npmAbove(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && isRunning(npm)) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, LOOK_MS);
  timer.unref();
}

/** The process id of npm: the parent's, or that of a shell's parent. */
function npmAbove(parent: number): number {
  try {
    const row = execFileSync("ps", ["-o", "ppid=,comm=", "-p", String(parent)], { encoding: "utf8" });
    const [, above = "", command = ""] = /^\s*(\d+)\s+(.*)$/m.exec(row) ?? [];
    return command.endsWith("sh") ? Number(above) : parent;
  } catch {
    return parent; // there is no ps here
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
