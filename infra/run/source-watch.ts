import { existsSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { watch, type FSWatcher } from "chokidar";

const SETTINGS = {
  ignoreInitial: true,
  ignorePermissionErrors: true,
  awaitWriteFinish: { stabilityThreshold: 50, pollInterval: 20 },
};

/** Modules, and the settings that bundling goes by: package.json and tsconfig.json. */
const SOURCE = /(\.[cm]?[jt]sx?|(^|[\\/])(package|[jt]sconfig[^\\/]*)\.json)$/;

/** What else a module may import. It concerns the service where one does, or may do so once it is there. */
const DATA = /\.(json|txt)$/;

/**
 * Tells of changes to what a service is made of. All of the root is watched, since what a broken module would import is
 * not known until it is mended; `node_modules`, `dist` and what begins with a dot are left out. Elsewhere the directories
 * are watched in which the service's files lie, up to the package that they belong to.
 */
export class SourceWatch {
  readonly #root: string;
  readonly #changed: (path?: string) => void;
  readonly #files = new Set<string>();
  /** Whether all files are known: not while a service cannot be loaded, which may be for want of one. */
  #isWhole = false;
  /** Those outside, whether or not they exist now. */
  readonly #directories = new Set<string>();
  readonly #inside: FSWatcher;
  /** The last is the one in use; those before go as soon as it is ready, so that no change falls between two. */
  readonly #outside = new Set<FSWatcher>();
  #watched: ReadonlySet<string> = new Set();
  /** Milliseconds since the epoch: when the latest attempt to load the service began. */
  #since = Number.POSITIVE_INFINITY;

  /** @param changed called for each change, perhaps several times for one; with the file's path, if one file has changed */
  constructor(root: string, changed: (path?: string) => void) {
    this.#root = root;
    this.#changed = changed;
    this.#inside = watch(root, { ...SETTINGS, ignored: (path) => isLeftOut(relative(root, path)) });
    this.#inside.on("all", (_, path) => {
      if (this.#files.has(path) || this.#mayConcern(path)) changed(path);
    });
    // It does not tell of what happens before.
    this.#inside.once("ready", () => this.#tellLate());
  }

  /**
   * Watch these files too. To be called after each attempt to load the service: a directory that has gone is then
   * waited for in the one above it.
   * @param files absolute; they need not exist
   * @param since milliseconds since the epoch: when that attempt began, if one was made. What was written after may not be in it, and no
   * watcher may have seen it.
   * @param isWhole whether the attempt has succeeded, so that JSON and text which are not among the files are none of the service's
   */
  add(files: readonly string[], since: number = Number.POSITIVE_INFINITY, isWhole: boolean = true): void {
    this.#isWhole = isWhole;
    for (const file of files) {
      this.#files.add(file);
      const path = relative(this.#root, file);
      if (path.startsWith("..") || isLeftOut(path)) directoriesOf(file).forEach((one) => this.#directories.add(one));
    }
    this.#since = since;
    this.#tellLate();
    const watched = new Set([...this.#directories].map(nearestExisting));
    if (isDeepStrictEqual(watched, this.#watched)) return;
    this.#watched = watched;
    const next = watch([...watched], { ...SETTINGS, depth: 0 });
    const before = [...this.#outside];
    const found = this.#look();
    this.#outside.add(next);
    next.on("all", (event, path) => {
      if (event === "unlinkDir") this.#watched = new Set(); // another directory may soon be in its place
      if (this.#concerns(path)) this.#changed(path);
    });
    next.once("ready", () => {
      for (const one of before) {
        this.#outside.delete(one);
        void one.close();
      }
      if (!isDeepStrictEqual(this.#look(), found)) this.#changed();
    });
  }

  /** Tell of a file that was written after the latest attempt to load the service began. */
  #tellLate(): void {
    const late = [...this.#files].find((file) => (modifiedAt(file) ?? 0) > this.#since);
    if (late !== undefined) this.#changed(late);
  }

  async close(): Promise<void> {
    await Promise.all([this.#inside, ...this.#outside].map((watcher) => watcher.close()));
  }

  /** The files' times, and which directories there are: a watcher does not tell of what happens before it is ready. */
  #look(): (number | string | undefined)[] {
    return [...[...this.#files].map(modifiedAt), ...[...this.#directories].map(nearestExisting)];
  }

  #mayConcern(path: string): boolean {
    return SOURCE.test(path) || (!this.#isWhole && DATA.test(path));
  }

  /** Whether what lies outside is a file of the service's, may become one, or is a directory that may hold some. */
  #concerns(path: string): boolean {
    if (this.#files.has(path) || (this.#mayConcern(path) && this.#directories.has(dirname(path)))) return true;
    return [...this.#directories].some((one) => one === path || one.startsWith(path + sep));
  }
}

/** @param path relative to the root */
function isLeftOut(path: string): boolean {
  return /(^|[\\/])(node_modules|dist|\.[^\\/]+)([\\/]|$)/.test(path);
}

/** A file's directory and those above it, up to one with a package.json; without one, its directory alone. */
function directoriesOf(file: string): string[] {
  const directories: string[] = [];
  for (let one = dirname(file); one !== dirname(one); one = dirname(one)) {
    directories.push(one);
    if (existsSync(join(one, "package.json"))) return directories;
  }
  return directories.slice(0, 1);
}

/** Milliseconds since the epoch; undefined if there is no such file. */
function modifiedAt(file: string): number | undefined {
  try {
    return statSync(file).mtimeMs;
  } catch {
    return undefined;
  }
}

function nearestExisting(directory: string): string {
  return existsSync(directory) || directory === dirname(directory) ? directory : nearestExisting(dirname(directory));
}
