import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Loader, Plugin } from "esbuild";
import { LambentError } from "../../sdk/base/errors.ts";

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
  /** Conditions of packages' `exports` to follow, before Node.js's own. */
  readonly conditions?: readonly string[];
  /** Modules to import in others' place, by what is imported. */
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

/**
 * The esbuild plugins of the author's own.
 * @throws {LambentError} if the module that is to have them has none
 */
export async function authorsPlugins({ esbuild }: BuildSettings, root: string): Promise<Plugin[]> {
  if (esbuild === undefined) return [];
  const file = join(root, esbuild);
  const module = (await import(pathToFileURL(file).href).catch((cause: unknown) => {
    throw new LambentError(`lambent.esbuild: ${esbuild} cannot be imported: ${String(cause)}`, { cause });
  })) as { readonly default?: unknown }; // whatever it exports, it is an object
  const exported = typeof module.default === "function" ? await (module.default as () => unknown)() : module.default;
  if (Array.isArray(exported) && exported.every(isPlugin)) return exported;
  throw new LambentError(
    `lambent.esbuild: ${esbuild} has to export a list of esbuild's plugins as its default, or a function that returns one`,
  );
}

function isPlugin(value: unknown): value is Plugin {
  return typeof value === "object" && value !== null && "name" in value && "setup" in value;
}
