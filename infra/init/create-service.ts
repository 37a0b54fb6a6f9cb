import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { LambentError } from "../../sdk/base/errors.ts";
import { packageJson } from "./package-json.ts";
import { packageManager, type PackageManager } from "./package-manager.ts";
import type { Template } from "./template-list.ts";
import { TEMPLATE_SERVICE, templateFiles } from "./templates.ts";

/** A service that has just been made. */
export interface CreatedService {
  readonly directory: string;
  readonly service: string;
  /** Relative to the directory. */
  readonly written: readonly string[];
  /** Those that were there already, and are as they were. */
  readonly kept: readonly string[];
  /** What was added to a package.json that was there; undefined if it is new. */
  readonly added: readonly string[] | undefined;
  readonly packageManager: PackageManager;
}

/** A service goes without the template's, if there are others. */
const MAY_BE_THERE = new Set(["README.md", ".gitignore", "tsconfig.json", ".yarnrc.yml"]);

/** The framework reads any of these. */
const CONFIGURATIONS = ["yml", "yaml", "json", "js", "cjs", "mjs", "ts"].map((type) => `serverless.${type}`);

/** Characters of a service's name, which is in the names of functions: those may have 64. */
const NAME_CHARACTERS = 32;

/**
 * Make a service of a template. No file that is there is written to, but for package.json, which gets what it lacks.
 * @param place the service's directory; it is made if it is not there
 * @throws {LambentError} if there is a service already, or a file where one of the template would go; nothing is written then
 */
export function createService(place: string, template: Template, userAgent?: string): CreatedService {
  const directory = resolve(place);
  if (existsSync(directory) && !statSync(directory).isDirectory())
    throw new LambentError(`${directory} is a file: name a directory, which may be a new one`);
  const service = serviceName(basename(directory));
  const manager = packageManager(directory, userAgent);
  const texts = new Map<string, string | Buffer>(
    [...templateFiles(template)].map(([file, source]) => [file, contentOf(file, source, service, manager)]),
  );
  if (manager.needsLinker) texts.set(".yarnrc.yml", "nodeLinker: node-modules\n");
  if (manager.refusesScripts) texts.set("pnpm-workspace.yaml", "strictDepBuilds: false\n");
  refuseIfThere(directory, [...texts.keys()]);
  const manifest = packageJson(directory, service, template.scripts);
  const written: string[] = [];
  const kept: string[] = [];
  for (const [file, text] of texts) {
    if (existsSync(join(directory, file))) {
      kept.push(file);
      continue;
    }
    write(join(directory, file), text, "wx");
    written.push(file);
  }
  if (manifest.added === undefined) written.push("package.json");
  if (manifest.added?.length !== 0)
    write(join(directory, "package.json"), manifest.text, manifest.added === undefined ? "wx" : "w");
  return { directory, service, written, kept, added: manifest.added, packageManager: manager };
}

function refuseIfThere(directory: string, files: readonly string[]): void {
  const others = CONFIGURATIONS.filter((file) => file !== "serverless.yml");
  const there = [...files.filter((file) => !MAY_BE_THERE.has(file)), ...others].filter((file) =>
    existsSync(join(directory, file)),
  );
  if (there.length === 0) return;
  throw new LambentError(
    `${directory} has ${there.join(", ")} already, and nothing is overwritten: name another directory, as in lambent init new-service`,
  );
}

function write(path: string, text: string | Buffer, flag: "w" | "wx"): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { flag });
}

/** The file as the service has it: with its name, and in its README the commands of its package manager. */
function contentOf(file: string, source: string, service: string, manager: PackageManager): string | Buffer {
  const content = readFileSync(source);
  if (file === "serverless.yml") return content.toString().replaceAll(TEMPLATE_SERVICE, service);
  if (file !== "README.md") return content;
  const text = content.toString().replaceAll(TEMPLATE_SERVICE, service);
  if (manager.name === "npm") return text;
  return text
    .replaceAll("npx ", `${manager.run} `)
    .replaceAll(/npm (?:run )?(test|check|train)/g, `${manager.name} $1`);
}

/** What the framework takes as a service's name: letters, digits and dashes, a letter first. */
export function serviceName(folder: string): string {
  const name = folder
    .replaceAll(/[^A-Za-z0-9]+/g, "-")
    .replace(/^[^A-Za-z]+/, "")
    .slice(0, NAME_CHARACTERS)
    .replace(/-+$/, "");
  return name === "" ? TEMPLATE_SERVICE : name;
}
