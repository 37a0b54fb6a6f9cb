import { join } from "node:path";
import { expect, test } from "vitest";
import { renderMessages } from "../../scripts/reference/messages.ts";
import { namedTypes } from "../../scripts/reference/named-types.ts";
import { type Exported, readEntryPoints } from "../../scripts/reference/read-exports.ts";
import { renderPage } from "../../scripts/reference/render-page.ts";
import { packageRoot } from "../support/project-directory.ts";

// `npm run docs` is this file with --update: vitest then writes the pages.

const entries = readEntryPoints(packageRoot);
const pages = join(packageRoot, "docs/reference");

test.each(entries)("the reference of $name is current: `npm run docs` writes it", async (entry) => {
  await expect(renderPage(entry, namedTypes(packageRoot, entry.exports))).toMatchFileSnapshot(
    join(pages, `${entry.name.replaceAll("/", "-")}.md`),
  );
});

test("the list of messages is current: `npm run docs` writes it", async () => {
  await expect(renderMessages(packageRoot)).toMatchFileSnapshot(join(pages, "messages.md"));
});

const exported = entries.flatMap(({ name: entry, exports }) => exports.map((one) => ({ entry, one })));

/** What the docstring of an export lacks. */
function lacks({ doc, kind, parameters, throws, members }: Exported): string[] {
  const unnamed = parameters.filter((name) => !doc.params.some((param) => param.name === name));
  // Of what AWS documents field by field its page is named.
  const isAws = doc.description.includes("https://docs.aws.amazon.com/");
  const silent = isAws ? [] : members.filter((member) => member.doc.description === "");
  return [
    ...(doc.description === "" ? ["what it does"] : []),
    ...unnamed.map((name) => `@param ${name}`),
    ...(throws && doc.throws.length === 0 ? ["@throws"] : []),
    ...(doc.examples.length === 0 ? [`@example of a ${kind}`] : []),
    ...silent.map(({ name }) => `what ${name} is`),
  ];
}

test("every exported name has a docstring: what it does, parameters, errors, members and an example", () => {
  expect(exported.length).toBeGreaterThan(60);
  const missing = exported.flatMap(({ entry, one }) => lacks(one).map((what) => `${entry} ${one.name}: ${what}`));
  expect(missing).toEqual([]);
});

test("every entry point says what it is for", () => {
  expect(entries.filter(({ doc }) => doc.description === "").map(({ path }) => path)).toEqual([]);
});
