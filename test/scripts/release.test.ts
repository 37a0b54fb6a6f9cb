import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { releaseChangelog } from "../../scripts/release/changelog.ts";
import { repositoryFaults } from "../../scripts/release/repository.ts";
import { versionFaults } from "../../scripts/release/version.ts";
import { packageRoot } from "../support/project-directory.ts";

const changelog = `# Changelog

## Unreleased

### Cache

- Faster.

## 0.1.0

The first version.
`;

it("what is unreleased gets its version and date, below a heading for what comes next", () => {
  expect(releaseChangelog(changelog, "0.2.0", "2026-12-24").text).toBe(`# Changelog

## Unreleased

## 0.2.0 (2026-12-24)

### Cache

- Faster.

## 0.1.0

The first version.
`);
});

it("the section of a version is what is told of it alone", () => {
  expect(releaseChangelog(changelog, "0.2.0", "2026-12-24").section).toBe(
    "## 0.2.0 (2026-12-24)\n\n### Cache\n\n- Faster.\n",
  );
});

it("the first version has no other below it", () => {
  expect(releaseChangelog("# Changelog\n\n## Unreleased\n\nAll.\n", "0.1.0", "2026-12-24").text).toBe(
    "# Changelog\n\n## Unreleased\n\n## 0.1.0 (2026-12-24)\n\nAll.\n",
  );
});

it("a release of which nothing is told is refused", () => {
  const { text } = releaseChangelog(changelog, "0.2.0", "2026-12-24");
  expect(() => releaseChangelog(text, "0.2.1", "2026-12-25")).toThrow(
    'CHANGELOG.md has nothing under "## Unreleased": say what changed',
  );
  expect(() => releaseChangelog("# Changelog\n", "0.2.1", "2026-12-25")).toThrow(
    'CHANGELOG.md has no heading "## Unreleased"',
  );
});

it.each([
  ["0.2.0", "0.1.9"],
  ["0.10.0", "0.9.0"],
  ["1.0.0", "0.9.9"],
])("%s comes after %s", (version, before) => {
  expect(versionFaults(version, before)).toEqual([]);
});

it.each([
  ["0.1.0", "0.1.0"],
  ["0.1.9", "0.2.0"],
])("%s does not come after %s", (version, before) => {
  expect(versionFaults(version, before)).toEqual([`${version} does not come after ${before}, which package.json has`]);
});

it.each(["1.0", "v1.0.0", "1.0.0-beta", ""])("%j is no version", (version) => {
  expect(versionFaults(version, "0.1.0")).toEqual([`${version} is no version of three numbers, as 0.2.0`]);
});

it.each(["git@github.com:who/what.git", "https://github.com/who/what", "ssh://git@github.com/who/what.git"])(
  "a package of the repository that %s is may be published from there",
  (remote) => {
    const url = "git+https://github.com/who/what.git";
    expect(repositoryFaults({ type: "git", url }, remote)).toEqual([]);
    expect(repositoryFaults("https://github.com/who/what", remote)).toEqual([]);
  },
);

it("a package that names no repository, or another than it is pushed to, is told with the field to set", () => {
  const remote = "git@github.com:who/what.git";
  expect(repositoryFaults(undefined, remote)).toEqual([
    'package.json\'s "repository" is missing: npm refuses a package with provenance unless it is the GitHub repository that publishes it: ' +
      '"repository": { "type": "git", "url": "git+https://github.com/who/what.git" }',
  ]);
  expect(repositoryFaults({ type: "git" }, remote).join()).toContain("is missing");
  expect(repositoryFaults("https://gitlab.com/who/what", remote).join()).toContain(
    "is https://gitlab.com/who/what: npm",
  );
  expect(repositoryFaults("https://github.com/Who/what", remote)).toEqual([
    'package.json\'s "repository" is Who/what and git\'s "origin" is who/what: npm refuses the package of one from the other',
  ]);
  expect(repositoryFaults("https://github.com/who/what", undefined)).toEqual([
    'git has no remote "origin", to which the tag would be pushed: git remote add origin …',
  ]);
});

describe("a release in a checkout", { timeout: 120_000 }, () => {
  const root = mkdtempSync(join(tmpdir(), "lambent-release-"));
  const program = join(packageRoot, "dist/scripts/release/release.js");
  const manifest = {
    name: "released",
    version: "0.1.0",
    repository: { type: "git", url: "git+https://github.com/who/what.git" },
    scripts: { licences: "true", check: "true", test: "true" },
  };
  const origin = "https://github.com/who/what.git";
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  function git(...args: string[]): string {
    return execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  }

  function write(name: string, content: string): void {
    writeFileSync(join(root, name), content);
  }

  function commit(scripts: Readonly<Record<string, string>> = {}): void {
    const content = { ...manifest, scripts: { ...manifest.scripts, ...scripts } };
    write("package.json", JSON.stringify(content));
    git("commit", "--quiet", "--allow-empty", "--all", "--message", "work");
  }

  function release(...args: string[]): { readonly status: number | null; readonly said: string } {
    const { status, stdout, stderr } = spawnSync("node", [program, ...args], { cwd: root, encoding: "utf8" });
    return { status, said: stdout + stderr };
  }

  beforeAll(() => {
    write("CHANGELOG.md", changelog);
    write("package.json", JSON.stringify(manifest));
    write(
      "package-lock.json",
      JSON.stringify({ name: "released", version: "0.1.0", lockfileVersion: 3, packages: {} }),
    );
    git("init", "--quiet");
    git("config", "user.name", "Somebody");
    git("config", "user.email", "somebody@example.com");
    git("remote", "add", "origin", origin);
    git("add", ".");
    commit();
  });

  it("that cannot be is refused before anything runs, in one line, and so is a command line that is wrong", () => {
    const usage =
      "npm run release -- VERSION, or npm run release -- [VERSION] --dry-run, where VERSION comes after package.json's, as 0.2.0\n";
    expect(release()).toEqual({ status: 1, said: usage });
    expect(release("0.2.0", "0.3.0")).toEqual({ status: 1, said: usage });
    expect(release("0.2.0", "--dry").said).toMatch(/^Unknown option '--dry'.*\n$/);
    expect(release("next", "--dry-run")).toEqual({
      status: 1,
      said: "next is no version of three numbers, as 0.2.0\n",
    });
    expect(release("0.1.0", "--dry-run").said).toBe("0.1.0 does not come after 0.1.0, which package.json has\n");
    git("tag", "v0.2.0");
    expect(release("0.2.0").said).toBe("the tag v0.2.0 is there already\n");
    git("tag", "--delete", "v0.2.0");
  });

  it("by --dry-run runs all and changes nothing, and tells what a release would be refused for", () => {
    git("remote", "remove", "origin");
    write("own.txt", "mine");
    const { status, said } = release("0.2.0", "--dry-run");
    git("remote", "add", "origin", origin);
    expect({ status, said }).toMatchObject({ status: 0 });
    expect(said).toMatch(/^released-0\.1\.0\.tgz: \d+ files, /m);
    expect(said).toContain("CHANGELOG.md would begin with:\n\n## 0.2.0 (");
    expect(release("--dry-run").said).toContain("CHANGELOG.md would begin with:\n\n## 0.1.1 (");
    expect(said).toContain("without --dry-run this is refused: there are changes that are not committed:\n?? own.txt");
    expect(said).toContain('without --dry-run this is refused: git has no remote "origin"');
    expect(git("status", "--porcelain")).toBe("?? own.txt");
    expect(release("0.2.0").said).toBe("there are changes that are not committed:\n?? own.txt\n");
    rmSync(join(root, "own.txt"));
  });

  it.each([
    ["a check that fails", { test: "exit 3" }, "npm test failed: nothing was changed"],
    ["somebody who works on while it is checked", { test: "echo mine >>CHANGELOG.md" }, "that are not committed"],
    [
      "somebody who commits meanwhile",
      { check: "git commit -q --allow-empty -m more" },
      "no longer what is checked out",
    ],
    ["a commit that fails", { check: "mv .git/refusing .git/hooks/pre-commit" }, "git commit"],
  ])("%s ends it, and nothing of it is left", (_, scripts, expected) => {
    commit(scripts);
    writeFileSync(join(root, ".git/refusing"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const { status, said } = release("0.2.0");
    expect({ status, said }).toEqual({ status: 1, said: expect.stringContaining(expected) });
    rmSync(join(root, ".git/hooks/pre-commit"), { force: true });
    expect(git("diff", "--stat", "--", "package.json", "package-lock.json")).toBe("");
    expect(git("tag")).toBe("");
    expect(git("log", "-1", "--format=%s")).not.toContain("Release");
    expect(readFileSync(join(root, "CHANGELOG.md"), "utf8").replace("mine\n", "")).toBe(changelog);
    git("checkout", "--quiet", "CHANGELOG.md");
  });

  it("puts version and date into three files, in one commit with a tag that git push --follow-tags takes along", () => {
    commit();
    const { status, said } = release("0.2.0");
    expect({ status, said }).toMatchObject({ status: 0 });
    expect(git("show", "--format=%s", "--name-only", "HEAD")).toBe(
      "Release 0.2.0\n\nCHANGELOG.md\npackage-lock.json\npackage.json",
    );
    expect(git("cat-file", "-t", "v0.2.0")).toBe("tag");
    expect(git("describe")).toBe("v0.2.0");
    expect(git("status", "--porcelain")).toBe("");
    expect(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"))).toMatchObject({ version: "0.2.0" });
    expect(readFileSync(join(root, "CHANGELOG.md"), "utf8")).toMatch(
      /^## Unreleased\n\n## 0\.2\.0 \(\d{4}-\d\d-\d\d\)$/m,
    );
  });
});

it("every package has a licence that is agreed to, and what users install has no install script but esbuild's", () => {
  const printed = execFileSync("npm", ["run", "--silent", "licences"], { encoding: "utf8" });
  expect(printed).toMatch(/^esbuild@\S+ +MIT +runs a script when installed$/m);
  expect(printed).toMatch(/^\d+ packages brought by npm install lambent, 1 with an install script$/m);
  expect(printed).toMatch(/^osls@\S+ +MIT$/m);
  expect(printed).toMatch(/^\d+ packages for the development of Lambent alone, \d with an install script$/m);
});

it("a licence or an install script that nobody has agreed to is told, and ends the command with 1", () => {
  const cwd = mkdtempSync(join(tmpdir(), "lambent-licences-"));
  const packages = {
    "": { name: "released" },
    "node_modules/copied-left": { version: "1.0.0", license: "GPL-3.0-only" },
    "node_modules/of-nobody": { version: "1.0.0", dev: true },
    "node_modules/@scope/miner": { version: "1.0.0", license: "MIT", hasInstallScript: true, dev: true },
  };
  writeFileSync(join(cwd, "package-lock.json"), JSON.stringify({ packages }));
  const { status, stderr } = spawnSync("node", [join(packageRoot, "scripts/licences.mjs")], { cwd, encoding: "utf8" });
  rmSync(cwd, { recursive: true });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr:
      "copied-left: the licence GPL-3.0-only is not among those agreed to, in scripts/licences.mjs\n" +
      "of-nobody: the licence none is not among those agreed to, in scripts/licences.mjs\n" +
      "@scope/miner runs a script when it is installed, which is not among those agreed to, in scripts/licences.mjs\n",
  });
});
