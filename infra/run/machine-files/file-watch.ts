import { dirname, relative } from "node:path";
import { watch, type FSWatcher } from "chokidar";

const SETTINGS = {
  ignoreInitial: true,
  ignorePermissionErrors: true,
  awaitWriteFinish: { stabilityThreshold: 50, pollInterval: 20 },
};

/** Milliseconds in which changes belong together: an editor that replaces a file removes it first. */
const TOGETHER_MS = 100;

/** Tells of changes to files, and of files that come to be in folders. */
export class FileWatch {
  readonly #files: FSWatcher;
  readonly #folders: FSWatcher | undefined;
  #watched: ReadonlySet<string>;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param files those to begin with, at least one. Their directories are watched: a file that is replaced is another one
   * @param folders watched with all that is in them, but for `node_modules` and what begins with a dot
   * @param changed called once for changes that come together
   */
  constructor(files: readonly string[], folders: readonly string[], changed: () => void) {
    const tell = (): void => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(changed, TOGETHER_MS);
    };
    this.#watched = new Set(files);
    this.#files = watch(directories(files), { ...SETTINGS, depth: 0 });
    this.#files.on("all", (_, path) => {
      if (this.#watched.has(path)) tell();
    });
    if (folders.length === 0) return; // a watcher of nothing is never ready
    this.#folders = watch([...folders], {
      ...SETTINGS,
      ignored: (path) => folders.some((folder) => isLeftOut(relative(folder, path))),
    });
    this.#folders.on("all", tell);
  }

  /** Resolves when it would tell of a change. To be called at once. */
  async ready(): Promise<void> {
    const watchers = [this.#files, this.#folders].flatMap((watcher) => watcher ?? []);
    await Promise.all(watchers.map((watcher) => new Promise<void>((ready) => watcher.once("ready", () => ready()))));
  }

  /** Watch these files from now on, and no longer those before. */
  follow(files: readonly string[]): void {
    this.#watched = new Set(files);
    this.#files.add(directories(files)); // what it watches already it does not watch twice
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all([this.#files.close(), this.#folders?.close()]);
  }
}

function directories(files: readonly string[]): string[] {
  return [...new Set(files.map((file) => dirname(file)))];
}

/** @param path relative to the folder that is watched */
function isLeftOut(path: string): boolean {
  return !path.startsWith("..") && /(^|[\\/])(node_modules|\.[^\\/]+)([\\/]|$)/.test(path);
}
