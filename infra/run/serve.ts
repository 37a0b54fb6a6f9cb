import { relative } from "node:path";
import { messageOf } from "../../sdk/base/errors.ts";
import type { ServiceDescription } from "../../sdk/authoring/service.ts";
import { DirectoryStore } from "../../sdk/store/directory-store.ts";
import type { FunctionFacts } from "../check/function-facts.ts";
import { coolingDefinition } from "../compile/cooling.ts";
import { startEmulator, type Emulator, type Progress } from "../emulator/index.ts";
import { lambdaRoutes } from "../emulator/lambda/lambda-api.ts";
import { createReplicaPool, printLine, type ReplicaPool } from "../emulator/replicas/replica-pool.ts";
import { coolingName, scheduleGroupName } from "../project/names.ts";
import { BuildMemory } from "../project/build-memory.ts";
import { type CompiledService, compiledService } from "./compiled-service.ts";
import { Console } from "./console/console.ts";
import { CONSOLE_PATH } from "./console/page-files.ts";
import { eitherOf } from "./either-functions.ts";
import { firstToAnswer } from "./first-to-answer.ts";
import { HEAD_OBJECT, headObject } from "./head-object.ts";
import { loadSources, prepare, type Preparation } from "./prepare.ts";
import { removeArtifacts } from "./served-artifacts.ts";
import { consoleSource } from "./served-console.ts";
import type { Served, ServeOptions } from "./serve-options.ts";
import { ServedSchedules, type ServedSchedule } from "./served-schedules.ts";
import { toldReplicas } from "./told-replicas.ts";
import { announceServer } from "./servers/announce.ts";
import { SourceWatch } from "./source-watch.ts";
import { accountOf, coolingArn, deployedFacts, regionOf, roleArn, storeDirectory } from "./served-functions.ts";

/**
 * Bundle a service, start its replicas, and put its state machines behind the Step Functions API.
 * @param prepared its sources, if they are being loaded already
 * @throws {LambentError} if its sources cannot be loaded or compiled, or the port is taken
 */
export async function serve(given: ServeOptions, prepared: Preparation = prepare(given)): Promise<Served> {
  prepared.keep();
  try {
    return await servePrepared({ ...given, root: prepared.root }, prepared);
  } catch (error) {
    prepared.memory.close();
    await removeArtifacts(prepared.outDir);
    throw error;
  }
}

async function servePrepared(options: ServeOptions, prepared: Preparation): Promise<Served> {
  const project = await compiledService(await prepared.project, options);
  const shown = new Console({
    servedBy: options.servedBy ?? "lambent",
    name: options.service,
    stage: options.stage,
    functions: { where: "here" },
  });
  const { onLog = printLine, onProgress } = options;
  let listen: (url: string | undefined) => void = () => undefined;
  const listening = new Promise<string | undefined>((resolve) => {
    listen = resolve;
  });
  const pool = createReplicaPool(project.functions, {
    region: regionOf(options),
    accountId: accountOf(options),
    environment: listening.then((url) => stepFunctionsAt(url, options.access?.token)),
    onLog: (line) => {
      shown.log(line);
      onLog(line);
    },
  });
  function isOwn(event: Progress): boolean {
    return event.execution.stateMachineArn === coolingArn(options) || schedules?.launches(event) === true;
  }
  const tell = onProgress && ofWorkflows(onProgress, isOwn);
  let schedules: ServedSchedules | undefined;
  let emulator: Emulator | undefined;
  let open: () => void = () => undefined;
  const opening = new Promise<void>((resolve) => {
    open = resolve;
  });
  try {
    // Before the replicas are ready, which may take minutes: if the port is taken, that fails at once. Requests wait.
    emulator = await startEmulator({
      opening,
      functions: eitherOf(pool, toldReplicas(pool.provisioned, options.say), options.otherFunctions),
      routes: firstToAnswer(shown.routes, lambdaRoutes(pool)),
      pages: shown.pages,
      consolePath: CONSOLE_PATH,
      integrations: {
        [HEAD_OBJECT]: headObject(
          async () => new DirectoryStore(storeDirectory(options)),
          options.access ?? {},
          regionOf(options),
        ),
        ...options.integrations,
      },
      region: regionOf(options),
      accountId: accountOf(options),
      project: options.root,
      ...options.access,
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(options.keep === undefined ? {} : { keep: options.keep }),
      ...(options.keepBytes === undefined ? {} : { keepBytes: options.keepBytes }),
      onProgress: (event) => {
        shown.see(event);
        tell?.(event);
      },
    });
    listen(emulator.url);
    await pool.ready();
    schedules = new ServedSchedules(emulator.states, options, options.schedules === true, options.say);
    const served = new ServedProject(options, emulator, pool, project, prepared, shown, schedules);
    shown.open(consoleSource(served, options));
    options.beforeOpening?.(served);
    open();
    served.announce();
    return served;
  } catch (error) {
    listen(undefined);
    await Promise.all([pool.close(), emulator?.close()]);
    throw error;
  }
}

/** The variables by which clients of Step Functions in replicas find the emulator: for answers and heartbeats of tasks. */
function stepFunctionsAt(url: string | undefined, token: string | undefined): Readonly<Record<string, string>> {
  return {
    ...(url === undefined ? {} : { AWS_ENDPOINT_URL_SFN: url }),
    ...(token === undefined ? {} : { AWS_SESSION_TOKEN: token }),
  };
}

/**
 * Of the executions that take replicas back, or launch others, what is told is that one has failed. That there are no replicas yet for a
 * run, or no schedule, is no failure: the definition goes on with it.
 */
function ofWorkflows(tell: (event: Progress) => void, isOwn: (event: Progress) => boolean): (event: Progress) => void {
  return (event) => {
    if (isOwn(event) && !(event.type === "execution-ended" && event.status === "FAILED")) return;
    const isCaught = event.type === "attempt-failed" && event.outcome.kind === "caught";
    if (isCaught && /^Replicas(Ready)?\d*\[/.test(event.where)) return;
    tell(event);
  };
}

class ServedProject implements Served {
  readonly emulator: Emulator;
  readonly pool: ReplicaPool;
  readonly stateMachines = new Map<string, string>();
  /** Of all state machines, those of parts too, by name. */
  readonly #machines = new Map<string, string>();
  description: ServiceDescription;
  schedules: readonly ServedSchedule[] = [];
  readonly #schedules: ServedSchedules;
  readonly #options: ServeOptions;
  readonly #outDir: string;
  readonly #watch: SourceWatch | undefined;
  /** The reload that was asked for last. */
  #reloading: Promise<void> = Promise.resolve();
  /** Whether it waits for one before it to end. */
  #isReloadWaiting = false;
  /** What has changed since the last reload began: files; all, if what has changed is not known. */
  #changed = new Set<string>();
  #hasAllChanged = false;
  /** The files that the service was made of last. */
  #files: ReadonlySet<string>;
  readonly #memory: BuildMemory;
  readonly #console: Console;
  #isClosed = false;
  /** Takes back that commands find it by themselves. */
  #withdraw: () => void = () => undefined;

  constructor(
    options: ServeOptions,
    emulator: Emulator,
    pool: ReplicaPool,
    service: CompiledService,
    { outDir, files, began, memory }: Preparation,
    shown: Console,
    schedules: ServedSchedules,
  ) {
    this.#console = shown;
    this.#schedules = schedules;
    this.#options = options;
    this.#outDir = outDir;
    this.emulator = emulator;
    this.pool = pool;
    this.description = service.description;
    this.#files = new Set(files);
    this.#memory = memory;
    this.#deploy(service);
    if (options.watch !== true) return;
    this.#watch = new SourceWatch(options.root, (file) => void this.reload(file));
    this.#watch.add(files, began);
  }

  get url(): string {
    return this.emulator.url;
  }

  get functions(): readonly FunctionFacts[] {
    return this.description.functions.map((fn) => deployedFacts(fn, this.#options));
  }

  /** Let the commands of this user find it by themselves. */
  announce(): void {
    const { root: directory, service, stage } = this.#options;
    const [region, accountId] = [regionOf(this.#options), accountOf(this.#options)];
    this.#withdraw = announceServer({ url: this.url, directory, region, accountId, service, stage });
  }

  reload(file?: string): Promise<void> {
    if (file === undefined) this.#hasAllChanged = true;
    else this.#changed.add(file);
    // A reload that has not begun yet will read the latest sources, so one is enough.
    if (!this.#isReloadWaiting) {
      this.#isReloadWaiting = true;
      this.#reloading = this.#reloading.then(() => {
        this.#isReloadWaiting = false;
        return this.#isClosed ? undefined : this.#reload();
      });
    }
    return this.#reloading;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#withdraw();
    this.#console.close();
    // Replicas first: if the process exits before this is done, they must not be left running.
    await Promise.all([this.pool.close(), this.#watch?.close(), this.#reloading]);
    await this.emulator.close();
    this.#memory.close();
    await removeArtifacts(this.#outDir);
  }

  async #reload(): Promise<void> {
    const say = (line: string): void => {
      if (!this.#isClosed) this.#options.say(line);
    };
    const files: string[] = [];
    const began = Date.now();
    const names = this.#names();
    let isWhole = false;
    say(`reloading${this.#takeChanges()}`);
    try {
      const sources = await loadSources(this.#options, this.#outDir, this.#memory, (paths) => files.push(...paths));
      const service = await compiledService(sources, this.#options);
      if (this.#isClosed) return;
      // Functions first: an updated state machine may call tasks that only the new functions have.
      await this.pool.replace(service.functions);
      this.#deploy(service);
      this.#files = new Set(files);
      isWhole = true;
      say(`reloaded in ${Date.now() - began} ms${namesChanged(names, this.#names())}`);
    } catch (error) {
      say(`not reloaded, the last good version keeps serving: ${messageOf(error)}`);
    } finally {
      if (!this.#isClosed) this.#watch?.add(files, began, isWhole);
    }
  }

  #names(): string[] {
    return [...this.stateMachines.keys()].toSorted();
  }

  /**
   * Make ready for what has changed: what is known of the project holds if these are its modules and data files alone.
   * @returns the names of those files, for a message
   */
  #takeChanges(): string {
    const changed = [...this.#changed];
    const areKnown = changed.every((file) => this.#files.has(file) && !isSetting(file));
    if (this.#hasAllChanged || !areKnown) this.#memory.forget();
    this.#changed = new Set();
    this.#hasAllChanged = false;
    const [first, ...others] = changed.map((file) => relative(this.#options.root, file));
    if (first === undefined) return "";
    return others.length === 0 ? ` (${first})` : ` (${first} and ${others.length} more)`;
  }

  /** Create, update and delete state machines until they are those of `service`. */
  #deploy({ machines, description }: CompiledService): void {
    const { states } = this.emulator;
    this.description = description;
    for (const [name, stateMachineArn] of this.#machines) {
      // A state machine cannot change its type: it is deleted and created again, as CloudFormation does it.
      const { type } = states.describeStateMachine({ stateMachineArn });
      if (machines.some((machine) => machine.name === name && machine.type === type)) continue;
      states.deleteStateMachine({ stateMachineArn });
      this.#machines.delete(name);
    }
    for (const { name, type, definition } of machines) {
      const stateMachineArn = this.#machines.get(name);
      if (stateMachineArn !== undefined) {
        states.updateStateMachine({ stateMachineArn, definition });
        continue;
      }
      const created = states.createStateMachine({ name, type, definition, roleArn: roleArn(this.#options) });
      this.#machines.set(name, created.stateMachineArn);
    }
    this.stateMachines.clear();
    for (const { workflow, name, part } of machines)
      if (part === undefined) this.stateMachines.set(workflow, this.#machines.get(name) ?? "");
    if (description.functions.some(({ actor }) => actor?.ttlSeconds !== undefined)) this.#deployCooling();
    this.schedules = this.#schedules.deploy(description, this.stateMachines);
  }

  /** One is enough for all actors and for all that they become: creating it again is no change. */
  #deployCooling(): void {
    const name = coolingName(this.#options);
    const definition = coolingDefinition({
      groupName: scheduleGroupName(this.#options),
      roleArn: roleArn(this.#options),
    });
    this.emulator.states.createStateMachine({
      name,
      definition: JSON.stringify(definition),
      roleArn: roleArn(this.#options),
    });
  }
}

/** `package.json` and `tsconfig.json` and their like: what they say holds for other files. */
function isSetting(file: string): boolean {
  return /(?:package|[jt]sconfig[^\\/]*)\.json$/.test(file);
}

/** `: single`, `; without checkout`: the workflows that are new, and those that are gone. */
function namesChanged(before: readonly string[], now: readonly string[]): string {
  const added = now.filter((name) => !before.includes(name)).join(", ");
  const gone = before.filter((name) => !now.includes(name)).join(", ");
  return `${added === "" ? "" : `: ${added}`}${gone === "" ? "" : `; without ${gone}`}`;
}
