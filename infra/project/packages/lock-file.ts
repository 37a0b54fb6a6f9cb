import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a lock file has of a package. */
export interface Locked {
  readonly version: string;
  /** `sha512-…` of its archive. */
  readonly integrity: string;
}

/**
 * What the nearest lock file has of a package: npm's, pnpm's or Yarn's. All of them keep the digest that the registry
 * gives, so those of one version can be compared across managers.
 * @param version which of several; default: the first that it has
 * @returns `undefined` if there is no such file, or it does not name the package
 */
export function lockedIntegrity(directory: string, name: string, version?: string): Locked | undefined {
  for (let at = directory; ; at = dirname(at)) {
    for (const [file, find] of Object.entries(FORMATS)) {
      const path = join(at, file);
      if (existsSync(path)) return find(readFileSync(path, "utf8"), name, version);
    }
    if (dirname(at) === at) return undefined;
  }
}

const FORMATS: Readonly<Record<string, (text: string, name: string, version?: string) => Locked | undefined>> = {
  "package-lock.json": inNpmLock,
  "npm-shrinkwrap.json": inNpmLock,
  "pnpm-lock.yaml": inPnpmLock,
  "yarn.lock": inYarnLock,
};

function inNpmLock(text: string, name: string, version?: string): Locked | undefined {
  const { packages = {} } = JSON.parse(text) as { packages?: Record<string, Partial<Locked>> }; // npm's own format, version 2 and 3
  const entry = Object.entries(packages).find(
    ([path, entry]) =>
      (path === `node_modules/${name}` || path.endsWith(`/node_modules/${name}`)) &&
      (version === undefined || entry.version === version),
  )?.[1];
  return entry?.version === undefined || entry.integrity === undefined
    ? undefined
    : { version: entry.version, integrity: entry.integrity };
}

/** `'@img/sharp-linux-arm64@0.34.1':` and, below it, `resolution: {integrity: sha512-…}`. */
function inPnpmLock(text: string, name: string, version?: string): Locked | undefined {
  return match(
    text,
    `^\\s+'?/?${escape(name)}@(${version === undefined ? "[^':(]+" : escape(version)})[^\\n]*:\\n\\s+resolution:\\s*\\{[^}]*integrity: (sha\\d+-[\\w+/=]+)`,
  );
}

/** `"@img/sharp-linux-arm64@0.34.1":`, then lines with `version "…"` and `integrity sha512-…`. */
function inYarnLock(text: string, name: string, version?: string): Locked | undefined {
  return match(
    text,
    `^"?${escape(name)}@[^\\n]*:\\n\\s+version:? "?(${version === undefined ? '[^"\\n]+' : escape(version)})"?\\n(?:\\s+[^\\n]*\\n)*?\\s+(?:integrity) (sha\\d+-[\\w+/=]+)`,
  );
}

function match(text: string, pattern: string): Locked | undefined {
  const [, version, integrity] = new RegExp(pattern, "m").exec(text) ?? [];
  return version === undefined || integrity === undefined ? undefined : { version, integrity };
}

function escape(name: string): string {
  return name.replaceAll(/[$()*+.?[\\\]^{|}/-]/g, "\\$&");
}
