import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { glob } from "tinyglobby";
import { LambentError } from "../../sdk/base/errors.ts";
import type { FunctionDescription, ServiceDescription } from "../../sdk/authoring/service.ts";
import type { TaskVariable } from "../../sdk/authoring/task-variables.ts";
import { type Artifact, writeArtifact } from "./artifact.ts";
import { authorsPlugins, type BuildSettings, settingsOf } from "./build-settings.ts";
import { bundle, type Bundle, type BundleOptions } from "./bundle.ts";
import { AuthorLayout, dataFiles, includedFiles } from "./data-files.ts";
import { LAMBENT_DIRECTORY, PLAIN_TASKS } from "./names.ts";
import { type BundlePackages, findPackages, linkPackages, placePackages } from "./packages/bundle-packages.ts";
import type { PlacedFile } from "./packages/layout.ts";
import { OutsidePackages } from "./packages/outside-packages.ts";
import type { TargetPlatform } from "./packages/target-platform.ts";
import { isOwnFile, sourceFile } from "./tree-shaking/own-files.ts";
import { AuthorModules, TASKS_MODULE, VARIABLES_MODULE } from "./tree-shaking/author-modules.ts";

/** A service as its author wrote it, described, and put together as Lambda gets it. */
export interface Project {
  readonly description: ServiceDescription;
  /** One for each of the description's functions, in their order. */
  readonly artifacts: readonly Artifact[];
  /** The files to watch, absolute. */
  readonly sources: readonly string[];
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
}

/**
 * Bundle the author's modules, trace them in a thread of their own, and put each function's artifact together.
 * @throws {LambentError} with file and line, if a module cannot be bundled or imported
 */
export async function loadProject(options: ProjectOptions): Promise<Project> {
  const { root, settings = {}, functionSettings = {} } = options;
  const files = await moduleFiles(options);
  // Relative, so that a bundle is the same in whatever directory the project lies.
  const paths = files.map((file) => `./${relative(root, file).replaceAll("\\", "/")}`);
  const authors = new AuthorModules(root);
  const whole = Object.values(functionSettings).reduce(settingsOf, settings);
  const outside = new OutsidePackages(whole.external ?? []);
  const traced = await bundleBeside(tracingEntry(paths), {
    root,
    outside,
    settings: whole,
    plugins: [...(await authorsPlugins(whole, root)), authors.tracing],
    nodeVersion: Number.parseInt(process.versions.node), // the one that runs it
    minify: false,
    sourceMap: "local",
    sdk: "whole",
  });
  const commonJs = files.find((file) => traced.bundle.commonJs.includes(file));
  if (commonJs !== undefined) {
    throw new LambentError(
      `${relative(root, commonJs)} is a CommonJS module (it uses require, module.exports or exports): write import and export, so that its workflows are seen`,
    );
  }
  const { directory } = await writeArtifact(traced.bundle, [], join(root, LAMBENT_DIRECTORY, "trace"));
  await linkPackages(directory, traced.packages);
  const { description, variables } = await describe(join(directory, "index.mjs"), paths);
  const modules = authorFiles(traced.bundle);
  const layout = new AuthorLayout(root, [...modules, ...(await dataFiles(modules, root))]);
  const artifacts: Artifact[] = [];
  for (const fn of description.functions) {
    const own = variables.filter(({ actor }) => actor === fn.actor?.name);
    artifacts.push(await functionArtifact(fn, own, { ...options, paths, authors, outside, layout }));
  }
  return { description, artifacts, sources: [...new Set([...files, ...modules])] };
}

interface FunctionContext extends ProjectOptions {
  readonly paths: readonly string[];
  readonly authors: AuthorModules;
  readonly outside: OutsidePackages;
  readonly layout: AuthorLayout;
}

async function functionArtifact(
  fn: FunctionDescription,
  variables: readonly TaskVariable[],
  { root, outDir, platformOf, minify, paths, authors, outside, layout, ...options }: FunctionContext,
): Promise<Artifact> {
  const key = fn.actor?.name ?? PLAIN_TASKS;
  const settings = settingsOf(options.settings ?? {}, options.functionSettings?.[key]);
  const platform = platformOf(fn);
  const tasks = tasksModule(fn, variables, paths);
  // On Lambda plain tasks start cold before a request, and reading maps would cost them milliseconds.
  const hasMap = !minify || fn.actor !== undefined;
  const { bundle, packages } = await bundleBeside(handlerEntry(fn.actor), {
    root,
    outside,
    settings,
    plugins: [
      ...(await authorsPlugins(settings, root)),
      authors.handler(variables, tasks, (file) => layout.pathOf(file)),
    ],
    nodeVersion: platform.node,
    minify,
    sourceMap: hasMap ? (minify ? "relative" : "local") : false,
    sdk: "replica",
  });
  const data = [
    ...(await dataFiles(authorFiles(bundle), root)),
    ...(await includedFiles(settings.include ?? [], root)),
  ];
  const cache = join(root, LAMBENT_DIRECTORY, "packages");
  const placed = [...(await placePackages(packages, outside, platform, { root, cache })), ...layout.place(data)];
  const modules = authorFiles(bundle).map((file) => relative(root, file));
  return writeArtifact(bundle, distinct(placed), join(outDir, key), modules);
}

/** A bundle, and the packages beside it. */
async function bundleBeside(
  entry: string,
  options: BundleOptions,
): Promise<{ readonly bundle: Bundle; readonly packages: BundlePackages }> {
  for (;;) {
    const made = await bundle(entry, options);
    const packages = await findPackages(made.outside, made.sources, options.outside, options.root);
    if (packages !== undefined) return { bundle: made, packages };
  }
}

/** The author's own modules of a bundle, absolute. */
function authorFiles({ sources }: Bundle): string[] {
  return sources.filter((path) => !path.includes("node_modules") && !isOwnFile(path));
}

function distinct(placed: readonly PlacedFile[]): PlacedFile[] {
  return [...new Map(placed.map((one) => [one.path, one])).values()];
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

/** The bundle is the thread's program, so that a module that throws, exits or hangs takes only the thread along. */
function tracingEntry(files: readonly string[]): string {
  return `import ${JSON.stringify(sourceFile("sdk/authoring/describing"))};
import { describeService } from ${JSON.stringify(sourceFile("sdk/authoring/service"))};
import { takeTasks } from ${JSON.stringify(sourceFile("sdk/authoring/made-tasks"))};
import { taskVariables } from ${JSON.stringify(sourceFile("sdk/authoring/task-variables"))};
${imports(files)}
import { parentPort } from "node:worker_threads";
import { variables } from ${JSON.stringify(VARIABLES_MODULE)};
const modules = ${list(files)};
const description = describeService(modules, takeTasks());
parentPort.postMessage({ description, variables: taskVariables(modules, variables) });
parentPort.close();
`;
}

/**
 * A function's own tasks alone, so that the bundler leaves out what nobody asks for. For a task that no variable holds,
 * such as one in a Map, it is the exports that lead to the function's tasks.
 */
function tasksModule(
  { tasks, exports }: FunctionDescription,
  variables: readonly TaskVariable[],
  files: readonly string[],
): string {
  const isWhole = tasks.every((name) => variables.some(({ task }) => task === name));
  const held = variables.map((variable) => ({ path: `./${variable.path}`, name: AuthorModules.exportName(variable) }));
  const leading = exports.map(({ module, name }) => ({ path: files[module] ?? "", name }));
  const addresses = isWhole ? held : [...held, ...leading];
  // A list or an object may hold several tasks.
  const distinct = new Map(addresses.map((address) => [JSON.stringify(address), address]));
  return [...distinct.values()]
    .map(
      ({ path, name }, index) => `export { ${JSON.stringify(name)} as export${index} } from ${JSON.stringify(path)};`,
    )
    .join("\n");
}

function handlerEntry(actor: FunctionDescription["actor"]): string {
  const { name, secrets } = actor ?? {};
  const tasks = JSON.stringify(TASKS_MODULE);
  // Secrets come first, since the author's modules may look at the environment while they load.
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

/** How long a module may take to import. */
const IMPORT_LIMIT_MS = 60_000;

/** What the thread finds. */
interface Traced {
  readonly description: ServiceDescription;
  readonly variables: readonly TaskVariable[];
}

function describe(program: string, modules: readonly string[]): Promise<Traced> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(pathToFileURL(program), { execArgv: ["--enable-source-maps"], stdout: false });
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
      void worker.terminate(); // what a module left running must not keep the thread
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

/** Node.js's exit code for a top-level await that nothing will ever settle. */
const UNSETTLED_AWAIT = 13;

/** The author's own lines of the stack, which name file and line. */
function importFailure(error: unknown): string {
  if (!(error instanceof Error))
    return `a workflow's module threw ${JSON.stringify(error)}, which is no Error and so names no place`;
  const own = (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line) && !/node:|lambent-entry|node_modules/.test(line));
  const message = error.name === "LambentError" ? error.message : `${error.name}: ${error.message}`;
  return [message, ...own.filter((line) => !line.includes("/sdk/")).slice(0, 3)].join("\n");
}
