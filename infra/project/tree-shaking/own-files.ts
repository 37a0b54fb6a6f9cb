import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The directory of this package's modules, as TypeScript or built. */
const PACKAGE = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

/** A file of this package: TypeScript or JavaScript, as this one is. One copy of the SDK serves all modules. */
export function sourceFile(path: string): string {
  return join(PACKAGE, `${path}${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`);
}

/** Whether a file is one of the SDK or of the handler, rather than the author's. */
export function isOwnFile(path: string): boolean {
  return path.startsWith(join(PACKAGE, "sdk", "/")) || dirname(path) === join(PACKAGE, "handlers");
}
