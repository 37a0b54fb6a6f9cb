import { withoutTypes, type Expression, type Imported, type ModuleSyntax } from "./module-syntax.ts";

/** Finds the module that a specifier stands for; `undefined` if it is not one of the author's, or does not parse. */
export type FindModule = (specifier: string, importer: string) => Promise<ModuleSyntax | undefined>;

/**
 * What an expression evaluates to, if that can be proven from the source, and is something of Lambent's.
 */
export type KnownValue =
  /** The object of one of the author's modules (`import * as`). */
  | { readonly kind: "module"; readonly module: ModuleSyntax }
  /** The object of "lambent" itself. */
  | { readonly kind: "lambent" }
  /** A function or class of Lambent's that, called or constructed, makes a product and does nothing else. */
  | { readonly kind: "maker"; readonly product: Product; readonly isClass?: true; readonly isDynamic?: true }
  | { readonly kind: Product };

/**
 * What Lambent's functions make. `node` is what adds a node to a graph when it is called, and has no methods that make
 * anything: a workflow, a mapped task. `cached` is a function that is cached, `other` all else: a required input, an asset.
 */
type Product = "actor" | "task" | "node" | "cached" | "other";

const EXPORTS: ReadonlyMap<string, KnownValue> = new Map<string, KnownValue>([
  ["dynamic", { kind: "maker", product: "node", isDynamic: true }],
  ["asset", { kind: "maker", product: "other" }],
  ["ActorEnvironment", { kind: "maker", product: "actor", isClass: true }],
  ["task", { kind: "maker", product: "task" }],
  ["partial", { kind: "maker", product: "task" }],
  ["lazy", { kind: "maker", product: "other" }],
  ["launchPlan", { kind: "maker", product: "other" }],
  ["mapTask", { kind: "maker", product: "node" }],
  ["required", { kind: "maker", product: "other" }],
  ["workflow", { kind: "maker", product: "node" }],
]);

const METHODS: Readonly<Record<Product, ReadonlyMap<string, KnownValue>>> = {
  actor: new Map<string, KnownValue>([
    ["task", { kind: "maker", product: "task" }],
    ["cache", { kind: "maker", product: "cached" }],
  ]),
  task: new Map<string, KnownValue>([["withOverrides", { kind: "maker", product: "task" }]]),
  node: new Map(),
  cached: new Map(),
  other: new Map(),
};

/**
 * What an expression evaluates to; `undefined` if it is not known.
 * @param path the names that are being looked up already, since constants and exports may refer to each other in a
 * circle
 */
export async function evaluate(
  written: Expression,
  module: ModuleSyntax,
  find: FindModule,
  path: readonly string[],
): Promise<KnownValue | undefined> {
  const expression = withoutTypes(written);
  switch (expression.type) {
    case "Identifier":
      return evaluateName(expression.name, module, find, path);
    case "MemberExpression": {
      const { object, property, computed } = expression;
      if (computed || property.type !== "Identifier" || object.type === "Super") return undefined;
      const owner = await evaluate(object, module, find, path);
      if (owner?.kind === "lambent") return EXPORTS.get(property.name);
      if (owner?.kind === "module") return evaluateExport(property.name, owner.module, find, path);
      return owner === undefined || owner.kind === "maker" ? undefined : METHODS[owner.kind].get(property.name);
    }
    case "CallExpression":
    case "NewExpression": {
      const { callee } = expression;
      const maker = await evaluate(callee as Expression, module, find, path); // `super` and `import` are unknown too
      if (maker?.kind !== "maker" || (maker.isClass === true) !== (expression.type === "NewExpression"))
        return undefined;
      return { kind: maker.product };
    }
    default:
      return undefined;
  }
}

/** What a name at the module's top level evaluates to. */
async function evaluateName(
  name: string,
  module: ModuleSyntax,
  find: FindModule,
  path: readonly string[],
): Promise<KnownValue | undefined> {
  const key = `${module.path} ${name}`;
  if (path.includes(key)) return undefined;
  const constant = module.constants.get(name);
  if (constant !== undefined) return evaluate(constant, module, find, [...path, key]);
  const imported = module.imports.get(name);
  return imported === undefined ? undefined : evaluateImport(imported, module, find, [...path, key]);
}

export async function evaluateImport(
  { specifier, name }: Imported,
  importer: ModuleSyntax,
  find: FindModule,
  path: readonly string[],
): Promise<KnownValue | undefined> {
  if (specifier === "lambent") return name === "*" ? { kind: "lambent" } : EXPORTS.get(name);
  const module = await find(specifier, importer.path);
  if (module === undefined) return undefined;
  return name === "*" ? { kind: "module", module } : evaluateExport(name, module, find, path);
}

export async function evaluateExport(
  name: string,
  module: ModuleSyntax,
  find: FindModule,
  path: readonly string[],
): Promise<KnownValue | undefined> {
  const key = `${module.path} export ${name}`;
  if (path.includes(key)) return undefined;
  const exported = module.exports.get(name);
  if (typeof exported === "string") return evaluateName(exported, module, find, [...path, key]);
  if (exported !== undefined) return evaluateImport(exported, module, find, [...path, key]);
  for (const specifier of name === "default" ? [] : module.reexportedModules) {
    const found = await evaluateImport({ specifier, name }, module, find, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
