import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LambentError, messageOf } from "../../../sdk/base/errors.ts";
import { createReplicaPool, type LogLine, printLine, type ReplicaPool } from "../../emulator/replicas/replica-pool.ts";
import { FileWatch } from "../machine-files/file-watch.ts";
import { type ReadFunctions, readFunctions } from "./read-functions.ts";

/** Which functions are run, and how. */
export interface FunctionFilesOptions {
  /** Folders, files and templates. */
  readonly paths: readonly string[];
  /** The values of parameters and of what else templates have no value for here. */
  readonly parameters: ReadonlyMap<string, string>;
  /** What paths begin at. */
  readonly directory: string;
  readonly region: string;
  readonly accountId: string;
  /** Variables of all functions: where clients of AWS in them find its services. */
  readonly environment: Promise<Readonly<Record<string, string>>>;
  /** Called with what functions print, which goes to stderr too. */
  readonly onLog: (line: LogLine) => void;
  readonly say: (line: string) => void;
}

/** The most instances of all functions at one time that no template gives a number for: each is a process. */
const INSTANCES = 10;

/** Functions of folders and templates in replicas on this machine, which follow their code. */
export class FunctionFiles {
  readonly pool: ReplicaPool;
  /** A line for each function, and for each that is left out. */
  readonly lines: readonly string[];
  readonly #options: FunctionFilesOptions;
  readonly #outDir: string;
  #read: ReadFunctions;
  #watch: FileWatch | undefined;
  #reloading: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(options: FunctionFilesOptions, outDir: string, read: ReadFunctions) {
    this.#options = options;
    this.#outDir = outDir;
    this.#read = read;
    const { region, accountId, environment } = options;
    this.pool = createReplicaPool(read.configs, {
      region,
      accountId,
      environment,
      onDemandLimit: INSTANCES,
      onLog(line) {
        options.onLog(line);
        printLine(line);
      },
    });
    const arn = `arn:aws:lambda:${region}:${accountId}:function:`;
    this.lines = [...read.configs.map(({ name }) => `${read.origins.get(name)}: ${arn}${name}`), ...read.notes];
  }

  /**
   * Start the replicas. They are not awaited: `pool.ready()` does that.
   * @throws {LambentError} with a line for each function that cannot be run as it is written
   */
  static async start(options: FunctionFilesOptions): Promise<FunctionFiles> {
    const outDir = await mkdtemp(join(tmpdir(), "lambent-functions-"));
    try {
      const read = await readOnce(options, outDir);
      if (read.problems.length > 0) throw new LambentError(read.problems.join("\n"));
      return new FunctionFiles(options, outDir, read);
    } catch (error) {
      await rm(outDir, { recursive: true, force: true });
      throw error;
    }
  }

  /** Follow code and templates from now on. Resolves when they are watched. */
  async watch(): Promise<void> {
    this.#follow();
    await this.#watch?.ready;
    await this.#reload(); // what has changed since it was read
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.pool.close(), this.#watch?.close(), this.#reloading]);
    await rm(this.#outDir, { recursive: true, force: true });
  }

  #follow(): void {
    const { files, watched } = this.#read;
    this.#watch = new FileWatch(files, watched, () => void this.#reload());
  }

  #reload(): Promise<void> {
    this.#reloading = this.#reloading.then(() => (this.#isClosed ? undefined : this.#reloadNow()));
    return this.#reloading;
  }

  async #reloadNow(): Promise<void> {
    const { say } = this.#options;
    try {
      const read = await readOnce(this.#options, this.#outDir);
      if (read.problems.length > 0) throw new LambentError(read.problems.join("; "));
      const before = new Map(this.#read.configs.map((config) => [config.name, JSON.stringify(config)]));
      const changed = read.configs.filter((config) => before.get(config.name) !== JSON.stringify(config));
      const gone = [...before.keys()].filter((name) => !read.configs.some((config) => config.name === name));
      if (changed.length === 0 && gone.length === 0) return;
      await this.pool.replace(read.configs);
      const hasMoved = read.watched.join() !== this.#read.watched.join();
      this.#read = read;
      this.#watch?.follow(read.files);
      if (hasMoved) await this.#watchAnew();
      for (const { name } of changed) say(`${before.has(name) ? "reloaded" : "added"} the function ${name}`);
      for (const name of gone) say(`removed the function ${name}`);
    } catch (error) {
      say(`functions not reloaded, the last good version keeps running: ${messageOf(error)}`);
    }
  }

  async #watchAnew(): Promise<void> {
    const old = this.#watch;
    this.#follow();
    await old?.close();
  }
}

function readOnce(options: FunctionFilesOptions, outDir: string): Promise<ReadFunctions> {
  const { paths, directory, region, accountId, parameters } = options;
  return readFunctions(paths, directory, { region, accountId, parameters }, outDir);
}
