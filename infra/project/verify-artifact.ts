import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { SourceMap, type SourceMapPayload } from "node:module";
import { isAbsolute } from "node:path";
import type { Artifact } from "./artifact.ts";
import { findNode } from "./find-node.ts";
import { sourceInMap } from "./bundle.ts";
import { printPlatform, thisPlatform, type TargetPlatform } from "./packages/target-platform.ts";

/** What loading an artifact by itself has shown. */
export interface Verification {
  /** It cannot run: something is not there, or cannot be loaded. */
  readonly missing: readonly LoadFailure[];
  /** It was loaded, and threw: a database that is not there, a variable that only Lambda has. */
  readonly thrown: readonly LoadFailure[];
  /** Why it was not loaded on this machine, or by another Node.js than its own. */
  readonly note?: string;
}

/** A module that did not load. */
export interface LoadFailure {
  /** What was imported: `./index.mjs`, a chunk of the bundle, or a package beside it. */
  readonly specifier: string;
  readonly message: string;
  /** The first place in the author's code or in a package that the error's stack names, as `file:line`. */
  readonly place?: string;
}

/** How long all modules of an artifact may take to load. */
const LOAD_LIMIT_MS = 60_000;

/** Errors that say that a file is not there, or is not for this platform. */
const MISSING =
  /^(?:ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND|ERR_DLOPEN_FAILED|ERR_PACKAGE_PATH_NOT_EXPORTED|ERR_UNSUPPORTED_DIR_IMPORT|ERR_UNKNOWN_FILE_EXTENSION)$/;

/** One import to try, from the artifact's directory. */
export interface TriedImport {
  /** `./index.mjs`, a chunk of the bundle, or a package beside it. */
  readonly specifier: string;
  readonly isRequired: boolean;
}

/** What is loaded of an artifact. */
export interface Loadable {
  readonly imports: readonly TriedImport[];
  /** Source maps that do not lie beside the files that they are for. */
  readonly maps: ReadonlyMap<string, string>;
}

/**
 * What of an artifact has to load by itself: its entry, what the bundle loads lazily, and the packages beside it.
 * @param loaded files with nothing of the author's in them that were loaded for other functions, by their hashes. They are
 * left out, for to load the AWS clients takes longer than all the rest; those of this artifact are added.
 */
export function loadableOf({ bundle }: Artifact, loaded: Set<string> = new Set()): Loadable {
  // What lies in a directory is for workers and other processes, and need not load in this one.
  const lazy = bundle.files.filter(({ path }) => /^[^/]+\.mjs$/.test(path) && path !== ENTRY_FILE);
  const looked = lazy.filter(({ isOwn, contents }) => {
    const hash = createHash("sha256").update(contents).digest("base64");
    if (isOwn && loaded.has(hash)) return false;
    loaded.add(hash);
    return true;
  });
  const imports = [ENTRY_FILE, ...looked.map(({ path }) => path)].map((path) => ({
    specifier: `./${path}`,
    isRequired: false,
  }));
  const outside = bundle.outside.imports.map(({ specifier, isRequired }) => ({ specifier, isRequired }));
  const distinct = new Map(outside.map((one) => [JSON.stringify(one), one]));
  return { imports: [...imports, ...distinct.values()], maps: bundle.maps };
}

const ENTRY_FILE = "index.mjs";

/**
 * Load an artifact as Lambda would: in a process of its own, from a directory with nothing around it. Preloads do not
 * run; give secrets placeholders.
 * @param directory where its files lie, outside of any project
 * @param environment the function's variables
 */
export async function verifyArtifact(
  directory: string,
  { imports, maps }: Loadable,
  platform: TargetPlatform,
  environment: Readonly<Record<string, string>>,
): Promise<Verification> {
  const here = thisPlatform();
  if (here.os !== platform.os || here.cpu !== platform.cpu)
    return {
      missing: [],
      thrown: [],
      note: `it is for ${printPlatform(platform)}, and this machine is ${printPlatform(here)}: it was not loaded here`,
    };
  const node = nodeOf(platform.node);
  const told = (await load(node ?? process.execPath, directory, imports, environment))
    // An addon for the function's own Node.js is what the function needs.
    .filter(({ message }) => node !== undefined || !message.includes("NODE_MODULE_VERSION"))
    .map((one) => ({ ...one, isMissing: isMissing(one, directory) }));
  const failures = told.map(({ specifier, message, stack, isMissing }) => {
    const place = placeOf(stack, directory, maps);
    return { isMissing, failure: { specifier, message, ...(place === undefined ? {} : { place }) } };
  });
  return {
    missing: failures.filter((one) => one.isMissing).map(({ failure }) => failure),
    thrown: failures.filter((one) => !one.isMissing).map(({ failure }) => failure),
    ...(node === undefined
      ? {
          note: `the package is for Node.js ${platform.node}, and whether it loads was tried by ${process.versions.node}, which differs little as a rule: to try it by Node.js ${platform.node}, name one in LAMBENT_NODE`,
        }
      : {}),
  };
}

/** By major version and the one that is named: to find one may take a process for each candidate. */
const FOUND = new Map<string, string | undefined>();

function nodeOf(major: number): string | undefined {
  const key = `${major} ${process.env["LAMBENT_NODE"]}`;
  if (!FOUND.has(key)) FOUND.set(key, findNode(major));
  return FOUND.get(key);
}

/** What the process tells of one import. */
interface Told {
  readonly specifier: string;
  readonly message: string;
  readonly code?: string;
  readonly path?: string;
  readonly stack?: string;
}

/** A module that ends its process can serve no request. */
const ENDED = "ENDED";

/** It may only wait for what is not here. */
const TOO_LONG = { message: `loading it takes more than ${LOAD_LIMIT_MS / 1000} s, or more memory than there is` };

/** Node.js's exit code when the event loop is empty and a top-level `await` still waits. */
const UNSETTLED_AWAIT = 13;

function printEnd(end: number | string | null): string {
  if (end === UNSETTLED_AWAIT) return "it awaits something at its top level that never settles";
  return `loading it ends its process (${typeof end === "string" ? end : `exit code ${end}`})`;
}

function isMissing({ code = "", path = "", message }: Told, directory: string): boolean {
  if (code === ENDED || MISSING.test(code)) return true;
  // A file of the artifact's own that is read while a module loads, as a package's `.wasm` is.
  return code === "ENOENT" && (path.startsWith(directory) || message.includes(directory) || !isAbsolute(path || "/"));
}

function load(
  node: string,
  directory: string,
  imports: readonly TriedImport[],
  environment: Readonly<Record<string, string>>,
): Promise<readonly Told[]> {
  const { PATH = "" } = process.env;
  const child = spawn(node, ["--enable-source-maps", "--input-type=module", "-"], {
    cwd: directory,
    env: { PATH, ...environment, LAMBENT_VERIFY: "1", LAMBENT_METRICS: "off", LAMBDA_TASK_ROOT: directory },
    stdio: ["pipe", "ignore", "ignore", "pipe"],
  });
  const [program, , , answer] = child.stdio;
  program?.on("error", () => {}); // it may end before it has read all
  program?.end(`const imports = ${JSON.stringify(imports)};\n${PROGRAM}`);
  let told = "";
  answer?.on("data", (chunk: Buffer) => (told += chunk.toString("utf8")));
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), LOAD_LIMIT_MS);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      const ended = signal === "SIGKILL" ? TOO_LONG : { message: printEnd(signal ?? code), code: ENDED };
      resolve(told === "" ? [{ specifier: `./${ENTRY_FILE}`, ...ended }] : (JSON.parse(told) as Told[])); // PROGRAM writes it
    });
  });
}

/**
 * Tries each import in turn, and tells of those that failed; what a module left running does not keep the process.
 * A program on standard input lies in the working directory, as far as its imports go.
 */
const PROGRAM = `
const require = process.getBuiltinModule("node:module").createRequire(process.cwd() + "/");
const failures = new Map();
function note(specifier, error) {
  const { message = String(error), code, path, stack } = Object(error);
  if (!failures.has(message)) failures.set(message, { specifier, message: String(message), code, path, stack });
}
let current = "";
process.on("uncaughtException", (error) => note(current, error)); // unhandled rejections too
for (const { specifier, isRequired } of imports) {
  current = specifier;
  try {
    if (isRequired) require(specifier);
    else await import(specifier);
  } catch (error) {
    note(specifier, error);
  }
}
setImmediate(() => {
  process.getBuiltinModule("node:fs").writeSync(3, JSON.stringify([...failures.values()]));
  process.exit(0);
});
`;

/**
 * The first line of a stack that is in the artifact or in the author's sources, as `file:line`.
 * @param maps of files that have no source map beside them, which Node.js would read
 */
function placeOf(stack: string | undefined, directory: string, maps: ReadonlyMap<string, string>): string | undefined {
  const at = stack
    ?.split("\n")
    .find((one) => /^\s+at /.test(one) && !one.includes("node:") && !one.includes("[stdin]"));
  const [, path, line, column] = /\(?(?:file:\/\/)?([^()\s]+?):(\d+):(\d+)\)?$/.exec(at ?? "") ?? [];
  if (path === undefined) return undefined;
  const file = path.replace(`${directory}/`, "");
  const map = maps.get(file);
  if (map === undefined) return `${file}:${line}`;
  // Of this very bundle: esbuild wrote it.
  const entry = new SourceMap(JSON.parse(map) as SourceMapPayload).findEntry(Number(line) - 1, Number(column) - 1);
  return "originalSource" in entry
    ? `${sourceInMap(entry.originalSource)}:${entry.originalLine + 1}`
    : `${file}:${line}`;
}
