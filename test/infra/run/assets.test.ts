import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadProject } from "../../../infra/project/load-project.ts";
import { thisPlatform } from "../../../infra/project/packages/target-platform.ts";
import { bars } from "../../../infra/run/timeline/executions.ts";
import { servedProject } from "../../support/served-project.ts";

const said: string[] = [];
const project = servedProject(
  {
    "models/weights.json": '{"scale":2}',
    "models/small.txt": "small",
    "models/two-mib.bin": "x".repeat(2 * 1024 * 1024),
    "models/deep/large.txt": "large",
    "flow.ts": `
import { ActorEnvironment, asset, S3File, task, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "model" });
const weights = asset("models/weights.json");
const texts = asset("models/**/*.txt");
const load = actor.cache(async function load(file: S3File<"json">) { return (await file.json()) as { scale: number }; }, {
  preload: [[weights]],
});
const scale = actor.task(async function scale({ n, file }: { n: number; file: S3File<"json"> }) {
  return { n: n * (await load(file)).scale, isSame: file.equals(weights), uri: file.uri, path: await file.download() };
});
const read = task(async function read({ files }: { files: S3File<"txt">[] }) {
  return Promise.all(files.map((file) => file.text()));
});
const other = new ActorEnvironment({ name: "other" });
const late = other.task(async function late() { return asset("models/small.txt").uri; });
export const scaling = workflow({ n: 3, file: weights }, function scaling({ n, file }) {
  return { scaled: scale({ n, file }), texts: read({ files: texts }) };
});
const tight = new ActorEnvironment({ name: "tight" });
const fill = tight.task(async function fill({ file }: { file: S3File }) { return file.download(); });
export const filling = workflow({ file: asset("models/two-mib.bin") }, function filling({ file }) { return fill({ file }); });
export const asking = workflow({}, function asking() { return late({}); });
`,
  },
  { say: (line) => said.push(line), watch: true, overrides: { tight: { ephemeralStorageSize: 1 } } },
);

async function output(workflow: string): Promise<Record<string, unknown>> {
  const execution = await project.execute(workflow);
  expect(execution).toMatchObject({ status: "SUCCEEDED" });
  return JSON.parse(execution.output ?? "null") as Record<string, unknown>;
}

/** The source of a function's bundle. */
function bundled(outDir: string, fn: string): string {
  const directory = join(outDir, fn);
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".mjs"))
    .map((path) => readFileSync(join(directory, path), "utf8"))
    .join("\n");
}

test("a task gets the project's file as a default, as a literal and from a preloaded cache, as one S3File", async () => {
  const execution = await project.execute("scaling");
  expect(JSON.parse(execution.output ?? "")).toMatchObject({
    scaled: { n: 6, isSame: true, uri: expect.stringMatching(/^s3:\/\/local\/assets\/[0-9a-f]{64}\/weights\.json$/) },
    texts: ["large", "small"],
  });
  const scaled = bars(await project.events(execution)).find(({ receipt }) => receipt.task === "scale");
  expect(scaled?.receipt).toMatchObject({
    caches: [{ cache: "load", hits: 1, misses: 0 }],
    downloads: { files: 1, bytes: 11 },
  });
});

test("what tracing found is in the bundle of a function that names an asset, and in no other", async () => {
  const { root } = project;
  const outDir = join(root, ".lambent/out");
  await loadProject({ root, workflows: ["flow.ts"], outDir, platformOf: thisPlatform, minify: false });
  expect(bundled(outDir, "model")).toContain("models/weights.json");
  expect(bundled(outDir, "tasks")).not.toContain("models/weights.json");
});

test("an asset that is named in a task alone, where tracing does not see it, fails there with the remedy", async () => {
  const { status, cause } = await project.execute("asking");
  expect(status).toBe("FAILED");
  expect(cause).toContain('asset(\\"models/small.txt\\") was called in a task');
  expect(cause).toContain("call it at the module's top level");
});

test("a file that a function's disk does not hold is refused with the size that would", async () => {
  const { status, cause } = await project.execute("filling");
  expect(status).toBe("FAILED");
  expect(cause).toContain(
    "has 2097152 bytes, and the disk holds 1048576: set the actor's ephemeralStorageSize to 2 MiB or more",
  );
});

test("a change of the content is served as soon as it is written, as one of a module is", async () => {
  project.write("models/weights.json", '{"scale":11}');
  await expect
    .poll(async () => ((await output("scaling")) as { scaled: { n: number } }).scaled.n, { timeout: 20_000 })
    .toBe(33);
  project.write("models/weights.json", '{"scale":2}');
  await expect
    .poll(async () => ((await output("scaling")) as { scaled: { n: number } }).scaled.n, { timeout: 20_000 })
    .toBe(6);
});

test("a change of the content is another version, which replaces nothing that an execution may still read", async () => {
  const { scaled: before } = (await output("scaling")) as { scaled: { uri: string } };
  const stored = join(project.root, ".lambent/store", before.uri.slice("s3://".length));
  const { ino } = statSync(stored);
  project.write("models/weights.json", '{"scale":5}');
  await project.served.reload();
  const { scaled: after } = (await output("scaling")) as { scaled: { uri: string; n: number } };
  expect(after.n).toBe(15);
  expect(after.uri).not.toBe(before.uri);
  expect(readFileSync(stored, "utf8")).toBe('{"scale":2}');
  project.write("models/weights.json", '{"scale":2}');
  await project.served.reload();
  expect(((await output("scaling")) as { scaled: { uri: string } }).scaled.uri).toBe(before.uri);
  expect(statSync(stored).ino).toBe(ino); // not stored again
});

test("a file that is gone is told with its path, and the last good version goes on", async () => {
  project.write("models/other.json", "{}");
  project.write("flow.ts", readFileSync(join(project.root, "flow.ts"), "utf8").replace("weights.json", "gone.onnx"));
  await project.served.reload();
  expect(said.at(-1)).toContain(
    `asset("models/gone.onnx"): there is no file ${join(project.root, "models/gone.onnx")}`,
  );
  expect(await output("scaling")).toMatchObject({ scaled: { n: 6 } });
});
