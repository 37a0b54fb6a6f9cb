import { buildSettings, hasWorkflows, workflowPaths, type LambentConfig } from "./deploy/config.ts";
import { checkGrants } from "./deploy/file-access.ts";
import type { FunctionEntry, LambdaLogs, PluginTools, ServedService } from "./deploy/framework.ts";
import { observabilityOf } from "./deploy/observability-config.ts";
import { functionKey, replicaFunctions } from "../../sdk/authoring/service.ts";
import { strayOverrides } from "./deploy/functions.ts";
import { exposure } from "../emulator/index.ts";
import { plainEnvironment, writtenFunctions } from "./deploy/written-settings.ts";
import { isNeeded } from "../../sdk/authoring/input-type.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { ServedSchedule } from "../run/served-schedules.ts";
import { consoleUrl } from "../run/console/console.ts";
import { hasColours, LOG_LEVELS, type LogLevel } from "../run/execution-log.ts";
import { ExecutionReports } from "../run/execution-reports.ts";
import { prepare, type LoadOptions, type Preparation } from "../run/prepare.ts";
import { serve } from "../run/serve.ts";
import type { Served, ServeOptions } from "../run/serve-options.ts";
import { ACCOUNT, type FunctionOverrides } from "../run/served-functions.ts";
import { ownerOf } from "../run/servers/port-owner.ts";
import { OfflineEnvironment } from "./offline-environment.ts";
import { serveOwnMachines } from "./offline-machines.ts";
import { hasServerlessOffline, OfflineSettings } from "./offline-ports.ts";
import type { Here } from "./offline-resources.ts";
import { OfflineSignals } from "./offline-signals.ts";
import { plainFunctions } from "./plain-functions.ts";

/** Begin to bundle a service: the framework has to load serverless-offline yet, which takes as long. */
export function prepareOffline(serverless: ServedService, config: LambentConfig): Preparation {
  return prepare(loadOptions(serverless, config));
}

function loadOptions({ service, serviceDir }: ServedService, config: LambentConfig): LoadOptions {
  return {
    root: serviceDir,
    workflows: workflowPaths(config),
    settings: buildSettings(config),
    functionSettings: config.actors ?? {},
    environment: plainEnvironment(service.provider.environment),
  };
}

/** `serverless offline`: runs the emulator in the process of serverless-offline, or without that. */
export class Offline {
  readonly #serverless: ServedService;
  readonly #log: PluginTools["log"];
  /** Absent where serverless-offline is not among the plugins. */
  readonly #settings: OfflineSettings | undefined;
  /** Those of serverless.yml, by key. Entries that only override settings are removed later. */
  readonly #functionNames: ReadonlyMap<string, string>;
  readonly #environment: OfflineEnvironment;
  readonly #prepared: Preparation | undefined;
  #served: Served | undefined;
  #reports: ExecutionReports | undefined;
  #signals: OfflineSignals | undefined;

  /** @param prepared its sources, if they are being bundled already */
  constructor(serverless: ServedService, log: PluginTools["log"], prepared: Preparation | undefined) {
    this.#prepared = prepared;
    this.#serverless = serverless;
    this.#log = log;
    this.#settings = hasServerlessOffline(serverless) ? new OfflineSettings(serverless) : undefined;
    this.#functionNames = new Map(
      Object.entries(serverless.service.functions).flatMap(([key, { name }]): [string, string][] =>
        name === undefined ? [] : [[key, name]],
      ),
    );
    this.#environment = new OfflineEnvironment(serverless, this.#here);
  }

  async start(): Promise<void> {
    if (this.#signals !== undefined) return;
    const signals = new OfflineSignals(() => this.stop());
    this.#signals = signals;
    const say = (line: string): void => this.#log.notice(line);
    const options = this.#serveOptions();
    const colours = hasColours(process.stderr);
    const { region } = this.#here;
    const reports = new ExecutionReports({ root: options.root, region, level: logLevel(this.#config), say, colours });
    this.#reports = reports;
    await this.#settings?.refuseTakenPorts();
    let machines: readonly string[] = [];
    const beforeOpening = (served: Served): void => {
      reports.follow(served);
      machines = this.#serveOwnMachines(served);
    };
    const serving = {
      ...options,
      servedBy: this.#isDev ? "lambent dev" : "serverless offline",
      watch: true,
      say,
      onProgress: reports.see,
      beforeOpening,
    };
    const setting = this.#isDev ? "--port 8084" : "`lambent: { offline: { port: 8084 } }` in serverless.yml";
    const served = await serveHere(serving, this.#prepared, setting);
    this.#served = served;
    this.#hideOverrides(served);
    this.#environment.settle(served.description);
    for (const line of this.#greeting(served, machines)) say(line);
    signals.ready();
  }

  /** Resolves when a signal has come and all is stopped. */
  async stopped(): Promise<void> {
    await this.#signals?.stopped();
  }

  async stop(): Promise<void> {
    const served = this.#served;
    this.#served = undefined;
    this.#reports?.close();
    await served?.close();
  }

  #serveOwnMachines({ emulator, description }: Served): string[] {
    return serveOwnMachines(emulator.states, this.#serverless, this.#here, description, this.#plainNames);
  }

  /** What there is to say at the start. */
  #greeting(served: Served, machines: readonly string[]): string[] {
    const { description, stateMachines, url } = served;
    const exposed = exposure(this.#config.offline ?? {});
    const actors = description.functions.flatMap(({ actor }) => (actor?.containerImage === undefined ? [] : [actor]));
    const written = Object.entries(writtenFunctions(this.#serverless.service.functions));
    const plain = this.#settings === undefined ? written.filter(([, entry]) => !isOverride(entry)) : [];
    const strays = strayOverrides(Object.fromEntries(written), description.functions);
    return [
      `Lambent: Step Functions and Lambda at ${url}`,
      `  console: ${consoleUrl(url)}`,
      ...(exposed === undefined ? [] : [`  ${exposed}`]),
      ...[...stateMachines].map(([workflow, arn]) => `  ${workflow}: ${arn}`),
      ...machines.map((line) => `  ${line}`),
      ...actors.map(
        ({ name, containerImage }) =>
          `  actor ${name} runs as a process from its bundle, not in its containerImage ${containerImage}`,
      ),
      ...scheduleLines(served.schedules, this.#config.offline?.schedules !== false),
      ...description.workflows.flatMap(({ workflow, plans = [] }) =>
        plans.map((plan) => `  launch plan ${plan.name}: npx lambent start ${workflow}${inputOption(plan.input)}`),
      ),
      ...(plain.length > 0
        ? [`  not served: ${plain.map(([key]) => key).join(", ")}. For them ${this.#forOthers}`]
        : []),
      ...strays.map((line) => `  ${line}`),
      ...this.#environment.unresolved.map((line) => `  ${line}`),
      ...this.#example(served),
    ];
  }

  /** Whether it is `lambent dev`, and not the framework. */
  get #isDev(): boolean {
    return this.#serverless.processedInput.commands[0] === "dev";
  }

  /** How functions are served that are none of Lambent's. */
  get #forOthers(): string {
    return this.#isDev
      ? "run npx serverless offline, with serverless-offline among the plugins"
      : "add serverless-offline, and list it after lambent/plugin";
  }

  /** How to start an execution, to be pasted into a shell. */
  #example({ url, stateMachines, description }: Served): string[] {
    const [[workflow, arn] = []] = stateMachines;
    if (workflow === undefined || arn === undefined) {
      const modules = workflowPaths(this.#config).join(", ");
      return [`  no workflow: none of the modules of ${modules} exports what workflow(…) returns`];
    }
    const inputs = description.workflows[0]?.inputs ?? [];
    const needed = Object.fromEntries(inputs.filter(isNeeded).map(({ name }) => [name, "…"]));
    if (this.#isDev) {
      return [`  npx lambent start ${workflow} --wait${inputOption(needed)}`];
    }
    const aws = "AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local aws stepfunctions start-execution";
    const where = `--region ${this.#here.region} --endpoint-url ${url}`;
    return [`  ${aws} ${where} --state-machine-arn ${arn} --input '${JSON.stringify(needed)}'`];
  }

  get #config(): LambentConfig {
    const config = this.#serverless.configurationInput["lambent"];
    if (hasWorkflows(config)) return config;
    throw new LambentError(
      'serverless.yml has no "lambent" block with workflows: write `lambent: { workflows: workflows/*.ts }`',
    );
  }

  get #here(): Here {
    const { service } = this.#serverless.service;
    const provider = this.#serverless.getProvider("aws");
    const functionNames = this.#functionNames;
    return { service, stage: provider.getStage(), region: provider.getRegion(), accountId: ACCOUNT, functionNames };
  }

  /** The functions that serverless-offline runs, by the names that they have in Lambda. */
  get #plainNames(): ReadonlySet<string> {
    if (this.#settings === undefined) return new Set();
    const entries = Object.values(this.#serverless.service.functions).filter((entry) => !isOverride(entry));
    return new Set(entries.flatMap(({ name }) => (name === undefined ? [] : [name])));
  }

  /**
   * Remove the entries that only override settings: serverless-offline would take them for functions that it has to
   * run.
   */
  #hideOverrides({ description }: Served): void {
    const { functions } = this.#serverless.service;
    for (const fn of [...description.functions, ...description.functions.flatMap(replicaFunctions)]) {
      const key = functionKey(fn);
      const entry = writtenFunctions(functions)[key];
      if (entry !== undefined && isOverride(entry)) delete functions[key];
    }
  }

  #serveOptions(): Omit<ServeOptions, "say"> {
    const { service } = this.#serverless;
    const config = this.#config;
    checkGrants(config, this.#serverless.getProvider("aws").naming.getStackName());
    observabilityOf(config.observability); // nothing is made of it here, but a mistake is told at once
    const { port, log: _, schedules = true, ...access } = config.offline ?? {};
    const functions = writtenFunctions(service.functions);
    const overridden = Object.entries(functions).filter(([, entry]) => isOverride(entry));
    return {
      ...loadOptions(this.#serverless, config),
      ...this.#here,
      access,
      buckets: Object.keys(config.buckets ?? {}),
      environment: {
        ...this.#environment.of(service.provider.environment),
        ...logSettings(service.provider.logs?.lambda),
      },
      defaults: {
        ...numbers(service.provider, { timeout: "timeout", memorySize: "memorySize" }),
        ...architectureOf(service.provider),
      },
      overrides: Object.fromEntries(overridden.map(([key, entry]) => [key, this.#overrides(entry)])),
      ...(this.#settings === undefined
        ? {}
        : { otherFunctions: plainFunctions(this.#plainNames, this.#settings.lambdaEndpoint) }),
      schedules,
      ...(port === undefined ? {} : { port }),
    };
  }

  #overrides(entry: FunctionEntry): FunctionOverrides {
    const { name, environment } = entry;
    return {
      ...(name === undefined ? {} : { name }),
      ...architectureOf(entry),
      ...numbers(entry, {
        timeout: "timeout",
        memorySize: "memorySize",
        ephemeralStorageSize: "ephemeralStorageSize",
        reservedConcurrency: "reservedConcurrency",
        replicaCount: "provisionedConcurrency",
      }),
      environment: { ...this.#environment.of(environment), ...logSettings(entry.logs) },
    };
  }
}

/**
 * @param setting what chooses another port
 * @throws {LambentError} if the port is taken: the framework prints these without a stack
 */
async function serveHere(options: ServeOptions, prepared: Preparation | undefined, setting: string): Promise<Served> {
  try {
    return await serve(options, prepared);
  } catch (error) {
    if (!(error instanceof Error && isTaken(error.cause))) throw error;
    const { port = 8083 } = options;
    const owner = await ownerOf(port);
    throw new LambentError(
      `port ${port} is in use${owner === undefined ? "" : ` by ${owner}`}, and Step Functions is to be served there: stop what listens there, or choose another with ${setting}`,
    );
  }
}

function isTaken(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
}

/** @throws {LambentError} if it is none of the levels: of that the framework only warns */
function logLevel({ offline }: LambentConfig): LogLevel {
  const given: unknown = offline?.log ?? "normal";
  const level = LOG_LEVELS.find((one) => one === given);
  if (level !== undefined) return level;
  throw new LambentError(`lambent.offline.log has to be ${LOG_LEVELS.join(", ")}, not ${JSON.stringify(given)}`);
}

/** What Lambda's runtime is told of a function's LoggingConfig, by variables: Lambda sets a level for JSON alone. */
function logSettings(logs: LambdaLogs | undefined): Record<string, string> {
  if (logs === undefined) return {};
  const { logFormat = "Text", applicationLogLevel = "INFO" } = logs;
  const level = logFormat === "JSON" ? { AWS_LAMBDA_LOG_LEVEL: applicationLogLevel } : {};
  return { AWS_LAMBDA_LOG_FORMAT: logFormat, ...level };
}

/** Whether an entry of `functions` overrides settings of a generated function: it has no code of its own. */
function isOverride({ handler, image }: FunctionEntry): boolean {
  return handler === undefined && image === undefined;
}

function architectureOf(from: object): { readonly architecture?: string } {
  const written: unknown = Reflect.get(from, "architecture");
  return typeof written === "string" ? { architecture: written } : {};
}

/**
 * The fields of `from` that are numbers, or texts of numbers, which variables in serverless.yml give.
 * @param names by name in the result, the field's name
 */
function numbers<K extends string>(from: object, names: Readonly<Record<K, string>>): { readonly [N in K]?: number } {
  const values = Object.entries<string>(names).map(([name, field]) => [name, Number(Reflect.get(from, field) ?? NaN)]);
  // The cast: `fromEntries` forgets the names, which are those of `names`.
  return Object.fromEntries(values.filter(([, value]) => !Number.isNaN(value))) as { readonly [N in K]?: number };
}

/** For a shell: an apostrophe ends what is within such. */
function inputOption(input: Readonly<Record<string, Json>>): string {
  if (Object.keys(input).length === 0) return "";
  return ` --input '${JSON.stringify(input).replaceAll("'", "'\\''")}'`;
}

/** When schedules start executions. @param areOn false if they were turned off */
function scheduleLines(schedules: readonly ServedSchedule[], areOn: boolean): string[] {
  if (schedules.length === 0) return [];
  if (!areOn)
    return [`  schedules are off: ${schedules.map(({ name, expression }) => `${name} (${expression})`).join(", ")}`];
  return schedules.map(({ name, expression, timezone, next }) => {
    const when =
      next === undefined ? "starts nothing" : `next at ${new Date(next).toISOString().replace(".000Z", "Z")}`;
    return `  schedule ${name}: ${expression}${timezone === "UTC" ? "" : ` ${timezone}`}, ${when}`;
  });
}
