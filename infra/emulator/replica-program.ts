import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The path of the program that replicas run. It stands beside this file in the built package; when this file itself is
 * TypeScript, as in the package's own tests, Node cannot be relied on to run its neighbour, so that is bundled first.
 */
export async function replicaProgram(): Promise<string> {
  if (!import.meta.url.endsWith(".ts")) return fileURLToPath(new URL("./replica-process.js", import.meta.url));
  bundled ??= bundle(fileURLToPath(new URL("./replica-process.ts", import.meta.url)));
  return bundled;
}

let bundled: Promise<string> | undefined;

async function bundle(source: string): Promise<string> {
  const { build } = await import("esbuild");
  const directory = await mkdtemp(join(tmpdir(), "lambent-program-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  const outfile = join(directory, "replica-process.mjs");
  await build({ entryPoints: [source], outfile, bundle: true, platform: "node", format: "esm", target: "node20" });
  return outfile;
}
