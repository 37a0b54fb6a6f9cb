import { isObject } from "../../../sdk/base/json.ts";
import { withoutTypes, type Class, type Expression, type Imported, type ModuleSyntax } from "./module-syntax.ts";

/** Finds the module that a specifier stands for; `undefined` if it is not one of the author's, or does not parse. */
export type FindModule = (specifier: string, importer: string) => Promise<ModuleSyntax | undefined>;

/**
 * What an expression evaluates to, if that can be proven from the source, and is something that this file deals with.
 */
type KnownValue =
  /** The object of one of the author's modules (`import * as`). */
  | { readonly kind: "module"; readonly module: ModuleSyntax }
  /** The object of "lambent" itself. */
  | { readonly kind: "lambent" }
  /** A function or class of Lambent's that, called or constructed, makes a product and does nothing else. */
  | { readonly kind: "maker"; readonly product: Product; readonly isClass?: true }
  | { readonly kind: Product };

/** What Lambent's functions make. `other` has no methods that make anything: a workflow, a cache, a required input, an asset. */
type Product = "actor" | "task" | "other";

const EXPORTS: ReadonlyMap<string, KnownValue> = new Map<string, KnownValue>([
  ["asset", { kind: "maker", product: "other" }],
  ["ActorEnvironment", { kind: "maker", product: "actor", isClass: true }],
  ["task", { kind: "maker", product: "task" }],
  ["partial", { kind: "maker", product: "task" }],
  ["mapTask", { kind: "maker", product: "other" }],
  ["required", { kind: "maker", product: "other" }],
  ["workflow", { kind: "maker", product: "other" }],
]);

const METHODS: Readonly<Record<Product, ReadonlyMap<string, KnownValue>>> = {
  actor: new Map<string, KnownValue>([
    ["task", { kind: "maker", product: "task" }],
    ["cache", { kind: "maker", product: "other" }],
  ]),
  task: new Map<string, KnownValue>([["withOverrides", { kind: "maker", product: "task" }]]),
  other: new Map(),
};

/**
 * The module's text, in which each call at the top level that provably does nothing but make an actor, a cache, a task
 * or a workflow of Lambent's is marked as free of side effects, so that bundlers drop it if its result is not used. The
 * same is done for classes whose only decorators are an actor's cache. Line numbers stay the same.
 */
export async function markPure(module: ModuleSyntax, find: FindModule): Promise<string> {
  const insertions: Insertion[] = [];
  for (const [start, call] of outermost(module.initialisers.flatMap(eagerCalls))) {
    const isPure = (await evaluate(call, module, find, [])) !== undefined && isInertCallee(call);
    if (isPure) insertions.push({ at: start, text: PURE });
  }
  for (const declared of module.classes) {
    const { id, start, end } = declared;
    if (typeof start !== "number" || typeof end !== "number" || !id) continue;
    if (!(await isPureButDecorated(declared, module, find))) continue;
    // Bundlers know such marks for calls only, so the class is made by one. `let` because, like a class, the variable
    // cannot be used before its declaration.
    insertions.push({ at: start, text: `let ${id.name} = ${PURE}(() => { ` });
    insertions.push({ at: end, text: `; return ${id.name}; })();` });
  }
  return insert(module.text, insertions);
}

const PURE = "/* @__PURE__ */ ";

interface Insertion {
  readonly at: number;
  readonly text: string;
}

function insert(text: string, insertions: readonly Insertion[]): string {
  let result = "";
  let end = 0;
  for (const { at, text: added } of insertions.toSorted((left, right) => left.at - right.at)) {
    result += text.slice(end, at) + added;
    end = at;
  }
  return result + text.slice(end);
}

type Call = Extract<Expression, { type: "CallExpression" | "NewExpression" | "OptionalCallExpression" }>;

/** The outermost call at each position: in `task(f).fn()`, a mark at the start is a mark of the call of `fn`. */
function outermost(calls: readonly Call[]): Map<number, Call> {
  const found = new Map<number, Call>();
  for (const call of calls) {
    const { start, end } = call;
    if (typeof start === "number" && (end ?? 0) > (found.get(start)?.end ?? 0)) found.set(start, call);
  }
  return found;
}

/** The calls that run when the node is evaluated: all but those in functions and classes. */
function eagerCalls(node: object): Call[] {
  if (!("type" in node) || typeof node.type !== "string" || /Function|Method|Class/.test(node.type)) return [];
  const inner = Object.values(node).flat().filter(isObject).flatMap(eagerCalls);
  // The cast: the parser's types differ by `type`.
  return /^(Optional)?CallExpression$|^NewExpression$/.test(node.type) ? [node as Call, ...inner] : inner;
}

/**
 * Whether nothing is lost with the callee. A bundler that drops a marked call keeps the effects of its arguments, but
 * drops its callee with all calls in that, such as `new Actor(…)` in `new Actor(…).task(…)`.
 */
function isInertCallee({ callee }: Call): boolean {
  return eagerCalls(callee).every((call) => call.arguments.every(isInert));
}

/** Whether evaluating it has no side effect. */
function isInert(node: { readonly type: string } | null): boolean {
  if (node === null) return true;
  const expression = withoutTypes(node as Expression); // `...list`, which is no expression, gets to `default` below
  switch (expression.type) {
    case "StringLiteral":
    case "NumericLiteral":
    case "BooleanLiteral":
    case "NullLiteral":
    case "Identifier":
    case "ArrowFunctionExpression":
    case "FunctionExpression":
      return true;
    case "ArrayExpression":
      return expression.elements.every(isInert);
    case "ObjectExpression":
      return expression.properties.every(
        (property) =>
          (property.type === "ObjectProperty" && !property.computed && isInert(property.value)) ||
          (property.type === "ObjectMethod" && !property.computed),
      );
    default:
      return false;
  }
}

/**
 * Whether a class has decorators, all of them `@actor.cache` on methods, and its declaration has no other side effect.
 */
async function isPureButDecorated(
  { body, superClass, decorators, declare }: Class,
  module: ModuleSyntax,
  find: FindModule,
): Promise<boolean> {
  if (declare === true || (decorators ?? []).length > 0 || (superClass && superClass.type !== "Identifier"))
    return false;
  const decorating: Expression[] = [];
  for (const member of body.body) {
    switch (member.type) {
      case "ClassMethod":
        if (member.computed) return false;
        decorating.push(...(member.decorators ?? []).map(({ expression }) => expression));
        break;
      case "ClassPrivateMethod":
        decorating.push(...(member.decorators ?? []).map(({ expression }) => expression));
        break;
      case "ClassProperty":
        if (member.computed === true) return false;
        if ((member.decorators ?? []).length > 0 || (member.static && !isInert(member.value ?? null))) return false;
        break;
      case "ClassPrivateProperty":
        if ((member.decorators ?? []).length > 0 || (member.static && !isInert(member.value ?? null))) return false;
        break;
      case "TSDeclareMethod":
      case "TSIndexSignature":
        break;
      default:
        return false;
    }
  }
  for (const decorator of decorating) if (!(await isCache(decorator, module, find))) return false;
  return decorating.length > 0;
}

async function isCache(expression: Expression, module: ModuleSyntax, find: FindModule): Promise<boolean> {
  if (expression.type !== "MemberExpression" || expression.computed || expression.object.type === "Super") return false;
  if (expression.property.type !== "Identifier" || expression.property.name !== "cache") return false;
  return (await evaluate(expression.object, module, find, []))?.kind === "actor" && eagerCalls(expression).length === 0;
}

/**
 * What an expression evaluates to; `undefined` if it is not known.
 * @param path the names that are being looked up already, since constants and exports may refer to each other in a
 * circle
 */
async function evaluate(
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

async function evaluateImport(
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

async function evaluateExport(
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
