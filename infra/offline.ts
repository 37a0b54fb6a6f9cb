import { isUsable, workflowPaths } from "./deploy/config.ts";
import type { PluginTools, Serverless } from "./deploy/framework.ts";
import { LambentError } from "../sdk/errors.ts";
import { serve, type Served, type ServeOptions } from "./serve.ts";

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
    // serverless-offline ends the process at a signal without firing a hook in every mode.
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void this.stop());
    say(`Lambent: Step Functions and Lambda at ${served.url}`);
    for (const [workflow, arn] of served.stateMachines) say(`  ${workflow}: ${arn}`);
    say(`  aws stepfunctions start-execution --endpoint-url ${served.url} --state-machine-arn <arn> --input '{}'`);
  }

  async stop(): Promise<void> {
    const served = this.#served;
    this.#served = undefined;
    await served?.close();
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
