import { directory as store } from "./support/store-directory.ts";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { globSync } from "tinyglobby";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { S3File, Workflow } from "lambent";
import { run } from "lambent/local";
import { codeBlocks, DOCUMENTS, documentText } from "./support/documents.ts";
import { packageRoot } from "./support/project-directory.ts";

/** A directory within the package, so that its own name and its types resolve. */
const directory = join(packageRoot, ".lambent/docs");
beforeAll(() => mkdirSync(directory, { recursive: true }));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The files below a folder, relative to the package. */
function filesBelow(folder: string, suffix: string): string[] {
  return readdirSync(join(packageRoot, folder), { encoding: "utf8", recursive: true })
    .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(suffix) && !path.includes("node_modules"));
}

const SOURCES = ["sdk", "handlers", "infra", "scripts"].flatMap((top) => filesBelow(top, ".ts"));

/** The first block of the documents that has `part` in it, from README.md on. */
function blockWith(part: string): string {
  const block = [...DOCUMENTS.keys()].flatMap(codeBlocks).find(({ code }) => code.includes(part));
  if (block === undefined) throw new Error(`no code block of a document has ${part} in it`);
  return block.code;
}

/** A template's README is that of the service which it becomes: its paths are the template's own. */
function rootOf(path: string): string {
  return join(packageRoot, /^templates\/[^/]+/.exec(path)?.[0] ?? "");
}

/** What stands between single backticks, outside of code blocks. */
function quoted(text: string): string[] {
  const prose = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, "");
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, inside = ""]) => inside);
}

test("the documents' workflow with a large value gives what it says", async () => {
  const code = blockWith("function crawl");
  const path = join(directory, "large.test-block.ts");
  writeFileSync(path, code);
  const { overview } = (await import(path)) as { overview: Workflow<{ pages?: number }, string[]> };
  const pages = await run(overview);
  expect(pages).toHaveLength(20);
  expect(pages[3]).toBe("page 3 pag");
});

test("the documents' model files are found, downloaded and kept by version, and named by callers", async () => {
  const code = blockWith("loadWeights");
  mkdirSync(join(directory, "models"), { recursive: true });
  writeFileSync(join(directory, "models/weights.json"), '{"good":2}');
  vi.stubEnv("LAMBENT_ASSETS", JSON.stringify({ root: directory, bucket: "local", keyPrefix: "" }));
  const path = join(directory, "models.test-block.ts");
  writeFileSync(path, code);
  interface Models {
    reviewing: Workflow<{ text?: string; model?: S3File<"json"> | string }, number>;
    comparing: Workflow<{ text?: string; model: S3File<"json"> | string }, { own: number; other: number }>;
  }
  const { reviewing, comparing } = (await import(path)) as Models;
  expect(await run(reviewing, { text: "good good" })).toBe(4);
  mkdirSync(join(store, "local/files"), { recursive: true });
  writeFileSync(join(store, "local/files/other.json"), '{"good":7}');
  expect(await run(comparing, { model: "s3://local/files/other.json" })).toEqual({ own: 2, other: 7 });
  vi.unstubAllEnvs();
});

test("the README's picture is of a run of the example entities, light and dark", () => {
  expect(documentText("README.md")).toContain("](docs/timeline.svg)");
  const picture = readFileSync(join(packageRoot, "docs/timeline.svg"), "utf8");
  expect(picture).toContain("extractEntities · 216 items");
  expect(picture).toMatch(/extractEntities\[\d+\], .* 1 load of .* cold start/);
  expect(picture).toContain("@media (prefers-color-scheme:dark)");
});

test("the README shows what npm start prints", () => {
  const readme = readFileSync(join(packageRoot, "README.md"), "utf8");
  expect(readme).toMatch(
    /caching → 13\n {2}4 tasks on 1 replica: 1 load, 3 hits; 4\.\d s, without the cache about 16\.\d s/,
  );
  expect(readme).toMatch(/map-task → \[0,4,8,.*,76\]\n {2}21 tasks on 3 replicas: 2 loads, 18 hits; 10\.\d s/);
});

test("the commands that documents name are the package's and CI's", () => {
  const { scripts } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  // Of a service that a template becomes: where its package.json is written.
  const made = globSync("infra/init/*.ts", { cwd: packageRoot, absolute: true }).map((path) =>
    readFileSync(path, "utf8"),
  );
  function isScript(path: string, name: string): boolean {
    if (!path.startsWith("templates/")) return scripts[name] !== undefined;
    return made.some((text) => new RegExp(`\\b${name}"?:`).test(text));
  }
  const unknown = [...DOCUMENTS].flatMap(([path, text]) =>
    [...text.matchAll(/\bnpm (?:run )?(start|test|(?<=run )[\w:-]+)/g)]
      .map(([, name = ""]) => name)
      .filter((name) => !isScript(path, name))
      .map((name) => `${path}: npm run ${name}`),
  );
  expect(unknown).toEqual([]);
  const ci = readFileSync(join(packageRoot, ".ci/run"), "utf8");
  for (const command of ["sh scripts/ci-tools.sh", "npm ci", "npm run check", "npm test"])
    expect(ci).toContain(command);
});

test("the way to see a definition that CONTRIBUTING.md shows prints graph, definition and faults", async () => {
  const code = blockWith("--input-type=module");
  const { stdout } = await promisify(execFile)("bash", ["-e", "-c", code], { cwd: packageRoot });
  expect(stdout).toContain("double2 = double {n: double}");
  expect(stdout).toContain('"StartAt": "Inputs"');
  expect(stdout).toMatch(/^faults: \[\]$/m);
});

test("files and folders that documents name are there", () => {
  const isPath = /^(?:sdk|handlers|infra|scripts|test|docs|\.ci)(?:\/[\w.-]+)+$/;
  const gone = [...DOCUMENTS].flatMap(([path, text]) =>
    quoted(text)
      .filter((name) => isPath.test(name) && !existsSync(join(rootOf(path), name)))
      .map((name) => `${path}: ${name}`),
  );
  expect(gone).toEqual([]);
});

test("functions and types that ARCHITECTURE.md and CONTRIBUTING.md name are in the sources", () => {
  const words = new Set(
    [...SOURCES, ...filesBelow("test", ".ts")].flatMap(
      (path) => readFileSync(join(packageRoot, path), "utf8").match(/[\w$]+/g) ?? [],
    ),
  );
  const gone = ["ARCHITECTURE.md", "CONTRIBUTING.md"].flatMap((path) =>
    quoted(documentText(path))
      .filter((name) => /^[A-Za-z]\w*(?:\.[A-Za-z]\w*)*$/.test(name) && !existsSync(join(packageRoot, name)))
      .filter((name) => !name.split(".").every((part) => words.has(part.replace(/\d$/, ""))))
      .map((name) => `${path}: ${name}`),
  );
  expect(gone).toEqual([]);
});

test("ARCHITECTURE.md names every folder of the sources", () => {
  const named = new Set(quoted(documentText("ARCHITECTURE.md")));
  const folders = new Set(SOURCES.filter((path) => !path.endsWith(".d.ts")).map(dirname));
  expect([...folders].filter((folder) => !named.has(folder))).toEqual([]);
});

test("the index of the documentation has every page", () => {
  const index = documentText("docs/README.md");
  const pages = [...DOCUMENTS.keys()].filter((path) => /^docs\/[^/]+\.md$/.test(path) && path !== "docs/README.md");
  expect(pages.length).toBeGreaterThan(15);
  expect(pages.filter((path) => !index.includes(`](${path.replace("docs/", "")})`))).toEqual([]);
});

test("the list of decisions has every page, under the page's own title", () => {
  const list = documentText("docs/decisions/README.md");
  const pages = [...DOCUMENTS].filter(([path]) => /^docs\/decisions\/\d/.test(path));
  expect(pages.length).toBeGreaterThan(20);
  const missing = pages.filter(([path, text]) => {
    const [, number, title] = /^# (\d+)\. (.*)/.exec(text) ?? [];
    return !list.includes(`| ${number} | [${title}](${path.replace("docs/decisions/", "")}) |`);
  });
  expect(missing.map(([path]) => path)).toEqual([]);
});
