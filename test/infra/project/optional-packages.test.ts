import { expect, test } from "vitest";
import { packaged, type Packaged } from "../../support/artifacts.ts";
import { flows, installed, looking } from "../../support/fabricated-packages.ts";

async function loaded(files: Readonly<Record<string, string>>): Promise<Packaged> {
  const result = await packaged({ files });
  expect([...result.missing, ...result.thrown]).toEqual([]);
  return result;
}

const QUERY = {
  "index.js": `
const DRIVERS = { pg: () => require("pg"), mysql: () => require("mysql2"), lite: () => require("lite") };
exports.connect = (name) => DRIVERS[name]().name;`,
};

test("a query builder whose drivers are required lazily: those that are installed work, the others fail where they are asked for", async () => {
  const { outputs } = await loaded({
    "flows.ts": flows('import { connect } from "querying";', {
      there: 'return connect("pg");',
      alsoThere: 'return connect("lite");',
      missing: 'return connect("mysql");',
    }),
    ...installed(
      "node_modules/querying",
      { name: "querying", version: "1.0.0", peerDependencies: { pg: "*", mysql2: "*", lite: "*" } },
      QUERY,
    ),
    ...installed(
      "node_modules/pg",
      { name: "pg", version: "8.0.0" },
      {
        "index.js":
          'let native = "none"; try { native = require("pg-native").name; } catch {} exports.name = "pg, native: " + native;',
      },
    ),
    ...installed(
      "node_modules/lite",
      { name: "lite", version: "1.0.0" },
      { "index.js": 'exports.name = "lite in " + require("path").basename(__dirname);' },
    ),
  });
  expect(outputs).toEqual({
    there: "pg, native: none",
    alsoThere: "lite in lite",
    missing: expect.stringMatching(/^Cannot find module 'mysql2'/),
  });
});

test("a package that imports a driver by a name that it is given finds the installed one", async () => {
  const orm = {
    "index.js": `
const NAMES = ["pg", "mysql2", "mongodb"];
export async function driver(name) { if (!NAMES.includes(name)) throw new Error("no driver"); return (await import(name)).default.name; }
export function required(name) { return process.getBuiltinModule("module").createRequire(import.meta.url)(name).name; }`,
  };
  const { outputs } = await loaded({
    "flows.ts": flows('import { driver, required as requireDriver } from "orm";', {
      imported: 'return driver("pg");',
      required: 'return requireDriver("pg");',
      missing: 'return driver("mongodb").catch((error) => error.code);',
    }),
    ...installed(
      "node_modules/orm",
      {
        name: "orm",
        version: "1.0.0",
        type: "module",
        main: "index.js",
        peerDependencies: { pg: "*", mysql2: "*", mongodb: "*" },
      },
      orm,
    ),
    ...installed(
      "node_modules/pg",
      { name: "pg", version: "8.0.0", dependencies: { "pg-types": "1" } },
      { "index.js": 'exports.name = "pg with " + require("pg-types").name;' },
    ),
    ...installed(
      "node_modules/pg-types",
      { name: "pg-types", version: "1.0.0" },
      { "index.js": 'exports.name = "types";' },
    ),
  });
  expect(outputs).toEqual({ imported: "pg with types", required: "pg with types", missing: "ERR_MODULE_NOT_FOUND" });
});

test("the author's own import by a name of run time finds the installed package that the module mentions", async () => {
  const { outputs } = await loaded({
    "flows.ts": flows('const DRIVERS = { small: "pg", large: "looking" };', {
      one: 'return (await import(DRIVERS[(process.env["SIZE"] ?? "small") as "small"])).default.name;',
      two: 'return (await import(DRIVERS[(process.env["SIZE"] ?? "large") as "large"])).default.text();',
    }),
    "package.json": '{ "type": "module", "dependencies": { "pg": "8", "looking": "1" } }',
    ...installed("node_modules/pg", { name: "pg", version: "8.0.0" }, { "index.js": 'exports.name = "pg";' }),
    ...looking("node_modules/looking"),
  });
  expect(outputs).toEqual({ one: "pg", two: "looking 1.0.0" });
});

test("optional packages of pure code: a missing one is caught by the package that asks, at its top level too", async () => {
  const { outputs } = await loaded({
    "flows.ts": flows('import dom from "dom";\nimport { fast } from "fast";', {
      one: "return dom.canvas;",
      two: "return fast;",
    }),
    ...installed(
      "node_modules/dom",
      {
        name: "dom",
        version: "1.0.0",
        peerDependenciesMeta: { canvas: { optional: true } },
        peerDependencies: { canvas: "2" },
      },
      {
        "index.js":
          'let canvas = null; try { canvas = require("canvas"); } catch (error) { if (error.code !== "MODULE_NOT_FOUND") throw error; } exports.canvas = canvas === null ? "no canvas" : "canvas";',
      },
    ),
    ...installed(
      "node_modules/fast",
      { name: "fast", version: "1.0.0", type: "module", main: "index.js", optionalDependencies: { faster: "1" } },
      {
        "index.js": 'export const fast = await import("faster").then(() => "faster", () => "fast");',
      },
    ),
  });
  expect(outputs).toEqual({ one: "no canvas", two: "fast" });
});

test("a package that a tool has written below node_modules, as .prisma/client, goes along", async () => {
  const { outputs } = await loaded({
    "flows.ts": flows('import { client } from "@orm/client";', { one: "return client;" }),
    ...installed(
      "node_modules/@orm/client",
      { name: "@orm/client", version: "1.0.0" },
      { "index.js": 'exports.client = require(".orm/client/default").client;' },
    ),
    ...installed(
      "node_modules/.orm/client",
      { name: ".orm/client" },
      {
        "default.js":
          'exports.client = require("fs").readFileSync(require("path").join(__dirname, "schema.txt"), "utf8");',
        "schema.txt": "generated",
      },
    ),
  });
  expect(outputs).toEqual({ one: "generated" });
});

test("an installed optional dependency that is required through createRequire goes along", async () => {
  const { outputs } = await loaded({
    "flows.ts": flows('import { canvas } from "documents";', { one: "return canvas;" }),
    ...installed(
      "node_modules/documents",
      {
        name: "documents",
        version: "1.0.0",
        type: "module",
        main: "index.js",
        optionalDependencies: { "@kit/canvas": "1" },
      },
      {
        "index.js":
          'const load = process.getBuiltinModule("module").createRequire(import.meta.url); let found; try { found = load("@kit/canvas").name; } catch {} export const canvas = found;',
      },
    ),
    ...installed(
      "node_modules/@kit/canvas",
      { name: "@kit/canvas", version: "1.0.0" },
      { "index.js": 'exports.name = "canvas";' },
    ),
  });
  expect(outputs).toEqual({ one: "canvas" });
});
