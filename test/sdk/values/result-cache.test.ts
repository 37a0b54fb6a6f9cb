import { directory } from "../../support/store-directory.ts";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { task, workflow } from "lambent";
import { run } from "lambent/local";

/** A workflow of one task that counts how often its function runs. */
function counting(options: { cacheVersion: string; cacheTtlSeconds?: number }): {
  runs: () => number;
  call: (inputs: object) => Promise<unknown>;
} {
  let runs = 0;
  const counted = task(
    async function counted({ value }: { value: unknown }) {
      return { runs: ++runs, value } as never;
    },
    { cache: true, ...options },
  );
  const wf = workflow({ value: null as unknown }, function wf({ value }) {
    return counted({ value });
  });
  return { runs: () => runs, call: (inputs) => run(wf, inputs) };
}

test("a cached task runs once for equal inputs, whatever the order of their keys", async () => {
  const { runs, call } = counting({ cacheVersion: "v1" });
  expect(await call({ value: { a: 1, b: [2] } })).toEqual({ runs: 1, value: { a: 1, b: [2] } });
  expect(await call({ value: { b: [2], a: 1 } })).toEqual({ runs: 1, value: { a: 1, b: [2] } });
  expect(await call({ value: { a: 1, b: [3] } })).toEqual({ runs: 2, value: { a: 1, b: [3] } });
  expect(runs()).toBe(2);
});

test("another version runs anew", async () => {
  expect(await counting({ cacheVersion: "v2" }).call({ value: 0 })).toEqual({ runs: 1, value: 0 });
  const third = counting({ cacheVersion: "v3" });
  await third.call({ value: 0 });
  expect(third.runs()).toBe(1);
});

test("an output older than cacheTtlSeconds is computed anew, replaced without a word, and holds as long again", async () => {
  const { call } = counting({ cacheVersion: "ttl", cacheTtlSeconds: 3600 });
  await call({ value: 0 });
  const folder = join(directory, "local/results/task/counted/ttl");
  const [file = ""] = readdirSync(folder);
  function age(seconds: number): void {
    const then = new Date(Date.now() - seconds * 1000);
    utimesSync(join(folder, file), then, then);
  }
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  age(3000);
  expect(await call({ value: 0 })).toEqual({ runs: 1, value: 0 });
  age(3601);
  expect(await call({ value: 0 })).toEqual({ runs: 2, value: 0 });
  expect(await call({ value: 0 })).toEqual({ runs: 2, value: 0 });
  age(3601);
  expect(await call({ value: 0 })).toEqual({ runs: 3, value: 0 });
  expect([warn.mock.calls, readdirSync(folder)]).toEqual([[], [file]]);
  vi.restoreAllMocks();
});

test("null is an output like any other; a failure is not kept", async () => {
  let runs = 0;
  const sometimes = task(
    async function sometimes() {
      if (++runs === 1) throw new Error("the first time");
      return null;
    },
    { cache: true, cacheVersion: "v1" },
  );
  const wf = workflow({}, function wf() {
    return sometimes({});
  });
  await expect(run(wf)).rejects.toThrow("the first time");
  expect(await run(wf)).toBe(null);
  expect(await run(wf)).toBe(null);
  expect(runs).toBe(2);
});

test("a query builder that runs whenever its then is called runs once, and its result is stored", async () => {
  let queries = 0;
  const query = task(
    function query() {
      // oxlint-disable-next-line unicorn/no-thenable -- what is tested
      return { then: (resolve: (rows: number[]) => void) => resolve([++queries]) } as unknown as Promise<number[]>;
    },
    { cache: true, cacheVersion: "v1" },
  );
  const wf = workflow({}, function wf() {
    return query({});
  });
  expect([await run(wf), await run(wf), queries]).toEqual([[1], [1], 1]);
});

test("a generator function is no task", () => {
  const each = function* each() {
    yield 1;
  } as unknown as () => number;
  expect(() => task(each, { cache: true, cacheVersion: "v1" })).toThrow(
    "task each is a generator function, and what it gives is no JSON: return a list of it",
  );
});

test.each<[cacheVersion: string, problem: string]>([
  ["..", 'cacheVersion must not be ".."'],
  [".", 'cacheVersion must not be "."'],
  ["v".repeat(300), "cacheVersion has 300 characters, encoded as part of a key: 255 are the most"],
  ["é".repeat(50), "cacheVersion has 300 characters"],
  ["\ud800", "cacheVersion has half of a surrogate pair in it"],
])("a cacheVersion that is no directory is refused: %j", (cacheVersion, problem) => {
  async function load() {}
  expect(() => task(load, { cache: true, cacheVersion })).toThrow(`task load: ${problem}`);
  expect(() => task(load, { name: cacheVersion, cache: true, cacheVersion: "v1" })).toThrow("its name");
});

describe("what is in the place of a stored output but was not stored so is told with its key, and computed anew", () => {
  /** A workflow whose outputs for 1 and 2 are stored, and the files that they are in. */
  async function stored(cacheVersion: string): Promise<{
    call: (inputs: object) => Promise<unknown>;
    runs: () => number;
    files: readonly [one: string, two: string];
  }> {
    const { call, runs } = counting({ cacheVersion });
    const folder = join(directory, "local/results/task/counted", cacheVersion);
    await call({ value: 1 });
    const [one = ""] = readdirSync(folder);
    await call({ value: 2 });
    const two = readdirSync(folder).find((name) => name !== one) ?? "";
    return { call, runs, files: [join(folder, one), join(folder, two)] };
  }

  test.each<[what: string, change: (text: string, other: string) => string]>([
    ["cut off", (text) => text.slice(0, -9)],
    ["empty", () => ""],
    ["changed in one byte", (text) => text.replace('"runs":1', '"runs":9')],
    ["the output for other inputs", (_text, other) => other],
    ["an output without a hash", () => '{"runs":9,"value":1}'],
    ["no JSON", () => "<html>"],
    ["longer than it was", (text) => `${text} `],
  ])("%s", async (what, change) => {
    const { call, runs, files } = await stored(`foreign-${encodeURIComponent(what)}`.replaceAll("%", ""));
    const [text, other] = files.map((file) => readFileSync(file, "utf8"));
    writeFileSync(files[0], change(text ?? "", other ?? ""));
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    expect(await call({ value: 1 })).toEqual({ runs: 3, value: 1 });
    expect(await call({ value: 1 })).toEqual({ runs: 3, value: 1 });
    expect(warn.mock.calls).toEqual([
      [
        expect.stringContaining(
          `task counted: s3:/${files[0].slice(directory.length)} is not an output that Lambent stored there`,
        ),
      ],
    ]);
    vi.restoreAllMocks();
    expect(await call({ value: 2 })).toEqual({ runs: 2, value: 2 });
    expect(runs()).toBe(3);
  });

  test.each<[what: string, replace: (file: string) => void, told: string]>([
    ["a directory", (file) => mkdirSync(file), "or a directory or a link to nothing is in its place"],
    ["a link out of the store", (file) => symlinkSync(import.meta.filename, file), "a symbolic link leads out of"],
    ["a link to nothing", (file) => symlinkSync("gone", file), "or a directory or a link to nothing is in its place"],
    ["a link to itself", (file) => symlinkSync(file, file), "symbolic links lead in a circle"],
  ])("%s, which can hold none", async (what, replace, told) => {
    const { call, files } = await stored(what.replaceAll(" ", "-"));
    rmSync(files[0]);
    replace(files[0]);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    expect(await call({ value: 1 })).toEqual({ runs: 3, value: 1 });
    const place = `task counted: s3:/${files[0].slice(directory.length)} cannot hold an output, which is computed anew`;
    expect(warn.mock.calls).toEqual([[expect.stringContaining(place)]]);
    expect(warn.mock.calls[0]?.[0]).toContain(told);
    vi.restoreAllMocks();
    expect(await call({ value: 2 })).toEqual({ runs: 2, value: 2 });
  });
});
