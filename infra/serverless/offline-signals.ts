import { constants } from "node:os";
import { endWithNpm } from "../run/end-with-npm.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Signal = (typeof SIGNALS)[number];

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
