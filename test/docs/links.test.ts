import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { anchorsOf, DOCUMENTS, type Link, linksOf } from "../support/documents.ts";
import { packageRoot } from "../support/project-directory.ts";

// Nothing is fetched: of an address elsewhere the form alone is looked at.

const LINKS = [...DOCUMENTS.keys()].flatMap(linksOf);
const anchors = new Map([...DOCUMENTS.keys()].map((path) => [path, anchorsOf(path)]));

function isElsewhere({ target }: Link): boolean {
  return /^[a-z][a-z+.-]*:/i.test(target) || target.startsWith("//");
}

/** What a link to something of this repository names that is not there. */
function missing({ path, target }: Link): string | undefined {
  const [, file = "", , fragment] = /^([^#?]*)(\?[^#]*)?(?:#(.*))?$/.exec(target) ?? [];
  if (file.startsWith("/")) return "a path from the root, which leads nowhere in a checkout";
  const linked = file === "" ? path : normalize(join(dirname(path), decodeURI(file)));
  const absolute = join(packageRoot, linked);
  if (linked.startsWith("..") || !existsSync(absolute)) return `no file ${linked}`;
  if (fragment === undefined) return undefined;
  const own = anchors.get(statSync(absolute).isDirectory() ? join(linked, "README.md") : linked);
  if (own !== undefined) return own.has(decodeURIComponent(fragment)) ? undefined : `no heading ${fragment}`;
  const line = /^L(\d+)(?:-L(\d+))?$/.exec(fragment);
  if (line === null) return `#${fragment} of a file that has no headings`;
  const lines = readFileSync(absolute, "utf8").split("\n").length;
  return Number(line[2] ?? line[1]) <= lines ? undefined : `${linked} has ${lines} lines`;
}

test("links within the repository lead to files, headings and lines that are there", () => {
  expect(LINKS.length).toBeGreaterThan(50);
  const broken = LINKS.filter((link) => !isElsewhere(link)).flatMap((link) => {
    const fault = missing(link);
    return fault === undefined ? [] : [`${link.path}: ${link.target}: ${fault}`];
  });
  expect(broken).toEqual([]);
});

test("links to elsewhere are addresses by https or mailto", () => {
  const odd = LINKS.filter(isElsewhere).filter(({ target }) => {
    if (!URL.canParse(target)) return true;
    const { protocol, hostname } = new URL(target);
    return protocol !== "mailto:" && !(protocol === "https:" && hostname.includes("."));
  });
  expect(odd.map(({ path, target }) => `${path}: ${target}`)).toEqual([]);
});

test("lines that documents name, as in `file.ts:40`, are there", () => {
  const named = /`((?:sdk|handlers|infra|scripts|test|docs)\/[\w./-]+):(\d+)`/g;
  const gone = [...DOCUMENTS].flatMap(([path, text]) =>
    [...text.matchAll(named)].flatMap(([all, file = "", line]) => {
      const absolute = join(packageRoot, file);
      const lines = existsSync(absolute) ? readFileSync(absolute, "utf8").split("\n").length : 0;
      return Number(line) <= lines ? [] : [`${path}: ${all}`];
    }),
  );
  expect(gone).toEqual([]);
});
