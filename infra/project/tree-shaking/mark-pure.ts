import { isObject } from "../../../sdk/base/json.ts";
import { evaluate, type FindModule } from "./known-values.ts";
import { withoutTypes, type Class, type Expression, type ModuleSyntax } from "./module-syntax.ts";

/**
 * The module's text, in which each call at the top level that provably does nothing but make an actor, a cache, a task
 * or a workflow of Lambent's is marked as free of side effects, so that bundlers drop it if its result is not used. The
 * same is done for classes whose only decorators are an actor's cache. Line numbers stay the same.
 */
export async function markPure(module: ModuleSyntax, find: FindModule): Promise<string> {
  const insertions: Insertion[] = [];
  for (const [start, call] of outermost(module.initialisers.flatMap(eagerCalls))) {
    const isPure = (await evaluate(call, module, find, [])) !== undefined && isInertCallee(call);
    if (!isPure) continue;
    insertions.push({ at: start, text: PURE });
    const tasks = await dynamicTasks(call, module, find);
    if (tasks !== undefined) insertions.push({ at: tasks, text: NEVER });
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
/** What follows is never evaluated, so that bundlers drop what only it refers to. */
const NEVER = "0 && ";

/**
 * Where the tasks begin that a dynamic is given: a replica does not look at them, and its bundle has its own alone. None
 * for any other call, and where it could not be seen whether anything happens as they are evaluated.
 */
async function dynamicTasks(call: Call, module: ModuleSyntax, find: FindModule): Promise<number | undefined> {
  const maker = await evaluate(call.callee as Expression, module, find, []); // as `evaluate` itself does
  const [tasks] = call.arguments;
  if (maker?.kind !== "maker" || maker.isDynamic !== true || tasks?.type !== "ObjectExpression") return undefined;
  return typeof tasks.start === "number" && isReading(tasks) ? tasks.start : undefined;
}

/** Whether an object has variables, and fields of such, alone. */
function isReading(tasks: Extract<Expression, { type: "ObjectExpression" }>): boolean {
  return tasks.properties.every((property) => {
    if (property.type !== "ObjectProperty" || property.computed) return false;
    return /^(Identifier|MemberExpression)$/.test(property.value.type);
  });
}

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
