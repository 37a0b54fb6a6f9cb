import { readFile } from "node:fs/promises";
import { dirname, extname, relative } from "node:path";
import type { Loader, OnLoadArgs, OnLoadResult, Plugin, PluginBuild } from "esbuild";
import type { TaskVariable } from "../../../sdk/authoring/task-variables.ts";
import { parseModule, type ModuleSyntax } from "./module-syntax.ts";
import { markPure } from "./mark-pure.ts";
import { withFileArguments } from "./required-files.ts";

/** What {@link AuthorModules.tracing} adds to a bundle: `variables`, by their modules' paths those that may hold tasks. */
export const VARIABLES_MODULE = "lambent:variables";

/** What {@link AuthorModules.handler} adds to a bundle: a function's tasks. */
export const TASKS_MODULE = "lambent:tasks";

const LOADERS: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".tsx": "tsx",
  ".js": "js",
  ".mjs": "js",
};

/**
 * The modules of one project that import "lambent". Bundling it to be traced reads them all; from then on bundles of
 * its functions get them with what a bundler cannot see by itself: that making a task has no effect, and where the tasks
 * are that nobody exports.
 */
export class AuthorModules {
  readonly #root: string;
  readonly #parsed = new Map<string, Promise<ModuleSyntax | undefined>>();
  /** By path, the text for functions' bundles. */
  readonly #marked = new Map<string, string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Changes nothing of the modules, but that {@link VARIABLES_MODULE} learns of their variables. */
  get tracing(): Plugin {
    return {
      name: "lambent-tracing",
      setup: (build) => {
        addModule(build, VARIABLES_MODULE, { contents: "export const variables = new Map();" });
        build.onLoad({ filter: /\.(m?[jt]s|tsx)$/, namespace: "file" }, (args) => this.#noted(args, build));
      },
    };
  }

  /**
   * For the bundle of one function, after {@link tracing}.
   * @param variables those that are exported by {@link exportName}
   * @param tasks the text of {@link TASKS_MODULE}
   */
  handler(variables: readonly TaskVariable[], tasks: string): Plugin {
    return {
      name: "lambent-handler",
      setup: (build) => {
        addModule(build, TASKS_MODULE, { contents: tasks, resolveDir: this.#root });
        const paths = [...this.#marked.keys()].map((path) => path.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&"));
        // Named one by one, for a filter spares the bundler a question about each file of each dependency.
        const filter = new RegExp(`^(${paths.join("|")})$`);
        build.onLoad({ filter, namespace: "file" }, (args) => this.#exporting(args, variables));
      },
    };
  }

  /** What {@link handler}'s bundle exports a variable as, whether or not its author does. */
  static exportName({ name }: TaskVariable): string {
    return `lambent:${name}`;
  }

  async #noted({ path, with: attributes }: OnLoadArgs, build: PluginBuild): Promise<OnLoadResult | undefined> {
    if (path.includes("node_modules") || Object.keys(attributes).length > 0) return undefined;
    if (!/["']lambent["']/.test(await readFile(path, "utf8").catch(() => ""))) return undefined;
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
    const key = JSON.stringify(this.#relative(path));
    const note = `import { variables as lambent$variables } from "${VARIABLES_MODULE}";
lambent$variables.set(${key}, () => ({ ${module.holders.join(", ")} }));`;
    return loaded(path, `${withFileArguments(path, module.text)}\n${note}\n`);
  }

  #exporting({ path, with: attributes }: OnLoadArgs, variables: readonly TaskVariable[]): OnLoadResult | undefined {
    const text = this.#marked.get(path);
    if (text === undefined || Object.keys(attributes).length > 0) return undefined;
    const own = variables.filter((variable) => variable.path === this.#relative(path));
    // A list or an object may hold several tasks.
    const list = new Set(
      own.map((variable) => `${variable.name} as ${JSON.stringify(AuthorModules.exportName(variable))}`),
    );
    return loaded(path, list.size === 0 ? text : `${text}\nexport { ${[...list].join(", ")} };\n`);
  }

  /** Once: later bundles are of the same text, though the file has changed by then. */
  #parse(path: string): Promise<ModuleSyntax | undefined> {
    let parsed = this.#parsed.get(path);
    if (parsed === undefined) {
      // What cannot be read or parsed is the bundler's to tell.
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

/** A module that is in no file; its name is its namespace too. */
function addModule({ onResolve, onLoad }: PluginBuild, name: string, result: OnLoadResult): void {
  const [namespace = "", path = ""] = name.split(":");
  onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path, namespace }));
  onLoad({ filter: new RegExp(`^${path}$`), namespace }, () => result);
}

function loaded(path: string, contents: string): OnLoadResult {
  return { contents, loader: LOADERS[extname(path)] ?? "default" };
}
