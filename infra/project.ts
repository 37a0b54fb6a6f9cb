import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { glob } from "tinyglobby";
import { LambentError } from "../sdk/errors.ts";
import type { FunctionDescription, ServiceDescription } from "../sdk/service.ts";
import { PLAIN_TASKS } from "./names.ts";
import { bundle, sourceFile, type Bundle, type BundleOptions } from "./bundle.ts";

/** A service as its author wrote it, bundled and described. */
export interface Project {
  readonly description: ServiceDescription;
  /** One for each of the description's functions, in their order. */
  readonly bundles: readonly Bundle[];
  /** The files to watch, absolute. */
  readonly sources: readonly string[];
}

export interface ProjectOptions extends Omit<BundleOptions, "sourceMap" | "sdk"> {
  /** Globs or paths of the author's modules, relative to `root`. */
  readonly workflows: readonly string[];
  /** By actor's name, or `tasks`: where it is not {@link BundleOptions.nodeVersion}. */
  readonly nodeVersions?: ReadonlyMap<string, number>;
}

/**
 * Bundle the author's modules, trace them in a thread of their own, and bundle each function.
 * @throws {LambentError} with file and line, if a module cannot be bundled or imported
 */
export async function loadProject(options: ProjectOptions): Promise<Project> {
  const files = await moduleFiles(options);
  // Relative, so that a bundle is the same in whatever directory the project lies.
  const paths = files.map((file) => `./${relative(options.root, file).replaceAll("\\", "/")}`);
  const traced = await bundle(tracingEntry(paths), {
    ...options,
    nodeVersion: Number.parseInt(process.versions.node), // the one that runs it
    minify: false,
    sourceMap: true,
    sdk: "whole",
    outDir: join(options.outDir, "trace"),
  });
  const commonJs = files.find((file) => traced.commonJs.includes(file));
  if (commonJs !== undefined) {
    throw new LambentError(
      `${relative(options.root, commonJs)} is a CommonJS module (it uses require, module.exports or exports): write import and export, so that its workflows are seen`,
    );
  }
  const description = await describe(join(traced.directory, "index.mjs"), paths);
  const bundles = await Promise.all(
    description.functions.map((fn) => {
      const key = fn.actor?.name ?? PLAIN_TASKS;
      return bundle(handlerEntry(fn, paths), {
        ...options,
        nodeVersion: options.nodeVersions?.get(key) ?? options.nodeVersion,
        // On Lambda plain tasks start cold before a request, and reading maps would cost them milliseconds.
        sourceMap: !options.minify || fn.actor !== undefined,
        sdk: "replica",
        outDir: join(options.outDir, key),
      });
    }),
  );
  const sources = new Set([...files, ...traced.sources].filter((path) => !path.includes("node_modules")));
  return { description, bundles, sources: [...sources] };
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
  return `import { parentPort } from "node:worker_threads";
import { describeService } from ${JSON.stringify(sourceFile("../sdk/service"))};
import { takeTasks } from ${JSON.stringify(sourceFile("../sdk/made-tasks"))};
${imports(files)}
parentPort.postMessage(describeService(${list(files)}, takeTasks()));
parentPort.close();
`;
}

/**
 * Only the exports that lead to the function's own tasks, so that the bundler leaves out modules nobody asks for. What
 * else such a module makes at its top level stays: to the bundler, a call of task() may have side effects.
 */
function handlerEntry(fn: FunctionDescription, files: readonly string[]): string {
  const { actor, exports } = fn;
  if (actor?.secrets !== undefined) return handlerEntryWithSecrets(actor.name, actor.secrets, exports, files);
  const imports = exports.map(
    ({ module, name }, index) =>
      `import { ${JSON.stringify(name)} as export${index} } from ${JSON.stringify(files[module])};`,
  );
  return `import { createHandler } from "lambent/handler";
${imports.join("\n")}
export const handler = await createHandler(${JSON.stringify(actor?.name)}, [{ ${exports.map((_, index) => `export${index}`).join(", ")} }]);
`;
}

/** Secrets come first, since the author's modules may look at the environment while they load. */
function handlerEntryWithSecrets(
  actor: string,
  secrets: Readonly<Record<string, string>>,
  exports: FunctionDescription["exports"],
  files: readonly string[],
): string {
  const modules = [...new Set(exports.map(({ module }) => module))];
  const list = exports.map(({ module, name }) => `module${module}[${JSON.stringify(name)}]`).join(", ");
  return `import { createHandler } from "lambent/handler";
import { readSecrets } from ${JSON.stringify(sourceFile("../handlers/secrets"))};
await readSecrets(${JSON.stringify(secrets)});
const [${modules.map((module) => `module${module}`).join(", ")}] = await Promise.all([
  ${modules.map((module) => `import(${JSON.stringify(files[module])})`).join(", ")}
]);
export const handler = await createHandler(${JSON.stringify(actor)}, [{ ...[${list}] }]);
`;
}

/** How long a module may take to import. */
const IMPORT_LIMIT_MS = 60_000;

function describe(program: string, modules: readonly string[]): Promise<ServiceDescription> {
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
    worker.once("message", (description: ServiceDescription) => {
      resolve(description);
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
