import { LambentError } from "../base/errors.ts";
import { callingInvocation } from "../invocation/invocation.ts";
import { assetReference, type AssetFile } from "../values/asset-file.ts";
import type { Asset, AssetFunction } from "../values/asset-types.ts";
import { S3File } from "../values/file.ts";
import { noteLocalFile } from "../values/local-files.ts";
import { unseenAsset } from "../values/replica-asset.ts";
import { assetFile, isPattern, matchingPaths } from "./asset-files.ts";
import { assetLocation } from "./asset-location.ts";
import { given } from "./given.ts";

/** A call of `asset` that tracing has seen. */
export interface TracedAsset {
  /** The path or pattern, as it is written. */
  readonly written: string;
  /** One file, or for a pattern all that match, by path. */
  readonly files: readonly AssetFile[];
  readonly isPattern: boolean;
}

const traced = new Map<string, TracedAsset>();

/** The assets that the author's modules have named so far. */
export function tracedAssets(): readonly TracedAsset[] {
  return [...traced.values()];
}

/**
 * A file of the project that tasks get as an {@link S3File}: model weights, an index, a table. `serverless deploy`
 * uploads it to the service's bucket, once for each content, and it counts neither for the size of the code nor for
 * the time of a cold start. It is data: it may be a workflow's default, an input of a task, or an argument in a
 * cache's `preload`. Call it at a module's top level.
 *
 * @param path relative to the project's directory: where serverless.yml is, and for `run()` where the process was
 * started. With `*`, `**`, `?` or `{a,b}` it is a pattern, and all files that match are returned, in the order of their
 * paths; directories named `node_modules`, and names that begin with a dot, are matched by no pattern.
 * @throws {LambentError} if there is no such file, or it is called while a task runs
 * @example
 * const weights = asset("models/weights.json"); // S3File<"json">
 * const load = actor.cache(async (file: S3File<"json">) => file.json(), { preload: [[weights]] });
 * const count = actor.task(async function count({ file }: { file: S3File<"json"> }) {
 *   return Object.keys(Object(await load(file))).length;
 * });
 * const counting = workflow({ file: weights }, function counting({ file }) {
 *   return count({ file });
 * });
 */
export const asset: AssetFunction = <const Path extends string>(path: Path): Asset<Path> => {
  if (typeof path !== "string") {
    throw new LambentError(`asset(…) takes the path of a file, as it is written, not ${given(path)}`);
  }
  const location = assetLocation();
  if (callingInvocation() !== undefined && !traced.has(path)) throw unseenAsset(path);
  const pattern = isPattern(path);
  const paths = pattern ? matchingPaths(path, location.root) : [path];
  const files = paths.map((one) => assetFile(one, path, location));
  traced.set(path, { written: path, files, isPattern: pattern });
  const made = files.map((file) => {
    const reference = assetReference(file, location);
    noteLocalFile(reference.uri, `${location.root}/${file.path}`);
    return new S3File(reference);
  });
  // The type says by the same characters whether the path is a pattern.
  return (pattern ? made : made[0]) as Asset<Path>;
};
