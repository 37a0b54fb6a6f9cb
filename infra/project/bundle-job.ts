import { join } from "node:path";
import type { OnLoadResult, Plugin } from "esbuild";
import { aliasPlugin, type BuildSettings } from "./build-settings.ts";
import type { BundleJob, Bundler } from "./bundler.ts";
import { clientsPlugin, type ClientsPlace } from "./clients-plugin.ts";
import { LAMBENT_DIRECTORY } from "./names.ts";
import type { OutsidePackages } from "./packages/outside-packages.ts";
import { type OutsideImports, outsidePlugin } from "./packages/outside-plugin.ts";
import { sourceFile } from "./tree-shaking/own-files.ts";

export interface BundleOptions {
  /** The project's directory: the author's imports are resolved from it. */
  readonly root: string;
  /** The oldest major version of Node that must run it, such as `20` or `24`. */
  readonly nodeVersion: number;
  readonly minify: boolean;
  /** Whether its files have source maps, and whether their sources are paths from the root or files of this machine. */
  readonly sourceMap: false | "relative" | "local";
  /** What "lambent" is in it: `whole` is sdk/index.ts, which traces workflows; `replica` is sdk/replica.ts. */
  readonly sdk: "whole" | "replica";
  /** The packages that are not part of it. */
  readonly outside: OutsidePackages;
  readonly settings: BuildSettings;
  /** The author's. */
  readonly authorsPlugins: readonly Plugin[];
  /** They come after the author's, and before those of this module. */
  readonly plugins: readonly Plugin[];
  /** Where the AWS clients are that Lambent's own code may load. */
  readonly clients: ClientsPlace;
  /** Bundles with the same one share what is parsed. */
  readonly bundler: Bundler;
}

/** The text of the module that a bundle begins with; or the files of several, each by the name that it gets. */
export type Entry = string | Readonly<Record<string, string>>;

/** The module that a bundle begins with. */
export const ENTRY = "lambent:entry";
/** A module that is in no file, at the name that a bundle imports. */
function virtualModule(name: string, result: OnLoadResult): Plugin {
  const [namespace = "", path = ""] = name.split(":");
  return {
    name,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path, namespace }));
      onLoad({ filter: new RegExp(`^${path}$`), namespace }, () => result);
    },
  };
}

const LIGHT = "light-builtins";

/**
 * Bundled CommonJS dependencies call `require` for Node's own modules. An ES module does not have it and has to make
 * it.
 */
export const REQUIRE = 'const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);';

/** The output directory for esbuild, which writes nothing to it. Source maps have paths relative to it. */
export function virtualDirectory(root: string): string {
  return join(root, LAMBENT_DIRECTORY, "bundle");
}

/** What esbuild is asked for. @param found is filled while the bundle is made */
export function jobOf(entry: Entry, options: BundleOptions, found: OutsideImports): BundleJob {
  const { root, sdk, outside, settings, clients, authorsPlugins, plugins } = options;
  return {
    options: { ...esbuildOptions(options), entryPoints: typeof entry === "string" ? { index: ENTRY } : entry },
    first: typeof entry === "string" ? [virtualModule(ENTRY, { contents: entry, resolveDir: root })] : [],
    authors: authorsPlugins,
    last: [
      ...plugins,
      aliasPlugin(settings, root),
      ownModules(OWN_MODULES[sdk]),
      clientsPlugin(clients),
      LIGHT_BUILTINS_PLUGIN,
      outsidePlugin(outside.packages, (one) => outside.has(one), found, outside.namesToAsk),
    ],
  };
}

function esbuildOptions({ root, nodeVersion, minify, sourceMap, settings }: BundleOptions): BundleJob["options"] {
  return {
    absWorkingDir: root,
    outdir: virtualDirectory(root),
    chunkNames: "chunk-[hash]",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    target: `node${nodeVersion}`,
    mainFields: ["module", "main"],
    splitting: true,
    keepNames: true,
    minify,
    sourcemap: sourceMap === false ? "external" : "linked",
    // Stack traces only need positions, and on this machine the sources are where the map says. With their texts, Lambda
    // would unzip twice as much in a cold start, and this machine write and read twice as much at each reload.
    sourcesContent: false,
    legalComments: "none",
    logLevel: "silent",
    banner: { js: REQUIRE },
    conditions: [...(settings.conditions ?? []), "module"],
    // Whoever imports these is left out of the bundle, unless the author says what they are.
    loader: { ".node": "empty", ".wasm": "empty", ...settings.loader },
  };
}

const OWN_MODULES: Readonly<Record<BundleOptions["sdk"], ReadonlyMap<string, string>>> = {
  whole: new Map([
    ["lambent", "sdk/index"],
    ["lambent/handler", "handlers/handler"],
  ]),
  replica: new Map([
    ["lambent", "sdk/replica"],
    ["lambent/handler", "handlers/replica"],
  ]),
};

/** Resolves "lambent" to this copy of the package, so that the plugin and the bundled code are of the same version. */
function ownModules(files: ReadonlyMap<string, string>): Plugin {
  return {
    name: "lambent",
    setup({ onResolve }) {
      onResolve({ filter: /^lambent(\/.*)?$/ }, ({ path }) => {
        const file = files.get(path);
        if (file !== undefined) return { path: sourceFile(file) };
        return {
          errors: [{ text: `"${path}" is for scripts and tests; a workflow's module imports "lambent" alone` }],
        };
      });
    },
  };
}

/**
 * Stand-ins for modules of Node that middy imports: streams, which only handlers that stream their responses need, and
 * timers, whose module loads that of timers' promises too. Loading the real ones takes 5 ms of a cold start on Node 24,
 * more than all of middy and Lambent. test/infra/project/load-project.test.ts runs a bundle: it fails if a later
 * version of middy needs more than these.
 */
const LIGHT_BUILTINS: Readonly<Record<string, string>> = {
  "node:stream": "export const Readable = undefined;",
  "node:stream/promises": "export const pipeline = undefined;",
  "node:stream/web": "export const ReadableStream = undefined;",
  "node:timers": "export const setTimeout = globalThis.setTimeout;",
};

const LIGHT_BUILTINS_PLUGIN: Plugin = {
  name: LIGHT,
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, importer }) =>
      Object.hasOwn(LIGHT_BUILTINS, path) && /[\\/]@middy[\\/]core[\\/]/.test(importer)
        ? { path, namespace: LIGHT }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: LIGHT }, ({ path }) => ({ contents: LIGHT_BUILTINS[path] ?? "" }));
  },
};
