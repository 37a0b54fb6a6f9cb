import { readFile } from "node:fs/promises";
import { dirname, extname, relative } from "node:path";
import type { Loader, OnLoadArgs, OnLoadResult, Plugin, PluginBuild } from "esbuild";
import { pathToFileURL } from "node:url";
import type { TaskVariable } from "../../../sdk/authoring/task-variables.ts";
import { type PlacedMistake, sourceMistakes } from "../../lint/source-mistakes.ts";
import { cachedSources, type CachedSource } from "../../lint/cached-sources.ts";
import type { ImportedValue } from "../../lint/imports.ts";
import { taskSources, type TaskSource } from "../../lint/task-sources.ts";
import { importedValues } from "./imported-values.ts";
import { asksLocation, withLocation } from "./module-location.ts";
import { withStartedBundles } from "./modules-by-url.ts";
import { isOwnFile } from "./own-files.ts";
import { parseModule, type ModuleSyntax } from "./module-syntax.ts";
import { markPure } from "./mark-pure.ts";
import { withFileArguments } from "./required-files.ts";

/**
 * A module that {@link AuthorModules.tracing} adds to a bundle: `variables` has those that may hold tasks, by module's
 * path.
 */
export const VARIABLES_MODULE = "lambent:variables";

/** A module that {@link AuthorModules.handler} adds to a bundle: it exports a function's tasks. */
export const TASKS_MODULE = "lambent:tasks";

const LOADERS: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".tsx": "tsx",
  ".js": "js",
  ".mjs": "js",
};

/**
 * The modules of one project that import "lambent". The bundle for tracing reads them all. The bundles of functions,
 * which are made after it, get them with two changes, so that the bundler can leave out what a function does not need:
 * calls that make tasks and the like are marked as free of side effects, and variables with tasks are exported.
 */
export class AuthorModules {
  readonly #root: string;
  readonly #parsed = new Map<string, Promise<ModuleSyntax | undefined>>();
  /** By path: what their authors did not mean. */
  readonly #mistakes = new Map<string, readonly PlacedMistake[]>();
  /** By path: what they import from one another. */
  readonly #imported = new Map<string, ImportedValue>();
  /** By path: the text with marks, for the bundles of functions. */
  readonly #marked = new Map<string, string>();

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * The plugin for the bundle for tracing. Modules stay as they are, so that each of their mistakes shows there, except
   * that they register their variables with {@link VARIABLES_MODULE}.
   * @param files the author's modules, if they are known: otherwise it is asked about each file of each dependency
   */
  tracing(files?: readonly string[]): Plugin {
    return {
      name: "lambent-tracing",
      setup: (build) => {
        addModule(build, VARIABLES_MODULE, { contents: "export const variables = new Map();" });
        addModule(build, TASKS_MODULE, { contents: "" }); // so that it has the shape of the plugin below: see bundler.ts
        const filter = files === undefined ? /\.(m?[jt]s|tsx)$/ : pathFilter(files);
        build.onLoad({ filter, namespace: "file" }, (args) => this.#loadForTracing(args, build));
      },
    };
  }

  /** What the modules of the bundle with {@link tracing} ask of Refs in vain, each with its file, line and column. */
  get mistakes(): { readonly errors: readonly string[]; readonly warnings: readonly string[] } {
    const [errors, warnings]: [string[], string[]] = [[], []];
    for (const [path, mistakes] of this.#mistakes) {
      for (const { severity, line, column, message } of mistakes) {
        (severity === "error" ? errors : warnings).push(`${this.#relative(path)}:${line}:${column}: ${message}`);
      }
    }
    return { errors, warnings };
  }

  /** The tasks that the modules of the bundle with {@link tracing} make, each with its module's path. */
  async tasks(): Promise<(TaskSource & { readonly path: string })[]> {
    const found = [...this.#imported].map(async ([path, imported]) => {
      const { text = "" } = (await this.#parse(path)) ?? {};
      return taskSources(path, text, imported).map((source) => ({ ...source, path: this.#relative(path) }));
    });
    return (await Promise.all(found)).flat();
  }

  /** The cached functions that the modules of the bundle with {@link tracing} make, each with its module's path. */
  async cached(): Promise<(CachedSource & { readonly path: string })[]> {
    const found = [...this.#imported].map(async ([path, imported]) => {
      const { text = "" } = (await this.#parse(path)) ?? {};
      return cachedSources(path, text, imported).map((source) => ({ ...source, path: this.#relative(path) }));
    });
    return (await Promise.all(found)).flat();
  }

  /**
   * The plugin for the bundle of one function. The bundle with {@link tracing} has to be made before.
   * @param variables those to be exported, as {@link exportName}
   * @param tasks the text of {@link TASKS_MODULE}
   * @param files the author's modules
   * @param pathOf where a module is to take itself to lie, relative to the bundle
   */
  handler(
    variables: readonly TaskVariable[],
    tasks: string,
    files: readonly string[],
    pathOf: (module: string) => string,
  ): Plugin {
    return {
      name: "lambent-handler",
      setup: (build) => {
        addModule(build, VARIABLES_MODULE, { contents: "" });
        addModule(build, TASKS_MODULE, { contents: tasks, resolveDir: this.#root });
        const filter = pathFilter(files);
        build.onLoad({ filter, namespace: "file" }, (args) => this.#loadForHandler(args, variables, pathOf));
      },
    };
  }

  /**
   * The plugin for the bundle of a module that others start by its URL.
   * @param placeOf where a module is to take itself to lie, relative to the bundle
   */
  started(placeOf: (module: string) => string): Plugin {
    return {
      name: "lambent-started",
      setup: (build) => {
        build.onLoad({ filter: /\.(m?[jt]s|tsx)$/, namespace: "file" }, async ({ path, with: attributes }) => {
          if (path.includes("node_modules") || isOwnFile(path) || Object.keys(attributes).length > 0) return undefined;
          const text = await readFile(path, "utf8").catch(() => "");
          return asksLocation(text) ? placedResult(path, text, placeOf(path)) : undefined;
        });
      },
    };
  }

  /** The name by which a variable is exported in {@link handler}'s bundle, whether or not its author exports it too. */
  static exportName({ name }: TaskVariable): string {
    return `lambent:${name}`;
  }

  async #loadForTracing({ path, with: attributes }: OnLoadArgs, build: PluginBuild): Promise<OnLoadResult | undefined> {
    if (path.includes("node_modules") || isOwnFile(path) || Object.keys(attributes).length > 0) return undefined;
    const text = await readFile(path, "utf8").catch(() => "");
    const registering = /["']lambent["']/.test(text) ? await this.#withVariables(path, build) : undefined;
    if (registering === undefined && !asksLocation(text)) return undefined;
    if (registering === undefined) this.#marked.set(path, text);
    // While it is traced, it lies where it is: it may read files beside it.
    return loadResult(path, registering ?? text, `new URL(${JSON.stringify(pathToFileURL(path).href)})`);
  }

  /** The module's text with a registration of its variables, if it has tasks to tell of; marked for functions' bundles. */
  async #withVariables(path: string, build: PluginBuild): Promise<string | undefined> {
    const module = await this.#parse(path);
    if (module === undefined || ![...module.imports.values()].some(({ specifier }) => specifier === "lambent"))
      return undefined;
    const find = async (specifier: string, importer: string): Promise<ModuleSyntax | undefined> => {
      const found = await build.resolve(specifier, {
        kind: "import-statement",
        importer,
        resolveDir: dirname(importer),
      });
      const isAuthors = found.errors.length === 0 && found.namespace === "file" && !found.path.includes("node_modules");
      return isAuthors && LOADERS[extname(found.path)] !== undefined ? this.#parse(found.path) : undefined;
    };
    this.#marked.set(path, await markPure(module, find));
    const imported = await importedValues(module, find);
    this.#imported.set(path, imported);
    this.#mistakes.set(path, sourceMistakes(path, module.text, imported));
    const key = JSON.stringify(this.#relative(path));
    const registration = `import { variables as lambent$variables } from "${VARIABLES_MODULE}";
lambent$variables.set(${key}, () => ({ ${module.variables.join(", ")} }));`;
    return `${withFileArguments(path, module.text)}\n${registration}\n`;
  }

  #loadForHandler(
    { path, with: attributes }: OnLoadArgs,
    variables: readonly TaskVariable[],
    pathOf: (module: string) => string,
  ): OnLoadResult | undefined {
    const text = this.#marked.get(path);
    if (text === undefined || Object.keys(attributes).length > 0) return undefined;
    const own = variables.filter((variable) => variable.path === this.#relative(path));
    // A variable with a list or an object of tasks is there once for each of them.
    const specifiers = new Set(
      own.map((variable) => `${variable.name} as ${JSON.stringify(AuthorModules.exportName(variable))}`),
    );
    const exporting = specifiers.size === 0 ? text : `${text}\nexport { ${[...specifiers].join(", ")} };\n`;
    return placedResult(path, exporting, `./${pathOf(path)}`);
  }

  /** Each file is read once, so that all bundles are of the same text, even if the file changes in between. */
  #parse(path: string): Promise<ModuleSyntax | undefined> {
    let parsed = this.#parsed.get(path);
    if (parsed === undefined) {
      // esbuild, which gets to it later, reports a file that cannot be read or parsed.
      parsed = readFile(path, "utf8").then(
        (text) => parseModule(path, text),
        () => undefined,
      );
      this.#parsed.set(path, parsed);
    }
    return parsed;
  }

  #relative(path: string): string {
    return relative(this.#root, path).replaceAll("\\", "/");
  }
}

/**
 * Names files one by one: otherwise esbuild would call a plugin for each file of each dependency, which takes longer
 * than to parse it.
 */
function pathFilter(files: readonly string[]): RegExp {
  const paths = files.map((path) => path.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&"));
  return new RegExp(`^(${paths.toSorted().join("|")})$`);
}

/** Add a module that is in no file. It is imported as `name`, such as `lambent:tasks`, whose namespace is `lambent`. */
function addModule({ onResolve, onLoad }: PluginBuild, name: string, result: OnLoadResult): void {
  const [namespace = "", path = ""] = name.split(":");
  onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path, namespace }));
  onLoad({ filter: new RegExp(`^${path}$`), namespace }, () => result);
}

/** @param place where the module is to take itself to lie, relative to the bundle */
function placedResult(path: string, text: string, place: string): OnLoadResult {
  return loadResult(path, withStartedBundles(text, path), `new URL(${JSON.stringify(place)}, import.meta.url)`);
}

/** @param place where the module is to take itself to lie, as JavaScript for a URL */
function loadResult(path: string, text: string, place: string): OnLoadResult {
  const contents = asksLocation(text) ? withLocation(text, path, place) : text;
  return { contents, loader: LOADERS[extname(path)] ?? "default" };
}
