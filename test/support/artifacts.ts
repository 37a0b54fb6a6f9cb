import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BuildSettings } from "../../infra/project/build-settings.ts";
import { loadProject } from "../../infra/project/load-project.ts";
import { thisPlatform } from "../../infra/project/packages/target-platform.ts";
import { loadableOf, type LoadFailure, verifyArtifact } from "../../infra/project/verify-artifact.ts";
import { projectDirectory } from "./project-directory.ts";

const run = promisify(execFile);

/** A service as its author has it on disk. */
export interface Service {
  /** By path, relative to the directory of all. */
  readonly files: Readonly<Record<string, string>>;
  /** Symbolic links: path to target, which is relative to the link. */
  readonly links?: Readonly<Record<string, string>>;
  /** The directory with serverless.yml; the directory of all by default. */
  readonly at?: string;
  readonly workflows?: readonly string[];
  readonly settings?: BuildSettings;
  readonly functionSettings?: Readonly<Record<string, BuildSettings>>;
}

/** What the packages of a service do, away from the service. */
export interface Packaged {
  /** What each task returns, or the message of what it throws, by its name. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Failures to load, by function. */
  readonly missing: readonly LoadFailure[];
  readonly thrown: readonly LoadFailure[];
  /** The files beside each bundle, by function: actor's name, or `tasks`. */
  readonly placed: Readonly<Record<string, readonly string[]>>;
}

/**
 * Put a service's functions together as for Lambda, take the service away, and load and call each function where
 * nothing else is.
 */
export async function packaged({ files, links = {}, at = ".", ...service }: Service): Promise<Packaged> {
  const project = projectDirectory(files);
  for (const [path, target] of Object.entries(links)) project.link(path, target);
  const away = realpathSync(mkdtempSync(join(tmpdir(), "lambent-away-")));
  try {
    const { description, artifacts } = await loadProject({
      root: join(project.root, at),
      workflows: service.workflows ?? ["flows.{ts,mts,js}"],
      outDir: join(project.root, "out"),
      platformOf: thisPlatform,
      minify: true,
      ...(service.settings === undefined ? {} : { settings: service.settings }),
      ...(service.functionSettings === undefined ? {} : { functionSettings: service.functionSettings }),
    });
    const directories = artifacts.map((artifact, index) => {
      const directory = join(away, String(index));
      cpSync(artifact.directory, directory, { recursive: true });
      return { artifact, directory };
    });
    renameSync(project.root, `${project.root}.gone`);
    const outputs: Record<string, unknown> = {};
    const missing: LoadFailure[] = [];
    const thrown: LoadFailure[] = [];
    const placed: Record<string, readonly string[]> = {};
    for (const [index, { artifact, directory }] of directories.entries()) {
      const verification = await verifyArtifact(directory, loadableOf(artifact), thisPlatform(), {});
      missing.push(...verification.missing);
      thrown.push(...verification.thrown);
      const { tasks, actor } = description.functions[index] ?? { tasks: [] };
      placed[actor?.name ?? "tasks"] = artifact.placed.map(({ path }) => path);
      for (const task of tasks) outputs[task] = await called(directory, task);
    }
    return { outputs, missing, thrown, placed };
  } finally {
    rmSync(away, { recursive: true, force: true });
    rmSync(`${project.root}.gone`, { recursive: true, force: true });
    project.remove();
  }
}

/** What a task returns in a process of its own, without inputs. */
async function called(directory: string, task: string): Promise<unknown> {
  const program = `
import { handler } from "./index.mjs";
const context = { getRemainingTimeInMillis: () => 60_000 };
const answer = await handler({ task: ${JSON.stringify(task)}, inputs: {} }, context).catch((error) => ({ output: String(error.message) }));
process.stdout.write(JSON.stringify(answer.output ?? null), () => process.exit(0));`;
  writeFileSync(join(directory, "call.mjs"), program);
  const { stdout } = await run(process.execPath, ["call.mjs"], {
    cwd: directory,
    env: { LAMBENT_METRICS: "off", LAMBDA_TASK_ROOT: directory, AWS_LAMBDA_FUNCTION_NAME: "packaged" },
  });
  return JSON.parse(stdout) as unknown;
}
