import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Bundle } from "./bundle.ts";
import { Bundler } from "./bundler.ts";
import { ClientBundles } from "./own-clients.ts";
import type { BundlePackages } from "./packages/bundle-packages.ts";
import { OutsidePackages } from "./packages/outside-packages.ts";

/** A bundle, and the packages beside it. */
export interface BundleAndPackages {
  readonly bundle: Bundle;
  readonly packages: BundlePackages;
}

interface Kept extends BundleAndPackages {
  readonly key: string;
  readonly stamp: string;
}

/** What package managers write when they install something. */
const INSTALLED = [".package-lock.json", ".modules.yaml", ".yarn-state.yml", ""];

/**
 * What is known from one load of a project to the next: what esbuild has parsed, which modules are the author's, which
 * packages stay packages, and the bundles of functions.
 */
export class BuildMemory {
  readonly bundler: Bundler = new Bundler();
  readonly clients: ClientBundles = new ClientBundles();
  /** The author's modules that were bundled last. */
  authors: readonly string[] | undefined;
  readonly #bundles = new Map<string, Kept>();
  #outside: { readonly of: string; readonly packages: OutsidePackages } | undefined;

  /**
   * Which packages are outside of bundles, as far as was found before. Something may have been installed since.
   * @param named by the author
   */
  outside(named: readonly string[], root: string): OutsidePackages {
    const of = JSON.stringify([named, installedStamp(root)]);
    if (this.#outside?.of !== of) this.#outside = { of, packages: new OutsidePackages(named) };
    return this.#outside.packages;
  }

  /** To be called when a load has failed, or when what has changed is not known to be a module or a data file. */
  forget(): void {
    this.#outside = undefined;
    this.authors = undefined;
    this.#bundles.clear();
  }

  /**
   * The bundle of a function: the one that was made before, if nothing that it is made of has changed.
   * @param name the function's
   * @param key what it depends on besides its files
   */
  async bundleOf(name: string, key: string, make: () => Promise<BundleAndPackages>): Promise<BundleAndPackages> {
    const kept = this.#bundles.get(name);
    if (kept?.key === key && kept.stamp === stampOf(kept.bundle.sources)) return kept;
    const began = Date.now();
    const made = await make();
    const stamp = stampOf(made.bundle.sources, began);
    if (stamp === undefined) this.#bundles.delete(name);
    else this.#bundles.set(name, { ...made, key, stamp });
    return made;
  }
}

/**
 * The files' times and sizes.
 * @returns `undefined` if one has changed since a time, in milliseconds since the epoch
 */
function stampOf(files: readonly string[], since: number = Number.POSITIVE_INFINITY): string | undefined {
  const hash = createHash("sha256");
  for (const file of files) {
    const { mtimeMs, size } = statSync(file, { throwIfNoEntry: false }) ?? { mtimeMs: 0, size: 0 };
    if (mtimeMs >= since) return undefined;
    hash.update(`${file}\0${mtimeMs}\0${size}\0`);
  }
  return hash.digest("hex");
}

/** Changes with each installation of packages, in the project and in the directories above it. */
function installedStamp(root: string): string {
  const found: string[] = [];
  for (let at = root; ; at = dirname(at)) {
    const directory = join(at, "node_modules");
    if (existsSync(directory)) {
      const times = INSTALLED.map((name) => statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs);
      found.push(`${directory} ${times.join(" ")}`);
    }
    if (dirname(at) === at) return found.join("\n");
  }
}
