import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { packageRoot } from "../../support/project-directory.ts";

// The simulation can fail: in copies of the built package, each with one mistake in one file, it finds the mistake.

interface Mutant {
  readonly mistake: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** What else has to be so for it. */
  readonly also?: readonly [from: string, to: string];
}

const MUTANTS: readonly Mutant[] = [
  {
    mistake: "a cache that trusts a hash",
    file: "sdk/cache/keys/representatives.js",
    from: "return original === value || Boolean(original.equals(value));",
    to: "return true;",
  },
  {
    mistake: "a retry that is lost",
    file: "infra/compile/invocation-state.js",
    from: "{ ErrorEquals: TRANSIENT, IntervalSeconds: 2, MaxAttempts: 6, BackoffRate: 2 }",
    to: "{ ErrorEquals: TRANSIENT, IntervalSeconds: 2, MaxAttempts: 0, BackoffRate: 2 }",
  },
  {
    mistake: "a result that is stored before it is whole",
    file: "sdk/values/stored-output.js",
    from: "await store.put(bucket, key, sealed, { ifAbsent: !this.#isReplaced });",
    to: "await store.put(bucket, key, sealed.subarray(0, 90)); await store.put(bucket, key, sealed);",
  },
  {
    mistake: "a file's key without its content",
    file: "sdk/values/file-transfer.js",
    from: '`${keyPrefix}files/${hash.digest("hex")}/${basename(localPath)}`',
    to: "`${keyPrefix}files/${basename(localPath)}`",
  },
  {
    mistake: "a map in the order in which its items end",
    file: "infra/emulator/interpreter/map.js",
    from: "held.add(await iterateOnce(visit, inside, scope, index, list[index] ?? null, iteration));",
    to: "const ended = await iterateOnce(visit, inside, scope, index, list[index] ?? null, iteration); held.add(ended); (held.order ??= []).push(ended);",
    also: ["return outputs.map((output) => output ?? null);", "return held.order ?? [];"],
  },
  {
    mistake: "a stored list that is read from its beginning",
    file: "sdk/values/stored-list.js",
    from: "all.slice(Math.max(0, from - first), to - first)",
    to: "all.slice(0, to - from)",
  },
];

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** A copy of the built package with the mistake in it. */
function packageWith({ file, from, to, also }: Mutant): string {
  const directory = mkdtempSync(join(tmpdir(), "lambent-mutant-"));
  directories.push(directory);
  cpSync(join(packageRoot, "dist"), join(directory, "dist"), {
    recursive: true,
    filter: (path) => !path.endsWith(".map") && !path.endsWith(".d.ts"),
  });
  cpSync(join(packageRoot, "package.json"), join(directory, "package.json"));
  symlinkSync(join(packageRoot, "node_modules"), join(directory, "node_modules"));
  const path = join(directory, "dist", file);
  let text = readFileSync(path, "utf8");
  for (const [line, wrong] of [[from, to] as const, ...(also === undefined ? [] : [also])]) {
    const parts = text.split(line);
    expect(parts).toHaveLength(2); // the line is there, once
    text = parts.join(wrong);
  }
  writeFileSync(path, text);
  return directory;
}

/** What `npm run simulate` prints in it on stderr; nothing if it finds nothing. */
async function simulated(directory: string): Promise<string> {
  const program = join(directory, "dist", "scripts", "simulate.js");
  return promisify(execFile)(process.execPath, [program, "--plans", "2000"], { cwd: directory }).then(
    () => "",
    ({ stderr }: { readonly stderr: string }) => stderr,
  );
}

test.each(MUTANTS.map((mutant) => [mutant.mistake, mutant] as const))(
  "2,000 plans find %s",
  async (_, mutant) => {
    const found = await simulated(packageWith(mutant));
    expect(found).toMatch(/found after \d+ plans; again: npm run simulate -- --again '\{.*\}'/);
  },
  300_000,
);
