import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "@babel/parser";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Every folder of the sources, from the ground up, and the packages that its files may import. A file imports files of
 * its own folder and of those before it.
 */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  "sdk/base": [],
  "sdk/invocation": ["@aws-sdk/client-sfn"],
  "sdk/store": ["@aws-sdk/client-s3"],
  "sdk/values": [],
  "sdk/cache/keys": [],
  "sdk/cache": [],
  "sdk/graph": [],
  "sdk/authoring": [],
  sdk: [],
  handlers: [
    "@aws-sdk/client-secrets-manager",
    "@aws-sdk/client-ssm",
    "@opentelemetry/api",
    "@middy/core",
    "aws-lambda",
  ],
  "handlers/examples/models": ["onnxruntime-web"],
  "handlers/examples": ["lambent", "wink-nlp", "wink-eng-lite-web-model"],
  "infra/program": ["esbuild"],
  "infra/templates": ["yaml"],
  "infra/init": [],
  "infra/asl": [],
  "infra/language": ["jsonata"],
  "infra/validate": [],
  "infra/compile": [],
  "infra/rights": [],
  "infra/check": [],
  "infra/lint": ["@babel/parser", "eslint-scope"],
  "infra/project/tree-shaking": ["esbuild"],
  "infra/project/packages": ["@vercel/nft", "esbuild"],
  "infra/project": ["esbuild", "tinyglobby"],
  "infra/emulator/kernel": [],
  "infra/emulator/lambda": [],
  "infra/emulator/replicas": [],
  "infra/emulator/aws": ["@aws-sdk/client-sfn", "@smithy/core", "@smithy/signature-v4"],
  "infra/emulator/integrations": ["@aws-sdk/client-s3"],
  "infra/emulator/interpreter": [],
  "infra/emulator/service": [],
  "infra/emulator": [],
  "infra/cost": ["@aws-sdk/client-sfn"],
  "infra/run/servers": [],
  "infra/run/timeline": ["@aws-sdk/client-sfn"],
  "infra/run/timeline/drawing": [],
  "infra/run/timeline/page": [],
  "infra/run/timeline/files": ["esbuild"],
  "infra/graph": [],
  "infra/run/remote": ["@aws-sdk/client-sfn"],
  "infra/run/console": [],
  "infra/run/console/page": ["preact"],
  "infra/run/machine-files": ["chokidar", "tinyglobby"],
  "infra/run/function-files": ["esbuild"],
  "infra/run": ["chokidar"],
  "infra/testing": ["esbuild"],
  "infra/client": ["@aws-sdk/client-sfn"],
  "infra/serverless/deploy": ["@aws-sdk/client-cloudformation", "@aws-sdk/client-s3", "fflate"],
  "infra/serverless": [],
  "infra/doctor": ["esbuild", "@aws-sdk/client-lambda"],
  "infra/deployed": ["@aws-sdk/client-lambda", "@aws-sdk/client-sfn"],
  "infra/deployed/logs": ["@aws-sdk/client-cloudwatch-logs", "@aws-sdk/client-sfn"],
  "scripts/commands": ["@bomb.sh/tab", "commander", "@aws-sdk/client-sfn"],
  "scripts/figures": [],
  "scripts/fuzz": ["fast-check"],
  "scripts/load": ["@aws-sdk/client-sfn"],
  "scripts/release": [],
  "scripts/reference": ["@babel/parser", "@babel/types", "comment-parser", "github-slugger", "tinyglobby"],
  "scripts/simulate": ["fast-check", "lambent"],
  scripts: ["@aws-sdk/client-sfn", "commander"],
};

interface Import {
  /** As it is written: `./ref.ts`, `node:path`, `@aws-sdk/client-s3`. */
  readonly specifier: string;
  /** Gone at run time. */
  readonly isTypeOnly: boolean;
  /** `import("…")`: loaded when it is first needed. */
  readonly isLazy: boolean;
}

/** A node of a syntax tree, as far as this test reads one. */
interface SyntaxNode {
  readonly type: string;
  readonly [field: string]: unknown;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function children(node: SyntaxNode): SyntaxNode[] {
  return Object.values(node).flat().filter(isNode);
}

function text(value: unknown): string | undefined {
  return isNode(value) && value.type === "StringLiteral" ? String(value["value"]) : undefined;
}

/** Everything that a file imports, the types in `import("…").T` and lazy imports included. */
function importsOf(file: string): Import[] {
  const source = readFileSync(join(root, file), "utf8");
  const { program } = parse(source, { sourceType: "module", plugins: ["typescript", "jsx"] });
  const found: Import[] = [];
  function visit(node: SyntaxNode): void {
    const { type } = node;
    const specifier = text(node["source"] ?? node["argument"] ?? (node["arguments"] as unknown[] | undefined)?.[0]);
    const isDeclaration = /^(Import|ExportNamed|ExportAll)Declaration$/.test(type);
    const isCall = type === "ImportExpression" || (type === "CallExpression" && isImport(node["callee"]));
    if (specifier !== undefined && (isDeclaration || isCall || type === "TSImportType")) {
      found.push({ specifier, isTypeOnly: type === "TSImportType" || isTypeOnly(node), isLazy: isCall });
    }
    children(node).forEach(visit);
  }
  visit(program as unknown as SyntaxNode); // Babel's own types list every kind of node; the walk needs none of them
  return found;
}

function isImport(callee: unknown): boolean {
  return isNode(callee) && callee.type === "Import";
}

/** `import type {…}`, or each name by itself a type. */
function isTypeOnly(node: SyntaxNode): boolean {
  if (node["importKind"] === "type" || node["exportKind"] === "type") return true;
  const specifiers = (node["specifiers"] ?? []) as SyntaxNode[];
  return (
    specifiers.length > 0 && specifiers.every((one) => one["importKind"] === "type" || one["exportKind"] === "type")
  );
}

const sources = ["sdk", "handlers", "infra", "scripts"].flatMap((top) =>
  readdirSync(join(root, top), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts") && !path.includes("node_modules"))
    .map((path) => `${top}/${path.replaceAll("\\", "/")}`),
);

const imports = new Map(sources.map((file) => [file, importsOf(file)]));

/** The files of this project that a file imports. */
function targets(file: string, isFollowed: (one: Import) => boolean = () => true): string[] {
  return (imports.get(file) ?? [])
    .filter((one) => one.specifier.startsWith(".") && isFollowed(one))
    .map(({ specifier }) => normalize(join(dirname(file), specifier)).replaceAll("\\", "/"))
    .filter((target) => imports.has(target));
}

/** `a → b → a` for each way that leads back to where it began, each circle once. */
function circles(nodes: Iterable<string>, next: (node: string) => Iterable<string>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  function visit(node: string, path: readonly string[]): void {
    if (path.includes(node)) found.push([...path.slice(path.indexOf(node)), node].join(" → "));
    if (path.includes(node) || done.has(node)) return;
    for (const target of next(node)) visit(target, [...path, node]);
    done.add(node);
  }
  for (const node of nodes) visit(node, []);
  return found;
}

/** The files that are loaded with these, lazy ones apart. */
function loadedWith(...files: readonly string[]): string[] {
  const reached = new Set<string>();
  function visit(file: string): void {
    if (reached.has(file)) return;
    reached.add(file);
    targets(file, ({ isTypeOnly, isLazy }) => !isTypeOnly && !isLazy).forEach(visit);
  }
  files.forEach(visit);
  return [...reached];
}

test("every folder of the sources has its place in the list", () => {
  const folders = new Set(sources.map(dirname));
  expect([...folders].filter((folder) => FOLDERS[folder] === undefined)).toEqual([]);
  expect(Object.keys(FOLDERS).filter((folder) => !folders.has(folder))).toEqual([]);
});

test("the table of ARCHITECTURE.md has the folders in the order of the list", () => {
  const table = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  const rows = [...table.matchAll(/^\| `((?:sdk|handlers|infra|scripts)[\w/-]*)` \|/gm)].map(([, folder]) => folder);
  expect(rows).toEqual(Object.keys(FOLDERS));
});

test("no file imports one of a folder further down the list, not even a type", () => {
  const order = Object.keys(FOLDERS);
  const upward = sources.flatMap((file) =>
    targets(file)
      .filter((target) => order.indexOf(dirname(target)) > order.indexOf(dirname(file)))
      .map((target) => `${file} imports ${target}`),
  );
  expect(upward).toEqual([]);
});

test("no file imports itself by a detour, not even for a type", () => {
  expect(circles(sources, targets)).toEqual([]);
});

test("no folder imports itself by a detour", () => {
  function folderTargets(folder: string): string[] {
    return [
      ...new Set(
        sources
          .filter((file) => dirname(file) === folder)
          .flatMap((file) => targets(file))
          .map(dirname)
          .filter((target) => target !== folder),
      ),
    ];
  }
  expect(circles(Object.keys(FOLDERS), folderTargets)).toEqual([]);
});

test("a package is imported only where the list allows it", () => {
  const builtin = new Set(builtinModules);
  const refused = sources.flatMap((file) =>
    (imports.get(file) ?? [])
      .map(({ specifier }) => specifier)
      .filter((specifier) => !specifier.startsWith(".") && !specifier.startsWith("node:") && !builtin.has(specifier))
      // Of these clients there are types alone, of those that a project has.
      .filter((specifier) => file !== "sdk/authoring/aws-clients.ts" || !specifier.startsWith("@aws-sdk/client-"))
      .filter((specifier) => {
        const allowed = FOLDERS[dirname(file)] ?? [];
        return !allowed.some((name) => specifier === name || specifier.startsWith(`${name}/`));
      })
      .map((specifier) => `${file} imports ${specifier}`),
  );
  expect(refused).toEqual([]);
});

test("what an author imports brings no deployment and no emulator along, and AWS clients only when they are used", () => {
  const reached = loadedWith("sdk/index.ts", "handlers/handler.ts");
  expect(reached.filter((file) => !/^(sdk|handlers)\//.test(file))).toEqual([]);
  const eager = reached.filter((file) =>
    imports.get(file)?.some((one) => one.specifier.startsWith("@aws-sdk/") && !one.isLazy && !one.isTypeOnly),
  );
  expect(eager).toEqual([]);
  expect(targets("sdk/store/current-store.ts", ({ isLazy }) => isLazy)).toEqual([
    "sdk/store/directory-store.ts",
    "sdk/store/s3-store.ts",
  ]);
});

test("what a replica loads neither traces nor checks", () => {
  const reached = loadedWith("sdk/replica.ts", "handlers/replica.ts");
  expect(reached).toEqual(expect.arrayContaining(["sdk/cache/replica-cache.ts", "handlers/invocation.ts"]));
  const authoring = reached.filter((file) => file.startsWith("sdk/authoring/"));
  expect(authoring).toEqual(["sdk/authoring/current-trace.ts", "sdk/authoring/made-tasks.ts"]);
  expect(reached.filter((file) => file.startsWith("sdk/graph/"))).toEqual([]);
});

/** Packages that are there once a file is loaded. */
function packagesLoadedWith(reached: readonly string[]): string[] {
  const specifiers = reached.flatMap((file) =>
    (imports.get(file) ?? []).filter(({ isLazy, isTypeOnly }) => !isLazy && !isTypeOnly).map((one) => one.specifier),
  );
  return [...new Set(specifiers)].filter((name) => !name.startsWith(".") && !name.startsWith("node:")).toSorted();
}

test("lambent --help loads what describes the commands, and not what they do", () => {
  const reached = loadedWith("scripts/cli.ts");
  expect(packagesLoadedWith(reached)).toEqual(["commander"]);
  expect(reached.filter((file) => file.startsWith("infra/"))).toEqual([
    "infra/init/template-list.ts",
    "infra/run/timeline/drawing/time.ts",
  ]);
});

test("lambent emulator loads what answers and runs, and the rest when it is used", () => {
  const reached = loadedWith("scripts/cli.ts", "scripts/commands/serve-emulator.ts");
  // A package of CommonJS that is imported brings 8 MB of Node.js's lexer along: these two are bundled by the build.
  expect(packagesLoadedWith(reached)).toEqual(["commander", "jsonata"]);
  const folders = [...new Set(reached.map(dirname))];
  expect(folders.filter((folder) => /^infra\/(?:check|compile|cost|graph|project|serverless)/.test(folder))).toEqual(
    [],
  );
  // Replicas, templates and the timeline have their modules loaded with functions, with files, and with a page.
  expect(reached.filter((file) => file.startsWith("infra/emulator/replicas/"))).toHaveLength(1);
  expect(reached.filter((file) => file.startsWith("infra/templates/"))).toHaveLength(1);
  expect(reached.filter((file) => file.startsWith("infra/run/")).length).toBeLessThanOrEqual(32);
  expect(reached.length).toBeLessThanOrEqual(250);
});

test("the examples import the package by its name, as any author does", () => {
  const examples = sources.filter((file) => file.startsWith("handlers/examples/"));
  const outside = examples.flatMap((file) => targets(file)).filter((target) => !examples.includes(target));
  expect(outside).toEqual([]);
});
