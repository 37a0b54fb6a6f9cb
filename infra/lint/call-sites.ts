import type { Bindings } from "./bindings.ts";
import { argumentAt, childrenOf, isFunction, keyOf, nodeIn, nodesIn, type SyntaxNode } from "./syntax.ts";

/** Methods of lists that call a function with each element. */
const OVER_ELEMENTS: ReadonlySet<string> = new Set([
  "map",
  "forEach",
  "filter",
  "some",
  "every",
  "find",
  "findIndex",
  "findLast",
  "findLastIndex",
  "flatMap",
]);

/** Where functions are called from, and variables are set. */
export class CallSites {
  readonly #bindings: Bindings;

  constructor(bindings: Bindings) {
    this.#bindings = bindings;
  }

  /** The list whose elements a function is called with, as in `list.map(fn)`. */
  listOfCallback(fn: SyntaxNode): SyntaxNode | undefined {
    const call = this.#bindings.parentOf(fn);
    if (call?.type !== "CallExpression" || nodesIn(call, "arguments")[0] !== fn) return undefined;
    const method = nodeIn(call, "callee");
    if (method?.type !== "MemberExpression" || !OVER_ELEMENTS.has(keyOf(method) ?? "")) return undefined;
    return this.#isAlsoNamed(fn) ? undefined : nodeIn(method, "object");
  }

  /** The list and the first value of `list.reduce(fn, value)`, where the function is this. */
  reductionBy(fn: SyntaxNode): { list: SyntaxNode | undefined; seed: SyntaxNode | undefined } | undefined {
    const call = this.#bindings.parentOf(fn);
    if (call?.type !== "CallExpression" || argumentAt(call, 0) !== fn || this.#isAlsoNamed(fn)) return undefined;
    const method = nodeIn(call, "callee");
    if (method?.type !== "MemberExpression" || !/^reduce(Right)?$/.test(keyOf(method) ?? "")) return undefined;
    return { list: nodeIn(method, "object"), seed: argumentAt(call, 1) };
  }

  /** Whether a function may be called by a name of its own. */
  #isAlsoNamed(fn: SyntaxNode): boolean {
    return this.#bindings.declaredBy(fn).some(({ references }) => references.length > 0);
  }

  /** The function that makes the elements of what a call gives: `list.map(fn)`, `Array.from(list, fn)`. */
  mapping(call: SyntaxNode): SyntaxNode | undefined {
    const method = nodeIn(call, "callee");
    if (method?.type !== "MemberExpression") return undefined;
    if (keyOf(method) === "map") return argumentAt(call, 0);
    const isFrom = keyOf(method) === "from" && this.#bindings.isGlobal(nodeIn(method, "object"), "Array");
    return isFrom ? argumentAt(call, 1) : undefined;
  }

  /** Whether it is a function of `Array` or `Object` that gives a list. */
  isListMade(method: SyntaxNode): boolean {
    const [object, key] = [nodeIn(method, "object"), keyOf(method) ?? ""];
    if (this.#bindings.isGlobal(object, "Array")) return key === "from";
    return this.#bindings.isGlobal(object, "Object") && ["keys", "values", "entries"].includes(key);
  }

  /** All calls of a function; `undefined` if others may call it, or none does. */
  callsOf(fn: SyntaxNode): SyntaxNode[] | undefined {
    const parent = this.#bindings.parentOf(fn);
    const isCalled = parent?.type === "CallExpression" && nodeIn(parent, "callee") === fn;
    const constant = constantOf(fn, parent);
    const named = constant === undefined ? undefined : this.#bindings.variableOf(constant);
    if (!isCalled && named === undefined && fn.type !== "FunctionDeclaration") return undefined;
    if (this.#isExported(fn)) return undefined;
    const variables = [...(named === undefined ? [] : [named]), ...this.#bindings.declaredBy(fn)]; // by its own name too
    const uses = variables.flatMap(({ references }) => references.filter((one) => one.init !== true));
    const calls = uses.map(({ identifier }) => this.#bindings.parentOf(identifier));
    const areCalls = calls.every(
      (call, index) => call?.type === "CallExpression" && nodeIn(call, "callee") === uses[index]?.identifier,
    );
    const all = [isCalled ? parent : undefined, ...calls].filter((call) => call !== undefined);
    return areCalls && all.length > 0 ? all : undefined;
  }

  #isExported(fn: SyntaxNode): boolean {
    const declaration = this.#bindings.around(fn, (outer) => !outer.type.startsWith("Variable"));
    return declaration?.type.startsWith("Export") === true;
  }

  /** Whether it stands in `variable ||= …` or `??=`, which never set what is a Ref. */
  isDefaulting(identifier: SyntaxNode): boolean {
    const assignment = this.#bindings.parentOf(identifier);
    return assignment?.type === "AssignmentExpression" && /^(\|\||\?\?)=$/.test(String(assignment["operator"]));
  }

  /** What `variable = value` sets a variable to; `undefined` if it is set in another way. */
  assignedTo(identifier: SyntaxNode): SyntaxNode | undefined {
    const assignment = this.#bindings.parentOf(identifier);
    const isPlain = assignment?.type === "AssignmentExpression" && assignment["operator"] === "=";
    return isPlain && nodeIn(assignment, "left") === identifier ? nodeIn(assignment, "right") : undefined;
  }

  /** The list that `for (const variable of list)` goes through. */
  loopedList(declarator: SyntaxNode): SyntaxNode | undefined {
    const loop = this.loopOf(declarator);
    return loop?.type === "ForOfStatement" && loop["await"] !== true ? nodeIn(loop, "right") : undefined;
  }

  /** The loop whose variable a declarator declares. */
  loopOf(declarator: SyntaxNode): SyntaxNode | undefined {
    const declaration = this.#bindings.parentOf(declarator);
    const loop = declaration === undefined ? undefined : this.#bindings.parentOf(declaration);
    return /^For(Of|In)Statement$/.test(loop?.type ?? "") && loop !== undefined && nodeIn(loop, "left") === declaration
      ? loop
      : undefined;
  }

  /** Whether a function says itself that it may be called without this parameter, or with something else. */
  static isOptional(param: SyntaxNode): boolean {
    const type = nodeIn(nodeIn(param, "typeAnnotation") ?? param, "typeAnnotation");
    return param["optional"] === true || param.type === "AssignmentPattern" || type?.type === "TSUnionType";
  }
}

/** The name of the constant that a function is the value of. */
function constantOf(fn: SyntaxNode, parent: SyntaxNode | undefined): SyntaxNode | undefined {
  if (parent?.type !== "VariableDeclarator" || nodeIn(parent, "init") !== fn) return undefined;
  return nodeIn(parent, "id");
}

/** The `return` statements of a function itself. */
export function returnsOf(fn: SyntaxNode): SyntaxNode[] {
  function returnsIn(node: SyntaxNode): SyntaxNode[] {
    if (node.type === "ReturnStatement") return [node];
    return isFunction(node) || node.type.startsWith("Class") ? [] : childrenOf(node).flatMap(returnsIn);
  }
  return childrenOf(fn).flatMap(returnsIn);
}
