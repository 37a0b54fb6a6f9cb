import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const bundles = new Map<string, Promise<string>>();

/**
 * The path of a program of this package that another process is to run. In the built package it is a JavaScript file.
 * In the package's own tests it is TypeScript, which not all supported versions of Node can run, so there it is bundled
 * first.
 *
 * @param name The file without its extension.
 * @param beside The `import.meta.url` of a file of the same folder.
 */
export async function programFile(name: string, beside: string): Promise<string> {
  if (!beside.endsWith(".ts")) return fileURLToPath(new URL(`./${name}.js`, beside));
  const source = fileURLToPath(new URL(`./${name}.ts`, beside));
  const bundled = bundles.get(source) ?? bundle(source);
  bundles.set(source, bundled);
  bundled.catch(() => bundles.delete(source)); // who asks next tries again
  return bundled;
}

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
