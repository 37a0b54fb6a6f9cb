import type { BuildFailure } from "esbuild";
import { join } from "node:path";
import { LambentError } from "../../../sdk/base/errors.ts";
import { InstalledPackages, type InstalledPackage, packageName } from "./installed-package.ts";
import type { OutsideImport } from "./outside-plugin.ts";
import { whyUnbundleable } from "./unbundleable.ts";

/** Which of a project's packages stay packages, beside its bundles. It learns from each bundle that is made. */
export class OutsidePackages {
  readonly packages: InstalledPackages = new InstalledPackages();
  /** Named by the author. */
  readonly #named: ReadonlySet<string>;
  /** Why, by package. */
  readonly #reasons = new Map<InstalledPackage, string>();
  /** Names of packages that are asked for and not installed. */
  readonly #missing = new Set<string>();
  #asksAll = true;

  constructor(named: readonly string[]) {
    this.#named = new Set(named);
  }

  has(one: InstalledPackage): boolean {
    return this.isNamed(one) || this.#reasons.has(one);
  }

  /** Whether the author has named it: all of it goes along then. */
  isNamed({ name }: InstalledPackage): boolean {
    return this.#named.has(name);
  }

  /**
   * The packages that the author has named, as the project has them.
   * @throws {LambentError} if one is not installed
   */
  named(root: string): InstalledPackage[] {
    return [...this.#named].map((name) => {
      const one = this.packages.find(name, root);
      if (one === undefined)
        throw new LambentError(
          `lambent.external names ${name}, which is not installed: run \`npm install ${name}\`, or leave it out`,
        );
      return one;
    });
  }

  /** The names that a bundle has to ask about; undefined, for all, until {@link askOnlyOfKnown}. */
  get namesToAsk(): readonly string[] | undefined {
    if (this.#asksAll) return undefined;
    const left = [...this.#reasons.keys()].map(({ name }) => name);
    return [...new Set([...this.#named, ...left, ...this.#missing])].toSorted();
  }

  /**
   * To be called when a bundle of all modules is made: those of functions have no packages besides. If one does, that is
   * learnt from the bundle, or from its failure, and it is made again.
   */
  askOnlyOfKnown(): void {
    this.#asksAll = false;
  }

  /** Packages that dependencies ask for and that are not installed. */
  learnMissing(names: Iterable<string>): void {
    for (const name of names) this.#missing.add(name);
  }

  leaveOut(one: InstalledPackage, why: string): void {
    if (!this.#reasons.has(one)) this.#reasons.set(one, why);
  }

  /**
   * Look at what a bundle was made of.
   * @param inputs its files, absolute
   * @param imports what it imports of packages beside it; a package that does so goes there as well, so that functions
   * which use neither have neither
   * @returns whether the bundle has to be made again, without packages that cannot be part of it
   */
  learn(inputs: readonly string[], imports: readonly OutsideImport[]): boolean {
    const files = new Map<InstalledPackage, string[]>();
    for (const input of inputs) {
      const owner = this.packages.ownerOf(input);
      if (owner !== undefined) files.set(owner, [...(files.get(owner) ?? []), input]);
    }
    const before = this.#size;
    for (const { importer, target } of imports) {
      const owner = this.packages.ownerOf(importer);
      if (owner !== undefined) this.leaveOut(owner, `it needs ${target.name}`);
    }
    for (const [one, own] of files) {
      const why = whyUnbundleable(one, own);
      if (why !== undefined) this.leaveOut(one, why);
    }
    return this.#size > before;
  }

  /**
   * Look at why a bundle could not be made: a package whose files the bundler cannot read is left to Node.js.
   * @returns whether it is worth trying again
   */
  learnFromFailure({ errors = [] }: BuildFailure, root: string): boolean {
    const before = this.#size;
    for (const { location, text } of errors) {
      const owner = location === null ? undefined : this.packages.ownerOf(join(root, location.file));
      const [, asked] = /^Could not resolve "([^"./][^"]*)"/.exec(text) ?? [];
      if (owner === undefined) continue;
      if (asked !== undefined && !this.#asksAll) this.#missing.add(packageName(asked));
      else this.leaveOut(owner, text);
    }
    return this.#size > before;
  }

  get #size(): number {
    return this.#reasons.size + this.#missing.size;
  }
}
