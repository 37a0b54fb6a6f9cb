import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { StateMachines } from "../../infra/run/console/api.ts";
import { packageRoot, projectDirectory } from "../support/project-directory.ts";
import { startProgram } from "../support/program.ts";

// The program behind `npm start`, on a copy of the examples, so that nothing stored by an earlier run is found.
const project = projectDirectory({});
afterAll(() => project.remove());
mkdirSync(join(project.root, "handlers"));
cpSync(join(packageRoot, "handlers/examples"), join(project.root, "handlers/examples"), { recursive: true });
function start(...args: string[]) {
  return startProgram(process.execPath, [join(packageRoot, "dist/scripts/start.js"), ...args], {
    cwd: project.root,
    env: { NODE_PATH: "" },
  });
}

// What the examples import is among the package's own development dependencies.
for (const name of ["wink-nlp", "wink-eng-lite-web-model", "onnxruntime-web"]) {
  symlinkSync(join(packageRoot, "node_modules", name), join(project.root, "node_modules", name));
}

test("npm start -- --keep runs every example, shows progress and receipts, draws the timelines and stays up", async () => {
  const program = start("--keep");
  await expect.poll(program.output, { timeout: 100_000 }).toMatch(/Console: .*\nUp until Ctrl-C\n$/);
  const [, page = ""] = /Console: (http:\S+\/console\/)/.exec(program.output()) ?? [];
  expect((await fetch(page)).headers.get("content-type")).toMatch(/^text\/html/);
  const machines = (await (await fetch(new URL("api/state-machines", page))).json()) as StateMachines;
  expect(machines.stateMachines.map(({ title }) => title)).toContain("embeddings");
  program.child.kill("SIGINT");
  const code = await program.ended;
  const output = program.output();
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).toContain("caching → 13\n  4 tasks on 1 replica: 1 load, 3 hits;");
  expect(output).toContain("custom-objects → 2\n  4 tasks on 1 replica: 1 load, 3 hits;");
  expect(output).toMatch(/map-task → \[0,4,8,.*,76\]\n {2}21 tasks on 3 replicas: 2 loads, 18 hits;/);
  expect(output).toMatch(
    /embeddings → \[\{"score":0.72,.*\}\]\n {2}219 tasks on \d replicas: 2 preloads, 0 loads, 217 hits;/,
  );
  expect(output).toMatch(/entities → \{"CARDINAL":1018,.*\}\n {2}218 tasks on \d replicas: 2 loads, 214 hits;/);
  expect(output).toMatch(/caching +replica \w+ loads loadModel/);
  expect(output).toMatch(/map-task +\d+ of 20 items/);
  const pages = readdirSync(join(project.root, ".lambent/timelines")).toSorted();
  expect(pages).toEqual(["caching.html", "custom-objects.html", "embeddings.html", "entities.html", "map-task.html"]);
  expect(readFileSync(join(project.root, ".lambent/timelines/caching.html"), "utf8")).toMatch(
    /3 hits, 1 load.*<dt>Cost<\/dt><dd class="value">\$0\.000/s,
  );
}, 120_000);

test("npm start ends when all have run, and fails loudly if an output is wrong", async () => {
  for (const name of ["caching", "custom-objects", "map-task"]) {
    const path = join(project.root, `handlers/examples/${name}.ts`);
    const quick = readFileSync(path, "utf8").replace(/sleep\([\d_]+\)/, "sleep(0)");
    writeFileSync(path, quick.replace("return config.state;", "return config.state + 1;"));
  }
  const program = start();
  expect(await program.ended).toBe(1);
  expect(program.output()).toContain("custom-objects should return 2, but returned 6");
}, 120_000);
