import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { FunctionDescription } from "../../../sdk/authoring/service.ts";
import { loadProject, type Project } from "../../project/load-project.ts";
import { LAMBENT_DIRECTORY, type ServiceName } from "../../project/names.ts";
import { ASSETS } from "../../../sdk/values/asset-file.ts";
import { AssetDeployment } from "./assets.ts";
import { bucketName, bucketResources } from "./bucket.ts";
import {
  checkCodeSize,
  checkExpress,
  checkFunction,
  checkNames,
  checkReachable,
  checkSchedule,
  checkTemplate,
  nodeVersionOf,
} from "./checks.ts";
import { workflowPaths, type LambentConfig } from "./config.ts";
import { checkFileDefaults } from "./file-access.ts";
import type { FunctionEntry, PluginTools, Resource, Serverless, Template } from "./framework.ts";
import {
  aliasOf,
  deployedName,
  functionEntry,
  functionKey,
  functionRole,
  roleArn,
  roleId,
  type FunctionsContext,
} from "./functions.ts";
import { reserveForBoth } from "./reserve.ts";
import { deployedTemplate } from "./stack.ts";
import { stateMachine } from "./state-machine.ts";
import { zipDirectory } from "./zip.ts";
import type { Fields } from "../../asl/states.ts";

/** Stands for the bucket's name while that is not known. No author can have written it. */
const BUCKET_PLACEHOLDER = `lambent-bucket-${randomUUID()}`;

/** A service while the framework packages it. */
export class ServicePackage {
  readonly #serverless: Serverless;
  readonly #config: LambentConfig;
  readonly #project: Project;

  private constructor(serverless: Serverless, config: LambentConfig, project: Project) {
    this.#serverless = serverless;
    this.#config = config;
    this.#project = project;
  }

  /**
   * Bundle and trace the author's modules, and add their functions to the service's, before the framework fixes them.
   * @throws {LambentError} if there is nothing to deploy, or AWS would refuse it
   */
  static async prepare(serverless: Serverless, config: LambentConfig): Promise<ServicePackage> {
    const project = await loadProject({
      root: serverless.serviceDir,
      workflows: workflowPaths(config),
      outDir: join(serverless.serviceDir, LAMBENT_DIRECTORY, "package"),
      nodeVersion: nodeVersionOf(serverless.service.provider.runtime, "provider.runtime"),
      nodeVersions: nodeVersionsOf(writtenFunctions(serverless.configurationInput["functions"])),
      minify: true,
      assetStorage: {
        bucket: config.bucket?.name ?? BUCKET_PLACEHOLDER,
        keyPrefix: servicePrefix({
          service: serverless.service.service,
          stage: serverless.getProvider("aws").getStage(),
        }),
      },
    });
    if (project.description.workflows.length === 0) {
      throw new LambentError(
        `no module of ${workflowPaths(config).join(", ")} exports a workflow: write \`export const wf = workflow(…)\``,
      );
    }
    const service = new ServicePackage(serverless, config, project);
    checkNames(service.#name, project.description);
    service.#addFunctions();
    service.#leaveOutBundles();
    return service;
  }

  /** Zip each function's bundle, and have the framework deploy that. */
  async zip(): Promise<void> {
    const { serviceDir } = this.#serverless;
    await mkdir(join(serviceDir, ".serverless"), { recursive: true });
    const { functions } = this.#project.description;
    const { bundles } = this.#project;
    for (const [index, fn] of functions.entries()) {
      const entry = this.#entry(fn);
      const bundle = bundles[index];
      if (bundle === undefined || entry.image !== undefined || entry.package?.artifact !== undefined) continue;
      // Relative, because the package may be deployed from another directory than it was made in.
      const artifact = join(".serverless", `${functionKey(fn)}.zip`);
      const bytes = await zipDirectory(bundle.directory, join(serviceDir, artifact));
      const largest = bundle.parts.slice(0, 3).map((part) => `${part.path} (${part.bytes} bytes)`);
      checkCodeSize(functionKey(fn), fn.tasks, bytes, largest);
      entry.package = { ...entry.package, individually: true, artifact };
    }
  }

  /**
   * Add what the framework does not know of to the compiled template: before the author's own `resources`, which may
   * therefore extend or replace all of it.
   * @throws {LambentError} if AWS would refuse it
   */
  addResources(): void {
    const template = this.#template;
    const { functions, workflows } = this.#project.description;
    const context = this.#context;
    const aliases = new Map<string | undefined, string>();
    for (const fn of functions) {
      const key = functionKey(fn);
      const entry = this.#entry(fn);
      nodeVersionOf(entry.runtime, `functions.${key}.runtime`);
      checkFunction(key, entry, fn.actor?.whenBusy);
      const alias = aliasOf(key, entry, context.naming);
      aliases.set(fn.actor?.name, alias.id);
      if (alias.resource === undefined) delete template.Resources[alias.id]?.DependsOn; // its Ref says so already
      else add(template, { [alias.id]: alias.resource });
      if (isDeepStrictEqual(entry.role, roleArn(context.naming, key))) {
        add(template, { [roleId(context.naming, key)]: functionRole(fn, entry, this.#project.description, context) });
      }
    }
    const names = functions.map(({ actor }) => deployedName(context, actor?.name));
    const assets = { prefix: `${servicePrefix(this.#name)}${ASSETS}`, hasAny: this.#project.assets.length > 0 };
    add(template, bucketResources(this.#config, names, assets));
    template.Outputs["LambentBucketName"] = {
      Description: "files, cached outputs and large values",
      Value: bucketName(this.#config),
    };
    for (const graph of workflows) {
      const machine = stateMachine(graph, {
        ...this.#name,
        config: this.#config,
        provider: context.provider,
        description: this.#project.description,
        retentionInDays: context.provider.logRetentionInDays ?? this.#config.logs?.retentionInDays ?? 30,
        bucketPlaceholder: this.#config.bucket?.name === undefined ? BUCKET_PLACEHOLDER : undefined,
        aliasId: (actor) => aliases.get(actor) ?? "",
      });
      checkSchedule(graph);
      checkFileDefaults(graph, this.#config, this.#config.bucket?.name ?? BUCKET_PLACEHOLDER);
      checkExpress(graph, machine.definition);
      checkReachable(graph.workflow, machine.definition as unknown as Fields);
      add(template, machine.resources);
      Object.assign(template.Outputs, machine.outputs);
    }
  }

  /**
   * `serverless deploy function` changes $LATEST alone, which no state machine calls.
   * @param key the function that is to be deployed by itself
   * @throws {LambentError} if it is one of Lambent's
   */
  refuseDeployOf(key: unknown): void {
    if (!this.#project.description.functions.some((fn) => functionKey(fn) === key)) return;
    throw new LambentError(
      `${String(key)}: state machines call its alias, and \`deploy function\` does not move that to the new code: run \`serverless deploy\``,
    );
  }

  /**
   * Before the stack is updated: reserve for the replicas that are there and those that will be.
   * @throws {LambentError} if the author reserves too little for both
   */
  async reserveForBoth(log: PluginTools["log"]): Promise<void> {
    const functions = this.#project.description.functions
      .filter(({ actor }) => actor !== undefined)
      .map((fn) => ({ key: functionKey(fn), isWritten: this.#reserving.has(functionKey(fn)) }));
    reserveForBoth(
      this.#template,
      await deployedTemplate(this.#serverless),
      functions,
      this.#serverless.getProvider("aws").naming,
      log,
    );
  }

  /** The files that are uploaded beside the code, in the deployment's three steps. */
  assets(log: PluginTools["log"]): AssetDeployment {
    const storage = { keyPrefix: servicePrefix(this.#name), files: this.#project.assets };
    return new AssetDeployment(this.#serverless, this.#config, storage, log);
  }

  /** @throws {LambentError} if the finished template is too large */
  checkTemplate(): void {
    checkTemplate(this.#template);
  }

  #addFunctions(): void {
    const written = writtenFunctions(this.#serverless.configurationInput["functions"]);
    for (const fn of this.#project.description.functions) {
      const key = functionKey(fn);
      if (written[key]?.reservedConcurrency !== undefined) this.#reserving.add(key);
      // A key without anything under it is null.
      written[key] = functionEntry(fn, this.#context, written[key] ?? {});
      this.#names.set(fn.actor?.name, String(written[key].name));
      if (!Array.isArray(this.#serverless.configurationInput["functions"])) {
        this.#serverless.extendConfiguration(["functions", key], written[key]);
      }
    }
    // A list of maps cannot be extended by key.
    if (Array.isArray(this.#serverless.configurationInput["functions"]))
      this.#serverless.extendConfiguration(["functions"], [written]);
  }

  /** The framework puts the whole project into the zips of hand-written functions. */
  #leaveOutBundles(): void {
    const { patterns } = (this.#serverless.configurationInput["package"] ?? {}) as { patterns?: unknown };
    const written = Array.isArray(patterns) ? (patterns as unknown[]) : [];
    this.#serverless.extendConfiguration(["package", "patterns"], [...written, `!${LAMBENT_DIRECTORY}/**`]);
  }

  readonly #names = new Map<string | undefined, string>();

  /** The keys of functions whose reserved concurrency the author gives. */
  readonly #reserving = new Set<string>();

  get #name(): ServiceName {
    return { service: this.#serverless.service.service, stage: this.#serverless.getProvider("aws").getStage() };
  }

  get #context(): FunctionsContext {
    return {
      ...this.#name,
      config: this.#config,
      provider: this.#serverless.service.provider,
      naming: this.#serverless.getProvider("aws").naming,
      assetPrefix: this.#project.assets.length === 0 ? undefined : `${servicePrefix(this.#name)}${ASSETS}`,
      deployedName: (actor) => this.#names.get(actor),
      esbuildPlugin: pluginNames(this.#serverless.configurationInput["plugins"]).includes("serverless-esbuild"),
    };
  }

  get #template(): Template {
    const template = this.#serverless.service.provider.compiledCloudFormationTemplate;
    if (template === undefined) throw new Error("the framework has not begun to compile the template");
    return template;
  }

  #entry(fn: FunctionDescription): FunctionEntry {
    const entry = this.#serverless.service.functions[functionKey(fn)];
    if (entry === undefined) throw new Error(`the framework has lost the function ${functionKey(fn)}`);
    return entry;
  }
}

/** The service's own part of the bucket. */
function servicePrefix({ service, stage }: ServiceName): string {
  return `${service}-${stage}/`;
}

/** serverless.yml's `functions`: a map, or a list of maps. */
function writtenFunctions(functions: unknown): Record<string, FunctionEntry> {
  const maps = Array.isArray(functions) ? functions : [functions];
  return Object.assign({}, ...maps) as Record<string, FunctionEntry>; // the framework checks them against its own schema, later
}

/** By key, where a function has a runtime of its own. */
function nodeVersionsOf(written: Readonly<Record<string, FunctionEntry | null>>): Map<string, number> {
  return new Map(
    Object.entries(written).flatMap(([key, entry]) => {
      const runtime = entry?.runtime;
      return runtime?.startsWith("nodejs") === true
        ? [[key, nodeVersionOf(runtime, `functions.${key}.runtime`)] as const]
        : [];
    }),
  );
}

/** serverless.yml's `plugins`: a list, or an object with one. */
function pluginNames(plugins: unknown): readonly unknown[] {
  if (Array.isArray(plugins)) return plugins;
  const { modules } = (plugins ?? {}) as { modules?: unknown };
  return Array.isArray(modules) ? modules : [];
}

function add(template: Template, resources: Readonly<Record<string, Resource>>): void {
  for (const [id, resource] of Object.entries(resources)) {
    if (template.Resources[id] !== undefined) {
      throw new LambentError(
        `two resources of the stack would be called ${id}: rename the function or the workflow that Lambent names so`,
      );
    }
    template.Resources[id] = resource;
  }
}
