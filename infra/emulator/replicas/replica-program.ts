import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A program that the pool runs: the module of that name beside this one. */
export type ProgramName = "replica-process" | "replica-cleanup";

/**
 * The path of a program. In the built package it is beside this file. In the package's own tests this file is
 * TypeScript, which not all supported versions of Node can run, so there the program is bundled first.
 */
export async function replicaProgram(name: ProgramName): Promise<string> {
  if (!import.meta.url.endsWith(".ts")) return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const bundling =
    bundled.get(name) ??
    bundle(fileURLToPath(new URL(`./${name}.ts`, import.meta.url))).catch((error: unknown) => {
      bundled.delete(name); // the next that needs it tries again
      throw error;
    });
  bundled.set(name, bundling);
  return bundling;
}

const bundled: Map<ProgramName, Promise<string>> = new Map();

/**
 * Writes the bundle to a path that is named after its content, so that test runs at the same time do not disturb each
 * other.
 */
async function bundle(source: string): Promise<string> {
  const { build } = await import("esbuild");
  const options = { bundle: true, platform: "node", format: "esm", target: "node20", write: false } as const;
  const { outputFiles } = await build({ entryPoints: [source], ...options });
  const text = outputFiles.map((file) => file.text).join("");
  const directory = join(tmpdir(), "lambent-program");
  const path = join(directory, `${createHash("sha256").update(text).digest("hex").slice(0, 16)}.mjs`);
  await mkdir(directory, { recursive: true });
  await writeFile(`${path}.${process.pid}`, text);
  await rename(`${path}.${process.pid}`, path);
  return path;
}
