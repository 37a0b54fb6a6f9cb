import { copyFileSync, existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { packageRoot, projectDirectory, type ProjectDirectory } from "./project-directory.ts";

/** Packages with compiled addons, WebAssembly and data files, as scripts/ci-tools.sh installs them. */
const INSTALLED = join(packageRoot, ".tools", "packages", "node_modules");

/** Absent where they are not installed. */
export const realPackages: string | undefined = existsSync(join(INSTALLED, "sharp")) ? INSTALLED : undefined;
if (realPackages === undefined && process.env["CI"] !== undefined) {
  throw new Error("the packages with compiled addons are not installed: run scripts/ci-tools.sh first");
}

/** The examples' model, run by one of two runtimes: a vector of 128 numbers, and its length. */
function embedded(runtime: string): string {
  return `const model = fileURLToPath(new URL("./data/minilm-static.onnx", import.meta.url));
  const session = await ${runtime}.InferenceSession.create(model);
  const { embedding } = await session.run({ ids: new ${runtime}.Tensor("int64", [5n, 6n], [2]) });
  return [[...embedding.dims], Math.round(embedding.data.reduce((sum, one) => sum + one * one, 0) * 1000) / 1000];`;
}

/** By task: the package it uses, what it does with it, and what comes of that. */
export const CASES: Readonly<Record<string, RealPackage>> = {
  sharp: {
    imports: 'import sharp from "sharp";',
    body: 'return (await sharp({ create: { width: 5, height: 4, channels: 3, background: "red" } }).png().toBuffer()).subarray(1, 4).toString();',
    output: "PNG",
  },
  tiktoken: {
    imports: 'import { get_encoding } from "tiktoken";',
    body: 'return [...get_encoding("cl100k_base").encode("hello world")];',
    output: [15339, 1917],
  },
  sqlite: {
    imports: 'import Database from "better-sqlite3";',
    body: 'return new Database(":memory:").prepare("select 40 + 2 as answer").get().answer;',
    output: 42,
  },
  "onnx-node": {
    imports: 'import * as onnxNode from "onnxruntime-node";',
    body: embedded("onnxNode"),
    output: [[128], 1],
  },
  "onnx-web": {
    imports: 'import * as onnxWeb from "onnxruntime-web";',
    body: embedded("onnxWeb"),
    output: [[128], 1],
  },
  duckdb: {
    imports: 'import { DuckDBInstance } from "@duckdb/node-api";',
    body: `const connection = await (await DuckDBInstance.create(":memory:")).connect();
  return (await connection.runAndReadAll("select 6 * 7")).getRows().map(([value]) => Number(value));`,
    output: [42],
  },
  hnswlib: {
    imports: 'import hnswlib from "hnswlib-node";',
    body: `const index = new hnswlib.HierarchicalNSW("l2", 2);
  index.initIndex(3);
  [[0, 0], [1, 1], [5, 5]].forEach((point, label) => index.addPoint(point, label));
  return index.searchKnn([1, 1.2], 1).neighbors;`,
    output: [1],
  },
  transformers: {
    imports: 'import { Tensor, mean_pooling } from "@huggingface/transformers";',
    body: `const mask = new Tensor("int64", [1n, 1n], [1, 2]);
  return [...mean_pooling(new Tensor("float32", [1, 2, 3, 4], [1, 2, 2]), mask).data];`,
    output: [2, 3],
  },
  "data-file": {
    imports: 'import { readFileSync } from "node:fs";\nimport { fileURLToPath } from "node:url";',
    body: 'return readFileSync(new URL("./data/rows.csv", import.meta.url), "utf8").trim().split("\\n").length;',
    output: 3,
  },
};

export interface RealPackage {
  readonly imports: string;
  /** Of the task's function. */
  readonly body: string;
  readonly output: unknown;
}

/** A service with an actor for each case, which all run side by side. */
export function realPackagesProject(installed: string, runtime: string): ProjectDirectory {
  const names = Object.keys(CASES);
  const tasks = Object.entries(CASES).map(
    ([name, { body }], index) => `
const task${index} = new ActorEnvironment({ name: ${JSON.stringify(name)} }).task(async function load() {
  ${body}
});`,
  );
  const project = projectDirectory({
    "flows.js": `import { ActorEnvironment, workflow } from "lambent";
${Object.values(CASES)
  .map(({ imports }) => imports)
  .join("\n")}
${tasks.join("\n")}
export const all = workflow({}, function all() {
  return { ${names.map((name, index) => `${JSON.stringify(name)}: task${index}({})`).join(", ")} };
});
`,
    "run.js": `import { run } from "lambent/local";
import { all } from "./flows.js";
console.log(JSON.stringify(await run(all)));
process.exit(0);
`,
    "data/rows.csv": "a,1\nb,2\nc,3\n",
    "serverless.yml": `
service: packages
plugins: [lambent/plugin]
lambent: { workflows: flows.js }
provider: { name: aws, runtime: ${runtime}, region: eu-west-1 }
`,
  });
  const model = "minilm-static.onnx";
  copyFileSync(join(packageRoot, "handlers/examples/models", model), join(project.root, "data", model));
  for (const name of [
    "sharp",
    "tiktoken",
    "better-sqlite3",
    "onnxruntime-node",
    "onnxruntime-web",
    "@duckdb",
    "hnswlib-node",
    "@huggingface",
  ]) {
    symlinkSync(join(installed, name), join(project.root, "node_modules", name));
  }
  return project;
}

/** What the workflow comes to. */
export const OUTPUTS: Readonly<Record<string, unknown>> = Object.fromEntries(
  Object.entries(CASES).map(([name, { output }]) => [name, output]),
);
