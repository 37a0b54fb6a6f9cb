import { join } from "node:path";
import { expect, test } from "vitest";
import { packaged, type Service } from "../../support/artifacts.ts";
import { packageRoot } from "../../support/project-directory.ts";
import { flows, installed, looking } from "../../support/fabricated-packages.ts";

interface Layout extends Service {
  readonly outputs: Readonly<Record<string, unknown>>;
}

const ESM = '{ "type": "module" }';

const WORKSPACE_FLOWS = flows('import { shared, text } from "@team/b";', {
  one: "return shared({ n: 20 });",
  two: "return text();",
});
const WORKSPACE_B = {
  "packages/b/package.json": '{ "name": "@team/b", "version": "1.0.0", "type": "module", "exports": "./src/index.ts" }',
  "packages/b/src/index.ts": `import looking from "looking";
export { shared } from "./shared.ts";
export function text(): string { return looking.text(); }`,
  "packages/b/src/shared.ts": "export function shared({ n }: { n: number }): number { return n + 1; }",
};

const LAYOUTS: Readonly<Record<string, Layout>> = {
  "an npm workspace, with a package of its own in TypeScript and its dependency hoisted": {
    files: {
      "packages/a/package.json": ESM,
      "packages/a/flows.ts": WORKSPACE_FLOWS,
      ...WORKSPACE_B,
      ...looking("node_modules/looking"),
    },
    links: { "node_modules/@team/b": "../../packages/b" },
    at: "packages/a",
    outputs: { one: 21, two: "looking 1.0.0" },
  },
  "an npm workspace whose package has the dependency in its own node_modules": {
    files: {
      "packages/a/package.json": ESM,
      "packages/a/flows.ts": WORKSPACE_FLOWS,
      ...WORKSPACE_B,
      ...looking("packages/b/node_modules/looking", "2.0.0"),
    },
    links: { "node_modules/@team/b": "../../packages/b" },
    at: "packages/a",
    outputs: { one: 21, two: "looking 2.0.0" },
  },
  "pnpm's layout": {
    files: {
      "flows.ts": flows('import { outer } from "outer";', { both: "return outer();" }),
      ...installed(
        "node_modules/.pnpm/outer@1.0.0/node_modules/outer",
        { name: "outer", version: "1.0.0", type: "module", main: "index.js", dependencies: { looking: "1" } },
        { "index.js": 'import looking from "looking"; export function outer() { return "outer, " + looking.text(); }' },
      ),
      ...looking("node_modules/.pnpm/looking@1.0.0/node_modules/looking"),
    },
    links: {
      "node_modules/outer": ".pnpm/outer@1.0.0/node_modules/outer",
      "node_modules/.pnpm/outer@1.0.0/node_modules/looking": "../../looking@1.0.0/node_modules/looking",
    },
    outputs: { both: "outer, looking 1.0.0" },
  },
  'a "type": "commonjs" package with modules in TypeScript': {
    files: {
      "package.json": '{ "type": "commonjs" }',
      "flows.ts": flows('import { half } from "./half";\nimport looking from "looking";', {
        one: "return half(4);",
        two: "return looking.text();",
      }),
      "half.ts": "export function half(n: number): number { return n / 2; }",
      ...looking("node_modules/looking"),
    },
    outputs: { one: 2, two: "looking 1.0.0" },
  },
  'a "type": "commonjs" package with .mts modules': {
    files: {
      "package.json": '{ "type": "commonjs" }',
      "flows.mts": flows('import { half } from "./half.mts";\nimport * as looking from "looking";', {
        one: "return half(4);",
        two: "return looking.text();",
      }),
      "half.mts": "export function half(n: number): number { return n / 2; }",
      ...looking("node_modules/looking"),
    },
    outputs: { one: 2, two: "looking 1.0.0" },
  },
  "paths of tsconfig.json": {
    files: {
      "tsconfig.json":
        '{ "compilerOptions": { "baseUrl": ".", "paths": { "@lib/*": ["lib/*"], "words": ["lib/words.ts"] } } }',
      "flows.ts": flows('import { a } from "@lib/a";\nimport { word } from "words";', { one: "return a + word;" }),
      "lib/a.ts": 'export const a: string = "a";',
      "lib/words.ts": 'export const word: string = " word";',
    },
    outputs: { one: "a word" },
  },
  "a symbolic link to a package outside of the project, with a file beside its code": {
    files: {
      "service/package.json": ESM,
      "service/flows.ts": flows('import { greet } from "linked";', { one: "return greet();" }),
      "elsewhere/package.json": '{ "name": "linked", "type": "module", "exports": "./index.js" }',
      "elsewhere/index.js": `import { readFileSync } from "node:fs";
export function greet() { return readFileSync(new URL("./greeting.txt", import.meta.url), "utf8"); }`,
      "elsewhere/greeting.txt": "hello",
    },
    links: { "service/node_modules/linked": "../../elsewhere" },
    at: "service",
    outputs: { one: "hello" },
  },
  "zod, as it is installed": {
    files: {
      "flows.ts": flows('import { z } from "zod";\nconst Shape = z.object({ n: z.coerce.number() });', {
        one: 'return Shape.parse({ n: "42" });',
        two: 'return Shape.safeParse({ n: "many" }).success;',
      }),
    },
    links: { "node_modules/zod": join(packageRoot, "node_modules/zod") },
    outputs: { one: { n: 42 }, two: false },
  },
  "top-level await": {
    files: {
      "flows.ts": flows('import { ready } from "./ready.ts";\nconst n = await Promise.resolve(2);', {
        one: "return ready + n;",
      }),
      "ready.ts": 'export const ready: number = await import("./late.ts").then(({ late }) => late);',
      "late.ts": "export const late: number = 40;",
    },
    outputs: { one: 42 },
  },
  "two versions of one package, one bundled and one within a package beside the bundle": {
    files: {
      "flows.ts": flows('import { version } from "two";\nimport outer from "outer";', {
        one: "return version;",
        two: "return outer.text();",
      }),
      ...installed(
        "node_modules/two",
        { name: "two", version: "2.0.0", type: "module", main: "index.js" },
        {
          "index.js": 'export const version = "two 2";',
        },
      ),
      ...installed(
        "node_modules/outer",
        { name: "outer", version: "1.0.0", dependencies: { two: "1" } },
        {
          "index.js":
            'const path = require("path"); exports.text = () => path.basename(__dirname) + ", " + require("two").version;',
        },
      ),
      ...installed(
        "node_modules/outer/node_modules/two",
        { name: "two", version: "1.0.0" },
        {
          "index.js": 'exports.version = "two 1";',
        },
      ),
    },
    outputs: { one: "two 2", two: "outer, two 1" },
  },
  "a package under another name (npm:), and its own name too": {
    files: {
      "flows.ts": flows('import old from "looking-1";\nimport looking from "looking";', {
        one: "return old.text();",
        two: "return looking.text();",
      }),
      ...looking("node_modules/looking-1", "1.0.0", { name: "looking" }),
      ...looking("node_modules/looking", "2.0.0"),
    },
    outputs: { one: "looking-1 1.0.0", two: "looking 2.0.0" },
  },
  "a package's exports: subpaths, and conditions for Node and for import or require": {
    files: {
      "flows.ts": flows(
        'import { main } from "parts";\nimport { sub } from "parts/sub/a";\nimport { data } from "bundled/a";',
        {
          one: "return [main, sub, data];",
          two: 'return import("parts/lazy").then(({ lazy }) => lazy);',
        },
      ),
      ...installed(
        "node_modules/parts",
        {
          name: "parts",
          version: "1.0.0",
          type: "module",
          exports: {
            ".": { browser: "./browser.js", node: { import: "./node.js", require: "./node.cjs" } },
            "./sub/*": "./subs/*.js",
            "./lazy": "./lazy.js",
          },
        },
        {
          "node.js":
            'import { basename } from "node:path"; export const main = basename(new URL(import.meta.url).pathname);',
          "browser.js": 'export const main = "browser";',
          "node.cjs": 'exports.main = "cjs";',
          "subs/a.js": 'import { main } from "parts"; export const sub = "sub of " + main;',
          "lazy.js": 'export const lazy = "lazy";',
        },
      ),
      ...installed(
        "node_modules/bundled",
        {
          name: "bundled",
          version: "1.0.0",
          type: "module",
          exports: { "./*": { node: "./node/*.js", default: "./*.js" } },
        },
        { "node/a.js": 'export const data = "bundled for node";', "a.js": 'export const data = "bundled";' },
      ),
    },
    outputs: { one: ["node.js", "sub of node.js", "bundled for node"], two: "lazy" },
  },
};

test.each(Object.entries(LAYOUTS))("%s", async (_, { outputs, ...service }) => {
  const result = await packaged(service);
  expect({ outputs: result.outputs, missing: result.missing, thrown: result.thrown }).toEqual({
    outputs,
    missing: [],
    thrown: [],
  });
});

test("two versions of one package that cannot be bundled, both imported by the author, are refused", async () => {
  const service = {
    files: {
      "flows.ts": flows('import looking from "looking";\nimport { other } from "./other/index.ts";', {
        one: "return looking.text() + other();",
      }),
      "other/index.ts": 'import looking from "looking"; export function other(): string { return looking.text(); }',
      ...looking("node_modules/looking", "1.0.0"),
      ...looking("other/node_modules/looking", "2.0.0"),
    },
  };
  await expect(packaged(service)).rejects.toThrow(
    "looking cannot be bundled, so that a function has one version of it, and the author's modules import two: " +
      "1.0.0 in node_modules/looking and 2.0.0 in other/node_modules/looking (other/index.ts): give both the same version",
  );
});
