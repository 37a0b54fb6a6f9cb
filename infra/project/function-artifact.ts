import { join, relative } from "node:path";
import type { Plugin } from "esbuild";
import type { FunctionDescription } from "../../sdk/authoring/service.ts";
import type { TaskVariable } from "../../sdk/authoring/task-variables.ts";
import { PLAIN_TASKS } from "../../sdk/base/function-names.ts";
import { type Artifact, writeArtifact } from "./artifact.ts";
import type { BuildMemory, BundleAndPackages } from "./build-memory.ts";
import { authorsPlugins, type BuildSettings, isImportedByPath, pathPlugin, settingsOf } from "./build-settings.ts";
import type { BundleOptions } from "./bundle-job.ts";
import type { Bundle } from "./bundle.ts";
import { authorFiles, bundleBeside, codeFiles } from "./bundle-beside.ts";
import { checkSecretClients } from "./clients-plugin.ts";
import { type AuthorLayout, dataFiles, withPatterns } from "./data-files.ts";
import { LAMBENT_DIRECTORY } from "./names.ts";
import { placePackages } from "./packages/bundle-packages.ts";
import type { OutsidePackages } from "./packages/outside-packages.ts";
import type { TargetPlatform } from "./packages/target-platform.ts";
import { AuthorModules, TASKS_MODULE } from "./tree-shaking/author-modules.ts";
import { sourceFile } from "./tree-shaking/own-files.ts";

/** How functions' artifacts are put together. */
export interface ArtifactOptions {
  /** The project's directory. */
  readonly root: string;
  /** The directory under which each function's artifact gets one of its own. */
  readonly outDir: string;
  /** What the functions run on. */
  readonly platformOf: (fn: FunctionDescription) => TargetPlatform;
  /** For Lambda: small, without the sources' texts. */
  readonly minify: boolean;
  readonly settings?: BuildSettings;
  /** Beneath `settings`; by actor's name, or `tasks`. */
  readonly functionSettings?: Readonly<Record<string, BuildSettings>>;
  /** Globs that the framework has for a function's files; those of the settings come after them. */
  readonly patternsOf?: (fn: FunctionDescription) => readonly string[];
}

/** What tracing has found out about the author's modules. */
export interface FunctionContext extends ArtifactOptions {
  /** The modules that the author names, relative to the root. */
  readonly paths: readonly string[];
  /** All of the author's modules, absolute. */
  readonly modules: readonly string[];
  readonly memory: BuildMemory;
  /** What all functions' bundles depend on besides their files and {@link ArtifactOptions}, as text. */
  readonly key: string;
  readonly authors: AuthorModules;
  readonly outside: OutsidePackages;
  readonly layout: AuthorLayout;
  /** Tells each bundle of the assets that tracing has found. */
  readonly packaged: Plugin;
}

/**
 * Put together what Lambda gets of one function: its own tasks as a bundle, and beside it packages and data files.
 * @param variables the variables that hold its tasks
 * @throws {LambentError} if its code does not bundle, or a package has nothing for its platform
 */
export async function functionArtifact(
  fn: FunctionDescription,
  variables: readonly TaskVariable[],
  context: FunctionContext,
): Promise<Artifact> {
  const { root, outDir, platformOf, minify, outside, layout, patternsOf = () => [] } = context;
  const key = fn.actor?.name ?? PLAIN_TASKS;
  const settings = settingsFor(fn, context);
  const platform = platformOf(fn);
  const { bundle, packages } = await functionBundle(fn, variables, context);
  const data = [...(await dataFiles(codeFiles(bundle), root)), ...filesByPath(bundle, settings)];
  const cache = join(root, LAMBENT_DIRECTORY, "packages");
  // On Lambda an image has packages of its own, whatever is installed here.
  const isImage = minify && fn.actor?.containerImage !== undefined;
  const beside = isImage ? [] : await placePackages(packages, outside, platform, { root, cache });
  const found = [...beside, ...layout.place(data)];
  const placed = await withPatterns(found, [...patternsOf(fn), ...(settings.include ?? [])], { root, layout });
  const modules = authorFiles(bundle).map((file) => relative(root, file));
  return writeArtifact(bundle, placed, join(outDir, key), modules);
}

function settingsFor({ actor }: FunctionDescription, { settings, functionSettings }: ArtifactOptions): BuildSettings {
  return settingsOf(settings ?? {}, functionSettings?.[actor?.name ?? PLAIN_TASKS]);
}

/**
 * The function's bundle: the one of the last time, if nothing of it has changed.
 * @param variables the variables that hold its tasks
 * @throws {LambentError} if its code does not bundle, or a client that its secrets are read with is not installed
 */
export async function functionBundle(
  fn: FunctionDescription,
  variables: readonly TaskVariable[],
  context: FunctionContext,
): Promise<BundleAndPackages> {
  const { root, platformOf, minify, paths, modules, authors, outside, layout, packaged, memory, key } = context;
  const settings = settingsFor(fn, context);
  if (fn.actor !== undefined) checkSecretClients(fn.actor);
  const tasks = tasksModule(fn, variables, paths);
  const entry = handlerEntry(fn.actor);
  const { node: nodeVersion } = platformOf(fn);
  // On Lambda plain tasks start cold before a request, and reading maps would cost them milliseconds.
  const hasMap = !minify || fn.actor !== undefined;
  function pathOf(file: string): string {
    return layout.pathOf(file);
  }
  const options: BundleOptions = {
    root,
    outside,
    settings,
    authorsPlugins: await authorsPlugins(settings, root),
    plugins: [
      pathPlugin(settings, (file) => `new URL(${JSON.stringify(`./${pathOf(file)}`)}, import.meta.url)`),
      packaged,
      authors.handler(variables, tasks, modules, pathOf),
    ],
    nodeVersion,
    minify,
    sourceMap: hasMap ? (minify ? "relative" : "local") : false,
    sdk: "replica",
    clients: minify ? "beside" : "here",
    bundler: memory.bundler,
  };
  const all = JSON.stringify([key, entry, tasks, settings, outside.namesToAsk, nodeVersion, minify]);
  return memory.bundleOf(fn.actor?.name ?? PLAIN_TASKS, all, async () => {
    const clients = minify ? await memory.clients.for(options, fn.actor?.secrets !== undefined) : undefined;
    return bundleBeside(entry, options, { authors, layout, clients });
  });
}

/** The files whose paths a bundle imports. */
function filesByPath({ sources }: Bundle, settings: BuildSettings): string[] {
  return sources.filter((path) => isImportedByPath(settings, path));
}

/**
 * The source of a module that exports only what holds a function's own tasks, so that the bundler leaves out the rest.
 * These are variables at the modules' top level. If one of the tasks is in none (it is in a Map, say), the exports that
 * lead to the function's tasks are added.
 */
function tasksModule(
  { tasks, exports }: FunctionDescription,
  variables: readonly TaskVariable[],
  files: readonly string[],
): string {
  const areAllInVariables = tasks.every((name) => variables.some(({ task }) => task === name));
  const fromVariables = variables.map((variable) => ({
    path: `./${variable.path}`,
    name: AuthorModules.exportName(variable),
  }));
  const fromExports = exports.map(({ module, name }) => ({ path: files[module] ?? "", name }));
  const all = areAllInVariables ? fromVariables : [...fromVariables, ...fromExports];
  // A variable with a list or an object of tasks is there once for each of them.
  const distinct = new Map(all.map((one) => [JSON.stringify(one), one]));
  return [...distinct.values()]
    .map(
      ({ path, name }, index) => `export { ${JSON.stringify(name)} as export${index} } from ${JSON.stringify(path)};`,
    )
    .join("\n");
}

function handlerEntry(actor: FunctionDescription["actor"]): string {
  const { name, secrets } = actor ?? {};
  const tasks = JSON.stringify(TASKS_MODULE);
  // Secrets are read first, since the author's modules may read the environment while they load.
  const imports =
    secrets === undefined
      ? `import * as tasks from ${tasks};`
      : `import { readSecrets } from ${JSON.stringify(sourceFile("handlers/secrets"))};
await readSecrets(${JSON.stringify(secrets)});
const tasks = await import(${tasks});`;
  return `import { createHandler } from "lambent/handler";
${imports}
export const handler = await createHandler(${JSON.stringify(name)}, [tasks]);
`;
}
