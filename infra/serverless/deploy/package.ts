import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { GraphData } from "../../../sdk/graph/graph.ts";
import { functionKey, replicaFunctions, type FunctionDescription } from "../../../sdk/authoring/service.ts";
import { PLAIN_TASKS, replicaName } from "../../../sdk/base/function-names.ts";
import { isObject } from "../../../sdk/base/json.ts";
import { lambdaPlatform, type TargetPlatform } from "../../project/packages/target-platform.ts";
import { loadProject, type Project } from "../../project/load-project.ts";
import { callerFiles, callerKeyPatterns, type FileOwner } from "../../project/caller-files.ts";
import { functionName, LAMBENT_DIRECTORY, type ServiceName } from "../../project/names.ts";
import { ASSETS } from "../../../sdk/values/asset-file.ts";
import { alarmResources, silentAlarms } from "./alarms.ts";
import { AssetDeployment } from "./assets.ts";
import { bucketName, bucketResources } from "./bucket.ts";
import { checkDefinition, checkExpress, checkFunction, checkNames, checkReachable, functionNode } from "./checks.ts";
import { buildSettings, checkBuildSettings, workflowPaths, type LambentConfig } from "./config.ts";
import { coolingResources } from "./cooling.ts";
import { dashboardResource } from "./dashboard.ts";
import { checkFileDefaults, checkGrants } from "./file-access.ts";
import type { FunctionEntry, PluginTools, Resource, Serverless, Template } from "./framework.ts";
import {
  aliasOf,
  deployedName,
  functionEntry,
  strayOverrides,
  functionRole,
  roleArn,
  roleId,
  type FunctionsContext,
} from "./functions.ts";
import { hasRole } from "./iam.ts";
import { resolveImagesWithoutCredentials } from "./images.ts";
import { observabilityOf } from "./observability-config.ts";
import { limitsReport, packageWarnings } from "./limits-report.ts";
import { checkPackaging, type PackageBlock, packagePatterns } from "./package-settings.ts";
import { reserveForBothVersions } from "./reserve.ts";
import { checkSecretPlaces } from "./secrets.ts";
import { deployedTemplate } from "./stack.ts";
import { launchResources } from "./launch-plans.ts";
import { definitionStorage, writeDefinitions } from "./stored-definitions.ts";
import { stateMachine, stateMachineId, type StateMachineContext } from "./state-machine.ts";
import { checkTemplate, shortVariables } from "./template-checks.ts";
import { bytesOf, inlineWarning, withinTemplate } from "./template-room.ts";
import { providerSettings, settingsOf, writtenFunctions } from "./written-settings.ts";
import { PackageVerification } from "./verify.ts";
import { zipFunctions } from "./function-zips.ts";
import { watchedFunction, type Watched } from "./watched.ts";
import type { Fields } from "../../asl/states.ts";

/** Stands for the bucket's name while that is not known. No author can have written it. */
const BUCKET_PLACEHOLDER = `lambent-bucket-${randomUUID()}`;

/** A service that the framework packages or deploys; one method for each hook of the plugin. */
export class ServicePackage {
  readonly #serverless: Serverless;
  readonly #config: LambentConfig;
  readonly #project: Project;
  readonly #platformOf: (fn: FunctionDescription) => TargetPlatform;
  readonly #log: PluginTools["log"];

  private constructor(
    serverless: Serverless,
    config: LambentConfig,
    project: Project,
    platformOf: (fn: FunctionDescription) => TargetPlatform,
    log: PluginTools["log"],
  ) {
    this.#platformOf = platformOf;
    this.#log = log;
    this.#serverless = serverless;
    this.#config = config;
    this.#project = project;
    this.#functions = project.description.functions.flatMap(replicaFunctions);
  }

  /**
   * Bundle and trace the author's modules, and add their functions to the service, before the framework reads these.
   * @throws {LambentError} if a module cannot be bundled, no workflow is exported, or AWS would refuse a function
   */
  static async prepare(
    serverless: Serverless,
    config: LambentConfig,
    log: PluginTools["log"],
  ): Promise<ServicePackage> {
    checkBuildSettings(config);
    observabilityOf(config.observability);
    checkGrants(config, serverless.getProvider("aws").naming.getStackName());
    const platformOf = platforms(serverless);
    const block = serverless.configurationInput["package"] as PackageBlock | undefined; // the framework checks it later
    const written = writtenFunctions(serverless.configurationInput["functions"]);
    const project = await loadProject({
      root: serverless.serviceDir,
      workflows: workflowPaths(config),
      outDir: join(serverless.serviceDir, LAMBENT_DIRECTORY, "package"),
      platformOf,
      minify: true,
      settings: buildSettings(config),
      functionSettings: config.actors ?? {},
      assetStorage: {
        bucket: config.bucket?.name ?? BUCKET_PLACEHOLDER,
        keyPrefix: servicePrefix({
          service: serverless.service.service,
          stage: serverless.getProvider("aws").getStage(),
        }),
      },
      // One package for all replicas of an actor.
      patternsOf: (fn) => packagePatterns(block, written[functionKey(fn)]),
    });
    const strays = strayOverrides(written, project.description.functions);
    for (const warning of [...project.warnings, ...strays]) log.warning(warning);
    const own = project.description.functions.map((fn) => [functionKey(fn), written[functionKey(fn)] ?? {}] as const);
    checkPackaging(block, Object.fromEntries(own), log);
    if (project.description.workflows.length === 0) {
      throw new LambentError(
        `no module of ${workflowPaths(config).join(", ")} exports a workflow: write \`export const wf = workflow(…)\``,
      );
    }
    if (serverless.processedInput.commands.join(" ") === "package")
      resolveImagesWithoutCredentials(serverless.getProvider("aws"), log);
    const service = new ServicePackage(serverless, config, project, platformOf, log);
    checkNames(service.#name, project.description);
    service.#checkSecrets(accountOf(serverless.getProvider("aws").getCustomDeploymentRole()));
    service.#addFunctions();
    service.#leaveOutBundles();
    return service;
  }

  /**
   * Zip each function's artifact, and set the zip as what the framework deploys.
   * @param verifies whether each package is loaded once, as Lambda would load it
   * @throws {LambentError} if one is too large for Lambda, or does not load
   */
  async zip(verifies: boolean): Promise<void> {
    const { description, artifacts } = this.#project;
    await zipFunctions(
      description.functions.flatMap((fn, index) => {
        const artifact = artifacts[index];
        // All replicas of an actor have one package, which is uploaded once.
        const entries = replicaFunctions(fn).map((replica) => this.#entry(replica));
        return artifact === undefined ? [] : [{ fn, artifact, entries, platform: this.#platformOf(fn) }];
      }),
      {
        serviceDir: this.#serverless.serviceDir,
        environment: this.#serverless.service.provider.environment,
        verification: verifies ? new PackageVerification(this.#log) : undefined,
      },
    );
  }

  /**
   * Add aliases, roles, the bucket and the state machines to the compiled template. The framework merges the author's
   * `resources` after that, so they may extend or replace all of these.
   * @throws {LambentError} if AWS would refuse one of them
   */
  addResources(): void {
    const template = this.#template;
    const { functions, workflows } = this.#project.description;
    const context = this.#context;
    /** By function's key. */
    const aliases = new Map<string, string>();
    for (const fn of this.#functions) {
      const key = functionKey(fn);
      const entry = this.#entry(fn);
      checkFunction(key, entry, fn.actor);
      const alias = aliasOf(key, entry, context.naming);
      aliases.set(key, alias.id);
      // The framework's alias depends on its function by a Ref, too, so that `DependsOn` says nothing more.
      if (alias.resource === undefined) delete template.Resources[alias.id]?.DependsOn;
      else add(template, { [alias.id]: alias.resource });
      if (isDeepStrictEqual(entry.role, roleArn(context.naming, key))) {
        const { Properties = {} } = template.Resources[context.naming.getLambdaLogicalId(key)] ?? {};
        const compiled = { properties: Properties, functions: this.#serverless.service.functions };
        const role = functionRole(fn, entry, this.#project.description, context, compiled);
        add(template, { [roleId(context.naming, key)]: role });
      }
    }
    const names = functions.map(({ actor }) => deployedName(context, actor?.name));
    const assets = { prefix: `${servicePrefix(this.#name)}${ASSETS}`, hasAny: this.#project.assets.length > 0 };
    add(template, bucketResources(this.#config, names, assets));
    template.Outputs["LambentBucketName"] = {
      Description: "files, cached outputs and large values",
      Value: bucketName(this.#config),
    };
    const machines: StateMachineContext = {
      ...this.#name,
      config: this.#config,
      provider: context.provider,
      description: this.#project.description,
      retentionInDays: context.provider.logRetentionInDays ?? this.#config.logs?.retentionInDays ?? 30,
      bucketPlaceholder: this.#config.bucket?.name === undefined ? BUCKET_PLACEHOLDER : undefined,
      callerFiles: callerFiles(this.#fileOwner),
      callerKeys: context.callerKeys,
      aliasId: (actor, replica) => aliases.get(replicaName(actor ?? PLAIN_TASKS, replica)) ?? "",
      functionId: (key) => context.naming.getLambdaLogicalId(key),
      storage: definitionStorage(this.#serverless),
    };
    add(template, coolingResources(machines));
    add(template, this.#observability(context));
    for (const graph of workflows) add(template, launchResources(graph, machines));
    const { resources } = this.#serverless.service; // the framework merges them later
    const taken = bytesOf(template) + bytesOf(resources);
    const fitted = withinTemplate(workflows, taken, (graph) => ({ graph, ...stateMachine(graph, machines) }));
    if (fitted.inline.length > 0) this.#log.warning(`Lambent: ${inlineWarning(fitted.inline)}`);
    for (const { graph, ...machine } of fitted.machines) {
      checkFileDefaults(graph, this.#fileOwner.bucket, callerFiles(this.#fileOwner));
      for (const { definition } of [machine, ...machine.parts]) {
        checkExpress(graph, definition);
        checkReachable(graph.workflow, definition as unknown as Fields);
        checkDefinition(graph, definition);
      }
      writeDefinitions(this.#serverless.serviceDir, machine.stored);
      add(template, machine.resources);
      Object.assign(template.Outputs, machine.outputs);
    }
    this.#tellLimits(fitted.graphs);
  }

  /** The dashboard and the alarms. */
  #observability(context: FunctionsContext): Record<string, Resource> {
    const { functions, workflows } = this.#project.description;
    const { service, stage } = this.#name;
    const chosen = observabilityOf(this.#config.observability);
    const watched: Watched = {
      service: `${service}-${stage}`,
      functions: functions.map((fn) => watchedFunction(fn, context, (own) => this.#entry(own))),
      machines: workflows.map(({ workflow }) => ({ name: workflow, id: stateMachineId(workflow) })),
    };
    for (const warning of silentAlarms(watched, this.#config.observability)) this.#log.warning(`Lambent: ${warning}`);
    return {
      ...(chosen.dashboard ? { LambentDashboard: dashboardResource(watched) } : {}),
      ...alarmResources(watched, chosen),
    };
  }

  /** @throws {LambentError} if a workflow, or the functions together, are over one of AWS's limits */
  #tellLimits(workflows: readonly GraphData[]): void {
    const { service } = this.#serverless;
    const report = limitsReport({
      ...this.#name,
      description: { ...this.#project.description, workflows },
      config: this.#config,
      region: this.#serverless.getProvider("aws").getRegion(),
      functions: service.functions,
      provider: service.provider,
    });
    for (const warning of packageWarnings(report)) this.#log.warning(`Lambent: ${warning}`);
  }

  /**
   * Refuse `serverless deploy function` for generated functions: it only changes $LATEST, which no state machine
   * invokes.
   * @param key of the function in `functions`
   * @throws {LambentError} if it is a generated function
   */
  refuseDeployOf(key: unknown): void {
    const { functions } = this.#project.description;
    if (![...functions, ...this.#functions].some((fn) => functionKey(fn) === key)) return;
    throw new LambentError(
      `${String(key)}: state machines call its alias, and \`deploy function\` does not move that to the new code: run \`serverless deploy\``,
    );
  }

  /**
   * Reserve concurrency for the replicas of the deployed version and of the new one together; see reserve.ts.
   * @throws {LambentError} if the author reserves less than that
   */
  async reserveForBothVersions(log: PluginTools["log"]): Promise<void> {
    const functions = this.#functions
      .filter(({ actor }) => actor !== undefined)
      .map((fn) => ({ key: functionKey(fn), isWritten: this.#withOwnReservation.has(functionKey(fn)) }));
    reserveForBothVersions(
      this.#template,
      await deployedTemplate(this.#serverless),
      functions,
      this.#serverless.getProvider("aws").naming,
      log,
    );
  }

  /** @throws {LambentError} if a secret is of another account than the one that is deployed to */
  async checkAccount(): Promise<void> {
    if (this.#project.description.functions.every(({ actor }) => actor?.secrets === undefined)) return;
    const account = await this.#serverless
      .getProvider("aws")
      .getAccountId()
      .catch(() => undefined); // whoever may not ask is told by AWS
    this.#checkSecrets(account);
  }

  #checkSecrets(account: string | undefined): void {
    if (hasRole(this.#context.provider)) return; // who brings a role knows what it may read
    const region = this.#serverless.getProvider("aws").getRegion();
    checkSecretPlaces(this.#project.description.functions, { region, account });
  }

  /** The files that are uploaded beside the code, in the deployment's three steps. */
  assets(log: PluginTools["log"]): AssetDeployment {
    const storage = { keyPrefix: servicePrefix(this.#name), files: this.#project.assets };
    return new AssetDeployment(this.#serverless, this.#config, storage, log);
  }

  /** @throws {LambentError} if the finished template is too large for CloudFormation, or a policy for IAM */
  checkTemplate(): void {
    checkTemplate(this.#template);
    const short = shortVariables(this.#template);
    if (short.length === 0) return;
    this.#log.warning(
      `Lambent: Lambda asks for names of two characters or more of environment variables: ${short.join(", ")}`,
    );
  }

  #addFunctions(): void {
    const written = writtenFunctions(this.#serverless.configurationInput["functions"]);
    const { functions } = this.#project.description;
    for (const fn of functions) {
      const name = written[functionKey(fn)]?.name ?? functionName(this.#name, fn.actor?.name);
      this.#names.set(fn.actor?.name, String(name));
    }
    const entries = this.#functions.map((fn) => {
      const settings = settingsOf(written, fn);
      if (settings.reservedConcurrency !== undefined) this.#withOwnReservation.add(functionKey(fn));
      return [functionKey(fn), functionEntry(fn, this.#context, settings)] as const;
    });
    for (const actor of functions.filter((fn) => !this.#functions.includes(fn)))
      this.#forget(functionKey(actor), written);
    for (const [key, entry] of entries) {
      written[key] = entry;
      if (!Array.isArray(this.#serverless.configurationInput["functions"])) {
        this.#serverless.extendConfiguration(["functions", key], entry);
      }
    }
    // `functions` may be a list of maps, which cannot be extended by a key.
    if (Array.isArray(this.#serverless.configurationInput["functions"]))
      this.#serverless.extendConfiguration(["functions"], [written]);
  }

  /** The settings of an actor whose replicas are functions of their own are no function. */
  #forget(key: string, written: Record<string, FunctionEntry>): void {
    delete written[key];
    const { functions } = this.#serverless.configurationInput;
    if (isObject(functions)) Reflect.deleteProperty(functions, key);
  }

  /**
   * The framework packs the whole project into the zips of the author's own functions: leave `.lambent` out of them.
   */
  #leaveOutBundles(): void {
    const { patterns } = (this.#serverless.configurationInput["package"] ?? {}) as { patterns?: unknown };
    const written = Array.isArray(patterns) ? (patterns as unknown[]) : [];
    this.#serverless.extendConfiguration(["package", "patterns"], [...written, `!${LAMBENT_DIRECTORY}/**`]);
  }

  /** By actor, the names of functions as they will be deployed. */
  readonly #names = new Map<string | undefined, string>();

  /** The keys of functions for which the author sets `reservedConcurrency`. */
  readonly #withOwnReservation = new Set<string>();

  /** As they are deployed: of an actor with affinity, one for each replica. */
  readonly #functions: readonly FunctionDescription[];

  get #name(): ServiceName {
    return { service: this.#serverless.service.service, stage: this.#serverless.getProvider("aws").getStage() };
  }

  /** As far as it says where callers may name files. */
  get #fileOwner(): FileOwner {
    const { functions } = this.#project.description;
    return {
      bucket: this.#config.bucket?.name ?? BUCKET_PLACEHOLDER,
      keyPrefix: servicePrefix(this.#name),
      functions: functions.map(({ actor }) => this.#names.get(actor?.name) ?? functionName(this.#name, actor?.name)),
      granted: Object.keys(this.#config.buckets ?? {}),
    };
  }

  get #context(): FunctionsContext {
    return {
      ...this.#name,
      config: this.#config,
      provider: providerSettings(this.#serverless.service.provider),
      naming: this.#serverless.getProvider("aws").naming,
      assetPrefix: this.#project.assets.length === 0 ? undefined : `${servicePrefix(this.#name)}${ASSETS}`,
      callerKeys: callerKeyPatterns(this.#fileOwner),
      deployedName: (actor) => this.#names.get(actor),
      hasEsbuildPlugin: pluginNames(this.#serverless.configurationInput["plugins"]).includes("serverless-esbuild"),
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

/** The account of an ARN. */
function accountOf(arn: string | undefined): string | undefined {
  return /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(arn ?? "")?.[1];
}

/** The service's own part of the bucket. */
function servicePrefix({ service, stage }: ServiceName): string {
  return `${service}-${stage}/`;
}

/** What each function runs on: by what serverless.yml says of it, by its actor's options, or as all functions do. */
function platforms({ service, configurationInput }: Serverless): (fn: FunctionDescription) => TargetPlatform {
  const written = writtenFunctions(configurationInput["functions"]);
  const provider = providerSettings(service.provider);
  return (fn) => {
    const key = functionKey(fn);
    const entry = written[key] ?? {};
    return lambdaPlatform(
      entry.architecture ?? fn.actor?.architecture ?? provider.architecture,
      functionNode(fn, key, entry, provider),
    );
  };
}

/** `plugins` of serverless.yml: a list, or an object with the list as `modules`. */
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
