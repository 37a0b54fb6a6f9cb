import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { FunctionDescription } from "../../../sdk/authoring/service.ts";
import type { Artifact } from "../../project/artifact.ts";
import type { TargetPlatform } from "../../project/packages/target-platform.ts";
import { importsOf, type LoadFailure, verifyArtifact } from "../../project/verify-artifact.ts";
import type { PluginTools } from "./framework.ts";
import { unzipTo } from "./zip.ts";

/** A function's package, as it will be deployed. */
export interface PackagedFunction {
  readonly fn: FunctionDescription;
  /** Its key in serverless.yml. */
  readonly key: string;
  readonly artifact: Artifact;
  readonly platform: TargetPlatform;
  readonly zipFile: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Unzip a function's package where nothing else is, and load it there as Lambda would.
 * @throws {LambentError} with the remedy, if something is not there or cannot be loaded
 */
export async function verifyPackage(packaged: PackagedFunction, log: PluginTools["log"]): Promise<void> {
  const { fn, key, artifact, platform, zipFile, environment } = packaged;
  const directory = await mkdtemp(join(tmpdir(), "lambent-verify-"));
  try {
    await unzipTo(directory, zipFile);
    const placeholders = Object.fromEntries(Object.keys(fn.actor?.secrets ?? {}).map((name) => [name, "placeholder"]));
    const variables = { ...environment, ...placeholders };
    const { missing, thrown, skipped } = await verifyArtifact(directory, importsOf(artifact), platform, variables);
    if (skipped !== undefined) log.notice(`Lambent: ${key}: its package was not loaded here: ${skipped}`);
    const [first] = missing;
    if (first !== undefined) throw new LambentError(`${describe(packaged, first)}: ${remedyOf(first, directory)}`);
    for (const failure of thrown) log.warning(`Lambent: ${describe(packaged, failure)}: it may do so on Lambda, too`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function describe({ key, fn, artifact }: PackagedFunction, { specifier, message, place }: LoadFailure): string {
  const what = specifier === "./index.mjs" ? "its package" : `${specifier} in its package`;
  const where = place === undefined ? "" : ` (${place})`;
  const files = artifact.modules.length === 0 ? "" : `, from ${artifact.modules.join(", ")}`;
  return `function ${key} (tasks ${fn.tasks.join(", ")}${files}): ${what} does not load: ${message.split("\n")[0]}${where}`;
}

/** What puts the missing thing into the package. */
function remedyOf({ message }: LoadFailure, directory: string): string {
  const inside = message.split(directory)[1]?.replace(/^\//, "") ?? "";
  const owner = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(inside)?.[1];
  const asked = /Cannot find (?:package|module) '((?:@[^/']+\/)?[^./'][^/']*)/.exec(message)?.[1];
  if (asked !== undefined && owner !== asked)
    return `run \`npm install ${asked}\` if it is not installed, or name it in lambent.external if it is`;
  if (owner !== undefined) return `name ${owner} in lambent.external, so that all of it goes along`;
  return "name the files that it needs in lambent.include";
}
