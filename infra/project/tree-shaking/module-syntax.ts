import { parserOptions } from "../../lint/parser-options.ts";
import { parse } from "../../lint/parser.ts";

type Program = ReturnType<typeof parse>["program"];
export type Statement = Program["body"][number];
type VariableDeclaration = Extract<Statement, { type: "VariableDeclaration" }>;
/** A class declaration, or what is exported of one. */
export type Class = Extract<Statement, { type: "ClassDeclaration" }>;
export type Expression = NonNullable<VariableDeclaration["declarations"][number]["init"]>;

/** An export of another module. */
export interface Imported {
  readonly specifier: string;
  /** `*` is the object of all exports. */
  readonly name: string;
}

/** What is declared at a module's top level. */
export interface ModuleSyntax {
  readonly path: string;
  readonly text: string;
  /** By local name; without types. */
  readonly imports: ReadonlyMap<string, Imported>;
  /** By name: the values of `const` variables. */
  readonly constants: ReadonlyMap<string, Expression>;
  /** Names of variables that may hold tasks: their value is a call, a list or an object. */
  readonly variables: readonly string[];
  /** By exported name: a local name, or another module's export. */
  readonly exports: ReadonlyMap<string, string | Imported>;
  /** The modules of `export * from`. */
  readonly reexportedModules: readonly string[];
  /** The values of variables and of the default export: they are evaluated when the module is. */
  readonly initialisers: readonly Expression[];
  /** Classes with a name, exported or not, to which no TypeScript `namespace` adds anything. */
  readonly classes: readonly Class[];
}

/** @returns `undefined` if it does not parse, which esbuild reports */
export function parseModule(path: string, text: string): ModuleSyntax | undefined {
  const program = parseProgram(path, text);
  return program === undefined ? undefined : { path, text, ...readModule(program) };
}

function readModule(program: Program): Omit<ModuleSyntax, "path" | "text"> {
  const imports = new Map<string, Imported>();
  const constants = new Map<string, Expression>();
  const variables: string[] = [];
  const exports = new Map<string, string | Imported>();
  const reexportedModules: string[] = [];
  const initialisers: Expression[] = [];
  const classes: Class[] = [];

  function declare({ kind, declarations, declare: ambient }: VariableDeclaration, exported: boolean): void {
    if (ambient === true || !["const", "let", "var"].includes(kind)) return;
    for (const { id, init } of declarations) {
      if (init === null || init === undefined) continue;
      initialisers.push(init);
      if (id.type !== "Identifier") continue;
      if (kind === "const") constants.set(id.name, init);
      if (canHoldTasks(init)) variables.push(id.name);
      if (exported) exports.set(id.name, id.name);
    }
  }

  function hasNoNamespace({ id }: Class): boolean {
    return !program.body.some((other) => isNamespace(other, id?.name));
  }
  for (const statement of program.body) {
    switch (statement.type) {
      case "VariableDeclaration":
        declare(statement, false);
        break;
      case "ClassDeclaration":
        classes.push(statement);
        break;
      case "ImportDeclaration":
        if (statement.importKind === "type" || statement.importKind === "typeof") break;
        for (const specifier of statement.specifiers) {
          imports.set(specifier.local.name, { specifier: statement.source.value, name: importedName(specifier) });
        }
        break;
      case "ExportNamedDeclaration":
        if (statement.declaration?.type === "VariableDeclaration") declare(statement.declaration, true);
        if (statement.declaration?.type === "ClassDeclaration") classes.push(statement.declaration);
        for (const specifier of statement.specifiers) {
          const exported = nameOf(specifier.exported);
          if (specifier.type === "ExportNamespaceSpecifier" && statement.source) {
            exports.set(exported, { specifier: statement.source.value, name: "*" });
          } else if (specifier.type === "ExportSpecifier") {
            const local = nameOf(specifier.local);
            exports.set(exported, statement.source ? { specifier: statement.source.value, name: local } : local);
          }
        }
        break;
      case "ExportDefaultDeclaration": {
        const { declaration } = statement;
        if (declaration.type === "Identifier") exports.set("default", declaration.name);
        else if (isExpression(declaration)) {
          initialisers.push(declaration);
          constants.set("default", declaration); // `default` is no valid name of a variable
          exports.set("default", "default");
        }
        break;
      }
      case "ExportAllDeclaration":
        reexportedModules.push(statement.source.value);
        break;
      default:
        break;
    }
  }
  const ownClasses = classes.filter(hasNoNamespace);
  return { imports, constants, variables, exports, reexportedModules, initialisers, classes: ownClasses };
}

/** @returns `undefined` for what does not parse */
export function parseProgram(path: string, text: string): Program | undefined {
  try {
    return parse(text, parserOptions(path)).program;
  } catch {
    return undefined;
  }
}

/** A word or a sign of a module's text. */
export interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The tokens of a module, comments left out; none of what does not parse. */
export function tokensOf(path: string, text: string): Token[] {
  try {
    const { tokens } = parse(text, { ...parserOptions(path), tokens: true });
    return (tokens ?? [])
      .filter(({ type }: { type: unknown }) => typeof type === "object") // comments have the name of their kind
      .map(({ start, end }: { start: number; end: number }) => ({ text: text.slice(start, end), start, end }));
  } catch {
    return [];
  }
}

/** Whether it is a TypeScript `namespace` of this name, which adds properties to the class of the name. */
function isNamespace(statement: Statement, name: string | undefined): boolean {
  const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
  return (
    declaration?.type === "TSModuleDeclaration" && declaration.id.type === "Identifier" && declaration.id.name === name
  );
}

type ImportSpecifiers = Extract<Statement, { type: "ImportDeclaration" }>["specifiers"][number];

function importedName(specifier: ImportSpecifiers): string {
  if (specifier.type === "ImportNamespaceSpecifier") return "*";
  return specifier.type === "ImportDefaultSpecifier" ? "default" : nameOf(specifier.imported);
}

/** The name in an import or export: `a`, or `a b` of `"a b"`. */
function nameOf(name: { type: "Identifier"; name: string } | { type: "StringLiteral"; value: string }): string {
  return name.type === "Identifier" ? name.name : name.value;
}

type DefaultExport = Extract<Statement, { type: "ExportDefaultDeclaration" }>["declaration"];

function isExpression(declaration: DefaultExport): declaration is Extract<DefaultExport, Expression> {
  return !["FunctionDeclaration", "ClassDeclaration", "TSDeclareFunction"].includes(declaration.type);
}

function canHoldTasks(written: Expression): boolean {
  const expression = withoutTypes(written);
  const { type } = expression.type === "AwaitExpression" ? withoutTypes(expression.argument) : expression;
  return ["CallExpression", "ObjectExpression", "ArrayExpression"].includes(type);
}

/** The expression within parentheses, and within TypeScript's `as`, `satisfies`, `!` and the like. */
export function withoutTypes(expression: Expression): Expression {
  switch (expression.type) {
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSNonNullExpression":
    case "TSTypeAssertion":
    case "TSInstantiationExpression":
    case "ParenthesizedExpression":
      return withoutTypes(expression.expression);
    default:
      return expression;
  }
}
