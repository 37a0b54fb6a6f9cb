import { existsSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SourceWatch } from "../../../infra/run/source-watch.ts";

let directory: string;
let watch: SourceWatch;
const changed = vi.fn();

beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), "lambent-watch-")));
  mkdirSync(join(directory, "root"));
  watch = new SourceWatch(join(directory, "root"), changed);
});
afterEach(async () => {
  await watch.close();
  rmSync(directory, { recursive: true, force: true });
});

function write(path: string): void {
  mkdirSync(join(directory, dirname(path)), { recursive: true });
  writeFileSync(join(directory, path), String(Math.random()));
}

function rename(from: string, to: string): void {
  if (existsSync(from)) renameSync(from, to);
}

/** Whether it is noticed within ten seconds. Done again every quarter of one, for the watcher may not be ready yet. */
async function isNoticed(act: () => void): Promise<boolean> {
  changed.mockClear();
  for (let times = 0; times < 40 && changed.mock.calls.length === 0; times++) {
    act();
    await sleep(250);
  }
  return changed.mock.calls.length > 0;
}

test("modules, JSON and text below the root are watched before anything imports them, other files once they are part", async () => {
  expect(await isNoticed(() => write("root/new.ts"))).toBe(true);
  expect(await isNoticed(() => write("root/tsconfig.json"))).toBe(true);
  write("root/data.csv");
  watch.add([join(directory, "root/data.csv")]);
  expect(await isNoticed(() => write("root/data.csv"))).toBe(true);
});

test("JSON and text that are none of the service's do not concern it, unless it cannot be loaded for want of them", async () => {
  expect(await isNoticed(() => write("root/new.ts"))).toBe(true);
  watch.add([join(directory, "root/new.ts"), join(directory, "root/prompt.txt")]);
  await sleep(500); // what is still to be told of the module
  changed.mockClear();
  for (const path of ["root/out.txt", "root/answer.json"]) write(path);
  await isNoticed(() => write("root/prompt.txt"));
  const paths = new Set(changed.mock.calls.map(([path]: readonly unknown[]) => path));
  expect([...paths]).toEqual([join(directory, "root/prompt.txt")]);
  watch.add([], undefined, false);
  expect(await isNoticed(() => write("root/out.txt"))).toBe(true);
});

test("so is a directory below the root that gets another name, and a module that is deleted and made again", async () => {
  expect(await isNoticed(() => write("root/lib/a.ts"))).toBe(true);
  expect(await isNoticed(() => rename(join(directory, "root/lib"), join(directory, "root/lib2")))).toBe(true);
  expect(await isNoticed(() => write("root/lib2/a.ts"))).toBe(true);
  expect(await isNoticed(() => rmSync(join(directory, "root/lib2/a.ts"), { force: true }))).toBe(true);
  expect(await isNoticed(() => write("root/lib2/a.ts"))).toBe(true);
});

test("a module of what is left out below the root is watched once it is part of the service", async () => {
  write("root/dist/generated.js");
  watch.add([join(directory, "root/dist/generated.js")]);
  expect(await isNoticed(() => write("root/dist/generated.js"))).toBe(true);
});

test("outside, the directories of the service's files are watched, and the package's own that they are part of", async () => {
  write("shared/package.json");
  write("shared/src/a.ts");
  watch.add([join(directory, "shared/src/a.ts")]);
  expect(await isNoticed(() => write("shared/src/a.ts"))).toBe(true);
  expect(await isNoticed(() => write("shared/package.json"))).toBe(true);
  expect(await isNoticed(() => write("shared/src/beside.ts"))).toBe(true);
  expect(await isNoticed(() => rmSync(join(directory, "shared/src/a.ts"), { force: true }))).toBe(true);
  expect(await isNoticed(() => write("shared/src/a.ts"))).toBe(true);
});

test("a directory outside that goes is waited for, and watched when it is there again", async () => {
  const [path, other] = [join(directory, "shared"), join(directory, "other")];
  const files = [join(path, "a.ts")];
  write("shared/a.ts");
  watch.add(files);
  expect(await isNoticed(() => write("shared/a.ts"))).toBe(true);
  expect(await isNoticed(() => rename(path, other))).toBe(true);
  watch.add(files);
  expect(await isNoticed(() => write("shared/a.ts"))).toBe(true);
  watch.add(files);
  expect(await isNoticed(() => write("shared/a.ts"))).toBe(true);
});

test("a directory outside that is not there yet is waited for, step by step", async () => {
  const files = [join(directory, "later/lib/a.ts")];
  watch.add(files);
  expect(await isNoticed(() => mkdirSync(join(directory, "later"), { recursive: true }))).toBe(true);
  watch.add(files);
  expect(await isNoticed(() => write("later/lib/a.ts"))).toBe(true);
  watch.add(files);
  expect(await isNoticed(() => write("later/lib/a.ts"))).toBe(true);
});

test("what was written while the service was being loaded is told at once", async () => {
  const began = Date.now() - 1000;
  write("shared/late/a.ts");
  expect(await isNoticed(() => watch.add([join(directory, "shared/late/a.ts")], began))).toBe(true);
});
