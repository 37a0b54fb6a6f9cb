import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { buildTimeline } from "../build.ts";
import type { ExecutionHistory } from "../history.ts";
import type { Cost } from "../model.ts";
import { TIMELINES, timelineFile, writeTimeline } from "./write.ts";

/** So many timelines are kept, and no more executions wait for theirs to be written. */
const KEPT = 100;
/** Bytes of all of them: the page of an execution with 50,000 items has 24 MB. */
const KEPT_BYTES = 200_000_000;

/** An execution that has ended. */
export interface EndedExecution {
  /** What its state machine is called. */
  readonly machine: string;
  readonly name: string;
  /** Reads what it has left, when its turn has come. */
  readonly history: () => ExecutionHistory | Promise<ExecutionHistory>;
  /** Tells what it cost, where that is known. */
  readonly cost?: (history: ExecutionHistory) => Cost | undefined;
}

/** Writes timelines of executions that end, one after the other, and keeps the last ones, so many and of so many bytes. */
export class KeptTimelines {
  readonly #root: string;
  readonly #most: number;
  readonly #mostBytes: number;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** @param root the project's */
  constructor(root: string, most: number = KEPT, mostBytes: number = KEPT_BYTES) {
    this.#root = root;
    this.#most = most;
    this.#mostBytes = mostBytes;
  }

  /**
   * @returns the file's path, relative to the root; undefined if too many others wait for theirs
   * @throws if it cannot be written
   */
  async add(ended: EndedExecution): Promise<string | undefined> {
    if (this.#waiting >= this.#most) return undefined;
    this.#waiting++;
    const written = this.#last.then(() => this.#write(ended));
    this.#last = written.catch(() => undefined);
    return written.finally(() => this.#waiting--);
  }

  async #write({ machine, name, history, cost }: EndedExecution): Promise<string> {
    const read = await history();
    const timeline = buildTimeline(read, { cost: cost?.(read) });
    const path = await writeTimeline(this.#root, timelineFile(machine, name), timeline);
    await this.#removeOldest();
    return path;
  }

  async #removeOldest(): Promise<void> {
    const directory = join(this.#root, TIMELINES);
    const pages = (await readdir(directory)).filter((page) => page.endsWith(".html"));
    const aged = await Promise.all(
      pages.map(async (page) => {
        const { mtimeMs, size } = await stat(join(directory, page));
        return { page, written: mtimeMs, size };
      }),
    );
    let bytes = 0;
    const oldest = aged
      .toSorted((one, other) => other.written - one.written)
      .filter(({ size }, index) => {
        bytes += size;
        // The last one stays, however large it is.
        return index > 0 && (index >= this.#most || bytes > this.#mostBytes);
      });
    await Promise.all(oldest.map(({ page }) => rm(join(directory, page), { force: true })));
  }
}
