import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { loadProject } from "../../../../infra/project/load-project.ts";
import {
  lambdaPlatform,
  thisPlatform,
  type TargetPlatform,
} from "../../../../infra/project/packages/target-platform.ts";
import { PackageVerification } from "../../../../infra/serverless/deploy/verify.ts";
import { zipDirectory } from "../../../../infra/serverless/deploy/zip.ts";
import { unlessInstalled } from "../../../support/tools.ts";
import { flows, installed } from "../../../support/fabricated-packages.ts";
import { lambdaNode } from "../../../support/lambda-runtime.ts";
import { projectDirectory, type ProjectDirectory } from "../../../support/project-directory.ts";

let projects: ProjectDirectory[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const project of projects) project.remove();
  projects = [];
});

/** What is said while a service's packages are put together and loaded, each line without the project's own directory. */
async function said(
  files: Readonly<Record<string, string | Uint8Array>>,
  platform: TargetPlatform = thisPlatform(),
  environment: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const project = projectDirectory({});
  projects.push(project);
  for (const [path, content] of Object.entries(files)) project.write(path, content);
  const { description, artifacts } = await loadProject({
    root: project.root,
    workflows: ["flows.ts"],
    outDir: join(project.root, "out"),
    platformOf: () => platform,
    minify: true,
  });
  const lines: string[] = [];
  function log(text: string): void {
    lines.push(text);
  }
  const packages = await Promise.all(
    description.functions.map(async (fn, index) => {
      const artifact = artifacts[index];
      if (artifact === undefined) throw new Error("each function has an artifact");
      const key = fn.actor?.name ?? "tasks";
      const zipFile = join(project.root, `${key}.zip`);
      await zipDirectory(artifact.directory, zipFile);
      return { fn, key, artifact, platform, zipFile, environment };
    }),
  );
  const verification = new PackageVerification({ notice: log, warning: log, error: log });
  for (const one of packages) verification.add(one);
  await verification.end();
  return lines;
}

/** Loads while the service is traced, where its project is, and not in a package, where it is not. */
const ONLY_HERE =
  'const isHere = process.env["LAMBENT_VERIFY"] === undefined && process.env["AWS_LAMBDA_FUNCTION_NAME"] === undefined;';

test.each<[what: string, files: Readonly<Record<string, string>>, message: string]>([
  [
    "a package that is missing",
    { "flows.ts": flows(`${ONLY_HERE}\nif (!isHere) await import(["not", "there"].join("-"));`, { one: "return 1;" }) },
    "function tasks (tasks one, from flows.ts): its package does not load: Cannot find package 'not-there' imported from index.mjs: " +
      "run `npm install not-there` if it is not installed, or name it in lambent.external if it is",
  ],
  [
    "a file of the author's that is missing",
    {
      "flows.ts": flows(
        'import { readFileSync } from "node:fs";\nconst name = Buffer.from("cm93cy5jc3Y=", "base64").toString();\nconst rows = readFileSync(new URL(name, import.meta.url), "utf8");',
        { one: "return rows;" },
      ),
      "rows.csv": "rows",
    },
    "function tasks (tasks one, from flows.ts): its package does not load: ENOENT: no such file or directory, open 'rows.csv' (flows.ts:4): " +
      "name the files that it needs in lambent.include",
  ],
  [
    "a package's own file that is missing",
    {
      "flows.ts": flows('import { text } from "hiding";', { one: "return text;" }),
      ...installed(
        "node_modules/hiding",
        { name: "hiding", version: "1.0.0" },
        {
          "index.js":
            'exports.text = require("fs").readFileSync(require("path").join(__dirname, Buffer.from("ZGF0YS5iaW4=", "base64").toString()), "utf8");',
          "data.bin": "data",
        },
      ),
    },
    "function tasks (tasks one, from flows.ts): its package does not load: ENOENT: no such file or directory, open 'node_modules/hiding/data.bin' (node_modules/hiding/index.js:1): " +
      "name hiding in lambent.external, so that all of it goes along",
  ],
  [
    "a module that ends its process",
    { "flows.ts": flows(`${ONLY_HERE}\nif (!isHere) process.exit(4);`, { one: "return 1;" }) },
    "function tasks (tasks one, from flows.ts): its package does not load: loading it ends its process (exit code 4): " +
      "do that in a task, or package it with --no-verify if Lambda has what it needs",
  ],
  [
    "a module that awaits for ever",
    { "flows.ts": flows(`${ONLY_HERE}\nif (!isHere) await new Promise(() => undefined);`, { one: "return 1;" }) },
    "function tasks (tasks one, from flows.ts): its package does not load: it awaits something at its top level that never settles: " +
      "do that in a task, or package it with --no-verify if Lambda has what it needs",
  ],
])("%s is refused, with the function, its tasks, the place and the remedy", async (_, files, message) => {
  await expect(said(files)).rejects.toThrow(message);
});

test("another error at import is a warning with file and line: what is not here may be there", async () => {
  const files = {
    "flows.ts": flows(`${ONLY_HERE}\nif (!isHere) throw new Error("no database at db:5432");`, { one: "return 1;" }),
  };
  expect(await said(files)).toEqual([
    "Lambent: function tasks (tasks one, from flows.ts): its package does not load: no database at db:5432 (flows.ts:3): it may do so on Lambda, too",
  ]);
});

test("secrets have placeholders, the function's variables are there, and preloads do not run", async () => {
  const files = {
    "flows.ts": `
import { ActorEnvironment, workflow } from "lambent";
${ONLY_HERE}
const a = new ActorEnvironment({ name: "a", secrets: { TOKEN: "arn:aws:ssm:eu-west-1:123456789012:parameter/token" } });
if (!isHere && (process.env["TOKEN"] !== "placeholder" || process.env["PLACE"] !== "here")) throw new Error("variables are missing");
const model = a.cache(async function model(name: string) { process.exit(5); return name; }, { preload: [["small"]] });
const use = a.task(async function use() { return model("small"); });
export const wf = workflow({}, function wf() { return use({}); });
`,
  };
  expect(await said(files, thisPlatform(), { PLACE: "here" })).toEqual([]);
});

/** The beginning of a compiled file for Linux, as far as anything reads it. */
function compiled(machine: number, abi: number): Uint8Array {
  const bytes = Buffer.alloc(64);
  bytes.write("\x7fELF", "latin1");
  bytes.writeUInt16LE(machine, 18);
  return Buffer.concat([bytes, Buffer.from(`node_register_module_v${abi}`)]);
}
const X64 = 62;
const ARM64 = 183;

function addon(content: Uint8Array): Readonly<Record<string, string | Uint8Array>> {
  return {
    "flows.ts": flows('import * as addon from "addon";', { one: "return addon.load();" }),
    ...installed(
      "node_modules/addon",
      { name: "addon", version: "3.0.0", gypfile: true },
      {
        "index.js": 'exports.load = () => require("./build/Release/addon.node");',
      },
    ),
    "node_modules/addon/build/Release/addon.node": content,
  };
}

test.each([
  [
    "another Node.js",
    compiled(X64, 115),
    lambdaPlatform("x86_64", 24),
    "addon 3.0.0: build/Release/addon.node is compiled for linux x64, Node.js 20; the function runs on linux x64, Node.js 24: " +
      "run `npm rebuild addon` with Node.js 24, or set the function's runtime to nodejs20.x",
  ],
  [
    "another processor",
    compiled(X64, 115),
    lambdaPlatform("arm64", 20),
    "addon 3.0.0: build/Release/addon.node is compiled for linux x64, Node.js 20; the function runs on linux arm64, Node.js 20: " +
      "run `npm rebuild addon` on linux arm64 with Node.js 20, or set the actor's architecture to x86_64",
  ],
  [
    "another processor, the other way round",
    compiled(ARM64, 137),
    lambdaPlatform("x86_64", 24),
    "addon 3.0.0: build/Release/addon.node is compiled for linux arm64, Node.js 24; the function runs on linux x64, Node.js 24: " +
      "run `npm rebuild addon` on linux x64 with Node.js 24, or set the actor's architecture to arm64",
  ],
])("an addon that is compiled for %s is refused with the command to run", async (_, content, platform, message) => {
  await expect(said(addon(content), platform)).rejects.toThrow(message);
});

test("a package for another processor is not loaded here, which is said once for all of them", async () => {
  const other = thisPlatform().cpu === "x64" ? "arm64" : "x86_64";
  const [line = "", ...rest] = await said({ "flows.ts": flows("", { one: "return 1;" }) }, lambdaPlatform(other, 20));
  expect(line).toMatch(
    /^Lambent: tasks: it is for linux (arm64|x64), Node\.js 20, and this machine is .*: it was not loaded here$/,
  );
  expect(rest).toEqual([]);
});

const ONLY_ON_24 =
  'if (!isHere && !process.version.startsWith("v24")) throw new Error("loaded by " + process.version);';

const otherNode = existsSync(lambdaNode) ? lambdaNode : undefined;
if (otherNode === undefined && process.env["CI"] !== undefined) {
  throw new Error("Node.js 24 is not installed: run scripts/ci-tools.sh first");
}

test.skipIf(otherNode === undefined)(
  `a package is loaded by its own Node.js where that is at hand${unlessInstalled("Node.js 24", otherNode)}`,
  async () => {
    vi.stubEnv("LAMBENT_NODE", lambdaNode);
    const files = { "flows.ts": flows(`${ONLY_HERE}\n${ONLY_ON_24}`, { one: "return 1;" }) };
    expect(await said(files, { ...thisPlatform(), node: 24 })).toEqual([]);
  },
);

test("where it is not, the package is loaded by this one, which is said, and an addon for its own is no fault", async () => {
  const other = 99;
  const files = {
    "flows.ts": flows(
      `${ONLY_HERE}\nif (!isHere) throw Object.assign(new Error("compiled against NODE_MODULE_VERSION 999"), { code: "ERR_DLOPEN_FAILED" });`,
      { one: "return 1;" },
    ),
  };
  expect(await said(files, { ...thisPlatform(), node: other })).toEqual([
    `Lambent: tasks: the package is for Node.js 99, and whether it loads was tried by ${process.versions.node}, which differs little as a rule: to try it by Node.js 99, name one in LAMBENT_NODE`,
  ]);
});
