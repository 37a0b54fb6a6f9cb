import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { Worker } from "node:worker_threads";
import type { TracedAsset } from "../../sdk/authoring/asset.ts";
import { ASSET_LOCATION, type AssetLocation } from "../../sdk/authoring/asset-location.ts";
import type { ServiceDescription } from "../../sdk/authoring/service.ts";
import type { TaskVariable } from "../../sdk/authoring/task-variables.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import { VARIABLES_MODULE } from "./tree-shaking/author-modules.ts";
import { sourceFile } from "./tree-shaking/own-files.ts";

/** The program of the thread that traces: a module that throws, exits or hangs ends only this thread. */
export function tracingEntry(files: readonly string[]): string {
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

function imports(files: readonly string[]): string {
  return files.map((file, index) => `import * as module${index} from ${JSON.stringify(file)};`).join("\n");
}

function list(files: readonly string[]): string {
  return `[${files.map((_, index) => `module${index}`).join(", ")}]`;
}

/** Milliseconds that importing the modules may take between two workflows. */
const IMPORT_LIMIT_MS = 60_000;
/** Milliseconds that a workflow's function may take, which has nothing to do but to call tasks. */
const TRACE_LIMIT_MS = 20_000;

/** What the thread sends back. */
export interface Traced {
  readonly description: ServiceDescription;
  readonly variables: readonly TaskVariable[];
  readonly assets: readonly TracedAsset[];
}

/** What it sends before: which workflow's function runs, or that it has ended. */
interface Tracing {
  readonly tracing: string | undefined;
}

/**
 * Import the author's modules in a thread of their own, and describe the service that they make up.
 * @param program the path of the bundle of {@link tracingEntry}
 * @param modules the paths of the author's modules, for messages
 * @throws {LambentError} with file and line, if one throws, ends the process, or takes more than a minute; with the
 * workflow, if its function does not come to an end
 */
export function describe(
  program: string,
  modules: readonly string[],
  location: AssetLocation,
  traceLimitMs: number = TRACE_LIMIT_MS,
): Promise<Traced> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(pathToFileURL(program), {
      execArgv: ["--enable-source-maps"],
      env: { ...process.env, [ASSET_LOCATION]: JSON.stringify(location) },
      stdout: false,
    });
    function expire(tracing: string | undefined): void {
      reject(new LambentError(tracing === undefined ? SLOW_IMPORT : endless(tracing, traceLimitMs)));
      void worker.terminate();
    }
    let timer = setTimeout(expire, IMPORT_LIMIT_MS, undefined);
    worker.on("message", (message: Traced | Tracing) => {
      clearTimeout(timer);
      if (!("tracing" in message)) {
        resolve(message);
        void worker.terminate(); // a timer or a socket that a module has opened would keep it running
        return;
      }
      const { tracing } = message;
      timer = setTimeout(expire, tracing === undefined ? IMPORT_LIMIT_MS : traceLimitMs, tracing);
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

const SLOW_IMPORT = `the workflows' modules take more than ${IMPORT_LIMIT_MS / 1000} s to import: move work out of the module's top level into a task or a cache`;

function endless(workflow: string, limitMs: number): string {
  return `the function of workflow ${workflow} has run for ${limitMs / 1000} s: it is traced once, and only calls tasks. A loop whose condition is a Ref never ends, for a Ref is always true: loop within a task, or use mapTask`;
}

/** Node's exit code when the event loop is empty and a top-level `await` still waits. */
const UNSETTLED_AWAIT = 13;

/** The error's message, and the first lines of its stack that are in the author's files. */
function importFailure(error: unknown): string {
  if (!(error instanceof Error))
    return `a workflow's module threw ${typeof error === "string" ? JSON.stringify(error) : inspect(error)}, which is no Error and so names no place`;
  const { name, message, stack }: { name: unknown; message: unknown; stack?: unknown } = error; // an author may set them
  const own = (Array.isArray(stack) ? stack : String(stack).split("\n"))
    .map(String)
    // What JavaScript itself calls, such as the function of `list.map(…)`, has no file: `Array.map (<anonymous>)`.
    .filter((line) => /^\s+at /.test(line) && !/node:|lambent:entry|node_modules|\(<anonymous>\)$/.test(line));
  const text = name === "LambentError" ? String(message) : `${String(name)}: ${String(message)}`;
  return [text, ...own.filter((line) => !line.includes("/sdk/")).slice(0, 3)].join("\n");
}
