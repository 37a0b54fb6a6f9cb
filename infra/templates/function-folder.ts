import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { NamedFile } from "./written-machine.ts";
import type { WrittenFunction } from "./written-function.ts";

const NODE = /\.[mc]?[jt]s$/;
const PYTHON = /\.py$/;
const NO_FUNCTION = /(\.d\.[mc]?ts|[._](test|spec)\.[^.]+|^test_.*|^__init__\.py)$/;
/** The files of a function's folder that its handler may be in. */
const ENTRY = /^(index|handler|app|main|lambda_function|lambda)\.([mc]?[jt]s|py)$/;
/** How handlers are called: Lambda's own examples and SAM's templates. */
const NODE_HANDLER = /\bexport\b[^;]*?\b(handler|lambdaHandler)\b|\bexports\.(handler|lambdaHandler)\b/;
const PYTHON_HANDLER = /^(?:async )?def (handler|lambda_handler)\b|^(handler|lambda_handler) *=/m;

/** Seconds and MiB of a function of which no template says any: enough not to be met by accident. */
const DEFAULTS = { timeout: 30, memorySize: 512, environment: {}, replicaCount: 0, hasLayers: false };

/**
 * The functions of a folder: each of its folders and files that has a handler, by its name. Or of a file: the one that
 * it is.
 */
export function functionsOfFolder({ path, shown }: NamedFile): WrittenFunction[] {
  if (!statSync(path).isDirectory()) return ofFile(path, shown);
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith(".") && name !== "node_modules")
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const within = join(path, entry.name);
      return statSync(within).isDirectory()
        ? ofFolder(within, join(shown, entry.name))
        : ofFile(within, join(shown, entry.name));
    });
}

function ofFolder(directory: string, origin: string): WrittenFunction[] {
  const files = readdirSync(directory);
  const name = basename(directory);
  if (files.includes("bootstrap")) {
    return [{ ...DEFAULTS, name, code: { directory }, handler: "bootstrap", runtime: "provided.al2023", origin }];
  }
  for (const file of files.filter((one) => ENTRY.test(one)).toSorted()) {
    const handler = handlerIn(join(directory, file));
    if (handler !== undefined) return [{ ...DEFAULTS, name, code: { directory }, handler, ...runtimeOf(file), origin }];
  }
  return [];
}

function ofFile(path: string, origin: string): WrittenFunction[] {
  const handler = handlerIn(path);
  if (handler === undefined) return [];
  return [
    { ...DEFAULTS, name: basename(path).replace(/\.[^.]+$/, ""), code: { directory: dirname(path) }, handler, origin },
  ];
}

function runtimeOf(file: string): Pick<WrittenFunction, "runtime"> {
  return PYTHON.test(file) ? { runtime: "python3" } : {};
}

/** `index.handler`; undefined if the file has none. */
function handlerIn(path: string): string | undefined {
  const file = basename(path);
  const isPython = PYTHON.test(file);
  if (NO_FUNCTION.test(file) || !(isPython || NODE.test(file))) return undefined;
  const found = (isPython ? PYTHON_HANDLER : NODE_HANDLER).exec(readFileSync(path, "utf8"));
  const name = found?.[1] ?? found?.[2];
  return name === undefined ? undefined : `${file.replace(/\.[^.]+$/, "")}.${name}`;
}
