import { existsSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Loader, Plugin } from "esbuild";
import { LambentError } from "../../sdk/base/errors.ts";
import { withEsbuild } from "./esbuild.ts";
import { LAMBENT_DIRECTORY } from "./names.ts";

/** What an author says of how code is put together; of a whole service, or of one function beneath that. */
export interface BuildSettings {
  /** Packages that stay packages, whole, beside the bundle: what no tracer finds of them is there too. */
  readonly external?: readonly string[];
  /** Globs of files that go along, relative to the project; one with `!` in front takes away. */
  readonly include?: readonly string[];
  /** By extension, what importing a file of it gives: its path, its text, its bytes, or what esbuild's other loaders do. */
  readonly loader?: Readonly<Record<string, Loader>>;
  /** A module whose default export is a list of esbuild's plugins, or a function that returns one; relative to the project. */
  readonly esbuild?: string;
  /** Conditions of packages' `exports` to follow, before Node.js's own; in the bundle, not in packages beside it. */
  readonly conditions?: readonly string[];
  /** Modules to import in others' place, by what is imported; paths are relative to the project. In the bundle. */
  readonly alias?: Readonly<Record<string, string>>;
}

/** The settings of one function: lists are added up, and entries of its own replace the service's. */
export function settingsOf(service: BuildSettings, own: BuildSettings = {}): BuildSettings {
  return {
    ...service,
    ...own,
    external: [...(service.external ?? []), ...(own.external ?? [])],
    include: [...(service.include ?? []), ...(own.include ?? [])],
    conditions: [...(own.conditions ?? []), ...(service.conditions ?? [])],
    loader: { ...service.loader, ...own.loader },
    alias: { ...service.alias, ...own.alias },
  };
}

/** What imports of other names stand for, as esbuild's own `alias` has it, but before packages are left out of a bundle. */
export function aliasPlugin({ alias = {} }: BuildSettings, root: string): Plugin {
  const names = Object.keys(alias).toSorted((left, right) => right.length - left.length);
  return {
    name: "lambent-alias",
    setup({ onResolve, resolve }) {
      if (names.length === 0) return;
      onResolve({ filter: /^[^./]/ }, ({ path, kind, importer, with: attributes }) => {
        const name = names.find((one) => path === one || path.startsWith(`${one}/`));
        if (name === undefined) return undefined;
        const meant = `${alias[name] ?? name}${path.slice(name.length)}`;
        if (meant === path) return undefined;
        return resolve(meant, { kind, importer, resolveDir: root, namespace: "file", with: attributes });
      });
    },
  };
}

/** The loader that gives a file's path: the others give what is in it. */
const PATH_LOADER: Loader = "file";

/** Whether importing a file gives its path, so that it goes along as a data file. */
export function isImportedByPath({ loader = {} }: BuildSettings, file: string): boolean {
  return loader[extname(file)] === PATH_LOADER;
}

/**
 * Gives imports of files their absolute paths. (esbuild's own loader gives one relative to the bundle, which is right
 * only where the working directory is the bundle's.)
 * @param urlOf where a file lies when the bundle runs, as JavaScript for a URL
 */
export function pathPlugin(settings: BuildSettings, urlOf: (file: string) => string): Plugin {
  const extensions = Object.entries(settings.loader ?? {}).flatMap(([extension, loader]) =>
    loader === PATH_LOADER ? [extension.replaceAll(".", "\\.")] : [],
  );
  return {
    name: "lambent-path",
    setup({ onLoad }) {
      if (extensions.length === 0) return;
      onLoad({ filter: new RegExp(`(?:${extensions.join("|")})$`), namespace: "file" }, ({ path }) => ({
        contents: `export default process.getBuiltinModule("node:url").fileURLToPath(${urlOf(path)});`,
      }));
    },
  };
}

/**
 * The esbuild plugins of the author's own.
 * @throws {LambentError} if the module that is to have them has none
 */
export async function authorsPlugins({ esbuild }: BuildSettings, root: string): Promise<Plugin[]> {
  if (esbuild === undefined) return [];
  const file = join(root, esbuild);
  if (!existsSync(file)) throw new LambentError(`lambent.esbuild: ${esbuild} is not there, in ${root}`);
  const module = (await importModule(file, root).catch((cause: unknown) => {
    throw new LambentError(`lambent.esbuild: ${esbuild} cannot be imported: ${String(cause)}`, { cause });
  })) as { readonly default?: unknown }; // whatever it exports, it is an object
  const exported = typeof module.default === "function" ? await (module.default as () => unknown)() : module.default;
  if (Array.isArray(exported) && exported.every(isPlugin)) return exported;
  throw new LambentError(
    `lambent.esbuild: ${esbuild} has to export a list of esbuild's plugins as its default, or a function that returns one`,
  );
}

/** Node.js 20 imports no TypeScript. */
async function importModule(file: string, root: string): Promise<unknown> {
  if (!/\.[cm]?ts$/.test(file)) return import(pathToFileURL(file).href);
  const outfile = join(root, LAMBENT_DIRECTORY, "esbuild-plugins.mjs");
  const options = { bundle: true, packages: "external", format: "esm", platform: "node", logLevel: "silent" } as const;
  await withEsbuild(({ build }) => build({ ...options, entryPoints: [file], outfile }));
  return import(`${pathToFileURL(outfile).href}?${statSync(file).mtimeMs}`); // it may change while it is served
}

function isPlugin(value: unknown): value is Plugin {
  return typeof value === "object" && value !== null && "name" in value && "setup" in value;
}
