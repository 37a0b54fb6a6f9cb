import { lambdaPlatform } from "../../../../infra/project/packages/target-platform.ts";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { pathToFileURL } from "node:url";
import { buildSync, type BuildOptions } from "esbuild";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { FindModule } from "../../../../infra/project/tree-shaking/known-values.ts";
import { markPure } from "../../../../infra/project/tree-shaking/mark-pure.ts";
import { parseModule, type ModuleSyntax } from "../../../../infra/project/tree-shaking/module-syntax.ts";
import { loadProject, type Project } from "../../../../infra/project/load-project.ts";
import { serve } from "../../../../infra/run/serve.ts";
import { packageRoot, projectDirectory, type ProjectDirectory } from "../../../support/project-directory.ts";

/** The module's text with its marks, `/* @__PURE__ *\/` written as `#`. */
async function marked(text: string, others: Readonly<Record<string, string>> = {}, path = "main.ts"): Promise<string> {
  function parsed(name: string, source: string): ModuleSyntax {
    const module = parseModule(name, source);
    if (module === undefined) throw new Error(`${name} does not parse`);
    return module;
  }
  const find: FindModule = async (specifier, importer) => {
    const name = normalize(join(dirname(importer), specifier));
    const source = others[name];
    return source === undefined ? undefined : parsed(name, source);
  };
  return (await markPure(parsed(path, text), find)).replaceAll("/* @__PURE__ */ ", "#");
}

const IMPORTS =
  'import { ActorEnvironment, dynamic, launchPlan, mapTask, partial, required, task, workflow } from "lambent";\n';

describe("a call is marked if all it does is to make something of Lambent's", () => {
  test.each<[string, string]>([
    ["a task", "const a = #task(async function a() { return 1; });"],
    ["an actor", 'export const actor = #new ActorEnvironment({ name: "a" });'],
    [
      "an actor's tasks and caches",
      'const actor = #new ActorEnvironment({ name: "a" });\nconst load = #actor.cache(() => 1, { preload: [[]] });\nlet t = #actor.task(async () => load());',
    ],
    [
      "a task's overrides, a partial, a map",
      "const a = #task(f);\nconst b = #a.withOverrides({ timeout: 3 });\nconst c = #partial(b, { n: 1 }), d = #mapTask(c);",
    ],
    [
      "a workflow, and its required inputs",
      "export const wf = #workflow({ text: #required<string>() }, function wf() { return 1; });",
    ],
    [
      "a dynamic, whose tasks a replica does not look at",
      "const plan = #dynamic(0 && { a, b: tasks.b }, function plan(_, calls) { return [calls.a()]; });",
    ],
    ["a launch plan", "export const nightly = #launchPlan(wf, { schedule: 'rate(1 day)' });"],
    ["a default export", "export default #workflow({}, function wf() { return 1; });"],
    [
      "with types around it",
      "const a = (#task<number>(f)) as Task<{}, number>;\nconst b = <any>#task(f);\nconst c = #task(f)! satisfies object;",
    ],
    ["with types around what is called", "const a = #(task as any)(f), b = #task<number, {}>(f);"],
    ["in lists and objects", "const all = [#task(f), { b: #task(g) }, flag ? #task(f) : undefined];"],
    [
      "at the end of a chain",
      'const a = #new ActorEnvironment({ name: "a", replicaCount: 2 }).task(f).withOverrides({ timeout: 1 });',
    ],
    [
      "under another name",
      "const make = task;\nconst Pool = ActorEnvironment;\nconst a = #make(f), b = #new Pool({ name: 'b' });",
    ],
    ["in an argument", "register(#task(f));\nconst a = register(#task(f));".replace("#", "")],
  ])("%s", async (_, expected) => {
    expect(await marked(IMPORTS + expected.replaceAll(/#|0 && /g, ""))).toBe(IMPORTS + expected);
  });

  test.each<[string, string]>([
    ["a function of the author's, even by a known name", 'import { task } from "./other.ts";\nconst a = task(f);'],
    ["a local function", 'import { task } from "lambent";\nfunction make() { return task(f); }\nconst a = make();'],
    ["calls within functions", 'import { task } from "lambent";\nexport const make = () => task(f);'],
    [
      "a task's own function",
      'import { task } from "lambent";\nconst a = await task(f).fn({});\nconst b = task(f)?.fn({});',
    ],
    [
      "a variable that may be another by then",
      'import { ActorEnvironment } from "lambent";\nlet actor = undefined;\nconst a = actor.task(f);',
    ],
    [
      "what destructuring takes out",
      'import { ActorEnvironment } from "lambent";\nconst { cache } = pools.gpu;\nconst a = cache(f);',
    ],
    [
      "a class called without new, which throws",
      'import { ActorEnvironment } from "lambent";\nconst a = ActorEnvironment({});',
    ],
    ["statements that name nothing", 'import { task } from "lambent";\ntask(f);'],
    ["computed members", 'import * as lambent from "lambent";\nconst a = lambent["task"](f);'],
    [
      "other functions of the package",
      'import { currentContext, S3File } from "lambent";\nconst a = currentContext(), b = S3File.from(x);',
    ],
    ["types alone", 'import type { task } from "lambent";\nconst a = task(f);'],
    ["circles", 'import "lambent";\nconst a = b;\nconst b = a;\nconst c = a.task(f);'],
  ])("%s: not marked", async (_, text) => {
    expect(await marked(text)).toBe(text);
  });

  test("what the callee does besides is kept: bundlers look at the arguments alone", async () => {
    function text(name: string): string {
      return `${IMPORTS}const a = X${name};`;
    }
    function chain(name: string): string {
      return `new ActorEnvironment({ name: ${name} }).task(f)`;
    }
    expect(await marked(text(chain('"a"')).replace("X", ""))).toBe(text(chain('"a"')).replace("X", "#"));
    expect(await marked(text(chain("register()")).replace("X", ""))).toBe(text(chain("register()")).replace("X", ""));
  });

  test("imports are followed through the author's modules: renamed, re-exported, as a namespace, in circles", async () => {
    const others = {
      "actors/gpu.ts":
        'import * as lambent from "lambent";\nimport "../main.ts";\nconst pool = new lambent.ActorEnvironment({ name: "gpu" });\nexport { pool as gpu };\nexport default pool;\nexport const odd = makePool();',
      "actors/index.ts":
        'export * from "./gpu.ts";\nexport * from "./index.ts";\nexport * as all from "./gpu.ts";\nexport { default as main, odd } from "./gpu.ts";',
    };
    function text(mark: string): string {
      return `import { task as job } from "lambent";
import { gpu, main as pool, all, odd, missing } from "./actors/index.ts";
import * as actors from "./actors/index.ts";
import fallback from "./actors/gpu.ts";
const a = ${mark}gpu.task(f), b = ${mark}pool.cache(f), c = ${mark}all.gpu.task(f), d = ${mark}actors.main.task(f), e = ${mark}fallback.task(f), g = ${mark}job(f);
const no = [odd.task(f), missing.task(f), actors.odd.task(f), actors.gpu.other(f)];`;
    }
    expect(await marked(text(""), others)).toBe(text("#"));
  });

  test("a class whose only decorators are an actor's cache is a variable that is marked; others stay", async () => {
    const actor = 'import { ActorEnvironment } from "lambent";\nconst actor = #new ActorEnvironment({ name: "a" });\n';
    const pure = `export let Model = #(() => { class Model<T> extends Base implements Loads {
  static readonly limit = 3;
  #size = measure();
  constructor(readonly path: string) { super(); }
  @actor.cache load(key: string): T { return read(key); }
}; return Model; })();
`;
    const source = pure.replace("let Model = #(() => { ", "").replace("; return Model; })();", "");
    // The private field's # is not a mark.
    expect(await marked(actor.replace("#", "") + source)).toBe(actor + pure);
    for (const other of [
      "class A { @actor.cache load() {} static { register(A); } }",
      "class A { @actor.cache load() {} static entry = register(); }",
      "class A { @actor.cache [name()]() {} }",
      "class A { @actor.cache load() {} @logged save() {} }",
      "@registered class A { @actor.cache load() {} }",
      "class A extends mixin(Base) { @actor.cache load() {} }",
      "class A { load() {} }",
      "class A { @actor.cache load() {} }\nnamespace A { export const x = 1; }",
    ]) {
      expect(await marked(actor.replace("#", "") + other)).toBe(actor + other);
    }
  });

  test("JavaScript is read too, and what does not parse is the bundler's to tell", async () => {
    const text = 'import { task } from "lambent";\nconst a = task(f), view = <b>{1}</b>;';
    expect(await marked(text, {}, "main.tsx")).toBe(text.replace("= task", "= #task"));
    expect(await marked(text.replace(", view = <b>{1}</b>", ""), {}, "main.mjs")).toContain("#task");
    expect(parseModule("main.js", "const a: number = 1;")).toBeUndefined();
    expect(parseModule("main.ts", "const a = ;")).toBeUndefined();
  });
});

/** What a module does while it is evaluated, and what it exports. */
interface Behaviour {
  readonly log: readonly unknown[];
  readonly exports: Readonly<Record<string, unknown>>;
}

describe("the marks change nothing but what is left out", () => {
  const directory = projectDirectory({});
  let count = 0;
  beforeAll(() => {
    buildSync({
      ...BUNDLE,
      entryPoints: [join(packageRoot, "sdk/index.ts")],
      outfile: join(directory.root, "sdk.mjs"),
    });
  });
  afterAll(() => directory.remove());

  const BUNDLE = {
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    keepNames: true,
    external: ["@aws-sdk/*"],
  } satisfies BuildOptions;

  /** Bundled whole, unminified; `log(x)` in its source is an effect. */
  async function behaviour(source: string): Promise<Behaviour & { readonly bytes: number }> {
    const outfile = join(directory.root, `program${count++}.mjs`);
    const { outputFiles } = buildSync({
      ...BUNDLE,
      stdin: { contents: source, loader: "ts", resolveDir: directory.root },
      alias: { lambent: "./sdk.mjs" },
      external: ["./sdk.mjs"],
      write: false,
    });
    const text = outputFiles[0]?.text ?? "";
    writeFileSync(
      outfile,
      `const lines = [];\nconst log = (line, value) => (lines.push(line), value);\n${text}\nexport { lines as "the log" };`,
    );
    const { "the log": log, ...exports } = (await import(pathToFileURL(outfile).href)) as Record<string, unknown>;
    return {
      log: log as unknown[],
      exports: Object.fromEntries(Object.entries(exports).map(([name, value]) => [name, seen(value)])),
      bytes: text.length,
    };
  }

  /** What another module could tell of an export. */
  function seen(value: unknown): unknown {
    if (typeof value !== "function" && typeof value !== "object") return value;
    const { taskName, graph } = value as { taskName?: string; graph?: object };
    return [typeof value, (value as { name?: string }).name, taskName, graph?.toString(), JSON.stringify(value)];
  }

  const exported = fc.constantFrom("", "export ");
  const keyword = fc.constantFrom("const", "let", "var");
  /** A statement that may use the actor `a0` and the task `t0`, and names what it declares by `N`. */
  const statement = fc.oneof(
    fc
      .tuple(
        exported,
        keyword,
        fc.constantFrom(
          "task(async function N() { return log('run N', 1); })",
          "task(async function N() { return 1; }, log('options N', { retries: 2 }))",
          "a0.task(async () => 1, { name: log('name N', 'N') })",
          "a0.cache(async function N(key: string) { return key; }, { preload: [[log('preload N', 'x')]] })",
          "new ActorEnvironment({ name: 'actor-N', environment: { A: log('environment N', 'a') } })",
          "new ActorEnvironment({ name: log('callee N', 'actor-N') }).task(async function N() { return 1; })",
          "t0.withOverrides(log('overrides N', { timeout: 3 }))",
          "partial(t0, { n: 1 })",
          "mapTask(log('map N', t0))",
          "workflow({ n: 1, more: required<string>() }, function N({ n }) { return t0({ n }); })",
          "workflow({ n: log('default N', 2) }, function N({ n }) { return [t0({ n }), a1.t({ n })]; })",
          "await task(async () => log('awaited N', 3), { name: 'N' }).fn({})",
          "(await t0.fn({ n: 4 })) + log('sum N', 1)",
          "[task(async function N() { return 1; })].length",
          "log('text N', `${typeof t0} ${a0.name}`)",
        ),
      )
      .map(([before, kind, value]) => `${before}${kind} N = ${value};`),
    fc.constantFrom(
      "const [N = task(async () => log('default N', 1), { name: 'N' })] = log('list N', []);",
      "const { taskName: N } = task(async function N() { return 1; });\nlog(N);",
      "let N;\nN = task(async function N() { return 1; });\nlog(N.taskName);",
      "log('statement N');\ntask(async function N() { return 1; });",
      "export default_N;".replace("export default_N;", "log(typeof globalThis);"),
      "export class N { @a0.cache load(key: string) { return log('load N', key); } }\nlog(N.name, new N().load('x'));",
      "class N { @a0.cache load() { return 1; } static made = log('static N', 1); }",
      "class N { static of = 1; @a0.cache load() { return log('load N', 1); } }",
      "class N { @a0.cache load() { return 1; } }\nexport const oneN = new N().load();\nlog(String(new N() instanceof N));",
    ),
  );

  test("whatever the module says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(statement, { minLength: 1, maxLength: 12 }), async (statements) => {
        const source = `import { ActorEnvironment, mapTask, partial, required, task, workflow } from "lambent";
const a0 = new ActorEnvironment({ name: "a0" });
const t0 = task(async function t0({ n }: { n: number }) { return log("t0", n); });
const a1 = { t: a0.task(async function t({ n }: { n: number }) { return n; }) };
${statements.map((text, index) => text.replaceAll("N", `x${index}`).replaceAll("JSOx", "JSON")).join("\n")}`;
        const module = parseModule("main.ts", source);
        expect(module).toBeDefined();
        if (module === undefined) return;
        const text = await markPure(module, async () => undefined);
        expect(text.split("\n").length).toBe(source.split("\n").length);
        const [before, after] = [await behaviour(source), await behaviour(text)];
        expect(after.log).toEqual(before.log);
        expect(after.exports).toEqual(before.exports);
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});

/** One module, three actors and the plain tasks, each with a library of its own, one of them loaded lazily; hardly anything is exported. */
const ONE_MODULE = `
import { ActorEnvironment, conditional, eq, mapTask, partial, task, workflow } from "lambent";
import { weigh } from "scales";
import { paint } from "colours";
import { seal } from "wax";
import { far } from "./lib/far.ts";
const scales = new ActorEnvironment({ name: "scales" });
const painter = new ActorEnvironment({ name: "painter" });
const sealer = new ActorEnvironment({ name: "sealer", secrets: { SEAL: "arn:aws:ssm:eu-west-1:123456789012:parameter/seal" } });
const loadWeights = scales.cache(async function loadWeights(unit: string) { return weigh(unit); }, { preload: [["g"]] });
const loadPalette = painter.cache(async function loadPalette(name: string) { return paint(name); }, { preload: [["reds"]] });
class Canvas { @painter.cache stretch(text: string) { return paint(text); } }
const weighing = scales.task(async function weighing({ text }: { text: string }) { return (await loadWeights("g")) + text; });
const painting = painter.task(async function painting({ text, on }: { text: string; on: string }) {
  return (await loadPalette("reds")) + new Canvas().stretch(on) + text;
});
const sealing = sealer.task(async function sealing({ text }: { text: string }) { return seal(text) + process.env["SEAL"]; });
const counters = { all: task(async function counting({ texts }: { texts: string[] }) { return (await import("abacus")).count(texts.join()); }).withOverrides({ timeout: 9 }) };
export const both = workflow({ text: "x" }, function both({ text }) {
  const painted = mapTask(partial(painting, { on: "linen" }))({ text: [weighing({ text }), far({ text })] });
  return { painted, sealed: sealing({ text }), count: counters.all({ texts: painted }) };
});
`;
const LIBRARIES = { scales: "weigh", colours: "paint", wax: "seal", abacus: "count", lanterns: "shine" };
const libraries = Object.fromEntries(
  Object.entries(LIBRARIES).flatMap(([library, name]) => [
    [`node_modules/${library}/package.json`, '{ "type": "module", "main": "index.js", "sideEffects": false }'],
    [`node_modules/${library}/index.js`, `export const ${name} = (text) => "${library} are heavy, " + text;`],
  ]),
);

describe("each function's bundle", () => {
  let directory: ProjectDirectory;
  afterEach(() => directory.remove());

  function load(workflows: string): Promise<Project> {
    return loadProject({
      root: directory.root,
      workflows: [workflows],
      outDir: join(directory.root, "out"),
      platformOf: () => lambdaPlatform("x86_64", 20),
      minify: true,
    });
  }

  /** By function, which libraries' code its bundle has. */
  function held({ description, artifacts }: Project): Record<string, string[]> {
    return Object.fromEntries(
      description.functions.map(({ actor }, index) => {
        const path = artifacts[index]?.directory ?? "";
        const names = readdirSync(path).filter((name) => name.endsWith(".mjs"));
        const code = names.map((name) => readFileSync(join(path, name), "utf8")).join("\n");
        return [actor?.name ?? "tasks", Object.keys(LIBRARIES).filter((name) => code.includes(`${name} are heavy`))];
      }),
    );
  }

  const FAR = `import { ActorEnvironment, task } from "lambent";
import { shine } from "lanterns";
const house = new ActorEnvironment({ name: "lighthouse" });
const spare = house.task(async function spare() { return 1; });
export const far = house.task(async function far({ text }: { text: string }) { return shine(text); });`;

  test("has what its own tasks need, though one workflow runs them all", async () => {
    directory = projectDirectory({ ...libraries, "flows.ts": ONE_MODULE, "lib/far.ts": FAR });
    const project = await load("flows.ts");
    expect(project.description.functions.map(({ actor, tasks }) => [actor?.name, tasks])).toEqual([
      ["scales", ["weighing"]],
      ["lighthouse", ["far"]],
      ["painter", ["painting"]],
      ["sealer", ["sealing"]],
      [undefined, ["counting"]],
    ]);
    expect(held(project)).toEqual({
      scales: ["scales"],
      painter: ["colours"],
      sealer: ["wax"],
      tasks: ["abacus"],
      lighthouse: ["lanterns"],
    });
  });

  test("of a dynamic has its function, and not the tasks of other functions that it calls", async () => {
    const plan = `import { dynamic, workflow } from "lambent";
import { far } from "./lib/far.ts";
const plan = dynamic({ far }, function plan({ texts }: { texts: string[] }, calls) { return texts.map((text) => calls.far({ text })); });
export const planned = workflow({ texts: ["a"] }, function planned({ texts }) { return plan({ texts }); });`;
    directory = projectDirectory({ ...libraries, "flows.ts": plan, "lib/far.ts": FAR });
    const project = await load("flows.ts");
    expect(project.description.functions.map(({ actor, tasks }) => [actor?.name, tasks])).toEqual([
      [undefined, ["plan"]],
      ["lighthouse", ["far"]],
    ]);
    expect(held(project)).toEqual({ tasks: [], lighthouse: ["lanterns"] });
  });

  test("serves: caches preload where they are used, and the workflow runs over all functions", async () => {
    directory = projectDirectory({ ...libraries, "flows.ts": ONE_MODULE, "lib/far.ts": FAR });
    const served = await serve({
      root: directory.root,
      workflows: ["flows.ts"],
      service: "shaken",
      stage: "dev",
      port: 0,
      environment: { SEAL: "!" },
      say: () => undefined,
    });
    try {
      const { states } = served.emulator;
      const { executionArn } = states.startExecution({
        stateMachineArn: served.stateMachines.get("both") ?? "",
        input: '{"text":"lead"}',
      });
      await expect
        .poll(() => states.describeExecution({ executionArn }).status, { timeout: 30_000 })
        .not.toBe("RUNNING");
      const { output } = states.describeExecution({ executionArn });
      const on = "colours are heavy, redscolours are heavy, linen";
      const painted = [`${on}scales are heavy, glead`, `${on}lanterns are heavy, lead`];
      expect(JSON.parse(output ?? "null")).toEqual({
        painted,
        sealed: "wax are heavy, lead!",
        count: `abacus are heavy, ${painted.join(",")}`,
      });
    } finally {
      await served.close();
    }
  }, 60_000);

  test("has its tasks in whatever way they are declared, and more beside them where no variable holds one", async () => {
    directory = projectDirectory({
      ...libraries,
      "held.ts": `
import { ActorEnvironment, task, workflow } from "lambent";
import { weigh } from "scales";
import { paint } from "colours";
import { seal } from "wax";
const one = new ActorEnvironment({ name: "one" }), two = new ActorEnvironment({ name: "two" });
let first = one.task(async () => weigh("1"), { name: "first" });
const made = (name: string) => two.task(async () => paint("2"), { name });
const second = made("second"); // what made() does besides is not looked into
const sealing = task(async function sealing() { return seal("3"); });
export { sealing as default };
export const inOrder = workflow({}, function inOrder() { return [first({}), second({}), sealing({})]; });`,
      "list.ts": `
import { ActorEnvironment, workflow } from "lambent";
import { count } from "abacus";
import { shine } from "lanterns";
const left = new ActorEnvironment({ name: "left" }), right = new ActorEnvironment({ name: "right" });
const counting = { now: left.task(async function counting() { return count([]); }) };
const all = [right.task(async function shining() { return shine("5"); }), right.task(async function again() { return shine("6"); })] as const;
export const listed = workflow({}, function listed() { return [counting.now({}), all[0]({}), all[1]({})]; });`,
      "map.ts": `
import { ActorEnvironment, workflow } from "lambent";
import { count } from "abacus";
import { shine } from "lanterns";
const near = new ActorEnvironment({ name: "near" }), far = new ActorEnvironment({ name: "far" });
const nearby = near.task(async function nearby() { return count([]); });
const all = new Map([["away", far.task(async function away() { return shine("7"); })]]);
export const mapped = workflow({}, function mapped() { return [nearby({}), all.get("away")!({})]; });`,
    });
    expect(held(await load("{held,list,map}.ts"))).toEqual({
      one: ["scales", "colours"],
      two: ["colours"],
      tasks: ["colours", "wax"],
      left: ["abacus"],
      right: ["lanterns"],
      near: ["abacus"],
      far: ["abacus", "lanterns"],
    });
  });

  test("keeps what a module does when it is loaded", async () => {
    directory = projectDirectory({
      "flows.ts": `
import { task, workflow } from "lambent";
import "./lib/patch.ts";
globalThis.loaded = "what the module does";
const unused = task(async function unused() { return "what nobody asks for"; });
export const a = task(async function a() { return 1; });
export const wf = workflow({}, function wf() { return a({}); });`,
      "lib/patch.ts": 'globalThis.patched = "what an import does";',
    });
    const { artifacts } = await load("flows.ts");
    const code = readFileSync(join(artifacts[0]?.directory ?? "", "index.mjs"), "utf8");
    expect(code).toContain("what the module does");
    expect(code).toContain("what an import does");
    expect(code).not.toContain("what nobody asks for");
  });
});
