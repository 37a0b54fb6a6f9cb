import { existsSync, readdirSync } from "node:fs";
import { dirname, relative } from "node:path";
import { LambentError } from "../../sdk/base/errors.ts";
import type { WorkflowDefinition } from "../../sdk/authoring/definition.ts";
import type { ExecutionDescription } from "../emulator/index.ts";
import type { BuildSettings } from "../project/build-settings.ts";
import { answering, type Answers } from "./answers.ts";
import { serve } from "./serve.ts";
import type { ServeOptions } from "./serve-options.ts";

/** Where the modules of a bundled run are. */
export interface BundledOptions {
  /** The project's directory. Default: the nearest one above the workflow's module with a serverless.yml, or a package.json. */
  readonly root?: string;
  /** Globs or paths of the modules that export the workflow, relative to `root`. Default: the one that called `workflow()`. */
  readonly workflows?: readonly string[];
  /** As in serverless.yml's `lambent:` block, which is not read. */
  readonly settings?: BuildSettings;
  /** The buckets from which the inputs may name files, beside the service's own: those of `lambent.buckets`. */
  readonly buckets?: readonly string[];
}

/**
 * Run one execution in replicas, each a process that runs its function's artifact away from the project, and end them.
 * @param surroundings variables of all functions, and who is told of the execution
 * @throws {LambentError} if the modules cannot be bundled, or do not export the workflow
 */
export async function runBundled(
  { graph: { workflow }, file }: WorkflowDefinition,
  input: string,
  {
    answers,
    ...surroundings
  }: Pick<ServeOptions, "environment" | "onProgress" | "integrations"> & { readonly answers: Answers },
  options: BundledOptions,
): Promise<ExecutionDescription> {
  const root = options.root ?? (file === undefined ? process.cwd() : projectOf(file));
  const workflows = options.workflows ?? (file === undefined ? [] : [relative(root, file).replaceAll("\\", "/")]);
  if (workflows.length === 0 || (options.workflows === undefined && /\.test\.[cm]?[jt]sx?$/.test(file ?? ""))) {
    throw new LambentError(
      `workflow ${workflow} is made ${file === undefined ? "where no stack tells" : `in ${relative(root, file)}, a test`}: ` +
        "export it from a module of its own, or name the modules to bundle in run(…, { bundled: true, workflows: […] })",
    );
  }
  const served = await serve({
    root,
    service: "local",
    stage: "bundled",
    workflows,
    port: 0,
    say: () => {},
    ...surroundings,
    ...(options.settings === undefined ? {} : { settings: options.settings }),
    ...(options.buckets === undefined ? {} : { buckets: options.buckets }),
  });
  try {
    const stateMachineArn = served.stateMachines.get(workflow);
    if (stateMachineArn === undefined) {
      throw new LambentError(
        `no module of ${workflows.join(", ")} exports workflow ${workflow}: name those that export it in run(…, { bundled: true, workflows: […] })`,
      );
    }
    const { states } = served.emulator;
    const unanswered = answering(states.taskTokens, answers);
    const { executionArn } = states.startExecution({ stateMachineArn, input });
    return await Promise.race([states.executionEnd(executionArn), unanswered]);
  } finally {
    await served.close();
  }
}

/** The nearest directory above a file with a service in it; else the nearest with a package. */
function projectOf(file: string): string {
  return (
    nearest(file, (names) => names.some((name) => /^serverless\.(?:ya?ml|json|[cm]?[jt]s)$/.test(name))) ??
    nearest(file, (names) => names.includes("package.json")) ??
    dirname(file)
  );
}

function nearest(file: string, isIt: (names: readonly string[]) => boolean): string | undefined {
  for (let at = dirname(file); ; at = dirname(at)) {
    if (existsSync(at) && isIt(readdirSync(at))) return at;
    if (dirname(at) === at) return undefined;
  }
}
