import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { parse as parseModule } from "@babel/parser";
import type { ClassMethod, Comment, Declaration, Node, Statement, TSDeclareMethod } from "@babel/types";
import { type Docstring, readDocstring } from "./docstring.ts";

/** A field or a method of a class or an interface. */
export interface Member {
  readonly name: string;
  readonly signature: string;
  readonly doc: Docstring;
}

/** What an entry point exports under one name. */
export interface Exported {
  readonly name: string;
  readonly kind: "function" | "class" | "type" | "constant";
  /** Relative to the package. */
  readonly path: string;
  /** Without the function's body; several of an overloaded function. */
  readonly signatures: readonly string[];
  readonly doc: Docstring;
  /** Of classes and interfaces. */
  readonly members: readonly Member[];
  /** Names of the parameters of a function, where they have some. */
  readonly parameters: readonly string[];
  /** Whether the function's own body throws. */
  readonly throws: boolean;
}

/** An entry point of the package: a module of the sources, and what it is imported as. */
export interface EntryPoint {
  readonly name: string;
  readonly path: string;
  readonly doc: Docstring;
  readonly exports: readonly Exported[];
}

/**
 * The entry points of package.json's `exports`, with all that they export.
 * @param root the package's directory
 */
export function readEntryPoints(root: string): EntryPoint[] {
  // What npm demands of a package.json.
  const { name, exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    name: string;
    exports: Readonly<Record<string, string | { readonly types: string }>>;
  };
  return Object.entries(exports).flatMap(([key, target]) => {
    if (typeof target === "string") return []; // package.json itself
    const path = target.types.replace(/^\.\/dist\/(.*)\.d\.ts$/, "$1.ts");
    const doc = docOf(parsed(root, path).body[0], (text) => text.includes("@module"));
    return [{ name: name + key.slice(1), path, doc, exports: [...exportsOf(root, path).values()] }];
  });
}

interface Module {
  readonly text: string;
  readonly body: readonly Statement[];
}

const modules = new Map<string, Module>();

function parsed(root: string, path: string): Module {
  const known = modules.get(path);
  if (known !== undefined) return known;
  const text = readFileSync(join(root, path), "utf8");
  const { program } = parseModule(text, { sourceType: "module", plugins: ["typescript"] });
  const module = { text, body: program.body };
  modules.set(path, module);
  return module;
}

/** By name, in the order in which the module has them. */
function exportsOf(root: string, path: string): Map<string, Exported> {
  const found = new Map<string, Exported>();
  const { text, body } = parsed(root, path);
  for (const statement of body) {
    if (statement.type === "ExportDefaultDeclaration") {
      const { declaration } = statement;
      const own = declaration.type === "Identifier" ? declared(body, declaration.name) : [{ statement, declaration }];
      found.set("default", describe("default", path, text, own as Declared[]));
    }
    if (statement.type !== "ExportNamedDeclaration") continue;
    for (const name of statement.declaration ? namesOf(statement.declaration) : []) {
      if (!found.has(name)) found.set(name, describe(name, path, text, declared(body, name)));
    }
    for (const specifier of statement.specifiers) {
      if (specifier.type !== "ExportSpecifier" || statement.source == null) continue;
      const from = normalize(join(dirname(path), statement.source.value));
      if (!existsSync(join(root, from))) throw new Error(`${path} exports of ${from}, which is not there`);
      const name = specifier.exported.type === "Identifier" ? specifier.exported.name : specifier.exported.value;
      const original = exportsOf(root, from).get(specifier.local.name);
      if (original === undefined) throw new Error(`${from} exports no ${specifier.local.name}`);
      const isType = specifier.exportKind === "type" || statement.exportKind === "type";
      found.set(name, { ...original, name, kind: isType ? "type" : original.kind });
    }
  }
  return found;
}

/** What a module declares under a name; `undefined` if it declares nothing so. */
export function declarationOf(root: string, path: string, name: string): Exported | undefined {
  const { text, body } = parsed(root, path);
  const all = declared(body, name);
  return all.length === 0 ? undefined : describe(name, path, text, all);
}

/** Which module a name of a module is imported from, and what it is called there. */
export function importedFrom(root: string, path: string, name: string): { module: string; name: string } | undefined {
  for (const statement of parsed(root, path).body) {
    if (statement.type !== "ImportDeclaration") continue;
    for (const specifier of statement.specifiers) {
      if (specifier.local.name !== name || specifier.type !== "ImportSpecifier") continue;
      const original = specifier.imported.type === "Identifier" ? specifier.imported.name : specifier.imported.value;
      return { module: statement.source.value, name: original };
    }
  }
  return undefined;
}

interface Declared {
  readonly statement: Statement;
  readonly declaration: Declaration;
}

function declared(body: readonly Statement[], name: string): Declared[] {
  return body.flatMap((statement) => {
    const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    return declaration != null && isDeclaration(declaration) && namesOf(declaration).includes(name)
      ? [{ statement, declaration }]
      : [];
  });
}

function isDeclaration(node: Statement | Declaration): node is Declaration {
  return /Declaration$|^TSDeclareFunction$/.test(node.type);
}

function namesOf(declaration: Declaration): string[] {
  if (declaration.type === "VariableDeclaration")
    return declaration.declarations.flatMap(({ id }) => (id.type === "Identifier" ? [id.name] : []));
  return "id" in declaration && declaration.id?.type === "Identifier" ? [declaration.id.name] : [];
}

function describe(name: string, path: string, text: string, all: readonly Declared[]): Exported {
  const overloads = all.filter(({ declaration }) => declaration.type === "TSDeclareFunction");
  const shown = overloads.length > 0 ? overloads : all;
  const [first] = all;
  if (first === undefined) throw new Error(`${path} has no ${name}`);
  const { declaration } = first;
  const doc = all.map(({ statement }) => docOf(statement)).find(({ description }) => description !== "");
  return {
    name,
    kind: kindOf(declaration),
    path,
    signatures: shown.map((one) => signatureOf(one.declaration, text)),
    doc: doc ?? docOf(undefined),
    members: membersOf(declaration, text),
    parameters: "params" in declaration ? parametersOf(declaration.params) : [],
    throws: all.some((one) => "body" in one.declaration && throwsItself(one.declaration)),
  };
}

function kindOf({ type }: Declaration): Exported["kind"] {
  if (type === "FunctionDeclaration" || type === "TSDeclareFunction") return "function";
  if (type === "ClassDeclaration") return "class";
  return type === "VariableDeclaration" ? "constant" : "type";
}

function parametersOf(params: unknown): string[] {
  return (Array.isArray(params) ? (params as Node[]) : []).flatMap((param) => {
    const target = param.type === "AssignmentPattern" ? param.left : param;
    if (target.type === "RestElement") return target.argument.type === "Identifier" ? [target.argument.name] : [];
    return target.type === "Identifier" && target.name !== "this" ? [target.name] : [];
  });
}

function throwsItself(declaration: Declaration): boolean {
  return declaration.type === "FunctionDeclaration" && declaration.body.body.some(hasThrow);
}

function hasThrow(statement: Statement): boolean {
  if (statement.type === "ThrowStatement") return true;
  if (statement.type === "IfStatement") return hasThrow(statement.consequent);
  return statement.type === "BlockStatement" && statement.body.some(hasThrow);
}

/** A declaration without bodies, comments and what is private. */
function signatureOf(declaration: Declaration, text: string): string {
  const { start, end } = placeOf(declaration);
  if (declaration.type === "FunctionDeclaration") return text.slice(start, placeOf(declaration.body).start).trim();
  if (declaration.type === "ClassDeclaration") return text.slice(start, placeOf(declaration.body).start).trim();
  if (declaration.type === "VariableDeclaration") {
    const [{ id, init } = { id: undefined, init: undefined }] = declaration.declarations;
    if (init?.type === "ArrowFunctionExpression" && id?.type === "Identifier")
      return `const ${id.name} = ${text.slice(placeOf(init).start, placeOf(init.body).start)}…`;
    return text.slice(start, init == null ? end : placeOf(init).start).replace(/\s*=\s*$/, "");
  }
  return withoutComments(text.slice(start, end)).replace(/;$/, "");
}

function withoutComments(text: string): string {
  return text
    .replaceAll(/^[ \t]*\/\*\*?[\s\S]*?\*\/[ \t]*\n/gm, "")
    .replaceAll(/^[ \t]*\/\/.*\n/gm, "")
    .replaceAll(/\/\*\*?[\s\S]*?\*\/\s*/g, "");
}

function membersOf(declaration: Declaration, text: string): Member[] {
  if (declaration.type === "ClassDeclaration") {
    const overloaded = new Set(
      declaration.body.body.flatMap((member) => (member.type === "TSDeclareMethod" ? [keyOf(member)] : [])),
    );
    return declaration.body.body.flatMap((member) => {
      if (member.type === "ClassMethod" && overloaded.has(keyOf(member))) return []; // its overloads are shown
      const isPublic =
        "key" in member && member.key.type === "Identifier" && !("override" in member && member.override);
      if (!isPublic || ("kind" in member && member.kind === "constructor" && docOf(member).description === ""))
        return [];
      const name = member.key.type === "Identifier" ? member.key.name : "";
      return [{ name, signature: memberSignature(member, text), doc: docOf(member) }];
    });
  }
  if (declaration.type !== "TSInterfaceDeclaration") return [];
  return declaration.body.body.flatMap((member) => {
    if (!("key" in member) || member.key.type !== "Identifier") return [];
    const { start, end } = placeOf(member);
    const signature = withoutComments(text.slice(start, end)).replace(/[;,]$/, "");
    return [{ name: member.key.name, signature, doc: docOf(member) }];
  });
}

function keyOf({ key }: ClassMethod | TSDeclareMethod): string {
  return key.type === "Identifier" ? key.name : "";
}

function memberSignature(member: Node, text: string): string {
  const { start, end } = placeOf(member);
  const stop = member.type === "ClassMethod" ? member.body : member.type === "ClassProperty" ? member.value : undefined;
  const signature = text.slice(start, stop == null ? end : placeOf(stop).start).trim();
  return signature.replace(/\s*=$/, "").replace(/;$/, "");
}

function placeOf({ start, end }: Node): { start: number; end: number } {
  if (start == null || end == null) throw new Error("a parsed node has its place");
  return { start, end };
}

/** The docstring before a node. */
function docOf(node: Node | undefined | null, isMeant: (text: string) => boolean = isOfNode): Docstring {
  const comments: readonly Comment[] = node?.leadingComments ?? [];
  const text = comments.findLast(
    ({ type, value }) => type === "CommentBlock" && value.startsWith("*") && isMeant(value),
  );
  return readDocstring(text === undefined ? "" : `/*${text.value}*/`);
}

function isOfNode(text: string): boolean {
  return !text.includes("@module");
}
