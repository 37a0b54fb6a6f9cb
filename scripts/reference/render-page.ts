import GithubSlugger from "github-slugger";
import type { Docstring } from "./docstring.ts";
import type { EntryPoint, Exported, Member } from "./read-exports.ts";

/** By name the anchor of its heading. */
type Names = ReadonlyMap<string, string>;

const HEADINGS: Readonly<Record<Exported["kind"], string>> = {
  function: "Functions",
  class: "Classes",
  constant: "Constants",
  type: "Types",
};

/**
 * A page of the reference: one entry point, its functions and classes first.
 * @param named types that its signatures name, which it does not export
 */
export function renderPage(entry: EntryPoint, named: readonly Exported[]): string {
  const groups = Object.entries(HEADINGS).flatMap(([kind, heading]) => {
    const own = entry.exports.filter((one) => shownAs(one) === kind);
    return own.length === 0 ? [] : [{ heading, own }];
  });
  const names = anchorsOf(
    groups.map(({ heading }) => heading),
    [...groups.flatMap(({ own }) => own), ...named].map(({ name }) => name),
  );
  return [
    `# ${entry.name}`,
    linked(entry.doc.description, names),
    ...groups.map(({ heading, own }) => [`## ${heading}`, index(own, names)].join("\n\n")),
    ...groups.flatMap(({ own }) => own).map((one) => renderExport(one, names)),
    ...(named.length === 0 ? [] : [`## ${NAMED}`]),
    ...named.map((one) => renderExport(one, names)),
  ]
    .join("\n\n")
    .concat("\n");
}

/** Types that cannot be imported by name. */
const NAMED = "Types that these name";

/** A constant that is a function is one to whom calls it. */
function shownAs({ kind, name, doc }: Exported): Exported["kind"] {
  return kind === "constant" && name !== "default" && doc.params.length > 0 ? "function" : kind;
}

function index(exported: readonly Exported[], names: Names): string {
  const rows = exported.map(
    ({ name, doc }) => `| [\`${name}\`](#${names.get(name)}) | ${cell(firstSentence(doc), names)} |`,
  );
  return ["| | |", "|---|---|", ...rows].join("\n");
}

function firstSentence({ description }: Docstring): string {
  const [paragraph = ""] = description.split("\n\n");
  return /^[\s\S]*?\.(?=\s|$)/.exec(paragraph)?.[0] ?? paragraph;
}

function renderExport({ name, signatures, doc, members }: Exported, names: Names): string {
  return [
    `### ${name}`,
    code("ts signature", signatures.join("\n")),
    ...docstring(doc, names),
    ...renderMembers(name, members, names),
  ].join("\n\n");
}

/** What a docstring says, with its examples at the end. */
function docstring(doc: Docstring, names: Names): string[] {
  const { description, params, returns, throws, examples } = doc;
  const facts = [
    ...params.map(({ name, text }) => `- \`${name}\`: ${linked(text, names)}`),
    ...(returns === "" ? [] : [`- returns ${linked(returns, names)}`]),
    ...throws.map(
      ({ type, text }) => `- throws ${linked(type === "" ? "" : `{@link ${type}} `, names)}${linked(text, names)}`,
    ),
  ];
  return [
    ...(description === "" ? [] : [linked(description, names)]),
    ...(facts.length === 0 ? [] : [facts.join("\n")]),
    ...examples.map(renderExample),
  ];
}

/** An example that is all comments is of another language, whose name its first line has. */
function renderExample(example: string): string {
  if (!example.startsWith("// serverless.yml")) return code("ts example", example);
  return code("yaml example", example.replaceAll(/^\/\/ ?/gm, "").replace(/^/, "# "));
}

/** Members with little to say are rows of a table; those with parameters or examples have a part of their own. */
function renderMembers(owner: string, members: readonly Member[], names: Names): string[] {
  const rows = members
    .filter((member) => !isLong(member))
    .map(({ signature, doc }) => `| ${inline(signature)} | ${cell(memberText(doc), names)} |`);
  const table = rows.length === 0 ? [] : [["| | |", "|---|---|", ...rows].join("\n")];
  const parts = members
    .filter(isLong)
    .map(({ name, signature, doc }) =>
      [`#### ${owner}.${name}`, code("ts signature", signature), ...docstring(doc, names)].join("\n\n"),
    );
  return [...table, ...parts];
}

function isLong({ doc }: Member): boolean {
  return doc.examples.length + doc.params.length + doc.throws.length > 0;
}

function memberText({ description, returns }: Docstring): string {
  return returns === "" ? description : `${description} Returns ${returns}`.trim();
}

function cell(text: string, names: Names): string {
  return linked(text, names).replaceAll("|", "\\|").replaceAll(/\n+/g, " ");
}

function inline(signature: string): string {
  const text = signature.replaceAll(/\s+/g, " ").replace(/^readonly /, "");
  return text.includes("`") ? `<code>${text.replaceAll("|", "&#124;")}</code>` : `\`${text.replaceAll("|", "\\|")}\``;
}

/** `{@link Name}` leads to the name on this page; what is on none is only named. */
function linked(text: string, names: Names): string {
  return text.replaceAll(/\{@link (\S+?)(?: ([^}]+))?\}/g, (_, name: string, words: string = name) =>
    names.has(name) ? `[\`${words}\`](#${names.get(name)})` : `\`${words}\``,
  );
}

/** By name what leads to its heading: GitHub numbers those that differ in their case alone, as `asset` and `Asset`. */
function anchorsOf(headings: readonly string[], names: readonly string[]): Names {
  const slugger = new GithubSlugger();
  for (const heading of headings) slugger.slug(heading);
  return new Map(names.map((name) => [name, slugger.slug(name)]));
}

function code(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
