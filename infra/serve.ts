import { dirname, join } from "node:path";
import { watch, type FSWatcher } from "chokidar";
import type { FunctionDescription } from "../sdk/service.ts";
import { compile, type Target } from "./compile.ts";
import { startEmulator, type Emulator } from "./emulator/index.ts";
import { lambdaRoutes } from "./emulator/lambda-api.ts";
import type { FunctionConfig } from "./emulator/replicas/replica-config.ts";
import { createReplicaPool, type ReplicaPool, type ReplicaPoolOptions } from "./emulator/replicas/replica-pool.ts";
import { ALIAS, functionName, LAMBENT_DIRECTORY, stateMachineName, type ServiceName } from "./names.ts";
import { loadProject, type Project } from "./project.ts";

export interface ServeOptions extends ServiceName {
  /** The directory that the paths below are relative to. */
  readonly root: string;
  /** Globs or paths of the author's modules. */
  readonly workflows: readonly string[];
  /** Default 8083; 0 is any free port. */
  readonly port?: number;
  readonly region?: string;
  readonly accountId?: string;
  /** Of every function, beneath an actor's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Reload when a source file changes. */
  readonly watch?: boolean;
  /** One line for a person to read. */
  readonly say: (line: string) => void;
  readonly onLog?: ReplicaPoolOptions["onLog"];
}

/** A service that runs on this machine. */
export interface Served {
  readonly url: string;
  readonly emulator: Emulator;
  readonly pool: ReplicaPool;
  /** By workflow. */
  readonly stateMachines: ReadonlyMap<string, string>;
  /** Load the sources again. Whatever is wrong with them is said, and the last good ones keep serving. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

export { LAMBENT_DIRECTORY };

const ACCOUNT = "000000000000";

/**
 * Bundle a service, start its replicas, and put its state machines behind the Step Functions API.
 * @throws {LambentError} if its sources cannot be loaded, or the port is taken
 */
export async function serve(options: ServeOptions): Promise<Served> {
  const project = await load(options);
  const pool = createReplicaPool(functionConfigs(project, options), {
    region: regionOf(options),
    accountId: accountOf(options),
    ...(options.onLog === undefined ? {} : { onLog: options.onLog }),
  });
  try {
    await pool.ready();
    const emulator = await startEmulator({
      functions: pool,
      routes: lambdaRoutes(pool),
      region: regionOf(options),
      accountId: accountOf(options),
      ...(options.port === undefined ? {} : { port: options.port }),
    });
    const served = new ServedProject(options, emulator, pool);
    served.deploy(project);
    return served;
  } catch (error) {
    await pool.close();
    throw error;
  }
}

class ServedProject implements Served {
  readonly emulator: Emulator;
  readonly pool: ReplicaPool;
  readonly stateMachines = new Map<string, string>();
  readonly #options: ServeOptions;
  #watcher: FSWatcher | undefined;
  #sources: ReadonlySet<string> = new Set();
  #reloading: Promise<void> = Promise.resolve();
  #waiting = false;

  constructor(options: ServeOptions, emulator: Emulator, pool: ReplicaPool) {
    this.#options = options;
    this.emulator = emulator;
    this.pool = pool;
  }

  get url(): string {
    return this.emulator.url;
  }

  /** Create, update and delete state machines until they are those of `project`. */
  deploy(project: Project): void {
    const { states } = this.emulator;
    for (const graph of project.description.workflows) {
      const definition = JSON.stringify(compile(graph, targetOf(project, this.#options)), null, 2);
      const stateMachineArn = this.stateMachines.get(graph.workflow);
      if (stateMachineArn !== undefined) {
        states.updateStateMachine({ stateMachineArn, definition });
        continue;
      }
      const created = states.createStateMachine({
        name: stateMachineName(this.#options, graph.workflow),
        definition,
        roleArn: `arn:aws:iam::${accountOf(this.#options)}:role/lambent-offline`,
      });
      this.stateMachines.set(graph.workflow, created.stateMachineArn);
    }
    const wanted = new Set(project.description.workflows.map((graph) => graph.workflow));
    for (const [workflow, stateMachineArn] of this.stateMachines) {
      if (wanted.has(workflow)) continue;
      states.deleteStateMachine({ stateMachineArn });
      this.stateMachines.delete(workflow);
    }
    if (this.#options.watch === true) this.#watch(project.sources);
  }

  reload(): Promise<void> {
    // One that waits will see this change too.
    if (!this.#waiting) {
      this.#waiting = true;
      this.#reloading = this.#reloading.then(() => {
        this.#waiting = false;
        return this.#reload();
      });
    }
    return this.#reloading;
  }

  async close(): Promise<void> {
    await this.#watcher?.close();
    await this.#reloading;
    await this.emulator.close();
    await this.pool.close();
  }

  async #reload(): Promise<void> {
    const { say } = this.#options;
    try {
      const project = await load(this.#options);
      // Functions first: a new state machine must not call a task that its function does not know yet.
      await this.pool.replace(functionConfigs(project, this.#options));
      this.deploy(project);
      say(`reloaded: ${[...this.stateMachines.keys()].join(", ")}`);
    } catch (error) {
      say(
        `not reloaded, the last good version keeps serving: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** Sources that change, and new modules beside them. */
  #watch(sources: readonly string[]): void {
    this.#sources = new Set(sources);
    const paths = [...sources, ...new Set(sources.map((path) => dirname(path)))];
    if (this.#watcher !== undefined) {
      this.#watcher.add(paths);
      return;
    }
    this.#watcher = watch(paths, {
      depth: 0,
      ignoreInitial: true,
      awaitWriteFinish: { stabilityThreshold: 50, pollInterval: 20 },
    });
    this.#watcher.on("all", (event, path) => {
      if (this.#sources.has(path) || (event === "add" && /\.[cm]?[jt]sx?$/.test(path))) void this.reload();
    });
  }
}

function load({ root, workflows }: ServeOptions): Promise<Project> {
  const nodeVersion = Number(process.versions.node.split(".")[0]);
  return loadProject({ root, workflows, outDir: join(root, LAMBENT_DIRECTORY, "bundles"), nodeVersion, minify: false });
}

function regionOf({ region }: ServeOptions): string {
  return region ?? "us-east-1";
}

function accountOf({ accountId }: ServeOptions): string {
  return accountId ?? ACCOUNT;
}

function targetOf({ description }: Project, options: ServeOptions): Target {
  return {
    functionName: (actor) =>
      `arn:aws:lambda:${regionOf(options)}:${accountOf(options)}:function:${functionName(options, actor)}:${ALIAS}`,
    queues: (actor) => find(description.functions, actor)?.actor?.whenBusy === "queue",
  };
}

function find(functions: readonly FunctionDescription[], actor: string | undefined): FunctionDescription | undefined {
  return functions.find((fn) => fn.actor?.name === actor);
}

/** The functions as they would be deployed, with this machine's store. */
function functionConfigs({ description, bundles }: Project, options: ServeOptions): FunctionConfig[] {
  return description.functions.map(({ actor }, index) => ({
    name: functionName(options, actor?.name),
    bundle: bundles[index]?.directory ?? "",
    handler: "index.handler",
    replicaCount: actor?.replicaCount ?? 0,
    whenBusy: actor?.whenBusy ?? "spill",
    timeout: actor?.timeout ?? LONGEST_TIMEOUT,
    alias: ALIAS,
    ...(actor?.memorySize === undefined ? {} : { memorySize: actor.memorySize }),
    ...(actor?.ephemeralStorageSize === undefined ? {} : { ephemeralStorageSize: actor.ephemeralStorageSize }),
    environment: {
      LAMBENT_STORE: join(options.root, LAMBENT_DIRECTORY, "store"),
      LAMBENT_METRICS: "off", // lines for CloudWatch, which nobody reads here
      ...options.environment,
      ...actor?.environment,
    },
  }));
}

/** Seconds: what Lambda allows, for functions whose author names no timeout. */
const LONGEST_TIMEOUT = 900;
