import "../../support/store-directory.ts";
import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, expect, test, vi } from "vitest";
import { ActorEnvironment, asset, S3File, task, workflow } from "lambent";
import { run } from "lambent/local";
import { directory as store } from "../../support/store-directory.ts";

const root = mkdtempSync(join(tmpdir(), "lambent-assets-"));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  const hashes = join(root, ".lambent/assets");
  vi.stubEnv("LAMBENT_ASSETS", JSON.stringify({ root, bucket: "local", keyPrefix: "", hashes }));
});

function write(path: string, content: string): string {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  return join(root, path);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

test("an asset is an S3File of the project's file, whose version and address are those of its content", () => {
  write("models/minilm.onnx", "weights");
  const model = asset("models/minilm.onnx");
  expect(model).toBeInstanceOf(S3File);
  expect({ ...model }).toEqual({
    uri: `s3://local/assets/${sha256("weights")}/minilm.onnx`,
    version: sha256("weights"),
    format: "onnx",
  });
  expect(asset("./models/minilm.onnx").equals(model)).toBe(true);
  write("models/minilm.onnx", "other weights");
  expect(asset("models/minilm.onnx").equals(model)).toBe(false);
});

test("in a graph it is a value like any other", () => {
  write("models/minilm.onnx", "weights");
  const embed = task(async function embed({ model }: { model: S3File<"onnx"> }) {
    return model.uri;
  });
  const model = asset("models/minilm.onnx");
  const wf = workflow({ model }, function embedding({ model: given }) {
    return [embed({ model: given }), embed({ model })];
  });
  expect(wf.graph.inputs[0]?.default).toEqual({ $s3File: { ...model } });
  expect(JSON.stringify(wf.graph.nodes[1])).toContain(`{"$s3File":${JSON.stringify(model)}}`);
});

test("run() serves it from the store, where it is put once for each content, and a cache is keyed by its version", async () => {
  write("data/table.json", "[1]");
  const actor = new ActorEnvironment({ name: "table" });
  const loads: string[] = [];
  const load = actor.cache(async function load(file: S3File<"json">) {
    loads.push(file.version);
    return readFileSync(await file.download(), "utf8");
  });
  const show = actor.task(async function show({ file }: { file: S3File<"json"> }) {
    return load(file);
  });
  function showing(): Promise<string> {
    const wf = workflow({ file: asset("data/table.json") }, function showing({ file }) {
      return show({ file });
    });
    return run(wf);
  }
  expect([await showing(), await showing()]).toEqual(["[1]", "[1]"]);
  const stored = join(store, "local/assets", sha256("[1]"), "table.json");
  const { ino } = statSync(stored);
  write("data/table.json", "[2]");
  expect([await showing(), await showing()]).toEqual(["[2]", "[2]"]);
  write("data/table.json", "[1]");
  expect(await showing()).toBe("[1]");
  expect(statSync(stored).ino).toBe(ino);
  expect(loads).toEqual([sha256("[1]"), sha256("[2]")]);
});

test("a task's function that is called by itself finds it, too", async () => {
  write("data/words.txt", "one two");
  const words = asset("data/words.txt");
  const count = task(async function count({ file }: { file: S3File<"txt"> }) {
    return (await file.text()).split(" ").length;
  });
  expect(await count.fn({ file: words })).toBe(2);
});

test("the hash of a large file is kept until the file changes", () => {
  const path = write("models/large.bin", "");
  truncateSync(path, 20_000_000);
  const before = new Date(Date.now() - 60_000);
  utimesSync(path, before, before);
  const wait = Date.now() + 1100;
  while (Date.now() < wait); // its time of change must be a second ago
  const { version } = asset("models/large.bin");
  const kept = join(root, ".lambent/assets");
  const [name = ""] = readdirSync(kept);
  writeFileSync(join(kept, name), readFileSync(join(kept, name), "utf8").replace(version, "f".repeat(64)));
  expect(asset("models/large.bin").version).toBe("f".repeat(64)); // not computed
  truncateSync(path, 20_000_001);
  expect(asset("models/large.bin").version).not.toBe("f".repeat(64));
});

test("a pattern stands for all files that match, by path", () => {
  for (const path of ["p/a.txt", "p/b.txt", "p/b.md", "p/q/c.txt", "p/.hidden.txt", "p/node_modules/d.txt"])
    write(path, path);
  function names(files: readonly S3File[]): string[] {
    return files.map(
      ({ version }) =>
        ["p/a.txt", "p/b.txt", "p/b.md", "p/q/c.txt"].find((path) => sha256(path) === version) ?? "none of them",
    );
  }
  expect(names(asset("p/*.txt"))).toEqual(["p/a.txt", "p/b.txt"]);
  expect(names(asset("p/**/*.txt"))).toEqual(["p/a.txt", "p/b.txt", "p/q/c.txt"]);
  expect(names(asset("p/b.{md,txt}"))).toEqual(["p/b.md", "p/b.txt"]);
  expect(names(asset("p/?/c.txt"))).toEqual(["p/q/c.txt"]);
  expect(names(asset("p/*"))).toEqual(["p/a.txt", "p/b.md", "p/b.txt"]);
});

test("what is no file is refused with its path and the remedy", () => {
  write("models/minilm.onnx", "weights");
  write("lfs.onnx", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 90000000\n");
  const cases: [path: string, message: string | RegExp][] = [
    ["models/gone.onnx", `asset("models/gone.onnx"): there is no file ${join(root, "models/gone.onnx")}: put it there`],
    ["models", `${join(root, "models")} is no file: name its files, as in "models/*"`],
    ["/etc/hosts", "the path must be relative to the project's directory"],
    ["models/*.zip", `asset("models/*.zip"): no file in ${root} matches`],
    ["nowhere/*.bin", `asset("nowhere/*.bin"): no file in ${root} matches`],
    ["lfs.onnx", "only stands for a file in Git LFS: run `git lfs pull`"],
  ];
  for (const [path, message] of cases) expect(() => asset(path)).toThrow(message);
  expect(() => asset(3 as never)).toThrow("asset(…) takes the path of a file, as it is written, not 3");
});

test("a call within a task that tracing did not see fails as it would in a replica", async () => {
  write("models/late.txt", "late");
  const late = task(async function late() {
    return asset("models/late.txt").text();
  });
  const wf = workflow({}, function asking() {
    return late({});
  });
  await expect(run(wf)).rejects.toThrow('asset("models/late.txt") was called in a task');
});
