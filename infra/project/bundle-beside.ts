import type { BundleAndPackages } from "./build-memory.ts";
import type { BundleOptions } from "./bundle-job.ts";
import type { Bundle } from "./bundle.ts";
import { bundleWithClients } from "./own-clients.ts";
import { findPackages } from "./packages/bundle-packages.ts";
import { importsByName } from "./packages/imports-by-name.ts";
import { type StartedContext, withStartedModules } from "./started-modules.ts";
import { isOwnFile } from "./tree-shaking/own-files.ts";

/**
 * Bundle an entry, and find the packages that lie beside the bundle.
 * @param context for bundles of functions: modules that the author's code starts by their URL are bundled as well
 * @throws {LambentError} if the author's code does not bundle, or two versions of one package would lie beside it
 */
export async function bundleBeside(
  entry: string,
  options: BundleOptions,
  context?: Omit<StartedContext, "isAuthors">,
): Promise<BundleAndPackages> {
  for (;;) {
    const alone = await bundleWithClients(entry, options, context?.clients);
    const made =
      context === undefined ? alone : await withStartedModules(alone, options, { ...context, isAuthors: isAuthorFile });
    const imports = [...made.outside.imports, ...importsByName(codeFiles(made), options.outside.packages)];
    const packages = await findPackages(imports, made.sources, options.outside, options.root);
    if (packages !== undefined) return { bundle: made, packages };
  }
}

/** The author's own modules of a bundle, absolute. */
export function authorFiles({ sources }: Bundle): string[] {
  return sources.filter(isAuthorFile);
}

function isAuthorFile(path: string): boolean {
  return !path.includes("node_modules") && !isOwnFile(path);
}

/** The author's modules that are code, not data that a loader reads. */
export function codeFiles(made: Bundle): string[] {
  return authorFiles(made).filter((path) => /\.[cm]?[jt]sx?$/.test(path));
}
