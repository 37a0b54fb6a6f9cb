import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, expect, test } from "vitest";
import { packageRoot, projectDirectory } from "./support/project-directory.ts";
import { startProgram } from "./support/program.ts";

// The built package, as a script that depends on it sees it.
const project = projectDirectory({
  "script.js": `
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ActorEnvironment, currentContext, mapTask, partial, S3File, task, workflow } from "lambent";
import { run } from "lambent/local";

const actor = new ActorEnvironment({ name: "scripted", replicaCount: 2 });
let made = 0;
const makeFactor = task(async function makeFactor() {
  made++;
  const path = join(currentContext().workingDirectory, "factor.txt");
  await writeFile(path, "4");
  return S3File.from(path, "txt");
}, { cache: true, cacheVersion: "v1" });
const load = actor.cache(async function load(file) { return Number(await file.text()); });
const times = actor.task(async function times({ n, file }) { return n * (await load(file)); });
const wf = workflow({ values: [1, 2, 3] }, function wf({ values }) {
  const file = makeFactor({});
  return { file, products: mapTask(partial(times, { file }))({ n: values }) };
});
const { file, products } = await run(wf);
const again = await run(wf, { values: [5] });
console.log(JSON.stringify({ products, again: again.products, made, isFile: file instanceof S3File, stats: load.stats }));
`,
});
afterAll(() => project.remove());

test("run() keeps files and stored outputs in .lambent/store, and this process is every actor's one replica", async () => {
  const program = startProgram(process.execPath, ["script.js"], { cwd: project.root });
  expect(await program.ended).toBe(0);
  expect(JSON.parse(program.output())).toMatchObject({
    products: [4, 8, 12],
    again: [20],
    made: 1,
    isFile: true,
    stats: { misses: 1 },
  });
  expect(existsSync(join(project.root, ".lambent/store"))).toBe(true);
});

test("the second process finds what the first has stored", async () => {
  const program = startProgram(process.execPath, ["script.js"], { cwd: project.root });
  expect(await program.ended).toBe(0);
  expect(JSON.parse(program.output())).toMatchObject({ products: [4, 8, 12], made: 0 });
});

test("what its modules import is installed with it, or is an optional peer", async () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly peerDependencies: Readonly<Record<string, string>>;
  };
  const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--ignore-scripts", "--json"], {
    cwd: packageRoot,
    maxBuffer: 1 << 26,
  });
  const [{ files }] = JSON.parse(stdout) as [{ readonly files: readonly { readonly path: string }[] }];
  const { metafile } = await build({
    absWorkingDir: packageRoot,
    entryPoints: files.map(({ path }) => path).filter((path) => path.endsWith(".js")),
    outdir: "none",
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    write: false,
    logLevel: "error",
    metafile: true,
  });
  const known = [...builtinModules, ...Object.keys({ ...dependencies, ...peerDependencies }), "lambent"];
  const unknown = Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
    imports
      .filter(({ path, external }) => external === true && !path.startsWith("node:"))
      .filter(({ path }) => !known.some((name) => path === name || path.startsWith(`${name}/`)))
      .map(({ path }) => `${file} imports ${path}`),
  );
  expect(unknown).toEqual([]);
}, 120_000);

test("an install brings few packages: what a dependency would add is seen here", () => {
  const { packages } = JSON.parse(readFileSync(join(packageRoot, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, Readonly<Record<"dependencies", Record<string, string> | undefined>>>>;
  };
  const brought = new Set<string>();
  function add(within: string): void {
    for (const name of Object.keys(packages[within]?.dependencies ?? {})) {
      const own = `${within}/node_modules/${name}`;
      const path = packages[own] === undefined ? `node_modules/${name}` : own;
      if (brought.has(path)) continue;
      brought.add(path);
      add(path);
    }
  }
  add("");
  expect([...brought].slice(45)).toEqual([]);
});
