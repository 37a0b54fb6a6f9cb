import "../support/store-directory.ts";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Ajv } from "ajv";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { validateDefinition } from "../../infra/validate/validate.ts";
import { SCHEMA } from "../../infra/serverless/deploy/config.ts";
import { readEntryPoints } from "../../scripts/reference/read-exports.ts";
import { isObject } from "../../sdk/base/json.ts";
import { type CodeBlock, codeBlocks, DOCUMENTS } from "../support/documents.ts";
import { packageRoot } from "../support/project-directory.ts";

// What each form of a block is checked for is told in CONTRIBUTING.md, under "Documentation".

const BLOCKS = [...DOCUMENTS.keys()].flatMap(codeBlocks);
const CODE = new Set(["ts", "js"]);
const CHECKED = new Set([...CODE, "json", "yaml", "sh"]);
/** What is shown and not written to be run: output, and other systems' programs beside Lambent's. */
const SHOWN = new Set(["text", "python", "mermaid"]);
/** Signatures and examples in the reference, which is made from the sources; there both are compiled. */
const GENERATED = "docs/reference/";
const MARK = /^(?:runs|continues|with=\S+)$/;

/** A directory within the package, so that its own name and its types resolve. */
const directory = join(packageRoot, ".lambent/docs-code");

function of(...languages: string[]): CodeBlock[] {
  return BLOCKS.filter(({ path, language }) => languages.includes(language) && !path.startsWith(GENERATED));
}

function at({ path, line }: CodeBlock): string {
  return `${path}:${line}`;
}

test("every code block is of a language that is checked, or is marked as what is only shown", () => {
  const others = BLOCKS.filter(({ language }) => !CHECKED.has(language) && !SHOWN.has(language));
  expect(others.map((block) => `${at(block)}: ${block.language || "no language"}`)).toEqual([]);
});

test("what stands after a block's language is one of the marks", () => {
  const unknown = of(...CHECKED, ...SHOWN).filter(({ marks }) => marks.some((mark) => !MARK.test(mark)));
  expect(unknown.map((block) => `${at(block)}: ${block.marks.join(" ")}`)).toEqual([]);
});

/** A document's modules: by path within a directory of the document, what they have and where that came from. */
function modulesOf(path: string): Map<string, CodeBlock[]> {
  const modules = new Map<string, CodeBlock[]>();
  let last: CodeBlock[] | undefined;
  for (const [index, block] of of(...CODE).entries()) {
    if (block.path !== path) continue;
    if (block.marks.includes("continues") && last !== undefined) {
      last.push(block);
      continue;
    }
    const named = /^\/\/ ([\w./-]+\.m?[jt]s)\n/.exec(block.code)?.[1] ?? `block-${index}.${block.language}`;
    last = [block];
    // A file that is shown once more, as it is later on, has a directory of its own.
    modules.set(modules.has(named) ? `again-${index}/${named}` : named, last);
  }
  return modules;
}

function folderOf(path: string): string {
  return path.replaceAll(/\W/g, "-");
}

/** Packages that are not installed here, such as another system's beside which Lambent is shown. */
const FOREIGN = new Set(
  of(...CODE).flatMap(({ marks }) =>
    marks.filter((mark) => mark.startsWith("with=")).flatMap((mark) => mark.slice("with=".length).split(",")),
  ),
);

test("packages whose types are left out are not installed here", () => {
  expect([...FOREIGN].filter((name) => existsSync(join(packageRoot, "node_modules", name)))).toEqual([]);
});

/** What each file that is compiled was made of. */
const places = new Map<string, string>();

function write(path: string, code: string, place: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), code);
  places.set(path, place);
}

beforeAll(() => {
  for (const document of DOCUMENTS.keys()) {
    for (const [path, blocks] of modulesOf(document)) {
      const code = blocks.map((block) => block.code).join("\n");
      write(join(folderOf(document), path), code, blocks.map(at).join(", "));
    }
  }
  for (const { name, code, place } of docstringExamples()) write(`examples/${name}.ts`, withPreamble(code), place);
  write("foreign.d.ts", [...FOREIGN].map((name) => `declare module "${name}";`).join("\n"), "");
  const compilerOptions = { allowJs: true, checkJs: true, moduleDetection: "force" };
  const settings = { extends: "../../tsconfig.json", compilerOptions, include: ["**/*"], exclude: [] };
  write("tsconfig.json", JSON.stringify(settings), "");
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("TypeScript and JavaScript of all documents, and the examples in docstrings, compile", async () => {
  const compiler = join(packageRoot, "node_modules/typescript/bin/tsc");
  const tsc = promisify(execFile)(process.execPath, [compiler, "-p", directory]);
  const { stdout } = await tsc.catch((error: { stdout: string }) => error);
  // The place in the document, in the place of the file's name.
  const faults = stdout.replaceAll(/^\S*?docs-code\/([^(]+)/gm, (file, path) => places.get(path) ?? file);
  expect(faults).toBe("");
}, 60_000);

const RUN = of(...CODE).filter(({ marks }) => marks.includes("runs"));

test.runIf(RUN.length > 0).each(RUN)("$path:$line runs, and prints what is shown after it", async (block) => {
  const [name, blocks] = [...modulesOf(block.path)].find(([, own]) => own.includes(block)) ?? ["", []];
  const printed: string[] = [];
  const { log } = console;
  console.log = (...values: unknown[]) => void printed.push(`${values.map(String).join(" ")}\n`);
  try {
    await import(join(directory, folderOf(block.path), name));
  } finally {
    console.log = log;
  }
  const next = BLOCKS[BLOCKS.indexOf(blocks.at(-1) ?? block) + 1];
  const shown = next?.path === block.path && next.language === "text" ? next.code : printed.join("");
  expect(printed.join("")).toBe(shown);
});

test.each(of("json"))("$path:$line is JSON, and a definition has no faults", ({ code }) => {
  const value: unknown = JSON.parse(code);
  const isDefinition = isObject(value) && "StartAt" in value;
  expect(isDefinition ? validateDefinition(code) : []).toEqual([]);
});

const isConfig = new Ajv({ allErrors: true }).compile(SCHEMA);

test.each(of("yaml"))("$path:$line is YAML, and has in `lambent:` what the plugin takes", ({ code }) => {
  const value: unknown = parseYaml(code);
  const isTaken = !isObject(value) || !("lambent" in value) || isConfig(value["lambent"]);
  expect(isTaken ? [] : isConfig.errors).toEqual([]);
});

test.each(of("sh"))("$path:$line can be read by a shell", async ({ code }) => {
  const shell = promisify(execFile)("bash", ["-n", "-c", code]);
  expect(await shell.catch((error: { stderr: string }) => error)).toMatchObject({ stderr: "" });
});

/** What is imported already: an entry point may export what another has, too. */
const imported = new Set<string>(["default"]);

/** All that the package exports by name. */
const IMPORTS = readEntryPoints(packageRoot)
  .map(({ name, exports }) => {
    const named = exports.filter((one) => !imported.has(one.name));
    for (const one of named) imported.add(one.name);
    const names = named.map((one) => (one.kind === "type" ? `type ${one.name}` : one.name));
    return names.length === 0 ? "" : `import { ${names.join(", ")} } from "${name}";`;
  })
  .join("\n");

/** What examples in docstrings may use beside what they define. */
const PREAMBLE = `
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
${IMPORTS}
declare const evaluate: Task<{ value: number; state: number }, number>;
declare const createModelState: Task<{}, S3File<"txt">>;
declare const inference: Task<{ value: number; file: S3File<"txt"> }, number>;
declare const publish: Task<{ text: string }, string>;
declare const text: Ref<string>;
declare const scored: Ref<{ value: number }>;
declare const actor: ActorEnvironment;
`;

/** Examples that define one of the preamble's names keep their own. */
function withPreamble(example: string): string {
  if (/^(?:import|export) /m.test(example)) return example; // a whole module
  const defined = [...example.matchAll(/^const (\w+)/gm)].map(([, name]) => name);
  const lines = PREAMBLE.split("\n").filter(
    (line) => !defined.some((name) => line.startsWith(`declare const ${name}:`)),
  );
  // Within a function, so that an example may run a workflow that the preamble does not have.
  const wf =
    /\bwf\b/.test(example) && !defined.includes("wf")
      ? "declare const wf: import('lambent').Workflow<{ readonly initValue?: number }, number>;"
      : "";
  return `${lines.join("\n")}\n${wf}\nexport async function example() {\n${example}\n}\n`;
}

function docstringExamples(): { name: string; code: string; place: string }[] {
  return ["sdk", "handlers", "infra"].flatMap((folder) =>
    readdirSync(join(packageRoot, folder), { encoding: "utf8", recursive: true })
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => {
        const source = readFileSync(join(packageRoot, folder, file), "utf8");
        const blocks = source.matchAll(/\* @example\n([\s\S]*?)\n\s*\*\//g);
        return [...blocks].map(([, block = ""], index) => ({
          name: `${folder}-${file.replace(".ts", "").replaceAll("/", "-")}-${index}`,
          code: block.replaceAll(/^\s*\* ?/gm, ""),
          place: `the example ${index + 1} of ${folder}/${file}`,
        }));
      })
      .filter(({ code }) => !code.startsWith("// serverless.yml")),
  );
}
