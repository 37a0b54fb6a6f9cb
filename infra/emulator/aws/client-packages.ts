import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Where a client of the SDK lies: with the user's project, or with this package; undefined if it is in neither. */
export function findClient(name: string, project: string): string | undefined {
  return resolved(name, pathToFileURL(join(project, "package.json")).href) ?? resolved(name, import.meta.url);
}

function resolved(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}
