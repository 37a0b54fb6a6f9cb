import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import type { ImportKind, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from "esbuild";
import { type InstalledPackage, type InstalledPackages, packageName } from "./installed-package.ts";

/** An import that a bundle leaves to Node.js: of a package that lies beside it. */
export interface OutsideImport {
  /** As the bundle has it: `sharp`, `typeorm/driver`. */
  readonly specifier: string;
  /** By `require`, or by `import`. */
  readonly isRequired: boolean;
  /** Where it is resolved from, absolute. */
  readonly directory: string;
  /** The file that imports it, absolute; "" for the text that the bundle begins with. */
  readonly importer: string;
  readonly target: InstalledPackage;
}

/** What a bundle imports from outside of itself, found while it is made. */
export interface OutsideImports {
  readonly imports: OutsideImport[];
  /** Packages that dependencies ask for and that are not installed: asking fails when it happens, as in Node.js. */
  readonly missing: Set<string>;
}

/** Of importers: a file, or the text that a bundle begins with. */
const FILES: ReadonlySet<string> = new Set(["file", ""]);

/** Of a package, or of what an author has given such a name. */
const ANY_NAME = /^(?:[^./]|\.[^./])/;

/** So that the plugin does not ask itself. */
const ASKED = Symbol("asked by lambent");

/**
 * Leaves packages out of a bundle.
 * @param isOutside whether a package is to stay a package
 * @param found is filled while the bundle is made
 * @param names of the only packages that it is asked about, if these are known: asking for each import of each package
 * takes half the time of a bundle
 */
export function outsidePlugin(
  packages: InstalledPackages,
  isOutside: (one: InstalledPackage) => boolean,
  found: OutsideImports,
  names?: readonly string[],
): Plugin {
  return {
    name: "lambent-outside",
    setup(build) {
      if (names?.length === 0) return;
      const filter = names === undefined ? ANY_NAME : new RegExp(`^(?:${names.map(escaped).join("|")})(?:/|$)`);
      build.onResolve({ filter }, async (args) => {
        if (args.kind === "entry-point" || args.pluginData === ASKED || !FILES.has(args.namespace)) return undefined;
        if (isBuiltin(args.path) || args.path.startsWith("data:")) return undefined;
        const target = packages.find(packageName(args.path), args.resolveDir);
        if (target === undefined) return resolveUnknown(build, args, packages, found);
        const owner = packages.ownerOf(args.importer);
        if (
          owner === target ||
          !isOutside(target) ||
          packages.ownerOf(join(target.directory, "package.json")) !== target
        )
          return undefined;
        const { path: specifier, kind, resolveDir: directory, importer } = args;
        found.imports.push({ specifier, isRequired: isRequire(kind), directory, importer, target });
        // A function whose tasks do not use it does without, as it does without bundled code that it does not use.
        return { path: specifier, external: true, sideEffects: isForEffect(specifier, importer) };
      });
    },
  };
}

/** Whether a module imports a package and names nothing of it: `import "reflect-metadata"`. */
function isForEffect(specifier: string, importer: string): boolean {
  const text = importer === "" ? "" : readFileSync(importer, "utf8");
  return new RegExp(`\\bimport\\s*["']${escaped(specifier)}["']`).test(text);
}

function escaped(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&");
}

/** What is no installed package may be an alias, or a path of the author's `tsconfig.json`; or it is not there. */
async function resolveUnknown(
  build: PluginBuild,
  { path, kind, importer, resolveDir, with: attributes }: OnResolveArgs,
  packages: InstalledPackages,
  { missing }: OutsideImports,
): Promise<OnResolveResult | undefined> {
  if (packages.ownerOf(importer) === undefined) return undefined; // the bundler tells the author of what is missing
  const question = { kind, importer, resolveDir, namespace: "file", pluginData: ASKED, with: attributes };
  const resolved = await build.resolve(path, question);
  if (resolved.errors.length === 0) return resolved;
  missing.add(packageName(path));
  return { path, external: true };
}

function isRequire(kind: ImportKind): boolean {
  return kind === "require-call" || kind === "require-resolve";
}
