import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LambentError, messageOf } from "../../sdk/base/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../sdk/base/json.ts";
import { ownManifest, ownRange } from "./own-package.ts";

/** Which of this package's own tools a service has, too: in the versions that this package is tested with. */
const TOOLS = ["@types/node", "serverless", "serverless-offline", "typescript", "vitest"];

/** A package.json before and after. */
export interface PackageJson {
  readonly text: string;
  /** Entries that were added to one that was there, as `scripts.dev`; undefined if there was none. */
  readonly added: readonly string[] | undefined;
}

/**
 * The service's package.json: a new one, or the one that is there with what it lacks. What it has stays as it is.
 * @throws {LambentError} if the one that is there cannot be read
 */
export function packageJson(
  directory: string,
  name: string,
  scripts: Readonly<Record<string, string>> = {},
): PackageJson {
  const path = join(directory, "package.json");
  const { devDependencies } = ownManifest();
  const wanted: JsonObject = {
    name,
    version: "0.0.0",
    private: true,
    type: "module",
    scripts: {
      dev: "lambent dev",
      test: "vitest run",
      check: "tsc",
      deploy: "serverless deploy",
      ...scripts,
    },
    dependencies: { lambent: ownRange(directory) },
    devDependencies: Object.fromEntries(TOOLS.map((tool) => [tool, proven(devDependencies[tool])])),
  };
  if (!existsSync(path)) return { text: printed(wanted), added: undefined };
  const there = readJson(path);
  const added: string[] = [];
  // What `npm init` writes, which only fails.
  const isOfNpmInit = /no test specified/.test(String(fields(there["scripts"])["test"]));
  const scriptsThere = isOfNpmInit ? without(fields(there["scripts"]), "test") : fields(there["scripts"]);
  const merged: Record<string, Json> = { ...there };
  if (there["type"] === undefined) {
    merged["type"] = "module";
    added.push("type");
  }
  for (const [group, have] of [
    ["scripts", scriptsThere],
    ["dependencies", fields(there["dependencies"])],
    ["devDependencies", fields(there["devDependencies"])],
  ] as const) {
    const elsewhere =
      group === "scripts" ? {} : { ...fields(there["dependencies"]), ...fields(there["devDependencies"]) };
    const missing = Object.entries(fields(wanted[group])).filter(([key]) => !(key in have) && !(key in elsewhere));
    if (missing.length === 0) continue;
    merged[group] = { ...have, ...Object.fromEntries(missing) };
    added.push(...missing.map(([key]) => `${group}.${key}`));
  }
  return { text: printed(merged), added };
}

/** The one version that is tested, where a range is asked for. */
function proven(range: string = "latest"): string {
  return range.replace(/^[\^~]/, "");
}

function readJson(path: string): JsonObject {
  let value: Json;
  try {
    value = JSON.parse(readFileSync(path, "utf8")) as Json; // what JSON has
  } catch (error) {
    throw new LambentError(`${path} cannot be read, and the service is to be added to it: ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (isJsonObject(value)) return value;
  throw new LambentError(`${path} holds no object, and the service is to be added to it: mend it, or remove it`);
}

function fields(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function without(object: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

function printed(value: JsonObject): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
