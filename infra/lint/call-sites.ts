import type { Bindings, Variable } from "./bindings.ts";
import { childrenOf, isFunction, keyOf, nodeIn, nodesIn, unwrapped, type SyntaxNode } from "./syntax.ts";

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

/** Methods of lists that change them. */
const MUTATORS: ReadonlySet<string> = new Set(["push", "unshift", "splice", "fill", "pop", "shift", "copyWithin"]);

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
    return nodeIn(method, "object");
  }

  /** The function that makes the elements of what a call gives: `list.map(fn)`, `Array.from(list, fn)`. */
  mapping(call: SyntaxNode): SyntaxNode | undefined {
    const method = nodeIn(call, "callee");
    if (method?.type !== "MemberExpression") return undefined;
    const [first, second] = nodesIn(call, "arguments");
    if (keyOf(method) === "map") return first;
    return keyOf(method) === "from" && this.#bindings.isGlobal(nodeIn(method, "object"), "Array") ? second : undefined;
  }

  /** All calls of a function; `undefined` if others may call it, or none does. */
  callsOf(fn: SyntaxNode): SyntaxNode[] | undefined {
    const parent = this.#bindings.parentOf(fn);
    if (parent?.type === "CallExpression" && nodeIn(parent, "callee") === fn) return [parent];
    const name = fn.type === "FunctionDeclaration" ? nodeIn(fn, "id") : constantOf(fn, parent);
    const variable = name === undefined ? undefined : this.#bindings.variableOf(name);
    if (variable === undefined || this.#isExported(fn)) return undefined;
    const uses = variable.references.filter((one) => one.init !== true);
    const calls = uses.map(({ identifier }) => this.#bindings.parentOf(identifier));
    const areCalls = calls.every(
      (call, index) => call?.type === "CallExpression" && nodeIn(call, "callee") === uses[index]?.identifier,
    );
    return areCalls && calls.length > 0 ? calls.filter((call) => call !== undefined) : undefined;
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
    const loop = this.#loopOf(declarator);
    return loop?.type === "ForOfStatement" && loop["await"] !== true ? nodeIn(loop, "right") : undefined;
  }

  isLoopVariable(declarator: SyntaxNode): boolean {
    return this.#loopOf(declarator) !== undefined;
  }

  #loopOf(declarator: SyntaxNode): SyntaxNode | undefined {
    const declaration = this.#bindings.parentOf(declarator);
    const loop = declaration === undefined ? undefined : this.#bindings.parentOf(declaration);
    return /^For(Of|In)Statement$/.test(loop?.type ?? "") && loop !== undefined && nodeIn(loop, "left") === declaration
      ? loop
      : undefined;
  }

  /**
   * Whether a variable that is declared without a value is certain to be set before it is read: by a statement of the
   * same block, above the reading, which is in the same function.
   */
  isSetBefore(declarator: SyntaxNode, write: SyntaxNode, use: SyntaxNode): boolean {
    const { parentOf } = this.#bindings;
    const declaration = parentOf.call(this.#bindings, declarator);
    const assignment = this.#bindings.parentOf(write);
    const statement = assignment === undefined ? undefined : this.#bindings.parentOf(assignment);
    if (declaration === undefined || statement?.type !== "ExpressionStatement") return false;
    const isBeside = this.#bindings.parentOf(statement) === this.#bindings.parentOf(declaration);
    return isBeside && this.#functionOf(use) === this.#functionOf(write) && isBefore(write, use);
  }

  #functionOf(node: SyntaxNode): SyntaxNode | undefined {
    return this.#bindings.around(node, isFunction);
  }

  /** Whether what an object is made with may be replaced: a field of its variable is set somewhere. */
  isChanged(object: SyntaxNode): boolean {
    const declarator = this.#bindings.around(object, (outer) => unwrapped(outer) !== object);
    const name = declarator?.type === "VariableDeclarator" ? nodeIn(declarator, "id") : undefined;
    const variable: Variable | undefined = name === undefined ? undefined : this.#bindings.variableOf(name);
    return variable?.references.some(({ identifier }) => this.#isSetThrough(identifier)) === true;
  }

  /** Whether a name is the beginning of what is set, as in `steps.first = …`. */
  #isSetThrough(node: SyntaxNode): boolean {
    const parent = this.#bindings.parentOf(node);
    if (parent === undefined) return false;
    if (parent.type === "MemberExpression" && nodeIn(parent, "object") === node) return this.#isTarget(parent);
    return false;
  }

  /** Whether a function says itself that it may be called without this parameter, or with something else. */
  static isOptional(param: SyntaxNode): boolean {
    const type = nodeIn(nodeIn(param, "typeAnnotation") ?? param, "typeAnnotation");
    return param["optional"] === true || param.type === "AssignmentPattern" || type?.type === "TSUnionType";
  }

  #isTarget(member: SyntaxNode): boolean {
    const parent = this.#bindings.parentOf(member);
    if (parent?.type === "AssignmentExpression") return nodeIn(parent, "left") === member;
    if (parent?.type === "UpdateExpression" || parent?.["operator"] === "delete") return true;
    if (parent?.type === "CallExpression" && MUTATORS.has(keyOf(member) ?? ""))
      return nodeIn(parent, "callee") === member;
    return parent !== undefined && this.#isSetThrough(member);
  }
}

/** The name of the constant that a function is the value of. */
function constantOf(fn: SyntaxNode, parent: SyntaxNode | undefined): SyntaxNode | undefined {
  if (parent?.type !== "VariableDeclarator" || nodeIn(parent, "init") !== fn) return undefined;
  return nodeIn(parent, "id");
}

function isBefore(left: SyntaxNode, right: SyntaxNode): boolean {
  const [one, other] = [left.loc?.start, right.loc?.start];
  if (one === undefined || other === undefined) return false;
  return one.line < other.line || (one.line === other.line && one.column < other.column);
}

/** The `return` statements of a function itself. */
export function returnsOf(fn: SyntaxNode): SyntaxNode[] {
  function returnsIn(node: SyntaxNode): SyntaxNode[] {
    if (node.type === "ReturnStatement") return [node];
    return isFunction(node) || node.type.startsWith("Class") ? [] : childrenOf(node).flatMap(returnsIn);
  }
  return childrenOf(fn).flatMap(returnsIn);
}
