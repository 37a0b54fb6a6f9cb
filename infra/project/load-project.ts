import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Plugin } from "esbuild";
import { glob } from "tinyglobby";
import type { TracedAsset } from "../../sdk/authoring/asset.ts";
import { ASSET_LOCATION, type AssetLocation } from "../../sdk/authoring/asset-location.ts";
import { LOCAL_BUCKET } from "../../sdk/store/store-bucket.ts";
import type { AssetStorage } from "../../sdk/values/asset-file.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { FunctionDescription, ServiceDescription } from "../../sdk/authoring/service.ts";
import type { TaskVariable } from "../../sdk/authoring/task-variables.ts";
import { PLAIN_TASKS } from "../../sdk/base/function-names.ts";
import { packagedAssets, sourcesOf, type AssetSource } from "./assets.ts";
import { type Artifact, writeArtifact } from "./artifact.ts";
import { authorsPlugins, type BuildSettings, isImportedByPath, pathPlugin, settingsOf } from "./build-settings.ts";
import { bundle, filesOfErrors, type Bundle, type BundleOptions } from "./bundle.ts";
import { AuthorLayout, dataFiles, withPatterns } from "./data-files.ts";
import { LAMBENT_DIRECTORY } from "./names.ts";
import { type BundlePackages, findPackages, linkPackages, placePackages } from "./packages/bundle-packages.ts";
import { importsByName } from "./packages/imports-by-name.ts";
import { OutsidePackages } from "./packages/outside-packages.ts";
import type { TargetPlatform } from "./packages/target-platform.ts";
import { type StartedContext, withStartedModules } from "./started-modules.ts";
import { isOwnFile, sourceFile } from "./tree-shaking/own-files.ts";
import { AuthorModules, TASKS_MODULE, VARIABLES_MODULE } from "./tree-shaking/author-modules.ts";

/** A service as its author wrote it, described, and put together as Lambda gets it. */
export interface Project {
  readonly description: ServiceDescription;
  /** One for each of the description's functions, in their order. */
  readonly artifacts: readonly Artifact[];
  /** The files that tasks get, each content once. */
  readonly assets: readonly AssetSource[];
}

export interface ProjectOptions {
  /** The project's directory. */
  readonly root: string;
  /** Globs or paths of the author's modules, relative to `root`. */
  readonly workflows: readonly string[];
  /** The directory under which each function's artifact gets one of its own. */
  readonly outDir: string;
  /** What the functions run on; by actor's name, or `tasks`. */
  readonly platformOf: (fn: FunctionDescription) => TargetPlatform;
  /** For Lambda: small, without the sources' texts. */
  readonly minify: boolean;
  readonly settings?: BuildSettings;
  /** Beneath `settings`; by actor's name, or `tasks`. */
  readonly functionSettings?: Readonly<Record<string, BuildSettings>>;
  /** Where assets will be stored. Default: the store of this machine. */
  readonly assetStorage?: AssetStorage;
  /** Globs that the framework has for a function's files; those of the settings come after them. */
  readonly patternsOf?: (fn: FunctionDescription) => readonly string[];
  /**
   * Told of the files that the project is made of, before anything that they do wrong is thrown. Of one that does not
   * bundle, these are the files that its errors are in, and those that it imports in vain. Absolute paths.
   */
  readonly onFiles?: (paths: readonly string[]) => void;
}

/**
 * Bundle the author's modules, trace them in a thread of their own, and put each function's artifact together. This
 * process imports none of them.
 * @throws {LambentError} with file and line, if a module cannot be bundled or imported
 */
export async function loadProject(options: ProjectOptions): Promise<Project> {
  const { root, settings = {}, functionSettings = {} } = options;
  const files = await moduleFiles(options);
  // Relative, so that a bundle does not depend on where the project is.
  const paths = files.map((file) => `./${relative(root, file).replaceAll("\\", "/")}`);
  const { onFiles = () => undefined } = options;
  const authors = new AuthorModules(root);
  const whole = Object.values(functionSettings).reduce(settingsOf, settings);
  const outside = new OutsidePackages(whole.external ?? []);
  const traced = await bundleBeside(tracingEntry(paths), {
    root,
    outside,
    settings: whole,
    plugins: [
      ...(await authorsPlugins(whole, root)),
      pathPlugin(whole, (file) => `new URL(${JSON.stringify(pathToFileURL(file).href)})`),
      authors.tracing,
    ],
    nodeVersion: Number.parseInt(process.versions.node), // this Node runs it
    minify: false,
    sourceMap: "local",
    sdk: "whole",
  }).catch((error: unknown) => {
    onFiles([...files, ...filesOfErrors(error, root)]);
    throw error;
  });
  const modules = authorFiles(traced.bundle);
  onFiles([...new Set([...files, ...modules])]);
  const commonJs = files.find((file) => traced.bundle.commonJs.includes(file));
  if (commonJs !== undefined) {
    throw new LambentError(
      `${relative(root, commonJs)} is a CommonJS module (it uses require, module.exports or exports): write import and export, so that its workflows are seen`,
    );
  }
  const { directory } = await writeArtifact(traced.bundle, [], join(root, LAMBENT_DIRECTORY, "trace"));
  await linkPackages(directory, traced.packages);
  const location = assetLocation(options);
  const { description, variables, assets } = await describe(join(directory, "index.mjs"), paths, location);
  checkNamed(functionSettings, description);
  const sources = sourcesOf(assets, root);
  onFiles(sources.map(({ source }) => source));
  const layout = new AuthorLayout(root, [...modules, ...(await dataFiles(codeFiles(traced.bundle), root))]);
  const packaged = packagedAssets(assets, location);
  const artifacts: Artifact[] = [];
  for (const fn of description.functions) {
    const own = variables.filter(({ actor }) => actor === fn.actor?.name);
    artifacts.push(await functionArtifact(fn, own, { ...options, paths, authors, outside, layout, packaged }));
  }
  return { description, artifacts, assets: sources };
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

interface FunctionContext extends ProjectOptions {
  readonly paths: readonly string[];
  readonly authors: AuthorModules;
  readonly outside: OutsidePackages;
  readonly layout: AuthorLayout;
  /** Tells each bundle of the assets that tracing has found. */
  readonly packaged: Plugin;
}

async function functionArtifact(
  fn: FunctionDescription,
  variables: readonly TaskVariable[],
  {
    root,
    outDir,
    platformOf,
    minify,
    paths,
    authors,
    outside,
    layout,
    packaged,
    patternsOf = () => [],
    ...options
  }: FunctionContext,
): Promise<Artifact> {
  const key = fn.actor?.name ?? PLAIN_TASKS;
  const settings = settingsOf(options.settings ?? {}, options.functionSettings?.[key]);
  const platform = platformOf(fn);
  const tasks = tasksModule(fn, variables, paths);
  const plugins = await authorsPlugins(settings, root);
  // On Lambda plain tasks start cold before a request, and reading maps would cost them milliseconds.
  const hasMap = !minify || fn.actor !== undefined;
  const { bundle, packages } = await bundleBeside(
    handlerEntry(fn.actor),
    {
      root,
      outside,
      settings,
      plugins: [
        ...(await authorsPlugins(settings, root)),
        pathPlugin(settings, (file) => `new URL(${JSON.stringify(`./${layout.pathOf(file)}`)}, import.meta.url)`),
        packaged,
        authors.handler(variables, tasks, (file) => layout.pathOf(file)),
      ],
      nodeVersion: platform.node,
      minify,
      sourceMap: hasMap ? (minify ? "relative" : "local") : false,
      sdk: "replica",
    },
    { authors, layout, plugins },
  );
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

/** A bundle, and the packages beside it. */
async function bundleBeside(
  entry: string,
  options: BundleOptions,
  context?: Omit<StartedContext, "isAuthors">,
): Promise<{ readonly bundle: Bundle; readonly packages: BundlePackages }> {
  for (;;) {
    const alone = await bundle(entry, options);
    const made =
      context === undefined ? alone : await withStartedModules(alone, options, { ...context, isAuthors: isAuthorFile });
    const imports = [...made.outside.imports, ...importsByName(codeFiles(made), options.outside.packages)];
    const packages = await findPackages(imports, made.sources, options.outside, options.root);
    if (packages !== undefined) return { bundle: made, packages };
  }
}

/** The author's own modules of a bundle, absolute. */
function authorFiles({ sources }: Bundle): string[] {
  return sources.filter(isAuthorFile);
}

function isAuthorFile(path: string): boolean {
  return !path.includes("node_modules") && !isOwnFile(path);
}

/** The author's modules that are code, not data that a loader reads. */
function codeFiles(made: Bundle): string[] {
  return authorFiles(made).filter((path) => /\.[cm]?[jt]sx?$/.test(path));
}

/** The files whose paths a bundle imports. */
function filesByPath({ sources }: Bundle, settings: BuildSettings): string[] {
  return sources.filter((path) => isImportedByPath(settings, path));
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

function imports(files: readonly string[]): string {
  return files.map((file, index) => `import * as module${index} from ${JSON.stringify(file)};`).join("\n");
}

function list(files: readonly string[]): string {
  return `[${files.map((_, index) => `module${index}`).join(", ")}]`;
}

/** The program of the thread that traces: a module that throws, exits or hangs ends only this thread. */
function tracingEntry(files: readonly string[]): string {
  return `import ${JSON.stringify(sourceFile("sdk/authoring/describing"))};
import { tracedAssets } from ${JSON.stringify(sourceFile("sdk/authoring/asset"))};
import { describeService } from ${JSON.stringify(sourceFile("sdk/authoring/service"))};
import { takeTasks } from ${JSON.stringify(sourceFile("sdk/authoring/made-tasks"))};
import { taskVariables } from ${JSON.stringify(sourceFile("sdk/authoring/task-variables"))};
${imports(files)}
import { parentPort } from "node:worker_threads";
import { variables } from ${JSON.stringify(VARIABLES_MODULE)};
const modules = ${list(files)};
const description = describeService(modules, takeTasks());
parentPort.postMessage({ description, variables: taskVariables(modules, variables), assets: tracedAssets() });
parentPort.close();
`;
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

/** Milliseconds that importing the modules may take. */
const IMPORT_LIMIT_MS = 60_000;

/** What the thread sends back. */
interface Traced {
  readonly description: ServiceDescription;
  readonly variables: readonly TaskVariable[];
  readonly assets: readonly TracedAsset[];
}

function describe(program: string, modules: readonly string[], location: AssetLocation): Promise<Traced> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(pathToFileURL(program), {
      execArgv: ["--enable-source-maps"],
      env: { ...process.env, [ASSET_LOCATION]: JSON.stringify(location) },
      stdout: false,
    });
    const timer = setTimeout(() => {
      reject(
        new LambentError(
          `the workflows' modules take more than ${IMPORT_LIMIT_MS / 1000} s to import: move work out of the module's top level into a task or a cache`,
        ),
      );
      void worker.terminate();
    }, IMPORT_LIMIT_MS);
    worker.once("message", (traced: Traced) => {
      resolve(traced);
      void worker.terminate(); // a timer or a socket that a module has opened would keep it running
    });
    worker.once("error", (error: unknown) => reject(new LambentError(importFailure(error), { cause: error })));
    worker.once("exit", (code) => {
      clearTimeout(timer);
      const why =
        code === UNSETTLED_AWAIT
          ? "a workflow's module awaits something at its top level that never settles"
          : `a workflow's module ended its process (exit code ${code}) while it was imported`;
      reject(new LambentError(`${why}: ${modules.join(", ")}`));
    });
  });
}

/** Node's exit code when the event loop is empty and a top-level `await` still waits. */
const UNSETTLED_AWAIT = 13;

/** The error's message, and the first lines of its stack that are in the author's files. */
function importFailure(error: unknown): string {
  if (!(error instanceof Error))
    return `a workflow's module threw ${JSON.stringify(error)}, which is no Error and so names no place`;
  const own = (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line) && !/node:|lambent-entry|node_modules/.test(line));
  const message = error.name === "LambentError" ? error.message : `${error.name}: ${error.message}`;
  return [message, ...own.filter((line) => !line.includes("/sdk/")).slice(0, 3)].join("\n");
}
