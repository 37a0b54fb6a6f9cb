import { closeSync, existsSync, fdatasyncSync, fstatSync, ftruncateSync, openSync } from "node:fs";
import { messageOf } from "../../../sdk/base/errors.ts";
import { isJsonObject } from "../../../sdk/base/json.ts";
import type { Journal, JournalEntry } from "../interpreter/journal.ts";
import { parseJson } from "../../validate/parse-json.ts";
import { dataError, readLines, writeAll } from "./data-file.ts";
import type { Execution } from "./execution.ts";

/** A step of an execution, in a file. */
interface Line extends JournalEntry {
  readonly arn: string;
  /** Counts the execution's steps, from 1. */
  readonly n: number;
}

// What has ended is of no more use; emptying the file now and then is cheaper than each time.
const WORTH_EMPTYING_BYTES = 64 * 1024;
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * The steps of the executions that run, in `progress.jsonl`: with them another process goes on. Steps are gathered, and
 * written together before the next effect outside of this process, or when the event loop turns.
 */
export class ProgressLog {
  readonly #file: string;
  readonly #isSynced: boolean;
  readonly #tell: (message: string) => void;
  /** Writes all of an execution elsewhere, so that its steps are not needed. */
  readonly #snapshot: (execution: Execution) => void;
  readonly #running = new Map<string, Execution>();
  #lines: string[] = [];
  #descriptor: number | undefined;
  #bytes = 0;
  /** Steps could not be written. It is told once, until they can. */
  #isBehind = false;
  #isClosed = false;

  /** @param isSynced Steps outlive a crash of the machine, not only of this process. */
  constructor(
    file: string,
    isSynced: boolean,
    tell: (message: string) => void,
    snapshot: (execution: Execution) => void,
  ) {
    this.#file = file;
    this.#isSynced = isSynced;
    this.#tell = tell;
    this.#snapshot = snapshot;
  }

  journal(execution: Execution): Journal {
    const { arn } = execution.plan;
    return {
      write: (entry) => {
        if (this.#isClosed) return;
        this.#running.set(arn, execution);
        const line: Line = { arn, n: ++execution.journalled, ...entry };
        this.#lines.push(`${JSON.stringify(line)}\n`);
        if (this.#lines.length === 1) setImmediate(() => this.commit());
      },
      commit: () => this.commit(),
    };
  }

  commit(): void {
    if (this.#lines.length === 0 || this.#isClosed) return;
    const text = this.#lines.join("");
    this.#lines = [];
    try {
      this.#append(text);
      // Steps are missing: what all have come to takes their place.
      if (this.#isBehind) this.#shorten();
      this.#isBehind = false;
    } catch (error) {
      if (!this.#isBehind)
        this.#tell(
          `What executions do is not saved, and is done again if this emulator is killed now. ${dataError(this.#file, error).message}`,
        );
      this.#isBehind = true;
    }
    if (this.#bytes > MOST_BYTES) this.#shortenOrTell();
  }

  #append(text: string): void {
    this.#descriptor ??= openSync(this.#file, "a");
    const { size } = fstatSync(this.#descriptor);
    try {
      writeAll(this.#descriptor, text);
      if (this.#isSynced) fdatasyncSync(this.#descriptor);
    } catch (error) {
      ftruncateSync(this.#descriptor, size);
      throw error;
    }
    this.#bytes = size + Buffer.byteLength(text);
  }

  #shorten(): void {
    for (const execution of this.#running.values()) this.#snapshot(execution);
    this.#empty();
  }

  #shortenOrTell(): void {
    try {
      this.#shorten();
    } catch (error) {
      this.#tell(messageOf(error));
    }
  }

  /** An execution has ended, and that is written. */
  end({ plan }: Execution): void {
    if (!this.#running.delete(plan.arn) || this.#running.size > 0 || this.#bytes < WORTH_EMPTYING_BYTES) return;
    this.#lines = [];
    this.#empty();
  }

  #empty(): void {
    this.#bytes = 0;
    if (this.#descriptor !== undefined) ftruncateSync(this.#descriptor);
  }

  /** Takes the executions of an earlier process to where they were, and begins an empty file. */
  replay(executions: ReadonlyMap<string, Execution>): void {
    const broken = new Set<string>();
    for (const { text, isCut } of readLines(this.#file)) {
      const line = lineIn(text);
      // A process that is killed while it writes leaves half a line; what it is of has had no effect.
      if (line === undefined && isCut) break;
      const execution = executions.get(line?.arn ?? "");
      if (line === undefined || execution?.status !== "RUNNING" || line.n <= execution.journalled) continue;
      if (broken.has(line.arn)) continue;
      try {
        if (line.n !== execution.journalled + 1) throw new SyntaxError(`step ${execution.journalled + 1} is missing`);
        execution.replay(line);
        execution.journalled = line.n;
      } catch (error) {
        broken.add(line.arn);
        this.#tell(`${this.#file}: ${line.arn} goes on from an earlier state: ${messageOf(error)}`);
      }
    }
    for (const execution of executions.values()) if (execution.status === "RUNNING") this.#snapshot(execution);
    if (!existsSync(this.#file)) return;
    this.#descriptor ??= openSync(this.#file, "a");
    this.#empty();
  }

  /** Writes what is left; nothing after that. */
  close(): void {
    this.commit();
    this.#isClosed = true;
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

function lineIn(text: string): Line | undefined {
  try {
    const line = parseJson(text);
    return isJsonObject(line) && typeof line["n"] === "number" ? (line as unknown as Line) : undefined; // `journal` has written it
  } catch {
    return undefined;
  }
}
