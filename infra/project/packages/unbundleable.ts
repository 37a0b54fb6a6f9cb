import { readFileSync, statSync } from "node:fs";
import { extname, relative } from "node:path";
import type { InstalledPackage } from "./installed-package.ts";

/** Packages that find a compiled addon at run time, or install one. */
const ADDON_FINDERS: readonly string[] = [
  "bindings",
  "node-gyp-build",
  "node-gyp-build-optional-packages",
  "prebuild-install",
  "@mapbox/node-pre-gyp",
  "node-pre-gyp",
  "pkg-prebuilds",
  "@neon-rs/load",
];

/** Code that asks where it lies, or requires what it names only at run time: in a bundle the answer is another one. */
const LOOKS_AROUND =
  /\b(?:__dirname|__filename|createRequire)\b|\bimport\.meta\.(?:url|dirname|filename|resolve)\b|\brequire\.(?:resolve|main|cache|extensions)\b|(?<![.\w$])(?:require|import)\s*\(\s*(?!["'`][^"'`$]*["'`]\s*[,)]|\)|\/\*)/;

/** Lines that are comments whole: what code did once, or may do, decides nothing. */
const COMMENT_LINE = /^\s*(?:\/\/|\*).*$/gm;

const CODE: ReadonlySet<string> = new Set([".js", ".mjs", ".cjs"]);

/**
 * Why a package cannot be part of a bundle, and has to stay a package beside it; `undefined` if it can be bundled.
 * @param files those of its files that a bundle would have, absolute
 */
export function whyUnbundleable(
  { manifest, directory }: InstalledPackage,
  files: readonly string[],
): string | undefined {
  const dependencies = { ...manifest.dependencies, ...manifest.optionalDependencies };
  const finder = ADDON_FINDERS.find((name) => dependencies[name] !== undefined);
  if (finder !== undefined) return `it finds a compiled addon by ${finder}`;
  if (manifest.gypfile === true) return "it has a compiled addon";
  const other = files.find((file) => [".node", ".wasm"].includes(extname(file)));
  if (other !== undefined) return `it imports ${relative(directory, other)}`;
  const code = files.filter((file) => CODE.has(extname(file)));
  const looking = code.find(looksAround);
  return looking === undefined ? undefined : `${relative(directory, looking)} looks for files or modules at run time`;
}

/** Answers by path, with the time that the file had: a project is bundled again and again while it is served. */
const ANSWERS = new Map<string, { readonly mtimeMs: number; readonly looks: boolean }>();

function looksAround(file: string): boolean {
  const { mtimeMs } = statSync(file);
  const known = ANSWERS.get(file);
  if (known?.mtimeMs === mtimeMs) return known.looks;
  const looks = LOOKS_AROUND.test(readFileSync(file, "utf8").replaceAll(COMMENT_LINE, ""));
  ANSWERS.set(file, { mtimeMs, looks });
  return looks;
}
