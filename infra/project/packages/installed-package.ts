import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, sep } from "node:path";

/** A package as it is installed on this machine. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** Where it really lies: no symbolic link is left in the path. */
  readonly directory: string;
  readonly manifest: Manifest;
}

/** What is read of a `package.json`. */
export interface Manifest {
  readonly version?: string;
  readonly gypfile?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  /** Platforms it is for, as npm has them: `linux`, or `!win32` for all others. */
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

/** Finds packages on disk, and looks each up once. */
export class InstalledPackages {
  readonly #byDirectory = new Map<string, InstalledPackage | undefined>();
  /** By a directory, and a name that is looked for from there. */
  readonly #found = new Map<string, InstalledPackage | undefined>();
  /** Where a package's directory really lies, without symbolic links. */
  readonly #real = new Map<string, string>();

  /** The package that a file in some `node_modules` belongs to; `undefined` for files of the author's own. */
  ownerOf(file: string): InstalledPackage | undefined {
    const directory = packageDirectory(file);
    if (directory === undefined) return undefined;
    const real = this.#realPath(directory);
    // A linked package of a workspace is the author's own.
    return packageDirectory(join(real, "package.json")) === real ? this.at(real) : undefined;
  }

  /** The package that lies in a directory, if one does. */
  at(directory: string): InstalledPackage | undefined {
    if (!this.#byDirectory.has(directory)) this.#byDirectory.set(directory, readPackage(directory));
    return this.#byDirectory.get(directory);
  }

  /** What `name` is to a module in `directory`: the nearest `node_modules` above it that has such a package. */
  find(name: string, directory: string): InstalledPackage | undefined {
    const key = `${directory}\0${name}`;
    if (this.#found.has(key)) return this.#found.get(key);
    const candidate = join(directory, "node_modules", name);
    const parent = dirname(directory);
    const isHere = existsSync(join(candidate, "package.json"));
    const found = isHere
      ? this.at(this.#realPath(candidate))
      : parent === directory
        ? undefined
        : this.find(name, parent);
    this.#found.set(key, found);
    return found;
  }

  #realPath(directory: string): string {
    let real = this.#real.get(directory);
    if (real === undefined)
      this.#real.set(directory, (real = existsSync(directory) ? realpathSync(directory) : directory));
    return real;
  }
}

/** `…/node_modules/name` or `…/node_modules/@scope/name` of a path within it. */
function packageDirectory(path: string): string | undefined {
  const steps = path.split(sep);
  const at = steps.lastIndexOf("node_modules");
  if (at < 0) return undefined;
  return steps.slice(0, at + (isScope(steps[at + 1]) ? 3 : 2)).join(sep);
}

function readPackage(directory: string): InstalledPackage | undefined {
  const file = join(directory, "package.json");
  if (!existsSync(file)) return undefined;
  const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest; // npm has checked the fields that are read here
  const { version = "0.0.0" } = manifest;
  return { name: nameIn(directory), version, directory, manifest };
}

/** The name that it is imported by, which need not be its manifest's: `"serverless": "npm:osls@4"`. */
function nameIn(directory: string): string {
  const at = directory.lastIndexOf(`node_modules${sep}`);
  return directory.slice(at + "node_modules/".length).replaceAll(sep, "/");
}

/** `@scope/name` of `@scope/name/file.js`. */
export function packageName(specifier: string): string {
  const [first = "", second = ""] = specifier.split("/");
  return isScope(first) ? `${first}/${second}` : first;
}

/** `@scope`; and `.prisma`, below which a tool writes packages of its own. */
function isScope(step: string | undefined): boolean {
  return step?.startsWith("@") === true || step?.startsWith(".") === true;
}
