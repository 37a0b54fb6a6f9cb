import { existsSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import { tokensOf, type Token } from "./tree-shaking/module-syntax.ts";

/**
 * The files and directories of the project whose paths a module writes down in whole, relative to the working directory
 * or to itself: `readFileSync("data/rows.csv")`. Hidden ones are not among them, and a directory is only taken for one
 * where it is written as such: `"./data"` or `"data/"`.
 * @param root the project's directory, which is the working directory on Lambda too
 */
export function writtenPaths(text: string, path: string, root: string): string[] {
  return pathsIn(text, path).flatMap((written) =>
    [root, dirname(path)]
      .map((directory) => join(directory, written))
      .filter((found) => isBelow(found, root, path) && existsSync(found))
      .filter((found) => !statSync(found).isDirectory() || /^\.{1,2}\/|\/$/.test(written)),
  );
}

/** What was found, by module: a module is in the bundles of many functions, and is bundled again while it is served. */
const FOUND = new Map<string, { readonly text: string; readonly paths: readonly string[] }>();

/** The literals of a module that may be relative paths of files. */
function pathsIn(text: string, path: string): readonly string[] {
  const known = FOUND.get(path);
  if (known?.text === text) return known.paths;
  const paths = tokensOf(path, text).flatMap((token, index, tokens) => {
    const written = /^["']([^"'\\:*?]+)["']$/.exec(token.text)?.[1];
    if (written === undefined || !/[./]/.test(written) || isAbsolute(written)) return [];
    return isTakenElsewhere(tokens, index) || isHidden(written) ? [] : [written];
  });
  FOUND.set(path, { text, paths });
  return paths;
}

/** Calls whose argument is a path of what goes another way: into the bundle, or into the bucket. */
const CALLS: ReadonlySet<string> = new Set(["import", "require", "asset"]);

/** Whether a token is what a module imports, or has uploaded. */
function isTakenElsewhere(tokens: readonly Token[], index: number): boolean {
  const [before, last] = [tokens[index - 2]?.text, tokens[index - 1]?.text];
  return last === "from" || last === "import" || (last === "(" && CALLS.has(before ?? ""));
}

/** `.env`, `.git/config`: what an author keeps to themselves. */
function isHidden(written: string): boolean {
  return written.split("/").some((step) => step.startsWith(".") && step !== "." && step !== "..");
}

/** Whether it is within the project or beside a module, and contains neither. */
function isBelow(found: string, root: string, path: string): boolean {
  const isWithin = [root, dirname(path)].some((directory) => !relative(directory, found).startsWith(".."));
  return isWithin && relative(found, path).startsWith("..") && relative(found, root).startsWith("..");
}
