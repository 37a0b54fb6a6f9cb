import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { BuildFailure } from "esbuild";
import { LambentError } from "../../../sdk/base/errors.ts";
import { withEsbuild } from "../../project/esbuild.ts";
import type { WrittenFunction } from "../../templates/written-function.ts";

/** A function's code as it is run. */
export interface PreparedCode {
  readonly directory: string;
  readonly handler: string;
  /** Another one means that the code has changed. */
  readonly revision: string;
  /** The directories whose changes concern it. */
  readonly watched: readonly string[];
  /** Further files that it was made of. */
  readonly files: readonly string[];
}

/** Python writes the one while it runs. */
const NOT_ITS_CODE: ReadonlySet<string> = new Set(["node_modules", "__pycache__"]);
const TYPESCRIPT = [".ts", ".mts", ".cts"];
const SCRIPTS = [".js", ".mjs", ".cjs"];

/**
 * Make a function's code ready: TypeScript is bundled, and what is within a template is written to a file. All else runs
 * where it is, with its packages and data files, as on Lambda.
 * @param outDir where it is put
 * @throws {LambentError} with file and line, if it does not bundle
 */
export async function preparedCode(
  { name, code, handler, runtime }: WrittenFunction,
  outDir: string,
): Promise<PreparedCode> {
  if ("text" in code) return ofText(code.text, handler, runtime, join(outDir, name));
  const { directory } = code;
  const file = handler.replace(/\.[^./]*$/, "");
  const typeScript = TYPESCRIPT.map((end) => join(directory, file + end)).find((path) => existsSync(path));
  const isTypeScript = !SCRIPTS.some((end) => existsSync(join(directory, file + end))) && typeScript !== undefined;
  if (isTypeScript && !isOfPython(runtime)) return ofTypeScript(typeScript, handler, directory, join(outDir, name));
  return { directory, handler, revision: revisionOf(directory), watched: [directory], files: [] };
}

function isOfPython(runtime: string | undefined): boolean {
  return runtime !== undefined && !runtime.startsWith("nodejs");
}

/** As Lambda does with inline code: Node.js takes it as CommonJS. */
function ofText(text: string, handler: string, runtime: string = "nodejs", outDir: string): PreparedCode {
  const revision = hashOf([text]);
  const directory = join(outDir, revision);
  mkdirSync(directory, { recursive: true });
  const [file] = handler.split(".");
  writeFileSync(join(directory, `${file}${runtime.startsWith("python") ? ".py" : ".js"}`), text);
  if (!runtime.startsWith("python")) writeFileSync(join(directory, "package.json"), '{ "type": "commonjs" }');
  return { directory, handler, revision, watched: [], files: [] };
}

/** One file of ECMAScript modules, with its packages: its directory is named after its content, and never changes. */
async function ofTypeScript(entry: string, handler: string, root: string, outDir: string): Promise<PreparedCode> {
  const { outputFiles, metafile } = await withEsbuild((esbuild) =>
    esbuild.build({
      entryPoints: [entry],
      absWorkingDir: root,
      outfile: join(outDir, "index.mjs"),
      bundle: true,
      write: false,
      metafile: true,
      platform: "node",
      format: "esm",
      target: `node${process.versions.node}`,
      keepNames: true,
      sourcemap: "inline",
      sourcesContent: false,
      sourceRoot: `${outDir}/`,
      logLevel: "silent",
      // Packages of CommonJS require what Node.js itself has.
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    }),
  ).catch((failure: BuildFailure) => {
    const messages = failure.errors.map(({ text, location }) =>
      location === null ? text : `${join(root, location.file)}:${location.line}:${location.column}: ${text}`,
    );
    throw new LambentError(messages.join("; "), { cause: failure });
  });
  const [output] = outputFiles;
  const text = output?.text ?? "";
  const revision = hashOf([text]);
  const directory = join(outDir, revision);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "index.mjs"), text);
  const files = Object.keys(metafile.inputs).map((input) => join(root, input));
  const name = handler.slice(handler.lastIndexOf(".") + 1);
  return { directory, handler: `index.${name}`, revision, watched: [dirname(entry)], files };
}

/** By the times and sizes of its files, since a directory may have packages of many megabytes in it. */
function revisionOf(directory: string): string {
  return hashOf(filesIn(directory).toSorted());
}

function filesIn(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.name.startsWith(".") || NOT_ITS_CODE.has(entry.name)) return [];
    if (entry.isDirectory()) return filesIn(path);
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? [] : [`${path} ${found.mtimeMs} ${found.size}`];
  });
}

function hashOf(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex").slice(0, 16);
}
