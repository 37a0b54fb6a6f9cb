import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { FunctionDescription } from "../../../sdk/authoring/service.ts";
import type { Artifact } from "../../project/artifact.ts";
import type { TargetPlatform } from "../../project/packages/target-platform.ts";
import { loadableOf, type LoadFailure, verifyArtifact } from "../../project/verify-artifact.ts";
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
 * Load each function's package once, as many at a time as there are processors.
 * @throws {LambentError} with the remedy, if something is not there or cannot be loaded
 */
export async function verifyPackages(packages: readonly PackagedFunction[], log: PluginTools["log"]): Promise<void> {
  const waiting = [...packages];
  const notes = new Map<string, string[]>();
  const loaded = new Map<number, Set<string>>();
  /** Each version of Node.js has to load Lambent's own files once. */
  function loadedBy({ node }: TargetPlatform): Set<string> {
    const own = loaded.get(node) ?? new Set();
    loaded.set(node, own);
    return own;
  }
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const note = await verifyPackage(next, log, loadedBy(next.platform));
      if (note !== undefined) notes.set(note, [...(notes.get(note) ?? []), next.key]);
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, () => work()));
  for (const [note, keys] of notes) log.notice(`Lambent: ${keys.toSorted().join(", ")}: ${note}`);
}

/**
 * Unzip a function's package where nothing else is, and load it there as Lambda would.
 * @param loaded Lambent's own files that need not be loaded once more; see `loadableOf`
 * @returns what the author has to know of how it was loaded
 * @throws {LambentError} with the remedy, if something is not there or cannot be loaded
 */
export async function verifyPackage(
  packaged: PackagedFunction,
  log: PluginTools["log"],
  loaded: Set<string> = new Set(),
): Promise<string | undefined> {
  const { fn, artifact, platform, zipFile, environment } = packaged;
  const directory = await mkdtemp(join(tmpdir(), "lambent-verify-"));
  try {
    await unzipTo(directory, zipFile);
    const placeholders = Object.fromEntries(Object.keys(fn.actor?.secrets ?? {}).map((name) => [name, "placeholder"]));
    const variables = { ...environment, ...placeholders };
    const { missing, thrown, note } = await verifyArtifact(
      directory,
      loadableOf(artifact, loaded),
      platform,
      variables,
    );
    const [first] = missing;
    if (first !== undefined)
      throw new LambentError(`${describe(packaged, first, directory)}: ${remedyOf(first, directory)}`);
    for (const failure of thrown)
      log.warning(`Lambent: ${describe(packaged, failure, directory)}: it may do so on Lambda, too`);
    return note;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function describe(
  { key, fn, artifact }: PackagedFunction,
  { specifier, message, place }: LoadFailure,
  directory: string,
): string {
  const what = specifier === "./index.mjs" ? "its package" : `${specifier} in its package`;
  const where = place === undefined ? "" : ` (${place})`;
  const files = artifact.modules.length === 0 ? "" : `, from ${artifact.modules.join(", ")}`;
  return `function ${key} (tasks ${fn.tasks.join(", ")}${files}): ${what} does not load: ${message.replaceAll(`${directory}/`, "").split("\n")[0]}${where}`;
}

/** What puts the missing thing into the package. */
function remedyOf({ message }: LoadFailure, directory: string): string {
  if (/^loading it ends|^it awaits/.test(message))
    return "do that in a task, or package it with --no-verify if Lambda has what it needs";
  const inside = message.split(directory)[1]?.replace(/^\//, "") ?? "";
  const owner = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(inside)?.[1];
  const asked = /Cannot find (?:package|module) '((?:@[^/']+\/)?[^./'][^/']*)/.exec(message)?.[1];
  if (asked !== undefined && owner !== asked)
    return `run \`npm install ${asked}\` if it is not installed, or name it in lambent.external if it is`;
  if (owner !== undefined) return `name ${owner} in lambent.external, so that all of it goes along`;
  return "name the files that it needs in lambent.include";
}
