import { parse } from "@babel/parser";

type Program = ReturnType<typeof parse>["program"];
export type Statement = Program["body"][number];
type VariableDeclaration = Extract<Statement, { type: "VariableDeclaration" }>;
/** A class declaration, or what is exported of one. */
export type Class = Extract<Statement, { type: "ClassDeclaration" }>;
export type Expression = NonNullable<VariableDeclaration["declarations"][number]["init"]>;

/** Another module's export, or `*`: all of them as one object. */
export interface Imported {
  readonly specifier: string;
  readonly name: string;
}

/** What a module's top level declares, as it is written. */
export interface ModuleSyntax {
  readonly path: string;
  readonly text: string;
  /** By local name. Types are left out. */
  readonly imports: ReadonlyMap<string, Imported>;
  /** By local name, what a `const` stands for. */
  readonly constants: ReadonlyMap<string, Expression>;
  /** Names of variables that are set to what a call returns, or to a list or an object. */
  readonly holders: readonly string[];
  /** By exported name, a local name or another module's export. */
  readonly exports: ReadonlyMap<string, string | Imported>;
  /** Modules whose exports are this one's too. */
  readonly stars: readonly string[];
  /** Expressions that are evaluated when the module is, and whose value is given a name. */
  readonly initialisers: readonly Expression[];
  /** Declared by a name, exported or not, and in one place. */
  readonly classes: readonly Class[];
}

/** @returns `undefined` for what does not parse, which is the bundler's to tell */
export function parseModule(path: string, text: string): ModuleSyntax | undefined {
  const program = parseProgram(path, text);
  return program === undefined ? undefined : { path, text, ...readModule(program) };
}

function readModule(program: Program): Omit<ModuleSyntax, "path" | "text"> {
  const imports = new Map<string, Imported>();
  const constants = new Map<string, Expression>();
  const holders: string[] = [];
  const exports = new Map<string, string | Imported>();
  const stars: string[] = [];
  const initialisers: Expression[] = [];
  const classes: Class[] = [];

  function declare({ kind, declarations, declare: ambient }: VariableDeclaration, exported: boolean): void {
    if (ambient === true || !["const", "let", "var"].includes(kind)) return;
    for (const { id, init } of declarations) {
      if (init === null || init === undefined) continue;
      initialisers.push(init);
      if (id.type !== "Identifier") continue;
      if (kind === "const") constants.set(id.name, init);
      if (canHoldTasks(init)) holders.push(id.name);
      if (exported) exports.set(id.name, id.name);
    }
  }

  function isWhole({ id }: Class): boolean {
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
          constants.set("default", declaration); // no variable can have this name
          exports.set("default", "default");
        }
        break;
      }
      case "ExportAllDeclaration":
        stars.push(statement.source.value);
        break;
      default:
        break;
    }
  }
  return { imports, constants, holders, exports, stars, initialisers, classes: classes.filter(isWhole) };
}

/** @returns `undefined` for what does not parse */
export function parseProgram(path: string, text: string): Program | undefined {
  const typescript = /\.m?tsx?$/.test(path);
  try {
    return parse(text, {
      sourceType: "module",
      plugins: [
        ...(typescript ? (["typescript"] as const) : []),
        ...(path.endsWith("x") ? (["jsx"] as const) : []),
        "decorators",
        "decoratorAutoAccessors",
        "explicitResourceManagement",
      ],
    }).program;
  } catch {
    return undefined;
  }
}

/** A namespace of a class's name adds to the class. */
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

/** Of an import or export: `a`, or the text of `"a b"`. */
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

/** The expression that is left when TypeScript's own syntax is gone. */
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
