import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LambentError } from "../../../sdk/base/errors.ts";
import { dataError } from "./data-file.ts";

interface Owner {
  readonly pid: number;
  /** Tells the process from a later one with its number, where the system says it. */
  readonly started?: string;
}

/** The emulator that a data directory belongs to: the file `lock` names its process. */
export class DataLock {
  readonly #file: string;
  readonly #text: string;

  /** Takes the directory, also from a process that has ended. @throws {LambentError} naming the process that has it */
  constructor(directory: string) {
    this.#file = join(directory, "lock");
    this.#text = JSON.stringify(describe(process.pid));
    const draft = `${this.#file}.${process.pid}`;
    try {
      writeFileSync(draft, this.#text);
      while (!tryLink(draft, this.#file)) this.#release(directory);
    } catch (error) {
      if (!isFileError(error)) throw error;
      throw new LambentError(`${dataError(this.#file, error).message}. What is in it has been left as it is`, {
        cause: error,
      });
    } finally {
      rmSync(draft, { force: true });
    }
  }

  /** Removes the lock of a process that has ended. @throws {LambentError} when it has not */
  #release(directory: string): void {
    if (statSync(this.#file, { throwIfNoEntry: false })?.isDirectory() === true) {
      throw new LambentError(
        `The data directory ${directory} cannot be used: ${this.#file} is a directory, where the emulator keeps a file. Move it away, or choose another directory with --data, or data of the class`,
      );
    }
    const text = read(this.#file);
    const owner = parse(text);
    if (owner !== undefined && isRunning(owner)) {
      throw new LambentError(
        `The data directory ${directory} is in use by the process ${owner.pid}: end that emulator, or choose another directory with --data, or data of the class. If that process is no emulator, delete ${this.#file}`,
      );
    }
    // Of two that want it, one finds it there; what it takes away may by then be the other's.
    const aside = `${this.#file}.${process.pid}.old`;
    if (!tryRename(this.#file, aside)) return;
    if (read(aside) !== text) tryLink(aside, this.#file);
    rmSync(aside, { force: true });
  }

  release(): void {
    if (read(this.#file) === this.#text) rmSync(this.#file, { force: true });
  }
}

function describe(pid: number): Owner {
  const started = startOf(pid);
  return started === undefined ? { pid } : { pid, started };
}

/** Linux has it as the 22nd field; the second one, the name in parentheses, may have spaces. */
function startOf(pid: number): string | undefined {
  return read(`/proc/${pid}/stat`).split(")").at(-1)?.trim().split(" ")[19];
}

function isRunning({ pid, started }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Not allowed to signal it: it is somebody else's.
    if (!isFileError(error) || error.code !== "EPERM") return false;
  }
  return started === undefined || started === startOf(pid);
}

function parse(text: string): Owner | undefined {
  try {
    const owner: Partial<Owner> | null = JSON.parse(text);
    return Number.isInteger(owner?.pid) ? (owner as Owner) : undefined;
  } catch {
    return undefined;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (isFileError(error) && error.code === "EEXIST") return false;
    throw error;
  }
}

function tryRename(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error;
}
