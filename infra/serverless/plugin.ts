import { isUsable, SCHEMA, type LambentConfig } from "./deploy/config.ts";
import type { PluginTools, Serverless } from "./deploy/framework.ts";
import type { ServicePackage } from "./deploy/package.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { Offline } from "./offline.ts";

/** Commands that work on what is deployed already, or on this machine: they need no bundles. */
const WITHOUT_BUNDLES: ReadonlySet<string> = new Set([
  "info",
  "remove",
  "offline",
  "offline start",
  "deploy list",
  "plugin install",
  "plugin uninstall",
]);

/** Commands that put together what is deployed: nothing may be missing from it. */
const PACKAGING: ReadonlySet<string> = new Set(["package", "deploy", "deploy function"]);

/**
 * The Serverless Framework plugin: `serverless package`, `deploy`, `info` and `remove` know of workflows, and
 * `serverless offline` starts the emulator beside serverless-offline.
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
  #package: ServicePackage | undefined;
  /** Why there is no {@link #package}. */
  #failure: LambentError | undefined;
  #offline: Offline | undefined;

  constructor(serverless: Serverless, options: Readonly<Record<string, unknown>>, { log }: PluginTools) {
    this.#serverless = serverless;
    this.#log = log;
    serverless.configSchemaHandler.defineTopLevelProperty("lambent", SCHEMA);
    function stack(): Promise<typeof import("./deploy/stack.ts")> {
      return import("./deploy/stack.ts");
    }
    const hooks: Record<string, () => void | Promise<void>> = {
      "before:package:createDeploymentArtifacts": () => {
        if (this.#failure !== undefined) throw this.#failure; // another plugin's command may package, too
        return this.#package?.zip();
      },
      "before:deploy:function:initialize": () => this.#package?.refuseDeployOf(options["function"]),
      "after:package:compileFunctions": () => this.#package?.addResources(),
      "after:aws:package:finalize:mergeCustomProviderResources": () => this.#package?.checkTemplate(),
      "before:aws:deploy:deploy:createStack": () => this.#package?.assets(log).makeBucket(),
      // Replicas are provisioned, and load what they preload, while the stack is updated.
      "after:aws:deploy:deploy:createStack": () => this.#package?.assets(log).upload(),
      "after:aws:deploy:deploy:updateStack": () => this.#package?.assets(log).expireOthers(),
      "before:aws:deploy:deploy:checkForChanges": () => this.#package?.reserveForBoth(log),
      "after:aws:info:gatherData": async () => (await stack()).showWorkflows(serverless),
      "before:remove:remove": async () => (await stack()).emptyBucket(serverless, this.#config, log),
      // `serverless offline` fires the first alone, `serverless offline start` the other two.
      "before:offline:start": () => this.#startOffline(),
      "before:offline:start:init": () => this.#startOffline(),
      "before:offline:start:end": () => this.#offline?.stop(),
    };
    this.hooks = Object.fromEntries(Object.entries(hooks).map(([name, hook]) => [name, () => this.#tell(hook)]));
  }

  /** The framework awaits this while the service's functions may still be added to. */
  async asyncInit(): Promise<void> {
    const config = this.#config;
    const { commands, options } = this.#serverless.processedInput;
    if (
      this.#serverless.configurationInput["lambent"] === undefined &&
      ["package", "deploy"].includes(commands.join(" "))
    ) {
      this.#log.warning(
        "Lambent: serverless.yml has no `lambent:` block, so no workflow is packaged: add `lambent: { workflows: workflows/*.ts }`",
      );
    }
    if (config === undefined || options["help"] === true || WITHOUT_BUNDLES.has(commands.join(" "))) return;
    const prepare = async (): Promise<void> => {
      const { ServicePackage } = await import("./deploy/package.ts");
      this.#package = await ServicePackage.prepare(this.#serverless, config);
    };
    if (PACKAGING.has(commands.join(" "))) return this.#tell(prepare);
    // Such as `logs`, `print` and `rollback`: they are most needed when something is broken.
    await prepare().catch((error: unknown) => {
      if (!(error instanceof LambentError)) throw error;
      this.#failure = error;
      this.#log.warning(`Lambent: the generated functions are not known to this command: ${error.message}`);
    });
  }

  /** The framework prints its own errors as messages to a user, and all others with their stacks. */
  async #tell(work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof LambentError)) throw error;
      throw new this.#serverless.classes.Error(error.message, "LAMBENT", { cause: error });
    }
  }

  /** Absent if it is missing or nothing can be made of it, which the framework refuses by {@link SCHEMA}. */
  get #config(): LambentConfig | undefined {
    const config = this.#serverless.configurationInput["lambent"];
    return isUsable(config) ? config : undefined;
  }

  async #startOffline(): Promise<void> {
    if (this.#offline === undefined) {
      const { Offline } = await import("./offline.ts");
      this.#offline = new Offline(this.#serverless, this.#log);
    }
    await this.#offline.start();
  }
}
