import { statSync } from "node:fs";
import { isAbsolute, relative, resolve } from "node:path";
import { globSync } from "tinyglobby";
import type { NamedFile } from "../../templates/written-machine.ts";

const GLOB_CHARACTERS = /[*?[\]{}!()]/;
/** What a folder stands for. */
const DEFINITIONS = "**/*.asl.{json,yaml,yml}";

/** The files that a path, a folder or a glob names at present, in their order. */
export function namedFiles(pattern: string, directory: string): NamedFile[] {
  const path = resolve(directory, pattern);
  const kind = kindOf(path);
  if (kind === "file") return [{ path, shown: pattern }];
  if (kind === "none" && !isGlob(pattern)) return [];
  const [from, glob] = kind === "folder" ? [path, DEFINITIONS] : [directory, pattern];
  const found = globSync(glob.replaceAll("\\", "/"), { cwd: from, absolute: true, ignore: ["**/node_modules/**"] });
  return found.toSorted().map((file) => ({ path: resolve(file), shown: shownPath(resolve(file), directory) }));
}

/** The folder in which a folder's or a glob's files may come to be; undefined for a file. */
export function folderOf(pattern: string, directory: string): string | undefined {
  const path = resolve(directory, pattern);
  if (kindOf(path) === "folder") return path;
  if (kindOf(path) === "file" || !isGlob(pattern)) return undefined;
  const steps = pattern.split("/");
  const first = steps.findIndex(isGlob);
  return resolve(directory, steps.slice(0, first).join("/") || (isAbsolute(pattern) ? "/" : "."));
}

function isGlob(pattern: string): boolean {
  return GLOB_CHARACTERS.test(pattern);
}

function shownPath(path: string, directory: string): string {
  const shown = relative(directory, path);
  return shown.startsWith("..") ? path : shown;
}

function kindOf(path: string): "file" | "folder" | "none" {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return "none";
  return found.isDirectory() ? "folder" : "file";
}
