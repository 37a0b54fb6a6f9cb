import { buildSettings, hasWorkflows, workflowPaths } from "./deploy/config.ts";
import type { FunctionEntry, PluginTools, Serverless } from "./deploy/framework.ts";
import { functionKey } from "./deploy/functions.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import {
  prepare,
  serve,
  type FunctionOverrides,
  type LoadOptions,
  type Preparation,
  type Served,
  type ServeOptions,
} from "../run/serve.ts";

/** `serverless offline`: runs the emulator in the process of serverless-offline. */
export class Offline {
  readonly #serverless: Serverless;
  readonly #log: PluginTools["log"];
  #served: Served | undefined;
  #prepared: Preparation | undefined;

  constructor(serverless: Serverless, log: PluginTools["log"]) {
    this.#serverless = serverless;
    this.#log = log;
  }

  /** Begin to bundle the service: the framework has to load serverless-offline yet, which takes as long. */
  prepare(): void {
    this.#prepared = prepare(this.#loadOptions());
  }

  async start(): Promise<void> {
    if (this.#served !== undefined) return;
    const say = (line: string): void => this.#log.notice(line);
    const served = await serve({ ...this.#serveOptions(), watch: true, say }, this.#prepared);
    this.#served = served;
    this.#hideOverrides(served);
    // At a signal serverless-offline ends the process, and not in all of its modes with a hook before that.
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void this.stop());
    say(`Lambent: Step Functions and Lambda at ${served.url}`);
    for (const [workflow, arn] of served.stateMachines) say(`  ${workflow}: ${arn}`);
    for (const { actor } of served.description.functions) {
      if (actor?.containerImage === undefined) continue;
      say(`  actor ${actor.name} runs as a process from its bundle, not in its containerImage ${actor.containerImage}`);
    }
    const schedules = served.description.workflows.flatMap(({ workflow, options: { schedule } = {} }) => {
      if (schedule === undefined) return [];
      return [`${workflow} (${typeof schedule === "string" ? schedule : schedule.expression})`];
    });
    if (schedules.length > 0) say(`  schedules start nothing on this machine: ${schedules.join(", ")}`);
    say(`  aws stepfunctions start-execution --endpoint-url ${served.url} --state-machine-arn <arn> --input '{}'`);
  }

  async stop(): Promise<void> {
    const served = this.#served;
    this.#served = undefined;
    await served?.close();
  }

  /**
   * Remove the entries that only override settings: serverless-offline would take them for functions that it has to
   * run.
   */
  #hideOverrides({ description }: Served): void {
    const { functions } = this.#serverless.service;
    for (const fn of description.functions) {
      const key = functionKey(fn);
      const entry = functions[key];
      if (entry !== undefined && isOverride(entry)) delete functions[key];
    }
  }

  #loadOptions(): LoadOptions {
    const { service, serviceDir, configurationInput } = this.#serverless;
    const config = configurationInput["lambent"];
    if (!hasWorkflows(config)) {
      throw new LambentError('serverless.yml has no "lambent" block: write `lambent: { workflows: workflows/*.ts }`');
    }
    return {
      root: serviceDir,
      workflows: workflowPaths(config),
      settings: buildSettings(config),
      functionSettings: config.actors ?? {},
      environment: plainEnvironment(service.provider.environment),
    };
  }

  #serveOptions(): Omit<ServeOptions, "say"> {
    const { service, configurationInput } = this.#serverless;
    const provider = this.#serverless.getProvider("aws");
    const config = configurationInput["lambent"];
    const { port } = hasWorkflows(config) ? (config.offline ?? {}) : {};
    return {
      ...this.#loadOptions(),
      service: service.service,
      stage: provider.getStage(),
      region: provider.getRegion(),
      defaults: numbers(service.provider, { timeout: "timeout", memorySize: "memorySize" }),
      overrides: Object.fromEntries(
        Object.entries(service.functions).flatMap(([key, entry]) =>
          isOverride(entry) ? [[key, overrides(entry)]] : [],
        ),
      ),
      ...(port === undefined ? {} : { port }),
    };
  }
}

/** Whether an entry of `functions` overrides settings of a generated function: it has no code of its own. */
function isOverride({ handler, image }: FunctionEntry): boolean {
  return handler === undefined && image === undefined;
}

function overrides(entry: FunctionEntry): FunctionOverrides {
  const { name, environment } = entry;
  return {
    ...(name === undefined ? {} : { name }),
    ...numbers(entry, {
      timeout: "timeout",
      memorySize: "memorySize",
      ephemeralStorageSize: "ephemeralStorageSize",
      reservedConcurrency: "reservedConcurrency",
      replicaCount: "provisionedConcurrency",
    }),
    environment: plainEnvironment(environment),
  };
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

/** Without the variables that refer to other resources, such as `{ Ref: … }`: these have no value on this machine. */
function plainEnvironment(environment: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const entries = Object.entries(environment).filter(([, value]) =>
    ["string", "number", "boolean"].includes(typeof value),
  );
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
