import "../../support/store-directory.ts";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { mapTask, required, S3File, task, workflow, type Ref } from "lambent";
import { run } from "lambent/local";
import { servedProject } from "../../support/served-project.ts";
import { directory as store } from "../../support/store-directory.ts";

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

const FORMS =
  'must be a file, "s3://bucket/key", or what Lambent prints of one: {"$s3File": {"uri": "s3://bucket/key", "version": "…", "format": "…"}}, not ';

describe("offline", () => {
  const project = servedProject(
    {
      ".lambent/store/local/files/a.txt": "from a",
      ".lambent/store/local/secret.txt": "secret",
      ".lambent/store/local/test-dev-tasks/values/a.txt": "secret",
      ".lambent/store/granted/any/b.txt": "from b",
      ".lambent/outside.txt": "secret",
      "flow.ts": `
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { currentContext, mapTask, required, S3File, task, workflow } from "lambent";
const readText = task(async function readText({ file }: { file: S3File }) { return file.text(); });
const make = task(async function make() {
  const path = join(currentContext().workingDirectory, "made.txt");
  await writeFile(path, "made");
  return S3File.from(path, "txt");
});
export const making = workflow({}, function making() { return make({}); });
export const readingAll = workflow({ files: required<readonly S3File<"txt">[]>(), more: { one: new S3File({ uri: "s3://local/files/a.txt", version: "old", format: "txt" }) } }, function readingAll({ files, more }) {
  return { texts: mapTask(readText)({ file: files }), one: readText({ file: more.one }) };
});
const read = task(async function read({ file }: { file: S3File<"txt"> }) {
  return { text: await file.text(), file };
});
export const reading = workflow({ file: required<S3File<"txt">>(), note: required<string>() }, function reading({ file, note }) {
  return { first: read({ file }), note };
});
export const byDefault = workflow({ file: new S3File({ uri: "s3://local/files/a.txt", version: "old", format: "txt" }) }, function byDefault({ file }) {
  return read({ file });
});
`,
    },
    { buckets: ["granted"] },
  );

  async function output(file: unknown): Promise<Record<string, unknown>> {
    const execution = await project.execute("reading", { file, note: "s3://local/files/a.txt" });
    expect(execution).toMatchObject({ status: "SUCCEEDED" });
    return JSON.parse(execution.output ?? "") as Record<string, unknown>;
  }

  test("a file is given by its address, and gets the version that it has now; text stays text", async () => {
    const { first, note } = (await output("s3://local/files/a.txt")) as {
      first: { text: string; file: object };
      note: string;
    };
    expect(first.text).toBe("from a");
    expect(first.file).toEqual({
      $s3File: { uri: "s3://local/files/a.txt", version: expect.stringMatching(/^[0-9a-f]{64}$/), format: "txt" },
    });
    expect(note).toBe("s3://local/files/a.txt");
    // What is printed is taken, too.
    expect(await output(first.file)).toMatchObject({ first: { text: "from a" } });
  });

  test("a path below the store of this machine stands for the address, absolute or as it is seen from the project", async () => {
    expect(await output(".lambent/store/local/files/a.txt")).toMatchObject({ first: { text: "from a" } });
    expect(await output(join(project.root, ".lambent/store/local/files/a.txt"))).toMatchObject({
      first: { text: "from a" },
    });
  });

  test("a default is replaced by what a caller gives", async () => {
    const execution = await project.execute("byDefault", { file: "s3://local/files/a.txt" });
    expect(JSON.parse(execution.output ?? "")).toMatchObject({ text: "from a" });
  });

  test.each([
    ["models/a.txt", '"models/a.txt"'],
    ["s3://local", '"s3://local"'],
    ["s3:///a.txt", '"s3:///a.txt"'],
    ["s3://local/", '"s3://local/"'],
    [3, "3"],
    [{ uri: "s3://local/files/a.txt" }, '{"uri":"s3://local/files/a.txt"}'],
    [{ $s3File: { uri: "s3://local/files/a.txt" } }, '{"$s3File":{"uri":"s3://local/files/a.txt"}}'],
    [null, "null"],
  ])("%j is refused, with what is wanted", async (file, said) => {
    const { error, cause } = await project.execute("reading", { file, note: "" });
    expect(error).toBe("InvalidInputs");
    expect(cause).toBe(`workflow reading: file ${FORMS}${said.replaceAll(/^"|"$/g, "")}`);
  });

  test.each<[file: unknown, what: string]>([
    ["s3://local/test-dev-tasks/values/a.txt", "a large value of a task's"],
    ["s3://local/test-dev-tasks/results/a.txt", "a cached result"],
    ["s3://local/secret.txt", "any other key of the service's bucket"],
    ["s3://local/files/../secret.txt", "a key that leads out of files/"],
    ["s3://local/files/a/..", "a key that ends in .."],
    ["s3://local/files/./a.txt", "a key that is no object's"],
    ["s3://local/files\\..\\secret.txt", "a backslash"],
    ["s3://local/other-service/files/a.txt", "what another service has made"],
    ["s3://other/b.txt", "another bucket"],
    ["s3://local-other/files/a.txt", "a bucket whose name begins alike"],
    ["s3://../outside.txt", "a bucket that leads out of the store"],
    [".lambent/store/../../flow.ts", "a path out of the store"],
    [".lambent/store/local/secret.txt", "a path to what callers may not name"],
    [{ $s3File: { uri: "s3://local/test-dev-tasks/values/a.txt", version: "*", format: "txt" } }, "a mark"],
    [{ $s3File: { uri: "s3://../outside.txt", version: "", format: "txt" } }, "a mark out of the store"],
  ])("callers may not name %j: %s", async (file) => {
    const { error, cause } = await project.execute("reading", { file, note: "" });
    expect(error).toBe("InvalidInputs");
    expect(cause).toMatch(
      /^workflow reading: file is no file that a caller may name: it must lie in s3:\/\/local\/files\/, be an asset or a file that a task of this service has made, or be in a bucket of lambent\.buckets, not s3:/,
    );
  });

  test("callers may name what tasks have made, and what lies in a bucket of lambent.buckets", async () => {
    const made = JSON.parse((await project.execute("making")).output ?? "") as { $s3File: { uri: string } };
    expect(made.$s3File.uri).toMatch(/^s3:\/\/local\/test-dev-tasks\/files\//);
    expect(await output(made)).toMatchObject({ first: { text: "made" } });
    expect(await output(made.$s3File.uri)).toMatchObject({ first: { text: "made" } });
    expect(await output("s3://granted/any/b.txt")).toMatchObject({ first: { text: "from b" } });
  });

  test("files within an input are files where it is declared so, and only those that callers may name", async () => {
    const file = (await output("s3://local/files/a.txt"))["first"] as { file: object };
    const texts = await project.execute("readingAll", { files: [file.file, file.file], more: { one: file.file } });
    expect(JSON.parse(texts.output ?? "")).toEqual({ texts: ["from a", "from a"], one: "from a" });
    function mark(uri: string): object {
      return { $s3File: { uri, version: "1", format: "txt" } };
    }
    async function refused(files: unknown): Promise<string | undefined> {
      const { error, cause } = await project.execute("readingAll", { files, more: { one: file.file } });
      expect(error).toBe("InvalidInputs");
      return cause;
    }
    expect(await refused([file.file, mark("s3://local/test-dev-tasks/values/a.txt")])).toMatch(
      /^workflow readingAll: each file in files is no file that a caller may name: .*, not s3:\/\/local\/test-dev-tasks\/values\/a\.txt$/,
    );
    expect(await refused([{ a: [[mark("s3://../outside.txt")]] }])).toContain("is no file that a caller may name");
    expect(await refused([{ $s3File: { uri: "s3://local/files/a.txt" } }])).toContain("each file in files must read");
    expect(await refused([{ $s3File: [file.file] }])).toContain("each file in files must read");
    expect(await refused([{ $stored: "test-dev-tasks/values/a.txt" }])).toBe(
      "workflow readingAll: files has files within it, and so no other field with a name that Lambent keeps for itself",
    );
  });

  test("no version is told of a file that is there, and none stands for any", async () => {
    for (const version of ["1", "*", ""]) {
      const file = { $s3File: { uri: "s3://local/files/a.txt", version, format: "txt" } };
      const { error, cause } = await project.execute("reading", { file, note: "" });
      expect(error).toBe("LambentError");
      expect((JSON.parse(cause ?? "") as { errorMessage: string }).errorMessage).toBe(
        "s3://local/files/a.txt was overwritten, or never had the version that is asked for",
      );
      expect(cause).not.toMatch(/[0-9a-f]{64}/);
    }
  });

  test("a link in the store leads nowhere out of it", async () => {
    symlinkSync("/etc/hostname", join(project.root, ".lambent/store/local/files/link.txt"));
    const { error, cause } = await project.execute("reading", { file: "s3://local/files/link.txt", note: "" });
    expect(error).toBe("InvalidInputs");
    expect(cause).toContain("s3://local/files/link.txt: a symbolic link leads out of");
  });

  test("a file that is not there ends the execution before anything runs, with what to look for", async () => {
    const { error, cause } = await project.execute("reading", { file: "s3://granted/c.txt", note: "" });
    expect(error).toBe("InvalidInputs");
    expect(cause).toBe(
      "workflow reading: file: s3://granted/c.txt cannot be read: S3.NoSuchKeyException: there is no s3://granted/c.txt in the local store. The object must be there; a bucket other than the service's must be listed in lambent.buckets of serverless.yml",
    );
  });

  test("a file that is left out is required", async () => {
    expect((await project.execute("reading", { note: "" })).cause).toBe("workflow reading: file is required");
  });
});

describe("run()", () => {
  const read = task(async function read({ file }: { file: S3File<"txt"> }) {
    return `${await file.text()} ${file.format}`;
  });
  const reading = workflow(
    { file: required<S3File<"txt">>(), note: required<string>() },
    function reading({ file, note }) {
      return { text: read({ file }), note };
    },
  );
  const echo = task(async function echo({ data }: { data: unknown }) {
    return { isFile: data instanceof S3File, data };
  });
  type Text = S3File<"txt">;
  const renamed = workflow({ other: required<Text>(S3File) }, function renamed({ other }) {
    return read({ file: other });
  });
  beforeAll(() => write(join(store, "local/files/b.txt"), "from b"));

  test("takes an address, a path below its store, or an S3File", async () => {
    const expected = { text: "from b txt", note: "s3://local/files/b.txt" };
    expect(await run(reading, { file: "s3://local/files/b.txt", note: "s3://local/files/b.txt" })).toEqual(expected);
    expect(await run(reading, { file: join(store, "local/files/b.txt"), note: "s3://local/files/b.txt" })).toEqual(
      expected,
    );
    const file = await S3File.from(join(store, "local/files/b.txt"), "txt");
    expect(await run(reading, { file, note: "s3://local/files/b.txt" })).toEqual(expected);
  });

  test("takes an address for a type of another name, if required is told", async () => {
    expect(await run(renamed, { other: "s3://local/files/b.txt" })).toBe("from b txt");
    await expect(run(renamed, { other: "b.txt" })).rejects.toThrow(`workflow renamed: other ${FORMS}b.txt`);
  });

  test("refuses what callers of the state machine may not name, and takes buckets as lambent.buckets does", async () => {
    write(join(store, "team/c.txt"), "from c");
    const inputs = { file: "s3://team/c.txt", note: "" };
    await expect(run(reading, inputs)).rejects.toThrow(
      "file is no file that a caller may name: it must lie in s3://local/files/",
    );
    expect(await run(reading, inputs, { buckets: ["team"] })).toEqual({ text: "from c txt", note: "" });
    await expect(run(reading, { file: "s3://../c.txt", note: "" })).rejects.toThrow("a caller may name");
  });

  test("takes files within an input that is declared so, and refuses a file where data is declared", async () => {
    const file = await S3File.from(join(store, "local/files/b.txt"), "txt");
    const readAll = workflow(
      { files: required<S3File[]>(), named: required<{ one: Text }>([S3File]) },
      function readAll({ files, named }) {
        return [mapTask(read)({ file: files as Ref<Text[]> }), read({ file: named.one })];
      },
    );
    expect(await run(readAll, { files: [file], named: { one: file } })).toEqual([["from b txt"], "from b txt"]);
    const untold = workflow({ data: null as unknown }, function untold({ data }) {
      return echo({ data });
    });
    await expect(run(untold, { data: file })).rejects.toThrow(
      "workflow untold: data is given a file, and is declared as data, which is all that tasks would get: declare it as data: required<S3File<…>>(), or required<YourType>(S3File)",
    );
    await expect(run(untold, { data: { deep: [file] } })).rejects.toThrow(
      "data is given files, and is declared as data",
    );
  });

  test("data that looks like a mark reaches tasks unchanged", async () => {
    const untold = workflow({ data: null as unknown }, function untold({ data }) {
      return { echoed: echo({ data }), data };
    });
    for (const data of [
      { $absent: 1 },
      { $plain: "abc" },
      { $stored: "k" },
      { $s3File: { uri: "s3://local/files/b.txt" } },
      [{ $given: [{ $absent: 1 }] }],
    ])
      expect(await run(untold, { data })).toEqual({ echoed: { isFile: false, data }, data });
  });
});
