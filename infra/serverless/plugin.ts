/**
 * The plugin of the Serverless Framework: name it in serverless.yml.
 * @module
 */

import { hasWorkflows, SCHEMA, type LambentConfig } from "./deploy/config.ts";
import type { PluginTools, Serverless } from "./deploy/framework.ts";
import type { ServicePackage } from "./deploy/package.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { Preparation } from "../run/prepare.ts";
import type { Offline } from "./offline.ts";
import { hasServerlessOffline } from "./offline-ports.ts";
import { checkSurroundings } from "./supported.ts";

/** Commands that need no bundles, since they work on what is deployed already or run the service on this machine. */
const WITHOUT_BUNDLES: ReadonlySet<string> = new Set([
  "info",
  "remove",
  "offline",
  "offline start",
  "deploy list",
  "plugin install",
  "plugin uninstall",
]);

const OFFLINE_COMMANDS: ReadonlySet<string> = new Set(["offline", "offline start"]);

/** Commands that fail if the modules cannot be bundled. All others only warn. */
const PACKAGING: ReadonlySet<string> = new Set(["package", "deploy", "deploy function"]);

/** `--no-verify` of the framework's own commands. */
const VERIFY_OPTION = {
  options: {
    verify: {
      usage: "Load each workflow function's package once before it is deployed (--no-verify leaves it out)",
      type: "boolean",
    },
  },
};

/** The command, where serverless-offline is not there to define it: with its events, so that the hooks are the same. */
const OFFLINE = {
  usage: "Serve the workflows on this machine",
  lifecycleEvents: ["start"],
  options: {},
  commands: {
    start: { usage: "Serve the workflows on this machine", lifecycleEvents: ["init", "ready", "end"], options: {} },
  },
};

/**
 * The plugin for the Serverless Framework: it adds workflows to what `serverless package`, `deploy`, `info` and
 * `remove` work on, and runs the emulator in `serverless offline`.
 * @example
 * // serverless.yml
 * // plugins: [lambent/plugin, serverless-offline]
 * // lambent:
 * //   workflows: workflows/*.ts
 */
export default class LambentPlugin {
  /** What is done at the framework's lifecycle events. */
  readonly hooks: Readonly<Record<string, () => Promise<void>>>;
  /** `offline`, where serverless-offline does not define it. */
  readonly commands: object;
  readonly #serverless: Serverless;
  readonly #log: PluginTools["log"];
  #package: ServicePackage | undefined;
  /** Why there is no {@link #package}. */
  #failure: LambentError | undefined;
  #offline: Offline | undefined;
  /** The sources of `serverless offline`, which are being bundled. */
  #prepared: Preparation | undefined;

  constructor(serverless: Serverless, options: Readonly<Record<string, unknown>>, { log }: PluginTools) {
    this.#serverless = serverless;
    this.#log = log;
    this.#runSync(() => checkSurroundings(serverless));
    const isAlone = !hasServerlessOffline(serverless);
    this.commands = { package: VERIFY_OPTION, deploy: VERIFY_OPTION, ...(isAlone ? { offline: OFFLINE } : {}) };
    serverless.configSchemaHandler.defineTopLevelProperty("lambent", SCHEMA);
    function stack(): Promise<typeof import("./deploy/stack.ts")> {
      return import("./deploy/stack.ts");
    }
    const untilStopped = (): Promise<void> | undefined => this.#offline?.stopped();
    const hooks: Record<string, () => void | Promise<void>> = {
      "before:package:createDeploymentArtifacts": () => {
        if (this.#failure !== undefined) throw this.#failure; // a command of another plugin may package too
        return this.#package?.zip(options["verify"] !== false);
      },
      "before:deploy:function:initialize": () => this.#package?.refuseDeployOf(options["function"]),
      "after:package:compileFunctions": () => this.#package?.addResources(),
      "after:aws:package:finalize:mergeCustomProviderResources": () => this.#package?.checkTemplate(),
      "before:aws:deploy:deploy:checkForChanges": async () => {
        await this.#package?.checkAccount();
        await this.#package?.reserveForBothVersions(log);
      },
      "before:aws:deploy:deploy:createStack": () => this.#package?.assets(log).makeBucket(),
      // Replicas are provisioned, and load what they preload, while the stack is updated.
      "after:aws:deploy:deploy:createStack": () => this.#package?.assets(log).upload(),
      "after:aws:deploy:deploy:uploadArtifacts": async () =>
        (await import("./deploy/stored-definitions.ts")).uploadDefinitions(serverless, log),
      "after:aws:deploy:deploy:updateStack": () => this.#package?.assets(log).expireOthers(),
      "after:aws:info:gatherData": async () => (await stack()).showWorkflows(serverless),
      "before:remove:remove": async () => (await stack()).emptyBucket(serverless, this.#config, log),
      // `serverless offline` fires only the first of these hooks, `serverless offline start` only the other two.
      "before:offline:start": () => this.#startOffline(),
      "before:offline:start:init": () => this.#startOffline(),
      "before:offline:start:end": () => this.#offline?.stop(),
      ...(isAlone ? { "offline:start": untilStopped, "offline:start:ready": untilStopped } : {}),
    };
    this.hooks = Object.fromEntries(Object.entries(hooks).map(([name, hook]) => [name, () => this.#run(hook)]));
  }

  /** The framework calls and awaits this before it reads the service's functions, so that they can be added to. */
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
    if (config !== undefined && options["help"] !== true && OFFLINE_COMMANDS.has(commands.join(" "))) {
      const { prepareOffline } = await import("./offline.ts");
      this.#prepared = prepareOffline(this.#serverless, config);
    }
    if (config === undefined || options["help"] === true || WITHOUT_BUNDLES.has(commands.join(" "))) return;
    if (commands.join(" ") === "invoke local") {
      const { prepareInvokeLocal } = await import("./invoke-local.ts");
      return this.#run(() => prepareInvokeLocal(this.#serverless, config, this.#log));
    }
    const prepare = async (): Promise<void> => {
      const { ServicePackage } = await import("./deploy/package.ts");
      this.#package = await ServicePackage.prepare(this.#serverless, config, this.#log);
    };
    if (PACKAGING.has(commands.join(" "))) return this.#run(prepare);
    // `logs`, `print`, `rollback` and the like have to work when the sources are broken too.
    await prepare().catch((error: unknown) => {
      if (!(error instanceof LambentError)) throw error;
      this.#failure = error;
      this.#log.warning(`Lambent: the generated functions are not known to this command: ${error.message}`);
    });
  }

  /**
   * Throw a LambentError as an error of the framework's class: it prints these without a stack, and all others with it.
   */
  async #run(work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw this.#asFrameworkError(error);
    }
  }

  #runSync(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw this.#asFrameworkError(error);
    }
  }

  #asFrameworkError(error: unknown): unknown {
    if (!(error instanceof LambentError)) return error;
    return new this.#serverless.classes.Error(error.message, "LAMBENT", { cause: error });
  }

  /** Undefined if it is missing, or names no workflows; the framework then refuses it because of {@link SCHEMA}. */
  get #config(): LambentConfig | undefined {
    const config = this.#serverless.configurationInput["lambent"];
    return hasWorkflows(config) ? config : undefined;
  }

  async #startOffline(): Promise<void> {
    if (this.#offline === undefined) {
      const { Offline } = await import("./offline.ts");
      this.#offline = new Offline(this.#serverless, this.#log, this.#prepared);
    }
    await this.#offline.start();
  }
}
