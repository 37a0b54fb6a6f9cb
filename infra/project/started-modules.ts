import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { pathPlugin } from "./build-settings.ts";
import type { BundleOptions } from "./bundle-job.ts";
import type { Bundle } from "./bundle.ts";
import type { AuthorLayout } from "./data-files.ts";
import { bundleWithClients, type OwnClients } from "./own-clients.ts";
import type { AuthorModules } from "./tree-shaking/author-modules.ts";
import { startedBundle, startedModules } from "./tree-shaking/modules-by-url.ts";

/**
 * A bundle, with those of the modules that the author's code starts by their URL, each in a directory of its own:
 * workers and other processes, which may be TypeScript and may start further ones.
 * @param made the bundle that starts them
 * @param isAuthors whether a file is a module of the author's
 */
export async function withStartedModules(
  made: Bundle,
  options: BundleOptions,
  context: StartedContext,
): Promise<Bundle> {
  const { layout, isAuthors } = context;
  const bundles = new Map<string, Bundle>();
  const waiting = [made];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const started = next.sources.filter(isAuthors).flatMap((path) => startedModules(readFileSync(path, "utf8"), path));
    for (const file of started) {
      if (bundles.has(file)) continue;
      const directory = startedBundle(layout.pathOf(file));
      const one = await startedAlone(file, directory, options, context);
      bundles.set(file, inDirectory(one, directory));
      waiting.push(one);
    }
  }
  return [...bundles.values()].reduce(together, made);
}

/** @param directory where its bundle will lie, below that of the function's */
function startedAlone(
  file: string,
  directory: string,
  options: BundleOptions,
  { authors, layout, clients }: StartedContext,
): Promise<Bundle> {
  function placeOf(module: string): string {
    return relative(directory, layout.pathOf(module)).replaceAll("\\", "/");
  }
  const plugins = [
    pathPlugin(options.settings, (path) => `new URL(${JSON.stringify(placeOf(path))}, import.meta.url)`),
    authors.started(placeOf),
  ];
  return bundleWithClients(`import ${JSON.stringify(file)};`, { ...options, plugins }, clients);
}

export interface StartedContext {
  readonly authors: AuthorModules;
  readonly layout: AuthorLayout;
  readonly isAuthors: (file: string) => boolean;
  /** The AWS clients that may lie beside a bundle. */
  readonly clients?: OwnClients | undefined;
}

function inDirectory(made: Bundle, directory: string): Bundle {
  return {
    ...made,
    files: made.files.map((file) => ({ ...file, path: `${directory}${file.path}` })),
    maps: new Map([...made.maps].map(([path, map]) => [`${directory}${path}`, map])),
    parts: made.parts.map((part) => ({ ...part, isLazy: true })),
  };
}

function together(one: Bundle, other: Bundle): Bundle {
  return {
    files: [...one.files, ...other.files],
    maps: new Map([...one.maps, ...other.maps]),
    sources: [...new Set([...one.sources, ...other.sources])],
    commonJs: [...one.commonJs, ...other.commonJs],
    parts: [...one.parts, ...other.parts].toSorted((left, right) => right.bytes - left.bytes),
    graph: one.graph + other.graph,
    needsClients: one.needsClients || other.needsClients,
    outside: {
      imports: [...one.outside.imports, ...other.outside.imports],
      missing: new Set([...one.outside.missing, ...other.outside.missing]),
    },
  };
}
