import { readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { unzipSync, zipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { flows, installed, looking } from "../../../support/fabricated-packages.ts";
import { projectDirectory, type ProjectDirectory } from "../../../support/project-directory.ts";
import { readTemplate, serverless } from "../../../support/serverless.ts";

const IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/images";

const FLOWS = `
import { ActorEnvironment, task, workflow } from "lambent";
import { readFileSync, truncateSync } from "node:fs";
import { text } from "looking";
import shout from "./words.upper";
const one = new ActorEnvironment({ name: "one" }).task(async function one() { return text() + readFileSync("data/named.csv", "utf8"); });
const own = new ActorEnvironment({ name: "own" }).task(async function own() { return 2; });
const plain = task(async function plain() { return shout; });
export const wf = workflow({}, function wf() { return [one({}), own({}), plain({})]; });
`;

const SERVICE = `
import type { Plugin } from "esbuild";
export default {
  service: "packaging",
  plugins: ["lambent/plugin"],
  lambent: { workflows: "flows.ts", esbuild: "plugins.ts", include: ["data/included.bin"], actors: { tasks: { include: ["data/tasks.bin"] } } },
  provider: { name: "aws", runtime: "nodejs20.x", region: "eu-west-1" },
  package: { patterns: ["!**", "data/all-*.csv"] },
  functions: {
    one: { package: { patterns: ["data/one.csv", "!data/all-b.csv", "data/named.csv"] } },
    own: { package: { artifact: "own.zip" } },
  },
};
export type { Plugin };
`;

const SMALL = `
service: small
plugins: [lambent/plugin]
lambent: { workflows: flows.ts }
provider: { name: aws, runtime: nodejs20.x, region: eu-west-1 }
`;

describe("the framework's package settings, in a service with serverless.ts", { timeout: 120_000 }, () => {
  let project: ProjectDirectory;
  beforeEach(() => {
    project = projectDirectory({
      "flows.ts": FLOWS,
      "words.upper": "words",
      "plugins.ts": `import type { Plugin } from "esbuild";
import { readFileSync, truncateSync } from "node:fs";
const upper: Plugin = { name: "upper", setup({ onLoad }) {
  onLoad({ filter: /\\.upper$/ }, ({ path }) => ({ contents: "export default " + JSON.stringify(readFileSync(path, "utf8").toUpperCase()) }));
} };
export default (): Plugin[] => [upper];`,
      ...Object.fromEntries(
        ["all-a.csv", "all-b.csv", "one.csv", "named.csv", "included.bin", "tasks.bin", "nobody.csv"].map((name) => [
          `data/${name}`,
          name,
        ]),
      ),
      ...looking("node_modules/looking"),
      ...installed("node_modules/unused", { name: "unused", version: "1.0.0" }, { "index.js": "" }),
      "serverless.ts": SERVICE,
    });
    writeZip("own.zip");
  });
  afterEach(() => project.remove());

  function writeZip(path: string): void {
    project.write(path, Buffer.from(zipSync({ "index.mjs": Buffer.from("export const handler = () => 'mine';") })));
  }
  function names(key: string): string[] {
    const files = unzipSync(readFileSync(join(project.root, ".serverless", `${key}.zip`)));
    return Object.keys(files).filter((name) => !/\.mjs(\.map)?$/.test(name));
  }

  test("patterns add files and take them away, a function's after the service's, and packages stay; an own artifact is deployed as it is", async () => {
    const { code, output } = await serverless(project.root, ["package"]);
    expect(output).not.toContain("Error");
    expect(code).toBe(0);
    expect(names("one")).toEqual([
      "data/all-a.csv",
      "data/included.bin",
      "data/named.csv",
      "data/one.csv",
      "node_modules/looking/index.js",
      "node_modules/looking/package.json",
      "node_modules/looking/version.txt",
    ]);
    expect(names("tasks")).toEqual(["data/all-a.csv", "data/all-b.csv", "data/included.bin", "data/tasks.bin"]);
    const { Code } = readTemplate(project.root).Resources["OwnLambdaFunction"]?.Properties ?? {};
    expect(JSON.stringify(Code)).toMatch(/own\.zip"/);
  });

  test.each([
    [
      "a function without a package of its own",
      (service: string) => service.replace('package: { artifact: "own.zip" }', "package: { individually: false }"),
      "functions.own.package.individually is false, but each function of workflows has a package of its own: leave it out",
      1,
    ],
    [
      "one zip for all functions",
      (service: string) => service.replace("package: {", 'package: { artifact: "own.zip",'),
      "Lambent: package.artifact (own.zip) is for the service's other functions: those of workflows, one, tasks, have packages of their own; " +
        "for a zip of yours write functions.<name>.package.artifact",
      0,
    ],
    [
      "an actor's settings under a name that none has",
      (service: string) => service.replace("actors: { tasks:", "actors: { ones:"),
      "lambent.actors names ones, which is no actor of this service: it has one, own, tasks (the plain tasks)",
      1,
    ],
    [
      "a loader that there is not",
      (service: string) => service.replace('include: ["data/included.bin"]', 'loader: { ".x": "no-such" }'),
      'lambent.loader[".x"] has to be one of file, text, binary, base64, dataurl, json, copy, js, ts, not "no-such"',
      1,
    ],
    [
      "a text in the place of a list",
      (service: string) => service.replace('include: ["data/included.bin"]', 'external: "looking"'),
      'lambent.external has to be a list of texts, not "looking"',
      1,
    ],
  ])("%s is told", async (_, changed, message, exit) => {
    project.write("serverless.ts", changed(SERVICE));
    const { code, output } = await serverless(project.root, ["package"]);
    expect(output.replaceAll(/\s+/g, " ")).toContain(message);
    expect(code).toBe(exit);
  });
});

test("an image by URI needs no credentials to be packaged, by tag, by digest, or as one of provider.ecr.images", async () => {
  const digest = `${IMAGE}@sha256:${"a".repeat(64)}`;
  const project = projectDirectory({
    "flows.ts": `import { ActorEnvironment, workflow } from "lambent";
const tasks = Object.entries({ tagged: "${IMAGE}:latest", digested: "${digest}", named: "base" }).map(([name, containerImage]) =>
  new ActorEnvironment({ name, containerImage }).task(async function one() { return 1; }));
export const wf = workflow({}, function wf() { return tasks.map((one) => one({})); });`,
    "serverless.yml": `
service: images
plugins: [lambent/plugin]
lambent: { workflows: flows.ts }
provider: { name: aws, runtime: nodejs20.x, region: eu-west-1, ecr: { images: { base: { uri: "${digest}" } } } }
`,
  });
  try {
    const none = {
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_EC2_METADATA_DISABLED: "true",
      HOME: project.root,
    };
    const { code, output } = await serverless(project.root, ["package"], none);
    expect(output).toContain(
      `without credentials ECR cannot be asked for the digest of ${IMAGE}:latest: the package has the tag`,
    );
    expect(code).toBe(0);
    const { Resources } = readTemplate(project.root);
    const images = ["Tagged", "Digested", "Named"].map(
      (name) => Resources[`${name}LambdaFunction`]?.Properties["Code"],
    );
    expect(images).toEqual([{ ImageUri: `${IMAGE}:latest` }, { ImageUri: digest }, { ImageUri: digest }]);
  } finally {
    project.remove();
  }
}, 120_000);

test("what would not load is refused, and packaged all the same with --no-verify; a package over 250 MB lists its largest parts", async () => {
  const project = projectDirectory({
    "flows.ts": flows(
      'if (process.env["LAMBENT_VERIFY"] === "1") await import(["not", "there"].join("-"));\nimport { text } from "looking";',
      {
        one: "return text();",
      },
    ),
    ...looking("node_modules/looking"),
    "serverless.yml": SMALL,
  });
  try {
    const refused = await serverless(project.root, ["package"]);
    expect(refused.output.replaceAll(/\s+/g, " ")).toContain(
      "function tasks (tasks one, from flows.ts): its package does not load: Cannot find package 'not-there' imported from index.mjs: " +
        "run `npm install not-there` if it is not installed, or name it in lambent.external if it is",
    );
    expect(refused.code).toBe(1);
    expect((await serverless(project.root, ["package", "--no-verify"])).code).toBe(0);
    project.write("large.bin", "");
    truncateSync(join(project.root, "large.bin"), 270_000_000);
    project.write("node_modules/looking/more.bin", "x".repeat(1_000_000));
    project.write("serverless.yml", SMALL.replace("flows.ts", "flows.ts, include: [large.bin], external: [looking]"));
    expect((await serverless(project.root, ["package"])).output).toMatch(
      /tasks \(tasks one\): its package has 27\d{7} bytes, Lambda takes 262144000; the largest parts are large\.bin \(270000000 bytes\), node_modules\/looking \(1000\d{3} bytes\), /,
    );
  } finally {
    project.remove();
  }
}, 120_000);

test("a service in an npm workspace and one in pnpm's layout have packages that hold all they need", async () => {
  const project = projectDirectory({
    "packages/a/package.json": '{ "type": "module" }',
    "packages/a/flows.ts": flows('import { text } from "@team/b";\nimport { outer } from "outer";', {
      one: "return text() + outer();",
    }),
    "packages/a/serverless.yml": SMALL,
    "packages/b/package.json": '{ "name": "@team/b", "version": "1.0.0", "type": "module", "exports": "./index.ts" }',
    "packages/b/index.ts": 'import looking from "looking"; export function text(): string { return looking.text(); }',
    ...looking("packages/b/node_modules/looking", "2.0.0"),
    ...installed(
      "node_modules/.pnpm/outer@1.0.0/node_modules/outer",
      { name: "outer", version: "1.0.0", main: "index.js", dependencies: { looking: "1" } },
      { "index.js": 'exports.outer = () => require("looking").text();' },
    ),
    ...looking("node_modules/.pnpm/looking@1.0.0/node_modules/looking"),
  });
  project.link("node_modules/@team/b", "../../packages/b");
  project.link("packages/a/node_modules/outer", "../../../node_modules/.pnpm/outer@1.0.0/node_modules/outer");
  project.link("node_modules/.pnpm/outer@1.0.0/node_modules/looking", "../../looking@1.0.0/node_modules/looking");
  try {
    const root = join(project.root, "packages", "a");
    const { code, output } = await serverless(root, ["package"]);
    expect([code, output]).toEqual([0, expect.not.stringContaining("does not load")]);
    const names = Object.keys(unzipSync(readFileSync(join(root, ".serverless", "tasks.zip"))));
    expect(names.filter((name) => name.endsWith("version.txt"))).toEqual([
      "node_modules/looking/version.txt",
      "node_modules/outer/node_modules/looking/version.txt",
    ]);
  } finally {
    project.remove();
  }
}, 120_000);
