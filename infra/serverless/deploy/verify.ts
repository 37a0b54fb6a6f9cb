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

/** Loads functions' packages, each once, as many at a time as there are processors, while others are being zipped. */
export class PackageVerification {
  readonly #log: PluginTools["log"];
  readonly #waiting: PackagedFunction[] = [];
  /** By what the author has to know, the functions that it is about. */
  readonly #notes = new Map<string, string[]>();
  /** By version of Node.js, which of Lambent's own files it has loaded. */
  readonly #loaded = new Map<number, Set<string>>();
  readonly #work: Promise<void>[] = [];
  #running = 0;

  constructor(log: PluginTools["log"]) {
    this.#log = log;
  }

  add(packaged: PackagedFunction): void {
    this.#waiting.push(packaged);
    if (this.#running >= availableParallelism()) return;
    const work = this.#verifyWaiting();
    work.catch(() => {}); // `end` throws it
    this.#work.push(work);
  }

  /**
   * Wait until all are loaded.
   * @throws {LambentError} with the remedy, if something is not there or cannot be loaded
   */
  async end(): Promise<void> {
    await Promise.all(this.#work);
    for (const [note, keys] of this.#notes) this.#log.notice(`Lambent: ${keys.toSorted().join(", ")}: ${note}`);
  }

  async #verifyWaiting(): Promise<void> {
    this.#running += 1;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { node } = next.platform;
      const loaded = this.#loaded.get(node) ?? new Set();
      this.#loaded.set(node, loaded);
      const note = await verifyPackage(next, this.#log, loaded);
      if (note !== undefined) this.#notes.set(note, [...(this.#notes.get(note) ?? []), next.key]);
    }
    this.#running -= 1;
  }
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
