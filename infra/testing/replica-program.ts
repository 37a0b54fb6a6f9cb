import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { createRequire } from "node:module";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import type { BuildFailure, Loader, Plugin } from "esbuild";
import { LambentError } from "../../sdk/base/errors.ts";
import { aliasPlugin, authorsPlugins, type BuildSettings, pathPlugin } from "../project/build-settings.ts";
import { withEsbuild } from "../project/esbuild.ts";
import { asksLocation, withLocation } from "../project/tree-shaking/module-location.ts";
import { isOwnFile, sourceFile } from "../project/tree-shaking/own-files.ts";
import { REPLACED, type ReplicaRealm } from "./replica-globals.ts";

/** The handler of one function, as Lambda calls it. */
export type RealmHandler = (event: unknown, context: object) => Promise<unknown>;

/**
 * The author's modules and the handler as one program: each call of it runs them anew, with variables of their own, as
 * another process would. It is parsed once.
 */
export interface ReplicaProgram {
  /** @param actor the actor's name; undefined for the plain tasks */
  run(realm: ReplicaRealm, actor: string | undefined): Promise<RealmHandler>;
}

/** Which modules a program is made of. */
export interface ProgramSource {
  readonly root: string;
  /** The author's modules, absolute. */
  readonly modules: readonly string[];
  readonly settings: BuildSettings;
}

/** @throws {LambentError} with file and line, if they do not bundle */
export async function replicaProgram(source: ProgramSource): Promise<ReplicaProgram> {
  const text = await bundled(source);
  // The inner braces: a variable of a module may have the name of a parameter.
  const wrapped = `"use strict"; (async (lambent$, ${REPLACED.join(", ")}) => {{\n${text}\n}})`;
  const script = new vm.Script(wrapped, {
    filename: join(source.root, "lambent-simulation.mjs"),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  // A function of the text above, with these parameters.
  const evaluate = script.runInThisContext() as (own: object, ...globals: readonly unknown[]) => Promise<void>;
  const require = createRequire(join(source.root, "package.json"));
  return {
    async run({ globals, builtin }, actor) {
      const own: { actor: string | undefined; handler?: RealmHandler; outside(name: string): unknown } = {
        actor,
        outside: (name) => builtin(name) ?? require(name),
      };
      await evaluate(own, ...globals);
      if (own.handler === undefined) throw new Error("the program has not made its handler"); // its last line does
      return own.handler;
    },
  };
}

const OWN_MODULES: Readonly<Record<string, string>> = {
  lambent: "sdk/replica",
  "lambent/handler": "handlers/replica",
};

async function bundled(source: ProgramSource): Promise<string> {
  const { root, modules, settings } = source;
  const lines = modules.map((path, index) => `import * as module${index} from ${JSON.stringify(path)};`);
  const list = modules.map((_, index) => `module${index}`).join(", ");
  const contents = `import { createHandler } from "lambent/handler";
${lines.join("\n")}
lambent$.handler = await createHandler(lambent$.actor, [${list}]);
`;
  const authors = await authorsPlugins(settings, root);
  const result = await withEsbuild(({ build }) =>
    build({
      stdin: { contents, resolveDir: root, sourcefile: "lambent-simulation.mjs" },
      absWorkingDir: root,
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
      target: `node${process.versions.node}`,
      mainFields: ["module", "main"],
      conditions: [...(settings.conditions ?? []), "module"],
      keepNames: true,
      legalComments: "none",
      logLevel: "silent",
      define: { "import.meta.url": JSON.stringify(pathToFileURL(join(root, "index.mjs")).href) },
      loader: settings.loader ?? {},
      plugins: [
        ...authors,
        pathPlugin(settings, (file) => JSON.stringify(pathToFileURL(file).href)),
        aliasPlugin(settings, root),
        outsidePlugin(settings.external ?? []),
        locationPlugin(),
      ],
    }),
  ).catch((failure: BuildFailure) => {
    const places = (failure.errors ?? []).map(({ text, location }) =>
      location === null ? text : `${location.file}:${location.line}:${location.column + 1}: ${text}`,
    );
    throw new LambentError(places.join("\n") || failure.message, { cause: failure });
  });
  return result.outputFiles[0]?.text ?? "";
}

const OUTSIDE = "lambent-outside";

/** What is not part of the program asks the replica for: Node.js's modules, AWS clients of Lambent's, native packages. */
function outsidePlugin(external: readonly string[]): Plugin {
  return {
    name: OUTSIDE,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
        const own = OWN_MODULES[path];
        if (own !== undefined) return { path: sourceFile(own) };
        if (path.startsWith("lambent/")) {
          return {
            errors: [{ text: `"${path}" is for scripts and tests; a workflow's module imports "lambent" alone` }],
          };
        }
        const isClient = path.startsWith("@aws-sdk/") && isOwnFile(importer);
        const isExternal = external.some((name) => path === name || path.startsWith(`${name}/`));
        return isBuiltin(path) || isClient || isExternal ? { path, namespace: OUTSIDE } : undefined;
      });
      onLoad({ filter: /.*/, namespace: OUTSIDE }, ({ path }) => ({
        contents: `module.exports = lambent$.outside(${JSON.stringify(path)});`,
        loader: "js",
      }));
    },
  };
}

const LOADERS: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".tsx": "tsx",
  ".js": "js",
  ".mjs": "js",
};

/** A module that asks where it lies is told where it does. */
function locationPlugin(): Plugin {
  return {
    name: "lambent-location",
    setup({ onLoad }) {
      onLoad({ filter: /\.(m?[jt]s|tsx)$/, namespace: "file" }, async ({ path, with: attributes }) => {
        if (path.includes("node_modules") || isOwnFile(path) || Object.keys(attributes).length > 0) return undefined;
        const text = await readFile(path, "utf8");
        if (!asksLocation(text)) return undefined;
        const place = `new URL(${JSON.stringify(pathToFileURL(path).href)})`;
        return { contents: withLocation(text, path, place), loader: LOADERS[extname(path)] ?? "default" };
      });
    },
  };
}
