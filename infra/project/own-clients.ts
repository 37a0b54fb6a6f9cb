import { join } from "node:path";
import type { BundleOptions, Entry } from "./bundle-job.ts";
import { type Bundle, bundle } from "./bundle.ts";
import { clientModules } from "./clients-plugin.ts";
import type { InstalledPackage } from "./packages/installed-package.ts";
import { OutsidePackages } from "./packages/outside-packages.ts";
import { isOwnFile } from "./tree-shaking/own-files.ts";

/** The AWS clients that Lambent's own code may load, bundled by themselves. */
export interface OwnClients {
  readonly bundle: Bundle;
  /** Paths of their files, absolute. */
  readonly sources: ReadonlySet<string>;
  readonly packages: ReadonlySet<InstalledPackage>;
}

/**
 * Bundles the clients once for all functions whose bundles have the same settings. They are by far the largest part of
 * most bundles, and the same in all of them.
 */
export class ClientBundles {
  readonly #made = new Map<string, Promise<OwnClients | undefined>>();

  /** @returns `undefined` if they have to be part of each bundle: what the author has changed may be in them */
  for(options: BundleOptions, hasSecrets: boolean): Promise<OwnClients | undefined> {
    const { root, nodeVersion, minify, settings } = options;
    const { alias = {}, conditions = [], loader = {} } = settings;
    if (options.authorsPlugins.length > 0 || Object.keys(alias).length + conditions.length > 0)
      return Promise.resolve(undefined);
    const key = JSON.stringify([root, nodeVersion, minify, loader, hasSecrets]);
    const made = this.#made.get(key) ?? bundleClients(options, hasSecrets);
    this.#made.set(key, made);
    return made;
  }
}

async function bundleClients(options: BundleOptions, hasSecrets: boolean): Promise<OwnClients | undefined> {
  const outside = new OutsidePackages([]);
  // Without maps, which would be half of each zip: what the author has written is in none of these files.
  const own = { outside, plugins: [], clients: "bundle", sourceMap: false } as const;
  const made = await bundle(clientModules(hasSecrets), { ...options, ...own });
  if (made.outside.imports.length > 0) return undefined;
  const sources = made.sources.filter((path) => !isOwnFile(path));
  const packages = sources.map((path) => options.outside.packages.ownerOf(path)).filter((one) => one !== undefined);
  return { bundle: made, sources: new Set(sources), packages: new Set(packages) };
}

/** A bundle with the clients that it imports: beside it, unless it has some of their modules itself. */
export async function bundleWithClients(
  entry: Entry,
  options: BundleOptions,
  clients: OwnClients | undefined,
): Promise<Bundle> {
  if (options.clients !== "beside") return bundle(entry, options);
  if (clients === undefined || [...clients.packages].some((one) => options.outside.has(one)))
    return bundle(entry, { ...options, clients: "bundle" });
  const made = await bundle(entry, options);
  if (!made.needsClients) return made;
  // Nothing may be there twice: the artifact would be larger, and a class would be two.
  const parts = made.parts.filter(({ bytes }) => bytes > 0).map(({ path }) => join(options.root, path));
  if (parts.some((path) => clients.sources.has(path))) return bundle(entry, { ...options, clients: "bundle" });
  return beside(made, clients.bundle);
}

function beside(made: Bundle, clients: Bundle): Bundle {
  const theirs = clients.files.map((file) => ({ ...file, isOwn: true }));
  return {
    ...made,
    files: [...made.files, ...theirs].toSorted((left, right) => (left.path < right.path ? -1 : 1)),
    sources: [...made.sources, ...clients.sources],
    commonJs: [...made.commonJs, ...clients.commonJs],
    parts: [...made.parts, ...clients.parts.map((part) => ({ ...part, isLazy: true }))].toSorted(
      (left, right) => right.bytes - left.bytes,
    ),
  };
}
