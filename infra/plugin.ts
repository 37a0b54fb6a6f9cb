import { LambentError } from "../sdk/errors.ts";
import { serve, type Served, type ServeOptions } from "./serve.ts";

/** What the plugin uses of the Serverless Framework. */
export interface Serverless {
  readonly serviceDir: string;
  readonly service: {
    readonly service: string;
    readonly provider: { readonly environment?: Readonly<Record<string, unknown>>; readonly region?: string };
  };
  /** serverless.yml, its variables resolved. */
  readonly configurationInput: Readonly<Record<string, unknown>>;
  readonly configSchemaHandler: { defineTopLevelProperty(name: string, schema: object): void };
  getProvider(name: "aws"): { getStage(): string; getRegion(): string };
}

/** What the framework gives a plugin to write with. */
export interface PluginTools {
  readonly log: { notice(text: string): void; error(text: string): void };
}

/** The `lambent:` block of serverless.yml. */
interface LambentConfig {
  /** Globs or paths of the modules that export the workflows. */
  readonly workflows: string | readonly string[];
  readonly offline?: { readonly port?: number };
}

const SCHEMA = {
  type: "object",
  properties: {
    workflows: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" }, minItems: 1 }] },
    offline: {
      type: "object",
      properties: { port: { type: "integer", minimum: 0, maximum: 65_535 } },
      additionalProperties: false,
    },
  },
  required: ["workflows"],
  additionalProperties: false,
};

/**
 * The Serverless Framework plugin. `serverless offline` starts the emulator beside serverless-offline.
 * @example
 * // serverless.yml
 * // plugins: [lambent/plugin, serverless-offline]
 * // lambent:
 * //   workflows: workflows/*.ts
 */
export default class LambentPlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
  readonly #serverless: Serverless;
  readonly #log: PluginTools["log"];
  #served: Served | undefined;

  constructor(serverless: Serverless, _options: object, { log }: PluginTools) {
    this.#serverless = serverless;
    this.#log = log;
    serverless.configSchemaHandler.defineTopLevelProperty("lambent", SCHEMA);
    const start = (): Promise<void> => this.#start();
    // `serverless offline` fires the first alone, `serverless offline start` the other two.
    this.hooks = {
      "before:offline:start": start,
      "before:offline:start:init": start,
      "before:offline:start:end": () => this.#stop(),
    };
  }

  async #start(): Promise<void> {
    if (this.#served !== undefined) return;
    const say = (line: string): void => this.#log.notice(line);
    const served = await serve({ ...this.#serveOptions(), watch: true, say });
    this.#served = served;
    // serverless-offline ends the process at a signal without firing a hook in every mode.
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void this.#stop());
    say(`Lambent: Step Functions and Lambda at ${served.url}`);
    for (const [workflow, arn] of served.stateMachines) say(`  ${workflow}: ${arn}`);
    say(`  aws stepfunctions start-execution --endpoint-url ${served.url} --state-machine-arn <arn> --input '{}'`);
  }

  async #stop(): Promise<void> {
    const served = this.#served;
    this.#served = undefined;
    await served?.close();
  }

  #serveOptions(): Omit<ServeOptions, "say"> {
    const { service, serviceDir, configurationInput } = this.#serverless;
    const config = configurationInput["lambent"] as LambentConfig | undefined; // the framework has checked it against SCHEMA
    if (config === undefined) {
      throw new LambentError('serverless.yml has no "lambent" block: write `lambent: { workflows: workflows/*.ts }`');
    }
    const provider = this.#serverless.getProvider("aws");
    const { port } = config.offline ?? {};
    return {
      root: serviceDir,
      service: service.service,
      stage: provider.getStage(),
      region: provider.getRegion(),
      workflows: typeof config.workflows === "string" ? [config.workflows] : config.workflows,
      environment: plainEnvironment(service.provider.environment),
      ...(port === undefined ? {} : { port }),
    };
  }
}

/** The variables that are text already; references to other resources have no value on this machine. */
function plainEnvironment(environment: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const entries = Object.entries(environment).filter(([, value]) =>
    ["string", "number", "boolean"].includes(typeof value),
  );
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
