/** Milliseconds between two lines. */
const INTERVAL = 3000;

const MB = 1_000_000;

/** Tells the log of a download that takes long. */
export class DownloadProgress {
  readonly #name: string;
  readonly #size: number;
  readonly #startedAt: number;
  #bytes = 0;
  #toldAt: number;

  /**
   * @param size bytes
   * @param now milliseconds since the epoch
   */
  constructor(name: string, size: number, now: number) {
    this.#name = name;
    this.#size = size;
    this.#startedAt = now;
    this.#toldAt = now;
  }

  /** @returns a line to log, if the last one was long enough ago */
  received(bytes: number, now: number): string | undefined {
    this.#bytes += bytes;
    if (now - this.#toldAt < INTERVAL || this.#bytes === this.#size) return undefined;
    this.#toldAt = now;
    return `${this.#name}: ${inMb(this.#bytes)} of ${inMb(this.#size)} MB downloaded in ${this.#seconds(now)} s`;
  }

  /** @returns the last line, if there was one before */
  finished(now: number): string | undefined {
    if (this.#toldAt === this.#startedAt) return undefined;
    return `${this.#name}: ${inMb(this.#size)} MB downloaded in ${this.#seconds(now)} s`;
  }

  #seconds(now: number): string {
    return ((now - this.#startedAt) / 1000).toFixed(1);
  }
}

function inMb(bytes: number): string {
  return (bytes / MB).toFixed(bytes < 10 * MB ? 1 : 0);
}
