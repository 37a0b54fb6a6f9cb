import { dirname, relative } from "node:path";
import { type ChokidarOptions, type FSWatcher, watch } from "chokidar";

const SETTINGS = {
  ignoreInitial: true,
  ignorePermissionErrors: true,
  awaitWriteFinish: { stabilityThreshold: 50, pollInterval: 20 },
};

/** Milliseconds in which changes belong together: an editor that replaces a file removes it first. */
const TOGETHER_MS = 100;

/** Tells of changes to files, and of files that come to be in folders. */
export class FileWatch {
  readonly #changed: () => void;
  readonly #watchers: FSWatcher[] = [];
  readonly #directories = new Set<string>();
  #files: ReadonlySet<string> = new Set();
  #timer: NodeJS.Timeout | undefined;
  readonly #ready: Promise<void>;

  /**
   * @param files those to begin with. Their directories are watched: a file that is replaced is another one
   * @param folders watched with all that is in them, but for `node_modules` and what begins with a dot
   * @param changed called once for changes that come together, and when there may have been one
   */
  constructor(files: readonly string[], folders: readonly string[], changed: () => void) {
    this.#changed = changed;
    const started = [this.#watchFolders(folders), this.#watchFiles(files)];
    this.#ready = Promise.all(started).then(() => undefined);
  }

  /** Resolves when it would tell of a change. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /** Watch these files from now on, and no longer those before. */
  follow(files: readonly string[]): void {
    const before = this.#directories.size;
    const started = this.#watchFiles(files);
    // A watcher does not tell of what happens before it is ready.
    if (this.#directories.size > before) void started.then(() => this.#tell());
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all(this.#watchers.map((watcher) => watcher.close()));
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#changed, TOGETHER_MS);
  }

  #watchFolders(folders: readonly string[]): Promise<void> {
    return this.#start(
      folders,
      { ignored: (path) => folders.some((folder) => isLeftOut(relative(folder, path))) },
      () => this.#tell(),
    );
  }

  #watchFiles(files: readonly string[]): Promise<void> {
    this.#files = new Set(files);
    const fresh = [...new Set(files.map((file) => dirname(file)))].filter((one) => !this.#directories.has(one));
    for (const directory of fresh) this.#directories.add(directory);
    return this.#start(fresh, { depth: 0 }, (path) => {
      if (this.#files.has(path)) this.#tell();
    });
  }

  #start(paths: readonly string[], settings: ChokidarOptions, see: (path: string) => void): Promise<void> {
    if (paths.length === 0) return Promise.resolve(); // a watcher of nothing is never ready
    const watcher = watch([...paths], { ...SETTINGS, ...settings });
    this.#watchers.push(watcher);
    watcher.on("all", (_, path) => see(path));
    return new Promise((ready) => watcher.once("ready", ready));
  }
}

/** @param path relative to the folder that is watched */
function isLeftOut(path: string): boolean {
  return !path.startsWith("..") && /(^|[\\/])(node_modules|\.[^\\/]+)([\\/]|$)/.test(path);
}
