import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { releaseChangelog } from "../../scripts/release/changelog.ts";
import { isLater } from "../../scripts/release/version.ts";

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
  ["0.2.0", "0.1.9", true],
  ["0.10.0", "0.9.0", true],
  ["1.0.0", "0.9.9", true],
  ["0.1.0", "0.1.0", false],
  ["0.1.9", "0.2.0", false],
])("%s comes after %s: %s", (version, before, expected) => {
  expect(isLater(version, before)).toBe(expected);
});

it.each(["1.0", "v1.0.0", "1.0.0-beta", ""])("%j is no version", (version) => {
  expect(() => isLater(version, "0.1.0")).toThrow("is no version of three numbers, as 0.2.0");
});

it("everything that an install brings has a licence that is agreed to, and no install script but esbuild's", () => {
  const printed = execFileSync("npm", ["run", "--silent", "licences"], { encoding: "utf8" });
  expect(printed).toMatch(/^esbuild@\S+ +MIT +runs a script when installed$/m);
  expect(printed).toMatch(/^\d+ packages, 1 with an install script$/m);
});

it("a version that does not come after the last one is refused before anything else is done", () => {
  const script = ["node", ["dist/scripts/release/release.js", "0.0.1", "--dry-run"]] as const;
  expect(() => execFileSync(...script, { stdio: "pipe" })).toThrow("0.0.1 does not come after");
});
