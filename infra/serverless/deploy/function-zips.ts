import { statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { functionKey, type FunctionDescription } from "../../../sdk/authoring/service.ts";
import type { Artifact } from "../../project/artifact.ts";
import type { TargetPlatform } from "../../project/packages/target-platform.ts";
import { checkCodeSize } from "./checks.ts";
import type { FunctionEntry } from "./framework.ts";
import type { PackageVerification } from "./verify.ts";
import { type Deflated, zipDirectory } from "./zip.ts";

/** A function, and what is deployed of it. */
interface PackagedFunction {
  readonly fn: FunctionDescription;
  readonly artifact: Artifact;
  /** As they are deployed: of an actor with affinity, one for each replica. */
  readonly entries: readonly FunctionEntry[];
  readonly platform: TargetPlatform;
}

interface ZipContext {
  readonly serviceDir: string;
  /** Variables that all functions of the service have. */
  readonly environment: Readonly<Record<string, unknown>> | undefined;
  /** Loads each package once, as Lambda would load it. Absent: none is loaded. */
  readonly verification: PackageVerification | undefined;
}

/**
 * Zip each function's artifact, and set the zip as what the framework deploys. A function that is an image, or a zip of
 * the author's own, has none.
 * @throws {LambentError} if one is too large for Lambda, or does not load
 */
export async function zipFunctions(
  functions: readonly PackagedFunction[],
  { serviceDir, environment, verification }: ZipContext,
): Promise<void> {
  await mkdir(join(serviceDir, ".serverless"), { recursive: true });
  const deflated: Deflated = new Map();
  for (const { fn, artifact, entries, platform } of functions) {
    const [entry] = entries;
    if (entry === undefined || entry.image !== undefined || entry.package?.artifact !== undefined) continue;
    const key = functionKey(fn);
    // Relative, because a package may be deployed from another directory than that in which it was made.
    const zipFile = join(".serverless", `${key}.zip`);
    checkCodeSize(key, fn.tasks, artifact.bytes, largestParts(artifact));
    await zipDirectory(artifact.directory, join(serviceDir, zipFile), deflated);
    for (const one of entries) one.package = { ...one.package, individually: true, artifact: zipFile };
    verification?.add({
      fn,
      key,
      artifact,
      platform,
      zipFile: join(serviceDir, zipFile),
      environment: textVariables({ ...environment, ...entry.environment }),
    });
  }
  await verification?.end();
}

/** How many of an artifact's parts a message lists. */
const LISTED_PARTS = 5;

/** The packages, data files and bundled modules that take the most room, each with its size. */
function largestParts({ bundle, placed }: Artifact): string[] {
  const sizes = new Map(bundle.parts.map(({ path, bytes }) => [path, bytes]));
  for (const { path, source } of placed) {
    const name = /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path;
    sizes.set(name, (sizes.get(name) ?? 0) + statSync(source).size);
  }
  const largest = [...sizes].toSorted(([, left], [, right]) => right - left).slice(0, LISTED_PARTS);
  return largest.map(([path, bytes]) => `${path} (${bytes} bytes)`);
}

/** The variables that are text already; references to other resources have no value yet. */
function textVariables(environment: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );
}
