import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** This package's package.json, as far as new services are made by it. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  /** The versions that its own tests run with. */
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** Where this package is: in somebody's `node_modules`, or a checkout. */
export const OWN_ROOT: string = rootAbove(dirname(fileURLToPath(import.meta.url)));

export function ownManifest(): Manifest {
  return JSON.parse(readFileSync(join(OWN_ROOT, "package.json"), "utf8")) as Manifest; // this package's own file
}

/** In the sources it is two folders up, in the built package three. */
function rootAbove(directory: string): string {
  return existsSync(join(directory, "package.json")) ? directory : rootAbove(dirname(directory));
}

/**
 * How a package.json in `directory` asks for this very package: by its version, or by the path of the archive or the
 * checkout that it is run from, which no registry has.
 */
export function ownRange(directory: string): string {
  const modules = dirname(OWN_ROOT);
  if (basename(modules) !== "node_modules") return fileRange(directory, OWN_ROOT);
  const { name, version } = ownManifest();
  const project = dirname(modules);
  const asked = askedFor(join(project, "package.json"), name);
  return asked?.startsWith("file:") === true ? fileRange(directory, resolve(project, asked.slice(5))) : version;
}

function fileRange(directory: string, path: string): string {
  const way = relative(directory, path).replaceAll("\\", "/");
  return `file:${way.startsWith(".") ? way : `./${way}`}`;
}

function askedFor(manifest: string, name: string): string | undefined {
  if (!existsSync(manifest)) return undefined;
  const { dependencies, devDependencies } = JSON.parse(readFileSync(manifest, "utf8")) as {
    readonly [kind: string]: Readonly<Record<string, string>> | undefined;
  }; // npm has read it
  return { ...devDependencies, ...dependencies }[name];
}
