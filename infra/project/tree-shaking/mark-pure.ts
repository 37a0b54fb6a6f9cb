import { isObject } from "../../../sdk/base/json.ts";
import { withoutTypes, type Class, type Expression, type Imported, type ModuleSyntax } from "./module-syntax.ts";

/** Finds what a module imports; `undefined` if that is not one of the author's modules, or does not parse. */
export type FindModule = (specifier: string, importer: string) => Promise<ModuleSyntax | undefined>;

/** What a value provably is, as far as it matters: something that is made and has no effect on anything else. */
type Known =
  /** A module's exports, as one object. */
  | { readonly kind: "module"; readonly module: ModuleSyntax }
  | { readonly kind: "lambent" }
  /** Makes a `made` when it is called, or for a class with `new`. */
  | { readonly kind: "maker"; readonly made: Made; readonly isClass?: true }
  | { readonly kind: Made };

/** `other` has no methods that make anything: a workflow, a cache, a mapped task, a required input, an asset. */
type Made = "actor" | "task" | "other";

const EXPORTS: ReadonlyMap<string, Known> = new Map<string, Known>([
  ["asset", { kind: "maker", made: "other" }],
  ["ActorEnvironment", { kind: "maker", made: "actor", isClass: true }],
  ["task", { kind: "maker", made: "task" }],
  ["partial", { kind: "maker", made: "task" }],
  ["mapTask", { kind: "maker", made: "other" }],
  ["required", { kind: "maker", made: "other" }],
  ["workflow", { kind: "maker", made: "other" }],
]);

const METHODS: Readonly<Record<Made, ReadonlyMap<string, Known>>> = {
  actor: new Map<string, Known>([
    ["task", { kind: "maker", made: "task" }],
    ["cache", { kind: "maker", made: "other" }],
  ]),
  task: new Map<string, Known>([["withOverrides", { kind: "maker", made: "task" }]]),
  other: new Map(),
};

/**
 * Tell bundlers of each call at the module's top level that provably does nothing but make an actor, a cache, a task or
 * a workflow of Lambent's, so that it goes where nothing uses what it makes; and so of each class whose only decorators
 * are an actor's cache. No line moves.
 */
export async function markPure(module: ModuleSyntax, find: FindModule): Promise<string> {
  const insertions: Insertion[] = [];
  for (const [start, call] of outermost(module.initialisers.flatMap(eagerCalls))) {
    const isPure = (await known(call, module, find, [])) !== undefined && isInertCallee(call);
    if (isPure) insertions.push({ at: start, text: PURE });
  }
  for (const declared of module.classes) {
    const { id, start, end } = declared;
    if (typeof start !== "number" || typeof end !== "number" || !id) continue;
    if (!(await isPureButDecorated(declared, module, find))) continue;
    // Bundlers know no mark for a class. This one is, like a class, a variable that is not there before it is reached.
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

/** By position: in `task(f).fn()` a mark at the start is of all that is called there. */
function outermost(calls: readonly Call[]): Map<number, Call> {
  const found = new Map<number, Call>();
  for (const call of calls) {
    const { start, end } = call;
    if (typeof start === "number" && (end ?? 0) > (found.get(start)?.end ?? 0)) found.set(start, call);
  }
  return found;
}

/** The calls that are made when the node is evaluated: not those within functions and classes. */
function eagerCalls(node: object): Call[] {
  if (!("type" in node) || typeof node.type !== "string" || /Function|Method|Class/.test(node.type)) return [];
  const inner = Object.values(node).flat().filter(isObject).flatMap(eagerCalls);
  // The parser's types are told apart by this field.
  return /^(Optional)?CallExpression$|^NewExpression$/.test(node.type) ? [node as Call, ...inner] : inner;
}

/** A bundler that drops a call keeps what its arguments do, but nothing of its callee, as in `new Actor(…).task(…)`. */
function isInertCallee({ callee }: Call): boolean {
  return eagerCalls(callee).every((call) => call.arguments.every(isInert));
}

/** Whether evaluating it does nothing. */
function isInert(node: { readonly type: string } | null): boolean {
  if (node === null) return true;
  const expression = withoutTypes(node as Expression); // arguments that are none fall through to the default
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

/** Whether declaring a class has no effect but that of its methods' decorators, and these are all `actor.cache`. */
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
  return (await known(expression.object, module, find, []))?.kind === "actor" && eagerCalls(expression).length === 0;
}

/** @param path names that are being looked up, for there may be circles */
async function known(
  written: Expression,
  module: ModuleSyntax,
  find: FindModule,
  path: readonly string[],
): Promise<Known | undefined> {
  const expression = withoutTypes(written);
  switch (expression.type) {
    case "Identifier":
      return knownName(expression.name, module, find, path);
    case "MemberExpression": {
      const { object, property, computed } = expression;
      if (computed || property.type !== "Identifier" || object.type === "Super") return undefined;
      const owner = await known(object, module, find, path);
      if (owner?.kind === "lambent") return EXPORTS.get(property.name);
      if (owner?.kind === "module") return knownExport(property.name, owner.module, find, path);
      return owner === undefined || owner.kind === "maker" ? undefined : METHODS[owner.kind].get(property.name);
    }
    case "CallExpression":
    case "NewExpression": {
      const { callee } = expression;
      const maker = await known(callee as Expression, module, find, path); // what is no expression is not known
      if (maker?.kind !== "maker" || (maker.isClass === true) !== (expression.type === "NewExpression"))
        return undefined;
      return { kind: maker.made };
    }
    default:
      return undefined;
  }
}

/** What a name stands for at the module's top level. */
async function knownName(
  name: string,
  module: ModuleSyntax,
  find: FindModule,
  path: readonly string[],
): Promise<Known | undefined> {
  const key = `${module.path} ${name}`;
  if (path.includes(key)) return undefined;
  const constant = module.constants.get(name);
  if (constant !== undefined) return known(constant, module, find, [...path, key]);
  const imported = module.imports.get(name);
  return imported === undefined ? undefined : knownImport(imported, module, find, [...path, key]);
}

async function knownImport(
  { specifier, name }: Imported,
  importer: ModuleSyntax,
  find: FindModule,
  path: readonly string[],
): Promise<Known | undefined> {
  if (specifier === "lambent") return name === "*" ? { kind: "lambent" } : EXPORTS.get(name);
  const module = await find(specifier, importer.path);
  if (module === undefined) return undefined;
  return name === "*" ? { kind: "module", module } : knownExport(name, module, find, path);
}

async function knownExport(
  name: string,
  module: ModuleSyntax,
  find: FindModule,
  path: readonly string[],
): Promise<Known | undefined> {
  const key = `${module.path} export ${name}`;
  if (path.includes(key)) return undefined;
  const exported = module.exports.get(name);
  if (typeof exported === "string") return knownName(exported, module, find, [...path, key]);
  if (exported !== undefined) return knownImport(exported, module, find, [...path, key]);
  for (const specifier of name === "default" ? [] : module.stars) {
    const found = await knownImport({ specifier, name }, module, find, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}
