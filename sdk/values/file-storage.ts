import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { EPHEMERAL_STORAGE_MIB } from "../base/aws-limits.ts";
import { LambentError } from "../base/errors.ts";
import { afterInvocation, callingLoad, isInvoked, lastInvocation } from "../invocation/invocation.ts";
import type { Load } from "../invocation/load.ts";

const MIB = 1024 * 1024;

/** A copy on the disk, or one that is being downloaded. */
interface Copy {
  readonly path: string;
  readonly bytes: number;
  /** Downloads and invocations that need it now. */
  users: number;
  /** The last invocation that was counted among the users. */
  lastInvocation: number;
  /** Loads of caches that asked for it. */
  readonly loads: Set<Load>;
}

/**
 * The copies of files on a replica's disk, which take no more than the disk holds. What was used longest ago goes
 * first; a copy stays while a task runs, or a cache loads, that asked for it.
 */
export class FileStorage {
  readonly directory: string;
  /** Bytes; undefined where nothing limits them. */
  readonly #limit: number | undefined;
  readonly #removed: (path: string) => void;
  /** By path, the one used last at the end. */
  readonly #copies = new Map<string, Copy>();
  #bytes = 0;

  /**
   * @param limit bytes for all copies; undefined: no limit, and no copy is ever removed
   * @param removed is told of each copy that had to go
   */
  constructor(directory: string, limit: number | undefined, removed: (path: string) => void) {
    this.directory = directory;
    this.#limit = limit;
    this.#removed = removed;
    mkdirSync(directory, { recursive: true });
    if (limit !== undefined) this.#adopt();
  }

  /** The copy of that many bytes that is there, which is then in use. */
  find(path: string, bytes: number): boolean {
    if (statSync(path, { throwIfNoEntry: false })?.size !== bytes) return false;
    this.#add(path, bytes);
    this.use(path);
    return true;
  }

  /**
   * Make room for a copy, which is in use until the function that is returned is called.
   * @param name of the file, for the message
   * @throws {LambentError} if it cannot be made
   */
  reserve(path: string, bytes: number, name: string): (isThere: boolean) => void {
    this.#makeRoom(bytes, name);
    const copy = this.#add(path, bytes);
    copy.users++;
    this.use(path);
    return (isThere) => {
      copy.users--;
      if (!isThere) this.#forget(copy);
    };
  }

  /** Note that whoever calls uses a copy. */
  use(path: string): void {
    const copy = this.#copies.get(path);
    if (copy === undefined) return;
    this.#copies.delete(path);
    this.#copies.set(path, copy);
    const load = callingLoad();
    if (load !== undefined) copy.loads.add(load);
    if (!isInvoked() || copy.lastInvocation === lastInvocation) return;
    copy.lastInvocation = lastInvocation;
    copy.users++;
    afterInvocation(lastInvocation, () => copy.users--);
  }

  #makeRoom(bytes: number, name: string): void {
    const limit = this.#limit;
    if (limit === undefined) return;
    if (bytes > limit)
      throw new LambentError(`${name} has ${bytes} bytes, and the disk holds ${limit}: ${remedy(bytes)}`);
    const idle = [...this.#copies.values()].filter((copy) => !isUsed(copy));
    const used = this.#bytes - idle.reduce((sum, copy) => sum + copy.bytes, 0);
    if (used + bytes > limit) {
      throw new LambentError(
        `${name} has ${bytes} bytes, and of the disk's ${limit} bytes ${used} are taken by files in use: ${remedy(used + bytes)}`,
      );
    }
    for (const copy of idle) {
      if (this.#bytes + bytes <= limit) return;
      this.#forget(copy);
      rmSync(copy.path, { force: true });
      this.#removed(copy.path);
    }
  }

  #add(path: string, bytes: number): Copy {
    const known = this.#copies.get(path);
    if (known !== undefined) return known;
    const copy: Copy = { path, bytes, users: 0, lastInvocation: 0, loads: new Set() };
    this.#copies.set(path, copy);
    this.#bytes += bytes;
    return copy;
  }

  #forget(copy: Copy): void {
    if (this.#copies.delete(copy.path)) this.#bytes -= copy.bytes;
  }

  /** What an earlier process left on the disk: Lambda may start another one in the place of one that crashed. */
  #adopt(): void {
    const found = readdirSync(this.directory, { recursive: true, encoding: "utf8" })
      .map((path) => join(this.directory, path))
      .map((path) => ({ path, stats: statSync(path) }))
      .filter(({ stats }) => stats.isFile())
      .toSorted((left, right) => left.stats.mtimeMs - right.stats.mtimeMs);
    for (const { path, stats } of found) {
      if (path.endsWith(PARTIAL)) rmSync(path, { force: true });
      else this.#add(path, stats.size);
    }
  }
}

/** How the name of a download under way ends. */
export const PARTIAL = ".part";

function isUsed({ users, loads }: Copy): boolean {
  for (const load of loads) if (load.isSettled) loads.delete(load);
  return users > 0 || loads.size > 0;
}

/** @param bytes that have to be on the disk at once */
function remedy(bytes: number): string {
  const mib = Math.ceil(bytes / MIB);
  return mib <= EPHEMERAL_STORAGE_MIB.most
    ? `set the actor's ephemeralStorageSize to ${mib} MiB or more`
    : `an actor's ephemeralStorageSize is at most ${EPHEMERAL_STORAGE_MIB.most} MiB: read it with stream() and keep what you need`;
}

/** Bytes of the disk that this process may fill; undefined where it is no replica, so that nobody has set them. */
export function storageLimit(): number | undefined {
  const { LAMBENT_EPHEMERAL_STORAGE: written, AWS_LAMBDA_FUNCTION_NAME: replica } = process.env;
  if (written !== undefined) return Number(written) * MIB;
  return replica === undefined ? undefined : EPHEMERAL_STORAGE_MIB.least * MIB;
}
