import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { glob } from "tinyglobby";
import type { AssetLocation } from "../../sdk/authoring/asset-location.ts";
import type { ServiceDescription } from "../../sdk/authoring/service.ts";
import { readFileSync } from "node:fs";
import { LambentError } from "../../sdk/base/errors.ts";
import { PLAIN_TASKS } from "../../sdk/base/function-names.ts";
import { LOCAL_BUCKET } from "../../sdk/store/store-bucket.ts";
import type { AssetStorage } from "../../sdk/values/asset-file.ts";
import { idleKeys, withAffinityKeys } from "./affinity-keys.ts";
import { type Artifact, writeArtifact } from "./artifact.ts";
import { packagedAssets, sourcesOf, type AssetSource } from "./assets.ts";
import { authorsPlugins, type BuildSettings, pathPlugin, settingsOf } from "./build-settings.ts";
import { filesOfErrors, type Bundle } from "./bundle.ts";
import { BuildMemory, type BundleAndPackages } from "./build-memory.ts";
import { authorFiles, bundleBeside, codeFiles } from "./bundle-beside.ts";
import { AuthorLayout, dataFiles } from "./data-files.ts";
import { type ArtifactOptions, functionArtifact, functionBundle, type FunctionContext } from "./function-artifact.ts";
import { LAMBENT_DIRECTORY } from "./names.ts";
import { linkPackages } from "./packages/bundle-packages.ts";
import type { OutsidePackages } from "./packages/outside-packages.ts";
import { describe, type Traced, tracingEntry } from "./trace-modules.ts";
import { unthrownErrors } from "./unthrown-errors.ts";
import { checkWarmedCaches, warmedCaches } from "./warmed-caches.ts";
import { AuthorModules } from "./tree-shaking/author-modules.ts";

/** A service as its author wrote it, described, and put together as Lambda gets it. */
export interface Project {
  readonly description: ServiceDescription;
  /** One for each of the description's functions, in their order. */
  readonly artifacts: readonly Artifact[];
  /** The files that tasks get, each content once. */
  readonly assets: readonly AssetSource[];
  /** What may not do what its author means, for people to read. */
  readonly warnings: readonly string[];
}

export interface ProjectOptions extends ArtifactOptions {
  /** Globs or paths of the author's modules, relative to `root`. */
  readonly workflows: readonly string[];
  /** Where assets will be stored. Default: the store of this machine. */
  readonly assetStorage?: AssetStorage;
  /**
   * Told of the files that the project is made of, before anything that they do wrong is thrown. Of one that does not
   * bundle, these are the files that its errors are in, and those that it imports in vain. Absolute paths.
   */
  readonly onFiles?: (paths: readonly string[]) => void;
  /** What earlier loads of the same project have found. Default: nothing. */
  readonly memory?: BuildMemory;
}

/** How many functions are put together at a time: while one is bundled, the files of others are found and written. */
const AT_A_TIME = 4;

/**
 * Bundle the author's modules, trace them in a thread of their own, and put each function's artifact together. This
 * process imports none of them.
 * @throws {LambentError} with file and line, if a module cannot be bundled or imported
 */
export async function loadProject(options: ProjectOptions): Promise<Project> {
  if (options.memory !== undefined) return loadWith(options.memory, options);
  const memory = new BuildMemory();
  try {
    return await loadWith(memory, options);
  } finally {
    memory.close();
  }
}

/**
 * What the author's modules describe, without what it takes to run it: they are bundled once and traced.
 * @throws {LambentError} with file and line, if a module cannot be bundled or imported
 */
export async function describeProject(
  options: ProjectOptions,
): Promise<Pick<Project, "description" | "warnings" | "assets">> {
  const memory = new BuildMemory();
  try {
    const project = await traceProject(memory, options);
    const { description, warnings, sources } = project;
    if (warmedCaches(description).length > 0)
      await checkWarmed(project, (await contextOf(memory, options, project)).context);
    return { description, warnings, assets: sources };
  } finally {
    memory.close();
  }
}

async function loadWith(memory: BuildMemory, options: ProjectOptions): Promise<Project> {
  const { onFiles = () => undefined } = options;
  const project = await traceProject(memory, options);
  const { description, variables, warnings, sources } = project;
  const { context, data } = await contextOf(memory, options, project);
  onFiles([...sources.map(({ source }) => source), ...data]);
  await checkWarmed(project, context);
  const artifacts: Artifact[] = [];
  const waiting = [...description.functions.entries()];
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, fn] = next;
      const own = variables.filter(({ actor }) => actor === fn.actor?.name);
      artifacts[index] = await functionArtifact(fn, own, context);
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, () => work()));
  return { description, artifacts, assets: sources, warnings };
}

/** What all functions are put together from, and the files that the code reads. */
async function contextOf(
  memory: BuildMemory,
  options: ProjectOptions,
  { traced, variables, modules, assets, location, paths, authors, outside }: TracedProject,
): Promise<{ context: FunctionContext; data: readonly string[] }> {
  const { root } = options;
  const data = await dataFiles(codeFiles(traced.bundle), root);
  const layout = new AuthorLayout(root, [...modules, ...data]);
  const packaged = packagedAssets(assets, location);
  const key = JSON.stringify([traced.bundle.graph, assets, location, layout.base, variables]);
  return { context: { ...options, paths, modules, authors, outside, layout, packaged, memory, key }, data };
}

/** @throws {LambentError} if a workflow warms what the bundle of its function does not have */
async function checkWarmed(
  { traced, description, variables, authors }: TracedProject,
  context: FunctionContext,
): Promise<void> {
  const warmed = warmedCaches(description);
  const bundles = new Map<string, Bundle>();
  for (const fn of description.functions) {
    const name = fn.actor?.name;
    if (name === undefined || !warmed.some(({ actor }) => actor === name)) continue;
    const own = variables.filter(({ actor }) => actor === name);
    bundles.set(name, (await functionBundle(fn, own, context)).bundle);
  }
  await checkWarmedCaches(warmed, bundles, traced.bundle, authors);
}

/** What is known of a project once its modules are traced, before its functions are put together. */
interface TracedProject extends Traced {
  readonly traced: BundleAndPackages;
  readonly warnings: readonly string[];
  /** The author's modules, absolute. */
  readonly modules: readonly string[];
  /** Those that export workflows, relative. */
  readonly paths: readonly string[];
  readonly sources: readonly AssetSource[];
  readonly location: AssetLocation;
  readonly authors: AuthorModules;
  readonly outside: OutsidePackages;
}

async function traceProject(memory: BuildMemory, options: ProjectOptions): Promise<TracedProject> {
  const { root, settings = {}, functionSettings = {}, onFiles = () => undefined } = options;
  const files = await moduleFiles(options);
  // Relative, so that a bundle does not depend on where the project is.
  const paths = files.map((file) => `./${relative(root, file).replaceAll("\\", "/")}`);
  const authors = new AuthorModules(root);
  const whole = Object.values(functionSettings).reduce(settingsOf, settings);
  const outside = memory.outside(whole.external ?? [], root);
  const traced = await bundleForTracing(tracingEntry(paths), { root, settings: whole, authors, outside, memory }).catch(
    (error: unknown) => {
      memory.forget();
      onFiles([...files, ...filesOfErrors(error, root)]);
      throw error;
    },
  );
  const modules = authorFiles(traced.bundle);
  onFiles([...new Set([...files, ...modules])]);
  const commonJs = files.find((file) => traced.bundle.commonJs.includes(file) && writesCommonJs(file));
  if (commonJs !== undefined) {
    throw new LambentError(
      `${relative(root, commonJs)} is a CommonJS module (it uses require, module.exports or exports): write import and export, so that its workflows are seen`,
    );
  }
  const { errors, warnings } = authors.mistakes;
  if (errors.length > 0) throw new LambentError([...errors, ...warnings].join("\n"));
  const { directory } = await writeArtifact(traced.bundle, [], join(root, LAMBENT_DIRECTORY, "trace"));
  await linkPackages(directory, traced.packages);
  const location = assetLocation(options);
  const { description: described, variables, assets } = await describe(join(directory, "index.mjs"), paths, location);
  const description = await withAffinityKeys(described, variables, authors);
  checkNamed(functionSettings, description);
  const sources = sourcesOf(assets, root);
  const all = [
    ...warnings,
    ...(await idleKeys(description, variables, authors)),
    ...unthrownErrors(description, traced.bundle),
  ];
  return { description, variables, assets, traced, warnings: all, modules, paths, sources, location, authors, outside };
}

/** esbuild counts a module as CommonJS as well that only imports, in a project that is not `"type": "module"`. */
function writesCommonJs(file: string): boolean {
  return /\b(?:require\s*\(|module\.exports|exports\s*[.[])/.test(readFileSync(file, "utf8"));
}

interface TracingOptions {
  readonly root: string;
  readonly settings: BuildSettings;
  readonly authors: AuthorModules;
  readonly outside: OutsidePackages;
  readonly memory: BuildMemory;
}

/** Bundle all of the author's modules. Which files these are is known from the last time, unless one was added. */
async function bundleForTracing(entry: string, options: TracingOptions): Promise<BundleAndPackages> {
  const { root, settings, authors, outside, memory } = options;
  const plugins = await authorsPlugins(settings, root);
  for (;;) {
    const known = memory.authors;
    const traced = await bundleBeside(entry, {
      root,
      outside,
      settings,
      authorsPlugins: plugins,
      plugins: [
        pathPlugin(settings, (file) => `new URL(${JSON.stringify(pathToFileURL(file).href)})`),
        packagedAssets([], { bucket: "", keyPrefix: "" }),
        authors.tracing(known),
      ],
      nodeVersion: Number.parseInt(process.versions.node), // this Node runs it
      minify: false,
      sourceMap: "local",
      sdk: "whole",
      clients: "here",
      bundler: memory.bundler,
    });
    const found = authorFiles(traced.bundle);
    const isKnown = known === undefined || found.every((file) => known.includes(file));
    memory.authors = isKnown ? found : undefined;
    outside.askOnlyOfKnown();
    if (isKnown) return traced;
  }
}

/** @throws {LambentError} if there are settings for an actor that there is not */
function checkNamed(settings: Readonly<Record<string, unknown>>, { functions }: ServiceDescription): void {
  const names = new Set(functions.map(({ actor }) => actor?.name ?? PLAIN_TASKS));
  const unknown = Object.keys(settings).find((name) => !names.has(name));
  if (unknown === undefined) return;
  const known = functions.map(({ actor }) => actor?.name ?? `${PLAIN_TASKS} (the plain tasks)`);
  throw new LambentError(
    `lambent.actors names ${unknown}, which is no actor of this service: it has ${known.join(", ")}`,
  );
}

function assetLocation({ root, assetStorage }: ProjectOptions): AssetLocation {
  const storage = assetStorage ?? { bucket: LOCAL_BUCKET, keyPrefix: "" };
  return { ...storage, root, hashes: join(root, LAMBENT_DIRECTORY, "assets") };
}

/** @throws {LambentError} if there are none */
export async function moduleFiles({ root, workflows }: Pick<ProjectOptions, "root" | "workflows">): Promise<string[]> {
  const files = await glob([...workflows], {
    cwd: root,
    absolute: true,
    ignore: ["**/node_modules/**", "**/*.d.ts", "**/*.test.ts"],
  });
  if (files.length === 0) {
    throw new LambentError(
      `no module matches ${workflows.join(", ")} in ${root}: name your workflows' files in "lambent.workflows"`,
    );
  }
  return files.toSorted();
}
