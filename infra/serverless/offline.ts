import { isUsable, workflowPaths } from "./deploy/config.ts";
import type { FunctionEntry, PluginTools, Serverless } from "./deploy/framework.ts";
import { functionKey } from "./deploy/functions.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import { serve, type FunctionOverrides, type Served, type ServeOptions } from "../run/serve.ts";

/** The emulator beside serverless-offline. */
export class Offline {
  readonly #serverless: Serverless;
  readonly #log: PluginTools["log"];
  #served: Served | undefined;

  constructor(serverless: Serverless, log: PluginTools["log"]) {
    this.#serverless = serverless;
    this.#log = log;
  }

  async start(): Promise<void> {
    if (this.#served !== undefined) return;
    const say = (line: string): void => this.#log.notice(line);
    const served = await serve({ ...this.#serveOptions(), watch: true, say });
    this.#served = served;
    this.#hideOverrides(served);
    // serverless-offline ends the process at a signal without firing a hook in every mode.
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void this.stop());
    say(`Lambent: Step Functions and Lambda at ${served.url}`);
    for (const [workflow, arn] of served.stateMachines) say(`  ${workflow}: ${arn}`);
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

  /** serverless-offline would take what overrides a generated function for a function that it is to run. */
  #hideOverrides({ description }: Served): void {
    const { functions } = this.#serverless.service;
    for (const fn of description.functions) {
      const key = functionKey(fn);
      const entry = functions[key];
      if (entry !== undefined && isOverride(entry)) delete functions[key];
    }
  }

  #serveOptions(): Omit<ServeOptions, "say"> {
    const { service, serviceDir, configurationInput } = this.#serverless;
    const config = configurationInput["lambent"];
    if (!isUsable(config)) {
      throw new LambentError('serverless.yml has no "lambent" block: write `lambent: { workflows: workflows/*.ts }`');
    }
    const provider = this.#serverless.getProvider("aws");
    const { port } = config.offline ?? {};
    return {
      root: serviceDir,
      service: service.service,
      stage: provider.getStage(),
      region: provider.getRegion(),
      workflows: workflowPaths(config),
      environment: plainEnvironment(service.provider.environment),
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

/** Whether an entry of `functions` changes a generated function: it says nothing of the code to run. */
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

/** Those fields of `from` that are numbers, or the text of one, as parameters may be; by what they are called here. */
function numbers<K extends string>(from: object, names: Readonly<Record<K, string>>): { readonly [N in K]?: number } {
  const values = Object.entries<string>(names).map(([name, field]) => [name, Number(Reflect.get(from, field) ?? NaN)]);
  return Object.fromEntries(values.filter(([, value]) => !Number.isNaN(value))) as { readonly [N in K]?: number }; // by construction
}

/** The variables that are text already; references to other resources have no value on this machine. */
function plainEnvironment(environment: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const entries = Object.entries(environment).filter(([, value]) =>
    ["string", "number", "boolean"].includes(typeof value),
  );
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
