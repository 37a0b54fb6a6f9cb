import { expect, test } from "vitest";
import { packaged, type Packaged, type Service } from "../../support/artifacts.ts";
import { flows, installed, looking } from "../../support/fabricated-packages.ts";

async function loaded(service: Service): Promise<Packaged> {
  const result = await packaged(service);
  expect([...result.missing, ...result.thrown]).toEqual([]);
  return result;
}

test("external: a package goes along whole, also what no code of it names", async () => {
  const { outputs, placed } = await loaded({
    files: {
      "flows.ts": flows('import { load } from "plugged";', { one: 'return load(["a", "z"].join("/"));' }),
      ...installed(
        "node_modules/plugged",
        { name: "plugged", version: "1.0.0", type: "module", main: "index.js", dependencies: { needed: "1" } },
        {
          "index.js":
            "export async function load(name) { return (await import(new URL(`./plugins/${name}.js`, import.meta.url).href)).default; }",
          "plugins/a/z.js": 'import needed from "needed"; export default "a plugin, " + needed.text();',
        },
      ),
      ...looking("node_modules/needed"),
    },
    settings: { external: ["plugged"] },
  });
  expect(outputs).toEqual({ one: "a plugin, needed 1.0.0" });
  expect(placed["tasks"]).toContain("node_modules/plugged/plugins/a/z.js");
});

test("include: files go along that no code names, and ! takes away, the author's own mentions and packages included", async () => {
  const { outputs, placed } = await loaded({
    files: {
      "flows.ts": flows('import { readFileSync } from "node:fs";\nimport { text } from "looking";', {
        one: 'return ["a", "b"].map((name) => readFileSync(`models/${name}.bin`, "utf8"));',
        two: 'return readFileSync("named.csv", "utf8");',
        three: "return text();",
      }),
      "models/a.bin": "a",
      "models/b.bin": "b",
      "models/c.bin": "c",
      "named.csv": "named",
      ...looking("node_modules/looking"),
      "node_modules/looking/more.txt": "more",
    },
    settings: { include: ["models/**", "!models/c.bin", "!named.csv", "node_modules/looking/more.txt"] },
  });
  expect(outputs).toEqual({
    one: ["a", "b"],
    two: "ENOENT: no such file or directory, open 'named.csv'",
    three: "looking 1.0.0",
  });
  expect(placed["tasks"]?.filter((path) => !path.startsWith("node_modules"))).toEqual(["models/a.bin", "models/b.bin"]);
  expect(placed["tasks"]).toContain("node_modules/looking/more.txt");
});

test("loader: importing a file gives its path, its text or its bytes, in the package and while it is traced", async () => {
  const { outputs } = await loaded({
    files: {
      "flows.ts": flows(
        `import { readFileSync } from "node:fs";
import model from "./models/a.onnx";
import query from "./query.sql";
import bytes from "./bytes.bin";
const atImport = readFileSync(model, "utf8");`,
        {
          one: 'return [atImport, readFileSync(model, "utf8"), query, [...bytes]];',
          two: 'return model.startsWith(process.env["LAMBDA_TASK_ROOT"] ?? "?");',
        },
      ),
      "models/a.onnx": "weights",
      "query.sql": "select 1",
      "bytes.bin": "\u0001\u0002",
    },
    settings: { loader: { ".onnx": "file", ".sql": "text", ".bin": "binary" } },
  });
  expect(outputs).toEqual({ one: ["weights", "weights", "select 1", [1, 2]], two: true });
});

test.each([
  ["a list, in .mjs", "plugins.mjs", (plugin: string) => `export default [${plugin}];`],
  [
    "a function, in .ts",
    "plugins.ts",
    (plugin: string) => `import type { Plugin } from "esbuild";
const plugin: Plugin = ${plugin};
export default (): Plugin[] => [plugin];`,
  ],
  ["module.exports, in .cjs", "plugins.cjs", (plugin: string) => `module.exports = [${plugin}];`],
])("esbuild: plugins of the author's own: %s", async (_, file, source) => {
  const plugin = `{ name: "upper", setup(build) {
    build.onLoad({ filter: /\\.upper$/ }, async ({ path }) => {
      const { readFile } = await import("node:fs/promises");
      return { contents: "export default " + JSON.stringify((await readFile(path, "utf8")).toUpperCase()) };
    });
  } }`;
  const { outputs } = await loaded({
    files: {
      "flows.ts": flows('import text from "./words.upper";', { one: "return text;" }),
      "words.upper": "words",
      [file]: source(plugin),
    },
    settings: { esbuild: file },
  });
  expect(outputs).toEqual({ one: "WORDS" });
});

test.each([
  ["is not there", {}, /^lambent\.esbuild: plugins\.mjs is not there/],
  [
    "throws",
    { "plugins.mjs": 'throw new Error("no plugin today");' },
    /^lambent\.esbuild: plugins\.mjs cannot be imported: Error: no plugin today/,
  ],
  [
    "has no plugins",
    { "plugins.mjs": "export default { external: [] };" },
    /^lambent\.esbuild: plugins\.mjs has to export a list of esbuild's plugins/,
  ],
])("esbuild: a module that %s is refused", async (_, files, message) => {
  const service = {
    files: { "flows.ts": flows("", { one: "return 1;" }), ...files },
    settings: { esbuild: "plugins.mjs" },
  };
  await expect(packaged(service)).rejects.toThrow(message);
});

const CONDITIONAL = {
  name: "conditional",
  version: "1.0.0",
  type: "module",
  exports: { ".": { worker: "./worker.js", default: "./index.js" } },
};

test("conditions and alias: for what is bundled; Node.js resolves what packages beside it import", async () => {
  const { outputs } = await loaded({
    files: {
      "flows.ts": flows(
        'import { which } from "conditional";\nimport { where } from "outside";\nimport { real } from "fake";\nimport looked from "old";',
        { one: "return [which, where, real, looked.text()];" },
      ),
      "lib/real.ts": 'export const real: string = "real";',
      ...installed("node_modules/conditional", CONDITIONAL, {
        "index.js": 'export const which = "default";',
        "worker.js": 'export const which = "worker";',
      }),
      ...installed(
        "node_modules/outside",
        { ...CONDITIONAL, name: "outside" },
        {
          "index.js": 'export const where = "default".slice(0, import.meta.url.length);',
          "worker.js": 'export const where = "worker " + import.meta.url.length;',
        },
      ),
      ...looking("node_modules/looking"),
    },
    settings: { conditions: ["worker"], alias: { fake: "./lib/real.ts", old: "looking" } },
  });
  expect(outputs).toEqual({ one: ["worker", "default", "real", "looking 1.0.0"] });
});

const TWO_ACTORS = `
import { ActorEnvironment, workflow } from "lambent";
import text from "./words.txt";
import { existsSync } from "node:fs";
const a = new ActorEnvironment({ name: "a" }).task(async function inA() { return [text, existsSync("only-a.dat")]; });
const b = new ActorEnvironment({ name: "b" }).task(async function inB() { return [[...text], existsSync("only-a.dat".slice())]; });
export const wf = workflow({}, function wf() { return [a({}), b({})]; });
`.replaceAll('"only-a.dat"', '["only-a", "dat"].join(".")');

test("an actor's own settings hold for its package alone, beneath those of the service", async () => {
  const { outputs, placed } = await loaded({
    files: { "flows.ts": TWO_ACTORS, "words.txt": "hi", "only-a.dat": "a" },
    settings: { loader: { ".txt": "text" } },
    functionSettings: { a: { include: ["only-a.dat"] }, b: { loader: { ".txt": "binary" } } },
  });
  expect(outputs).toEqual({ inA: ["hi", true], inB: [[104, 105], false] });
  expect(placed).toEqual({ a: ["only-a.dat"], b: [] });
});

test("settings of an actor that there is not are refused, with the actors that there are", async () => {
  const service = {
    files: { "flows.ts": TWO_ACTORS, "words.txt": "" },
    settings: { loader: { ".txt": "text" } } as const,
  };
  await expect(packaged({ ...service, functionSettings: { c: {} } })).rejects.toThrow(
    "lambent.actors names c, which is no actor of this service: it has a, b",
  );
  await expect(
    packaged({ files: { "flows.ts": flows("", { one: "return 1;" }) }, functionSettings: { c: {}, tasks: {} } }),
  ).rejects.toThrow("lambent.actors names c, which is no actor of this service: it has tasks (the plain tasks)");
});
