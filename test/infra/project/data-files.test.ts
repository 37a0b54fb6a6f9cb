import { expect, test } from "vitest";
import { packaged, type Service } from "../../support/artifacts.ts";
import { flows, installed, looking } from "../../support/fabricated-packages.ts";

const READ =
  'import { readFileSync, readdirSync } from "node:fs";\nimport { join } from "node:path";\nimport { Worker } from "node:worker_threads";';

async function outputs(files: Service["files"], service: Partial<Service> = {}): Promise<unknown> {
  const { missing, thrown, outputs } = await packaged({ files, ...service });
  expect([...missing, ...thrown]).toEqual([]);
  return outputs;
}

test("a file goes along whose path a module works out, or writes down", async () => {
  const files = {
    "src/flows.ts": flows(READ, {
      byUrl: 'return readFileSync(new URL("./by-url.csv", import.meta.url), "utf8");',
      byDirname: 'return readFileSync(join(import.meta.dirname, "../data/by-dirname.csv"), "utf8");',
      byFilename: 'return readFileSync(`${__dirname}/by-template.csv`, "utf8");',
      byWorkingDirectory: 'return readFileSync(join(process.cwd(), "data", "by-cwd.csv"), "utf8");',
      byLiteral: 'return readFileSync("data/by-literal.csv", "utf8");',
      byDottedLiteral: 'return readFileSync("./data/by-dotted.csv", "utf8");',
      byLink: 'return readFileSync("data/linked/linked.csv", "utf8");',
      byManifest: 'return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).type;',
      byConstant: 'return readFileSync(PATHS.model, "utf8");',
      byFolder:
        'return readdirSync(new URL("./folder/", import.meta.url)).map((name) => readFileSync(new URL(`./folder/${name}`, import.meta.url), "utf8"));',
    }).replace("import { task", 'const PATHS = { model: "data/by-constant.bin" };\nimport { task'),
    "src/by-url.csv": "url",
    "data/by-dirname.csv": "dirname",
    "src/by-template.csv": "template",
    "data/by-cwd.csv": "cwd",
    "data/by-literal.csv": "literal",
    "data/by-dotted.csv": "dotted",
    "data/by-constant.bin": "constant",
    "real/linked.csv": "linked",
    "src/folder/a.txt": "a",
    "src/folder/b.txt": "b",
  };
  expect(await outputs(files, { workflows: ["src/flows.ts"], links: { "data/linked": "../real" } })).toEqual({
    byUrl: "url",
    byDirname: "dirname",
    byFilename: "template",
    byWorkingDirectory: "cwd",
    byLiteral: "literal",
    byDottedLiteral: "dotted",
    byLink: "linked",
    byManifest: "module",
    byConstant: "constant",
    byFolder: ["a", "b"],
  });
});

test("JSON and WebAssembly beside a module of a workspace go along", async () => {
  const files = {
    "packages/a/package.json": '{ "type": "module" }',
    "packages/a/flows.ts": flows('import { limits, add } from "@team/b";', {
      one: "return limits;",
      two: "return add(40, 2);",
    }),
    "packages/b/package.json": '{ "name": "@team/b", "type": "module", "exports": "./index.ts" }',
    "packages/b/index.ts": `import { readFileSync } from "node:fs";
import imported from "./imported.json" with { type: "json" };
export const limits = [imported.n, JSON.parse(readFileSync(new URL("./read.json", import.meta.url), "utf8")).n];
const bytes = Uint8Array.from(readFileSync(new URL("./add.wasm", import.meta.url), "latin1").trim().split(",").map(Number));
const { instance } = await WebAssembly.instantiate(bytes);
export const add = instance.exports["add"] as (a: number, b: number) => number;`,
    "packages/b/imported.json": '{ "n": 1 }',
    "packages/b/read.json": '{ "n": 2 }',
    // What follows in bytes: a module that exports the sum of two 32-bit integers.
    "packages/b/add.wasm":
      "0,97,115,109,1,0,0,0,1,7,1,96,2,127,127,1,127,3,2,1,0,7,7,1,3,97,100,100,0,0,10,9,1,7,0,32,0,32,1,106,11",
  };
  const links = { "node_modules/@team/b": "../../packages/b" };
  expect(await outputs(files, { links, at: "packages/a" })).toEqual({ one: [1, 2], two: 42 });
});

test("a worker's module goes along, TypeScript too, with what it imports, and the worker that it starts itself", async () => {
  const files = {
    "src/flows.ts": flows(READ, {
      one: `const worker = new Worker(new URL("./work/worker.ts", import.meta.url));
  const answer = await new Promise((resolve, reject) => { worker.once("message", resolve); worker.once("error", reject); });
  return answer;`,
    }),
    "src/work/worker.ts": `import { parentPort, Worker } from "node:worker_threads";
import { readFileSync } from "node:fs";
import { text } from "looking";
import { double } from "../double.ts";
const beside: string = readFileSync(new URL("./beside.txt", import.meta.url), "utf8");
const inner = new Worker(new URL("./inner.js", import.meta.url));
inner.once("message", (n: number) => parentPort?.postMessage([double(n), beside, text()]));`,
    "src/work/inner.js":
      'import { parentPort } from "node:worker_threads"; import { n } from "numbers"; parentPort.postMessage(n);',
    "src/work/beside.txt": "beside",
    "src/double.ts": "export function double(n: number): number { return 2 * n; }",
    ...installed(
      "node_modules/numbers",
      { name: "numbers", version: "1.0.0", type: "module", main: "index.js" },
      { "index.js": "export const n = 21;" },
    ),
    ...looking("node_modules/looking"),
  };
  expect(await outputs(files, { workflows: ["src/flows.ts"] })).toEqual({ one: [42, "beside", "looking 1.0.0"] });
});

test("no file goes along that modules do not name: neither secrets nor sources", async () => {
  const files = {
    "flows.ts": flows(`${READ}\nfunction asset(path: string): string { return path; }`, {
      one: 'return readFileSync("data.csv", "utf8") + ".env" + "./other.ts" + "lib" + "." + "./" + "../" + asset("lib/uploaded.bin");',
    }),
    "data.csv": "data",
    "lib/unnamed.csv": "data",
    "lib/uploaded.bin": "goes to the bucket",
    ".env": "TOKEN=secret",
    "other.ts": "export {};",
    "serverless.yml": "service: x",
  };
  const { placed } = await packaged({ files });
  expect(placed).toEqual({ tasks: ["data.csv"] });
});
