import "../../support/store-directory.ts";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { required, S3File, task, workflow } from "lambent";
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
  const project = servedProject({
    ".lambent/store/local/files/a.txt": "from a",
    "flow.ts": `
import { required, S3File, task, workflow } from "lambent";
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
  });

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

  test("a file that is not there ends the execution before anything runs, with what to look for", async () => {
    const { error, cause } = await project.execute("reading", { file: "s3://other/b.txt", note: "" });
    expect(error).toBe("InvalidInputs");
    expect(cause).toBe(
      "workflow reading: file: s3://other/b.txt cannot be read: S3.NoSuchKeyException: there is no s3://other/b.txt in the local store. The object must be there; a bucket other than the service's must be listed in lambent.buckets of serverless.yml",
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
});
