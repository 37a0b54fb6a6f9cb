import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
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
import { bundle, filesOfErrors, sourceFile, type Bundle, type BundleOptions } from "./bundle.ts";
import { LAMBENT_DIRECTORY } from "./names.ts";
import { AuthorModules, TASKS_MODULE, VARIABLES_MODULE } from "./tree-shaking/author-modules.ts";

/** A service as its author wrote it, bundled and described. */
export interface Project {
  readonly description: ServiceDescription;
  /** One for each of the description's functions, in their order. */
  readonly bundles: readonly Bundle[];
  /** The files that tasks get, each content once. */
  readonly assets: readonly AssetSource[];
}

export interface ProjectOptions extends Omit<BundleOptions, "sourceMap" | "sdk" | "plugins"> {
  /** Globs or paths of the author's modules, relative to `root`. */
  readonly workflows: readonly string[];
  /** By actor's name, or `tasks`: where it is not {@link BundleOptions.nodeVersion}. */
  readonly nodeVersions?: ReadonlyMap<string, number>;
  /** Where assets will be stored. Default: the store of this machine. */
  readonly assetStorage?: AssetStorage;
  /**
   * Told of the files that the project is made of, before anything that they do wrong is thrown. Of one that does not
   * bundle, these are the files that its errors are in, and those that it imports in vain. Absolute paths.
   */
  readonly onFiles?: (paths: readonly string[]) => void;
}

/**
 * Bundle the author's modules, trace them in a thread of their own, and bundle each function.
 * @throws {LambentError} with file and line, if a module cannot be bundled or imported
 */
export async function loadProject(options: ProjectOptions): Promise<Project> {
  const files = await moduleFiles(options);
  // Relative, so that a bundle is the same in whatever directory the project lies.
  const paths = files.map((file) => `./${relative(options.root, file).replaceAll("\\", "/")}`);
  const authors = new AuthorModules(options.root);
  const { onFiles = () => undefined } = options;
  const traced = await bundle(tracingEntry(paths), {
    ...options,
    plugins: [authors.tracing],
    nodeVersion: Number.parseInt(process.versions.node), // the one that runs it
    minify: false,
    sourceMap: true,
    sdk: "whole",
    outDir: join(options.outDir, "trace"),
  }).catch((error: unknown) => {
    onFiles([...files, ...filesOfErrors(error, options.root)]);
    throw error;
  });
  onFiles([...files, ...traced.sources.filter((path) => !path.includes("node_modules"))]);
  const commonJs = files.find((file) => traced.commonJs.includes(file));
  if (commonJs !== undefined) {
    throw new LambentError(
      `${relative(options.root, commonJs)} is a CommonJS module (it uses require, module.exports or exports): write import and export, so that its workflows are seen`,
    );
  }
  const location = assetLocation(options);
  const { description, variables, assets } = await describe(join(traced.directory, "index.mjs"), paths, location);
  const sources = sourcesOf(assets, options.root);
  onFiles(sources.map(({ source }) => source));
  const bundles = await Promise.all(
    description.functions.map((fn) => {
      const key = fn.actor?.name ?? PLAIN_TASKS;
      const own = variables.filter(({ actor }) => actor === fn.actor?.name);
      const tasks = tasksModule(fn, own, paths);
      return bundle(handlerEntry(fn.actor), {
        ...options,
        plugins: [packagedAssets(assets, location), authors.handler(own, tasks)],
        nodeVersion: options.nodeVersions?.get(key) ?? options.nodeVersion,
        // On Lambda plain tasks start cold before a request, and reading maps would cost them milliseconds.
        sourceMap: !options.minify || fn.actor !== undefined,
        sdk: "replica",
        outDir: join(options.outDir, key),
      });
    }),
  );
  return { description, bundles, assets: sources };
}

function assetLocation({ root, assetStorage }: ProjectOptions): AssetLocation {
  const storage = assetStorage ?? { bucket: LOCAL_BUCKET, keyPrefix: "" };
  return { ...storage, root, hashes: join(root, LAMBENT_DIRECTORY, "assets") };
}

/** @throws {LambentError} if there are none */
export async function moduleFiles({ root, workflows }: ProjectOptions): Promise<string[]> {
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
  return `import ${JSON.stringify(sourceFile("../../sdk/authoring/describing"))};
import { tracedAssets } from ${JSON.stringify(sourceFile("../../sdk/authoring/asset"))};
import { describeService } from ${JSON.stringify(sourceFile("../../sdk/authoring/service"))};
import { takeTasks } from ${JSON.stringify(sourceFile("../../sdk/authoring/made-tasks"))};
import { taskVariables } from ${JSON.stringify(sourceFile("../../sdk/authoring/task-variables"))};
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
      : `import { readSecrets } from ${JSON.stringify(sourceFile("../../handlers/secrets"))};
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
