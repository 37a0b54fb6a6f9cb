import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { lstat, mkdir, readdir, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasEnded, ownerName } from "./process-owner.ts";
import { endMarkedProcesses } from "./replica-leftovers.ts";

const PREFIX = "lambent-run-";
const POOL_ID = /^[0-9a-f]{12}$/;
/**
 * Each line of its input has the ids of the replicas' processes, as negative numbers, which stand for process groups.
 * When the input ends, the program is run that the script was given as arguments. Then these groups are ended, in case
 * that the program could not run, as after an uninstallation.
 */
const SCRIPT = 'groups=; while read -r line; do groups=$line; done; "$@"; [ -z "$groups" ] || kill -9 $groups';
/** If the shell ends by itself, or somebody ends it, another is started after so many milliseconds. */
const RESTART_DELAY_MS = 1000;

/**
 * The directory with the temporary files of a pool's replicas, and a process that ends these and removes it when the
 * process of the pool is gone, however that ended: a replica that computes could not notice it. That process is a shell
 * that waits for the end of its input. It takes 0.4 MiB, and starts Node for the cleaning up only then.
 */
export class ReplicaGuard {
  readonly #program: () => Promise<string>;
  /** In the ids of all its replicas, and in the directory's name. */
  readonly #poolId = randomBytes(6).toString("hex");
  #opened: Promise<string> | undefined;
  #shell: ChildProcess | undefined;
  #groups = "";
  #isClosed = false;

  /** @param program the path of replica-cleanup.ts, compiled */
  constructor(program: () => Promise<string>) {
    this.#program = program;
  }

  /** Whether it ends the replicas when this process is gone. */
  get isWatching(): boolean {
    return this.#shell !== undefined && this.#shell.exitCode === null && this.#shell.signalCode === null;
  }

  newReplicaId(): string {
    return randomBytes(10).toString("hex") + this.#poolId;
  }

  /** Make a directory for the temporary files of a replica. */
  async makeDirectory(replicaId: string): Promise<string> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined; // the next replica tries again
      throw error;
    });
    const directory = join(await this.#opened, replicaId.slice(0, 6));
    // The directory above is there unless something clears away what is old.
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return directory;
  }

  /** To be called whenever a replica's process has started or ended, with the ids of those that run. */
  setProcesses(pids: readonly number[]): void {
    this.#groups = pids.map((pid) => `-${pid}`).join(" ");
    this.#shell?.stdin?.write(`${this.#groups}\n`);
  }

  /** To be called when all replicas have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const directory = await this.#opened?.catch(() => undefined);
    this.#shell?.kill("SIGKILL");
    if (directory === undefined) return;
    await rm(directory, { recursive: true, force: true }).catch((error: unknown) =>
      process.emitWarning(`The directory of a pool's replicas could not be removed: ${String(error)}`),
    );
  }

  async #open(): Promise<string> {
    void removeAbandoned();
    const directory = join(tmpdir(), `${PREFIX}${ownerName()}-${this.#poolId}`);
    await mkdir(directory, { mode: 0o700 });
    // On Windows, a process that Node has started ends with it.
    if (process.platform !== "win32") this.#watch(await this.#program(), directory);
    return directory;
  }

  #watch(program: string, directory: string): void {
    if (this.#isClosed) return;
    const command = ["-c", SCRIPT, "sh", process.execPath, program, this.#poolId, directory];
    // A session of its own, which the signals of a terminal do not reach.
    const shell = spawn("/bin/sh", command, { cwd: "/", stdio: ["pipe", "ignore", "ignore"], detached: true });
    shell.on("error", (error) =>
      process.emitWarning(`Replicas that compute will outlive this process if it is killed: ${String(error)}`),
    );
    // Not started. There may be no streams then.
    if (shell.pid === undefined) return;
    shell.on("exit", () => setTimeout(() => this.#watch(program, directory), RESTART_DELAY_MS).unref());
    shell.unref();
    shell.stdin.on("error", () => {}); // it has ended, which "exit" reports
    if (shell.stdin instanceof Socket) shell.stdin.unref();
    shell.stdin.write(`${this.#groups}\n`);
    this.#shell = shell;
  }
}

/** Ends what emulators that were killed have left running, and removes their directories. */
async function removeAbandoned(): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(PREFIX) || !hasEnded(name.slice(PREFIX.length))) continue;
    const directory = join(tmpdir(), name);
    // Another user may give a directory the name of a pool that lives.
    const isOwn = await lstat(directory).then(
      ({ uid }) => uid === (process.getuid?.() ?? uid),
      () => false,
    );
    const poolId = name.slice(name.lastIndexOf("-") + 1);
    if (!isOwn || !POOL_ID.test(poolId)) continue;
    await endMarkedProcesses(poolId);
    await rm(directory, { recursive: true, force: true }).catch(() => {});
  }
}
