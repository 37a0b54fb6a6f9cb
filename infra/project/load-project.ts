import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { glob } from "tinyglobby";
import { LambentError } from "../../sdk/base/errors.ts";
import type { FunctionDescription, ServiceDescription } from "../../sdk/authoring/service.ts";
import type { TaskVariable } from "../../sdk/authoring/task-variables.ts";
import { PLAIN_TASKS } from "../../sdk/base/function-names.ts";
import { bundle, filesOfErrors, sourceFile, type Bundle, type BundleOptions } from "./bundle.ts";
import { AuthorModules, TASKS_MODULE, VARIABLES_MODULE } from "./tree-shaking/author-modules.ts";

/** What was made of the author's modules. */
export interface Project {
  readonly description: ServiceDescription;
  /** One for each of the description's functions, in the same order. */
  readonly bundles: readonly Bundle[];
}

export interface ProjectOptions extends Omit<BundleOptions, "sourceMap" | "sdk" | "plugins"> {
  /** Globs or paths of the author's modules, relative to `root`. */
  readonly workflows: readonly string[];
  /** By actor's name, or `tasks`: of functions for which it is not {@link BundleOptions.nodeVersion}. */
  readonly nodeVersions?: ReadonlyMap<string, number>;
  /**
   * Told of the files that the project is made of, before anything that they do wrong is thrown. Of one that does not
   * bundle, these are the files that its errors are in, and those that it imports in vain. Absolute paths.
   */
  readonly onFiles?: (paths: readonly string[]) => void;
}

/**
 * Bundle the author's modules, trace them in a thread of their own, and bundle each function. This process imports none
 * of them.
 * @throws {LambentError} with file and line, if a module cannot be bundled or imported
 */
export async function loadProject(options: ProjectOptions): Promise<Project> {
  const files = await moduleFiles(options);
  // Relative, so that a bundle, and so the name of its directory, does not depend on where the project is.
  const paths = files.map((file) => `./${relative(options.root, file).replaceAll("\\", "/")}`);
  const authors = new AuthorModules(options.root);
  const { onFiles = () => undefined } = options;
  const traced = await bundle(tracingEntry(paths), {
    ...options,
    plugins: [authors.tracing],
    nodeVersion: Number.parseInt(process.versions.node), // this Node runs it
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
  const { description, variables } = await describe(join(traced.directory, "index.mjs"), paths);
  const bundles = await Promise.all(
    description.functions.map((fn) => {
      const key = fn.actor?.name ?? PLAIN_TASKS;
      const own = variables.filter(({ actor }) => actor === fn.actor?.name);
      const tasks = tasksModule(fn, own, paths);
      return bundle(handlerEntry(fn.actor), {
        ...options,
        plugins: [authors.handler(own, tasks)],
        nodeVersion: options.nodeVersions?.get(key) ?? options.nodeVersion,
        // On Lambda plain tasks start cold when a request comes, and reading source maps would take milliseconds of it.
        sourceMap: !options.minify || fn.actor !== undefined,
        sdk: "replica",
        outDir: join(options.outDir, key),
      });
    }),
  );
  return { description, bundles };
}

/**
 * Absolute paths of the author's modules.
 * @throws {LambentError} if there are none
 */
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

/** The program of the thread that traces: a module that throws, exits or hangs ends only this thread. */
function tracingEntry(files: readonly string[]): string {
  return `import ${JSON.stringify(sourceFile("../../sdk/authoring/describing"))};
import { describeService } from ${JSON.stringify(sourceFile("../../sdk/authoring/service"))};
import { takeTasks } from ${JSON.stringify(sourceFile("../../sdk/authoring/made-tasks"))};
import { taskVariables } from ${JSON.stringify(sourceFile("../../sdk/authoring/task-variables"))};
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
      : `import { readSecrets } from ${JSON.stringify(sourceFile("../../handlers/secrets"))};
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
