import { lambdaPlatform } from "../../../infra/project/packages/target-platform.ts";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test, vi } from "vitest";
import type { Artifact } from "../../../infra/project/artifact.ts";
import { BuildMemory } from "../../../infra/project/build-memory.ts";
import type { Bundle } from "../../../infra/project/bundle.ts";
import { loadProject, type Project } from "../../../infra/project/load-project.ts";
import { describe } from "../../../infra/project/trace-modules.ts";
import { loadableOf, verifyArtifact } from "../../../infra/project/verify-artifact.ts";
import { packageRoot, projectDirectory } from "../../support/project-directory.ts";

const project = projectDirectory({
  "workflows/a.ts": `
import { ActorEnvironment, task, workflow } from "lambent";
import { factor } from "../shared";
const actor = new ActorEnvironment({ name: "maths", replicaCount: 2 });
const times = actor.task(async function times({ n }: { n: number }) { return n * factor; });
export const say = task(async function say({ text }: { text: string }) { return text; });
export const wf = workflow({ n: 1 }, function wf({ n }) { times({ n: times({ n }) }); return say({ text: "done" }); });
`,
  "shared.ts": "export const factor: number = 3;",
});
afterAll(() => project.remove());

function load(workflows: string, onFiles?: (paths: readonly string[]) => void): Promise<Project> {
  return loadProject({
    ...(onFiles === undefined ? {} : { onFiles }),
    root: project.root,
    workflows: [workflows],
    outDir: join(project.root, "out"),
    platformOf: () => lambdaPlatform("x86_64", 20),
    minify: false,
  });
}

test("a project is described by what its modules export: functions, their tasks, and graphs", async () => {
  const files: string[] = [];
  const { description, artifacts } = await load("workflows/a.ts", (paths) => files.push(...paths));
  expect(description.functions).toMatchObject([
    { tasks: ["say"] },
    { actor: { name: "maths", replicaCount: 2, whenBusy: "queue" }, tasks: ["times"] },
  ]);
  expect(description.workflows.map((graph) => [graph.workflow, graph.nodes.map((node) => node.name)])).toEqual([
    ["wf", ["times", "times2", "say"]],
  ]);
  expect(artifacts.map((bundle) => existsSync(join(bundle.directory, "index.mjs")))).toEqual([true, true]);
  expect(files).toEqual(
    expect.arrayContaining([join(project.root, "workflows/a.ts"), join(project.root, "shared.ts")]),
  );
});

test("a replica runs the tasks that only its workflows' functions know, without calling these", async () => {
  const only = projectDirectory({
    "flows.ts": `
import { ActorEnvironment, mapTask, partial, task, workflow } from "lambent";
import { count } from "counting";
const actor = new ActorEnvironment({ name: "maths" });
const load = actor.cache(async function load(n: number) { return (m: number) => n * m; });
const times = actor.task(async function times({ n, m }: { n: number; m: number }) { return (await load(n))(m); });
const twice = actor.task(async function twice({ n }: { n: number }) { return times.fn({ n: 2, m: n }); });
const outside = task(async function outside({ n }: { n: number }) { return count({ list: [n] }); });
const graph = task(async function graph() { return String(wf.graph); });
export const wf = workflow({ list: [1] }, function wf({ list }) {
  if (process.env.AWS_LAMBDA_FUNCTION_NAME) throw new Error("traced in a replica");
  const products = mapTask(partial(times, { n: 2 }))({ m: list });
  const n = twice.withOverrides({ timeout: 5 })({ n: count({ list: products }) });
  return [outside({ n }), graph({})];
});`,
    "node_modules/counting/package.json": '{ "type": "module", "exports": "./index.js" }',
    "node_modules/counting/index.js":
      'import { task } from "lambent"; export const count = task(async function count({ list }) { return list.length; });',
  });
  try {
    const { description, artifacts } = await loadProject({
      root: only.root,
      workflows: ["flows.ts"],
      outDir: join(only.root, "out"),
      platformOf: () => lambdaPlatform("x86_64", 20),
      minify: true,
    });
    expect(description.functions.map(({ tasks }) => tasks)).toEqual([
      ["times", "twice"],
      ["count", "outside", "graph"],
    ]);
    vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "a-replica");
    vi.stubEnv("LAMBENT_METRICS", "off");
    const [actor, plain] = await Promise.all(artifacts.map(handlerOf));
    expect(await actor?.({ task: "times", inputs: { n: 3, m: 4 } })).toMatchObject({
      output: 12,
      receipt: { task: "times", start: "cold", caches: [{ cache: "load", misses: 1 }] },
    });
    expect(await actor?.({ task: "twice", inputs: { n: 5 } })).toMatchObject({
      output: 10,
      receipt: { start: "warm" },
    });
    await expect(actor?.({ task: "count", inputs: {} })).rejects.toThrow(
      "there is no task count on this function; it has: times, twice",
    );
    expect(await plain?.({ task: "count", inputs: { list: [1, 2] } })).toMatchObject({ output: 2 });
    await expect(plain?.({ task: "outside", inputs: { n: 1 } })).rejects.toThrow(
      "task count was called outside of a workflow: to run its function here, call count.fn(…)",
    );
    await expect(plain?.({ task: "graph", inputs: {} })).rejects.toThrow("workflow wf has no graph in a replica");
  } finally {
    vi.unstubAllEnvs();
    only.remove();
  }
});

type Invoke = (invocation: object) => Promise<unknown>;

/** The handler of a bundle, in this process. */
async function handlerOf({ directory }: Artifact): Promise<Invoke> {
  const { handler } = (await import(pathToFileURL(join(directory, "index.mjs")).href)) as {
    handler: (event: object, context: object) => Promise<unknown>;
  };
  return (invocation) => handler(invocation, { getRemainingTimeInMillis: () => 60_000 });
}

test("a function that has a Node version of its own is bundled for that one", async () => {
  const { artifacts } = await loadProject({
    root: project.root,
    workflows: ["workflows/a.ts"],
    outDir: join(project.root, "out"),
    platformOf: ({ actor }) => lambdaPlatform("x86_64", actor?.name === "maths" ? 16 : 20),
    minify: false,
  });
  const hasStaticBlocks = artifacts.map(({ directory }) =>
    readdirSync(directory).some(
      (name) => name.endsWith(".mjs") && /static \{/.test(readFileSync(join(directory, name), "utf8")),
    ),
  );
  expect(hasStaticBlocks).toEqual([true, false]); // Node 16.0 had none
});

test("a CommonJS dependency that looks around stays a package, and finds its files where it lies", async () => {
  const native = projectDirectory({
    "native.ts": `
import { task, workflow } from "lambent";
import native from "native";
export const where = task(async function where() { return native.text(); });
export const wf = workflow({}, function wf() { return where({}); });`,
    "node_modules/native/package.json": '{ "name": "native", "version": "1.0.0", "main": "index.js" }',
    "node_modules/native/index.js":
      'const { readFileSync } = require("fs"); exports.text = () => readFileSync(require("path").join(__dirname, "data/some.txt"), "utf8");',
    "node_modules/native/data/some.txt": "from the package",
    "node_modules/native/data/unread.d.ts": "export {};",
  });
  try {
    const { artifacts } = await loadProject({
      root: native.root,
      workflows: ["native.ts"],
      outDir: join(native.root, "out"),
      platformOf: () => lambdaPlatform("x86_64", 20),
      minify: true,
    });
    const [artifact] = artifacts;
    expect(artifact?.placed.map(({ path }) => path)).toEqual([
      "node_modules/native/data/some.txt",
      "node_modules/native/index.js",
      "node_modules/native/package.json",
    ]);
    vi.stubEnv("LAMBENT_METRICS", "off");
    const invoke = await handlerOf(artifact as Artifact); // the service has one function
    expect(await invoke({ task: "where", inputs: {} })).toMatchObject({ output: "from the package" });
  } finally {
    vi.unstubAllEnvs();
    native.remove();
  }
});

test("nothing half-written stands beside a bundle, and bundling twice gives the same directories, another source another one", async () => {
  const first = await load("workflows/a.ts");
  const names = readdirSync(join(first.artifacts[0]?.directory ?? "", ".."));
  expect(names.filter((name) => !/^[0-9a-f]{16}$/.test(name))).toEqual([]);
  expect((await load("workflows/a.ts")).artifacts.map(({ directory }) => directory)).toEqual(
    first.artifacts.map(({ directory }) => directory),
  );
  project.write("shared.ts", "export const factor: number = 4;");
  const [tasks, maths] = (await load("workflows/a.ts")).artifacts;
  expect(tasks?.directory).toBe(first.artifacts[0]?.directory); // it uses no factor
  expect(maths?.directory).not.toBe(first.artifacts[1]?.directory);
});

test.each<[string, string, RegExp]>([
  ["does not parse", "export const x = ;", /^broken\/a\.ts:1:18: Unexpected ";"/],
  ["imports what is not there", 'import "./nowhere";', /^broken\/a\.ts:1:8: Could not resolve "\.\/nowhere"/],
  ["imports a package that is not there", 'import "no-such";', /^broken\/a\.ts:1:8: Could not resolve "no-such"/],
  [
    "throws when it is imported",
    '\n\nthrow new TypeError("no model");',
    /^TypeError: no model\n\s+at .*broken\/a\.ts:3:7/,
  ],
  ["throws what is no Error", 'throw "no model";', /^a workflow's module threw "no model", which is no Error/],
  ["throws a bigint", "throw 5n;", /^a workflow's module threw 5n, which is no Error/],
  ["throws what has no text", "throw Object.create(null);", /^a workflow's module threw .*\{\}, which is no Error/],
  [
    "throws an error whose parts are no texts",
    'throw Object.assign(new Error("m"), { name: 404, stack: ["  at f (/a.ts:1:2)"] });',
    /^404: m\n\s+at f \(\/a.ts:1:2\)/,
  ],
  [
    "waits for ever",
    "await new Promise(() => undefined);",
    /^a workflow's module awaits something at its top level that never settles: \.\/broken\/a\.ts/,
  ],
  [
    "imports what is for tests",
    'import { run } from "lambent/local";\nvoid run;',
    /^broken\/a\.ts:1:\d+: .*"lambent\/local" is for scripts and tests/,
  ],
  [
    "ends its process",
    "process.exit(3);",
    /^a workflow's module ended its process \(exit code 3\) while it was imported/,
  ],
  [
    "calls a task outside of a workflow",
    'import { task } from "lambent";\nconst t = task(async function t() { return 1; });\nt({});',
    /^task t was called outside of a workflow: .*\n\s+at .*broken\/a\.ts:3:1/,
  ],
  [
    "makes a task in a workflow's function",
    `import { task, workflow } from "lambent";
export const wf = workflow({}, function wf() {
  return task(async function inner() { return 1; })({});
});`,
    /^task inner is made in the function of workflow wf, which replicas do not call: make it at its module's top level\n\s+at .*broken\/a\.ts:3:\d+/,
  ],
  [
    "reads a graph that its replicas would not have",
    'import { workflow } from "lambent";\nexport const wf = workflow({}, function wf() { return 1; });\nconsole.log(`${wf.graph}`);',
    /^the graph of workflow wf is read while its module loads, and replicas, .*: read it in a script or a test\n\s+at .*broken\/a\.ts:3:\d+/,
  ],
  [
    "makes two tasks of one name, of which it uses one",
    `import { task, workflow } from "lambent";
const used = task(async function same() { return 1; });
const unused = task(async function other() { return 2; }, { name: "same" });
void unused;
export const wf = workflow({}, function wf() { return used({}); });`,
    /^two tasks are named same among the plain tasks: give one of them another \{ name \}/,
  ],
  [
    "asks a Ref for its truth, of a task from another module",
    `import * as shared from "./tasks";
import { look as find } from "./tasks";
import { workflow } from "lambent";
export const wf = workflow({ a: 1 }, function wf({ a }) {
  while (find({ a }).next) find({ a });
  if (shared.look({ a })) return typeof a;
  return 1;
});`,
    /^broken\/a\.ts:5:10: the loop on find\(…\)\.next never ends: .*\nbroken\/a\.ts:6:7: if \(shared\.look\(…\)\) always .*\nbroken\/a\.ts:6:41: typeof a is always/,
  ],
  [
    "loops on a Ref where only running it shows",
    `import { task, workflow } from "lambent";
export function isOpen(value: unknown): boolean { return Boolean(value); }
const step = task(async function step() { return { next: true }; });
export const wf = workflow({ a: { next: true } }, function wf({ a }) { while (isOpen(a.next)) step({}); return a; });`,
    /^workflow wf does not come to an end: it has called more than \d+ tasks and the like, step\d+ last\..*\n\s+at .*broken\/a\.ts:4:\d+/,
  ],
  [
    "names two workflows alike",
    'import { workflow } from "lambent";\nexport const a = workflow({}, function wf() { return 1; });\nexport const b = workflow({}, function wf() { return 2; });',
    /^two workflows are named wf: give one of them another \{ name \}/,
  ],
  [
    "names two actors alike",
    `import { ActorEnvironment } from "lambent";
export const a = new ActorEnvironment({ name: "twin" }).task(async function a() { return 1; });
export const b = new ActorEnvironment({ name: "twin" }).task(async function b() { return 1; });`,
    /^two actors are named twin: share one ActorEnvironment, or rename one\n\s+at .*broken\/a\.ts:2:\d+.*\n\s+at .*broken\/a\.ts:3:\d+/,
  ],
])("a module that %s is told with file and line", async (_, source, message) => {
  project.write(
    "broken/tasks.ts",
    'import { task } from "lambent";\nexport const look = task(async function look() { return { next: true }; });',
  );
  project.write("broken/a.ts", source);
  await expect(load("broken/a.ts")).rejects.toThrow(message);
});

test("what does not do with a Ref what it says is a warning, with file and line", async () => {
  project.write(
    "broken/a.ts",
    `import { task, workflow } from "lambent";
const t = task(async function t({ a }: { a: unknown }) { return { b: a }; });
export const wf = workflow({ a: 1 }, function wf({ a }) { try { return t({ a })?.b; } catch { return 2; } });`,
  );
  expect((await load("broken/a.ts")).warnings).toEqual([
    expect.stringMatching(/^broken\/a\.ts:3:59: try \{ … \} around t\(…\) never sees it fail: /),
    expect.stringMatching(/^broken\/a\.ts:3:72: \?\. after t\(…\) does nothing: /),
  ]);
});

test("retries that wait for an error whose name is nowhere in the service are a warning, with the name that was meant", async () => {
  project.write(
    "broken/a.ts",
    `import { task, workflow } from "lambent";
export class ApiError extends Error {}
const t = task(async function t() { return "Mine.Own"; }, { retries: { maxAttempts: 1, errors: [ApiError, "ApiEror", "TypeError", "TimeoutError", "Sandbox.Timedout", "Nowhere",
  "Lambda.Foo", "Sandbox.Nope", "Lambda.TooManyRequests", "Runtime.ExitError", "Mine.Own", "Mine.Other"] } });
export const wf = workflow({}, function wf() { return [t({}), t({})]; });`,
  );
  expect((await load("broken/a.ts")).warnings).toEqual([
    "task t: its retries wait for ApiEror, a name that no code of this service has: did you mean ApiError?",
    "task t: its retries wait for Nowhere, a name that no code of this service has: check its spelling, or give the class in its place",
    "task t: its retries wait for Lambda.Foo, a name that no code of this service has: check its spelling, or give the class in its place",
    "task t: its retries wait for Sandbox.Nope, a name that no code of this service has: did you mean Sandbox.Timedout?",
    "task t: its retries wait for Lambda.TooManyRequests, a name that no code of this service has: did you mean Lambda.TooManyRequestsException?",
    "task t: its retries wait for Mine.Other, a name that no code of this service has: check its spelling, or give the class in its place",
  ]);
});

test("a workflow's function that never ends is told by the workflow's name", async () => {
  const program =
    'import { parentPort } from "node:worker_threads"; parentPort.postMessage({ tracing: "wf" }); for (;;);';
  project.write("endless.mjs", program);
  const location = { bucket: "local", keyPrefix: "", root: project.root, hashes: join(project.root, "hashes") };
  await expect(describe(join(project.root, "endless.mjs"), ["flows.ts"], location, 50)).rejects.toThrow(
    "the function of workflow wf has run for 0.05 s: it is traced once, and only calls tasks. A loop whose condition is a Ref",
  );
});

test("a pattern that matches nothing names itself, the place and the remedy", async () => {
  await expect(load("flows/*.ts")).rejects.toThrow(
    `no module matches flows/*.ts in ${project.root}: name your workflows' files in "lambent.workflows"`,
  );
});

test("a CommonJS module is told, with what makes it one and the remedy", async () => {
  project.write("broken/a.cts", "const { workflow } = require('lambent');\nmodule.exports = {};");
  await expect(load("broken/a.cts")).rejects.toThrow(
    "broken/a.cts is a CommonJS module (it uses require, module.exports or exports): write import and export",
  );
});

test("functions have one copy of Lambent's AWS clients, beside their bundles; one that has some of their modules itself has all within", async () => {
  const clients = projectDirectory({
    "flows.ts": `
import { ActorEnvironment, workflow } from "lambent";
import { PutObjectCommand } from "@aws-sdk/client-s3";
const plain = new ActorEnvironment({ name: "plain" });
const other = new ActorEnvironment({ name: "other" });
const own = new ActorEnvironment({ name: "own" });
const secret = new ActorEnvironment({ name: "secret", secrets: { KEY: "arn:aws:ssm:eu-west-1:123456789012:parameter/key" } });
const one = plain.task(async function one() { return 1; });
const two = other.task(async function two() { return 2; });
const put = own.task(async function put() { return String(PutObjectCommand); });
const hide = secret.task(async function hide() { return process.env["KEY"]; });
export const all = workflow({}, function all() { return [one({}), two({}), put({}), hide({})]; });`,
  });
  clients.link("node_modules/@aws-sdk", join(packageRoot, "node_modules/@aws-sdk"));
  const { description, artifacts } = await loadProject({
    root: clients.root,
    workflows: ["flows.ts"],
    outDir: join(clients.root, "out"),
    platformOf: () => lambdaPlatform("x86_64", 20),
    minify: true,
  });
  /** By function, the clients beside its bundle, and how many of its files have the class of S3's client. */
  function text(contents: Uint8Array): string {
    return Buffer.from(contents).toString("utf8");
  }
  const found = Object.fromEntries(
    description.functions.map(({ actor }, index) => {
      const files = artifacts[index]?.bundle.files ?? [];
      const beside = files.filter(({ path }) => path.startsWith("lambent-")).map(({ path }) => path);
      const copies = files.filter(
        ({ path, contents }) => path.endsWith(".mjs") && text(contents).includes('"S3ServiceException"'),
      );
      return [actor?.name ?? "", [beside, copies.length]];
    }),
  );
  expect(found).toEqual({
    plain: [["lambent-s3.mjs", "lambent-step-functions.mjs"], 1],
    other: [["lambent-s3.mjs", "lambent-step-functions.mjs"], 1],
    own: [[], 1],
    secret: [["lambent-s3.mjs", "lambent-secrets.mjs", "lambent-ssm.mjs", "lambent-step-functions.mjs"], 1],
  });
  for (const [index, artifact] of artifacts.entries()) {
    const verification = await verifyArtifact(artifact.directory, loadableOf(artifact), lambdaPlatform("x86_64", 20), {
      KEY: "placeholder",
    });
    expect([index, verification.missing, verification.thrown]).toEqual([index, [], []]);
  }
  clients.remove();
}, 60_000);

test("a project that is loaded again bundles only the functions whose modules have changed, or lead to other files", async () => {
  const again = projectDirectory({
    "a.ts": `
import { ActorEnvironment, workflow } from "lambent";
import { left } from "./left";
const a = new ActorEnvironment({ name: "a" });
const one = a.task(async function one() { return left; });
export const first = workflow({}, function first() { return one({}); });`,
    "b.ts": `
import { ActorEnvironment, workflow } from "lambent";
import { right } from "./right";
const b = new ActorEnvironment({ name: "b" });
const two = b.task(async function two() { return right; });
export const second = workflow({}, function second() { return two({}); });`,
    "left.ts": 'export const left = "left 1";',
    "right/index.ts": 'export const right = "right 1";',
  });
  const memory = new BuildMemory();
  async function texts(): Promise<{ readonly text: string; readonly bundle: Bundle }[]> {
    const { artifacts } = await loadProject({
      root: again.root,
      workflows: ["a.ts", "b.ts"],
      outDir: join(again.root, "out"),
      platformOf: () => lambdaPlatform("x86_64", 20),
      minify: false,
      memory,
    });
    return artifacts.map(({ bundle, directory }) => {
      const [, text = ""] = /"((?:left|right) \d)"/.exec(readFileSync(join(directory, "index.mjs"), "utf8")) ?? [];
      return { text, bundle };
    });
  }
  const [a, b] = await texts();
  expect([a?.text, b?.text]).toEqual(["left 1", "right 1"]);
  again.write("left.ts", 'export const left = "left 2";');
  const changed = await texts();
  expect(changed.map(({ text }) => text)).toEqual(["left 2", "right 1"]);
  expect(changed[1]?.bundle).toBe(b?.bundle);
  // `./right` is another file now, though the one that it was is the same.
  again.write("right.ts", 'export const right = "right 2";');
  expect((await texts()).map(({ text }) => text)).toEqual(["left 2", "right 2"]);
  again.remove();
});
