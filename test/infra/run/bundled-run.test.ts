import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { task, workflow } from "lambent";
import { run } from "lambent/local";
import { looking } from "../../support/fabricated-packages.ts";
import { projectDirectory, type ProjectDirectory } from "../../support/project-directory.ts";

const FLOWS = `
import { ActorEnvironment, task, workflow } from "lambent";
import { text } from "looking";
const actor = new ActorEnvironment({ name: "model", replicaCount: 1 });
const place = actor.task(async function place({ n }) { return { pid: process.pid, text: text() + n, directory: process.cwd() }; });
const fails = task(async function fails() { throw new RangeError("out of it"); });
export const wf = workflow({ n: 1 }, function wf({ n }) { return place({ n }); });
export const failing = workflow({}, function failing() { return fails({}); });
`;

/** As a user's script: the built package, in a process of its own, started elsewhere than in the project. */
function script(root: string): Record<string, unknown> {
  const output = execFileSync(process.execPath, ["script.js"], {
    cwd: join(root, "scripts"),
    encoding: "utf8",
  });
  return JSON.parse(output.trim().split("\n").at(-1) ?? "{}") as Record<string, unknown>;
}

let project: ProjectDirectory;
beforeAll(() => {
  project = projectDirectory({
    "serverless.yml": "service: bundled",
    "src/flows.js": FLOWS,
    "src/again.js":
      'import { workflow } from "lambent";\nexport const made = () => workflow({}, function unexported() { return 1; });',
    ...looking("node_modules/looking"),
    "scripts/script.js": `
import { run } from "lambent/local";
import { failing, wf } from "../src/flows.js";
import { made } from "../src/again.js";
const told = {};
const [one, two] = await Promise.all([run(wf, { n: 2 }, { bundled: true }), run(wf, {}, { bundled: true })]);
const ended = [one.pid, two.pid].every((pid) => { try { process.kill(pid, 0); return false; } catch { return true; } });
const failed = await run(failing, {}, { bundled: true }).catch((error) => [error.name, error.error, error.message.split("\\n")[0], error.cause.name, error.cause.message, error.cause.stack]);
const unexported = await run(made(), {}, { bundled: true }).catch((error) => error.message);
const named = await run(wf, { n: 3 }, { bundled: true, root: new URL("..", import.meta.url).pathname, workflows: ["src/fl*.js"], settings: { external: ["looking"] } });
console.log(JSON.stringify({ one, two, ended, failed, unexported, named: named.text, here: process.pid }));
`,
  });
});
afterAll(() => project.remove());

test("run(…, { bundled: true }) runs tasks from artifacts in processes of their own, away from the project, and ends them", () => {
  const { one, two, ended, failed, unexported, named, here } = script(project.root);
  expect(one).toMatchObject({ text: "looking 1.0.02" });
  expect(two).toMatchObject({ text: "looking 1.0.01" });
  for (const { pid, directory } of [one, two] as { pid: number; directory: string }[]) {
    expect(pid).not.toBe(here);
    expect(directory).toMatch(new RegExp(`^${tmpdir()}/lambent-`));
  }
  expect(ended).toBe(true);
  expect(failed).toEqual([
    "ExecutionError",
    "RangeError",
    expect.stringMatching(/^workflow failing failed at fails: RangeError: out of it/),
    "RangeError",
    "out of it",
    expect.stringContaining("src/flows.js:6:"),
  ]);
  expect(unexported).toBe(
    "no module of src/again.js exports workflow unexported: name those that export it in run(…, { bundled: true, workflows: […] })",
  );
  expect(named).toBe("looking 1.0.03");
}, 120_000);

test("a workflow of a test's own module is refused, with the remedy", async () => {
  const one = task(async function one() {
    return 1;
  });
  const wf = workflow({}, function wf() {
    return one({});
  });
  await expect(run(wf, {}, { bundled: true })).rejects.toThrow(
    "workflow wf is made in test/infra/run/bundled-run.test.ts, a test: export it from a module of its own, " +
      "or name the modules to bundle in run(…, { bundled: true, workflows: […] })",
  );
});
