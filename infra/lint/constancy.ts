import type { Bindings } from "./bindings.ts";
import type { CallSites } from "./call-sites.ts";
import {
  CALLERS,
  hasLooseThis,
  isReading,
  isTarget,
  READERS,
  takesAtMost,
  usesArguments,
  usesThis,
} from "./effects.ts";
import { argumentAt, isFunction, isWrapper, keyOf, nodeIn, nodesIn, type SyntaxNode } from "./syntax.ts";
import { propertyOf } from "./objects.ts";
import type { Value } from "./value.ts";

/** The keys that lead from a value to the object within it that is followed; `undefined` for any element of a list. */
type Path = readonly (string | undefined)[];

/** What is asked of the values of a module. */
interface Known {
  of(node: SyntaxNode | undefined): Value | undefined;
  /** Whether a function is a workflow's. */
  isTraced(fn: SyntaxNode): boolean;
}

/** Deeper nests of objects are given up. */
const MAX_DEPTH = 5;

/**
 * Which objects and lists stay as they were made: each is followed through variables, parameters and results to all
 * places that use it. It counts as changed where one of them writes to it, or hands it to what is not known.
 */
export class Constancy {
  readonly #bindings: Bindings;
  readonly #sites: CallSites;
  readonly #known: Known;
  /** Whether each is changed. */
  readonly #changed = new Map<SyntaxNode, boolean>();
  /** The variables and functions that are being followed, and by which paths. */
  #followed = new Map<object, Set<string>>();
  /** What is followed. */
  #origin: SyntaxNode | undefined;

  constructor(bindings: Bindings, sites: CallSites, known: Known) {
    this.#bindings = bindings;
    this.#sites = sites;
    this.#known = known;
  }

  /**
   * @param made an object, a list, a call that gives a list, a class, a name that gets a new
   * object or list, or the function that gets the object of inputs
   */
  isChanged(made: SyntaxNode): boolean {
    const known = this.#changed.get(made);
    if (known !== undefined) return known;
    this.#changed.set(made, true); // for what depends on itself
    const [origin, followed] = [this.#origin, this.#followed];
    this.#origin = made;
    this.#followed = new Map();
    const isChanged = !this.#isOriginKept(made);
    this.#origin = origin;
    this.#followed = followed;
    this.#changed.set(made, isChanged);
    return isChanged;
  }

  /** Forgets what was worked out before all was known. */
  clear(): void {
    this.#changed.clear();
  }

  #isOriginKept(made: SyntaxNode): boolean {
    if (isFunction(made)) return !usesArguments(made) && this.#isBoundKept(nodesIn(made, "params")[0], []);
    if (/^(Identifier|ArrayPattern)$/.test(made.type)) return this.#isBoundKept(made, []);
    if (made.type !== "CallExpression" && usesThis(made)) return false;
    if (!made.type.startsWith("Class")) return this.#isKept(made, []);
    return this.#bindings
      .declaredBy(made)
      .every(({ references }) => references.every((one) => !one.isWrite() && this.#isKept(one.identifier, [])));
  }

  /** Whether what uses a value leaves what the path leads to as it is. */
  #isKept(node: SyntaxNode, path: Path): boolean {
    const parent = this.#bindings.parentOf(node);
    if (parent === undefined || path.length > MAX_DEPTH) return false;
    if (isWrapper(parent)) return this.#isKept(parent, path);
    switch (parent.type) {
      case "ExpressionStatement":
      case "IfStatement":
      case "WhileStatement":
      case "DoWhileStatement":
      case "ForStatement":
      case "ForInStatement":
      case "SwitchStatement":
      case "SwitchCase":
      case "UnaryExpression":
      case "BinaryExpression":
      case "ExportSpecifier":
      case "ExportDefaultDeclaration":
      case "TSTypeQuery":
        return true;
      case "TemplateLiteral":
        return this.#bindings.parentOf(parent)?.type !== "TaggedTemplateExpression";
      case "ConditionalExpression":
      case "LogicalExpression":
      case "SequenceExpression":
      case "AwaitExpression":
        return this.#isKept(parent, path);
      case "VariableDeclarator":
        return this.#isBoundKept(nodeIn(parent, "id"), path);
      case "AssignmentExpression":
        return this.#isBoundKept(nodeIn(parent, "left"), path) && this.#isKept(parent, path);
      case "MemberExpression":
        return nodeIn(parent, "object") !== node || this.#isPartKept(parent, path);
      case "Property":
        return this.#isHeldKept(parent, keyOf(parent), path);
      case "ArrayExpression":
        return this.#isKept(parent, [elementKey(parent, node), ...path]);
      case "SpreadElement":
        return path.length === 0;
      case "ForOfStatement":
        return path.length === 0 || this.#isLoopKept(parent, path.slice(1));
      case "ArrowFunctionExpression":
        return nodeIn(parent, "body") === node && this.#isResultKept(parent, path);
      case "ReturnStatement":
        return this.#isResultKept(this.#bindings.around(parent, isFunction), path);
      case "CallExpression":
        return this.#isArgumentKept(parent, node, path);
      case "NewExpression":
        return nodeIn(parent, "callee") === node || (path.length === 0 && this.#isGlobal(parent, ["Map", "Set"]));
      default:
        return false;
    }
  }

  /** Of the value of a property: what is done with the object that has it. */
  #isHeldKept(property: SyntaxNode, key: string | undefined, path: Path): boolean {
    const object = this.#bindings.parentOf(property);
    return object?.type === "ObjectExpression" && key !== undefined && this.#isKept(object, [key, ...path]);
  }

  /** Of `value.key`. */
  #isPartKept(member: SyntaxNode, path: Path): boolean {
    if (isTarget(member, this.#bindings)) return false;
    const call = this.#bindings.parentOf(member);
    const isMethod = call?.type === "CallExpression" && nodeIn(call, "callee") === member;
    const [first, ...rest] = path;
    if (path.length === 0) return !isMethod || this.#isMethodKept(call, member);
    const isOfList = first === undefined || /^\d+$/.test(first);
    if (isMethod)
      return !isOfList && keyOf(member) !== undefined && keyOf(member) !== first && !hasLooseThis(this.#bindings);
    const isElsewhere = keyOf(member) !== undefined && first !== undefined && keyOf(member) !== first;
    return isElsewhere || this.#isKept(member, rest);
  }

  /** Of `value.key(…)`. */
  #isMethodKept(call: SyntaxNode, member: SyntaxNode): boolean {
    const origin = this.#origin;
    if (origin !== undefined && /^(ObjectExpression|Class.*)$/.test(origin.type)) {
      const key = keyOf(member);
      return key !== undefined && propertyOf(origin, key) !== undefined && !hasLooseThis(this.#bindings);
    }
    const method = keyOf(member) ?? "";
    const params = method.startsWith("reduce") ? 3 : 2; // the next would be the list
    return (
      READERS.has(method) ||
      (CALLERS.has(method) &&
        nodesIn(call, "arguments")
          .slice(0, 1)
          .every((one) => this.#isUnaware(one, params)))
    );
  }

  /** Whether a function that a method of a list calls gets no more than its first parameters. */
  #isUnaware(given: SyntaxNode | undefined, count: number): boolean {
    if (given === undefined || given.type === "SpreadElement") return false;
    if (this.#bindings.isGlobal(given, "Boolean")) return true;
    const value = this.#known.of(given);
    return value?.kind === "function" ? takesAtMost(value.node, count) : value !== undefined;
  }

  /** Of a pattern that takes a value apart. */
  #isBoundKept(pattern: SyntaxNode | undefined, path: Path): boolean {
    const [first, ...rest] = path;
    switch (pattern?.type) {
      case "Identifier":
        return this.#isVariableKept(pattern, path);
      case "AssignmentPattern":
        return this.#isBoundKept(nodeIn(pattern, "left"), path);
      case "TSParameterProperty":
        return path.length === 0 && this.#isBoundKept(nodeIn(pattern, "parameter"), path);
      case "ObjectPattern":
      case "ArrayPattern": {
        if (path.length === 0) return true; // what it makes of the rest is a copy
        const members = nodesIn(pattern, pattern.type === "ObjectPattern" ? "properties" : "elements");
        return members.every((member, index) => {
          if (member === undefined) return true;
          if (member.type === "RestElement") return false;
          const key = member.type === "Property" ? keyOf(member) : String(index);
          const isElsewhere = key !== undefined && first !== undefined && key !== first;
          return isElsewhere || this.#isBoundKept(member.type === "Property" ? nodeIn(member, "value") : member, rest);
        });
      }
      default:
        return false;
    }
  }

  #isVariableKept(name: SyntaxNode, path: Path): boolean {
    const variable = this.#bindings.variableOf(name);
    if (variable === undefined) return false;
    if (this.#isFollowed(variable, path)) return true;
    return variable.references.every((one) => (one.isWrite() ? !one.isRead() : this.#isKept(one.identifier, path)));
  }

  /** Whether a variable or a function is followed already, as it is from now on. */
  #isFollowed(followed: object, path: Path): boolean {
    const paths = this.#followed.get(followed) ?? new Set();
    const text = JSON.stringify(path.map((key) => key ?? null));
    const isFollowed = paths.has(text);
    this.#followed.set(followed, paths.add(text));
    return isFollowed;
  }

  #isLoopKept(loop: SyntaxNode, path: Path): boolean {
    const left = nodeIn(loop, "left");
    const [declarator] = left === undefined ? [] : nodesIn(left, "declarations");
    return declarator !== undefined && this.#isBoundKept(nodeIn(declarator, "id"), path);
  }

  /** Of what a function returns. */
  #isResultKept(fn: SyntaxNode | undefined, path: Path): boolean {
    if (fn === undefined || fn["async"] === true || fn["generator"] === true) return false;
    if (this.#known.isTraced(fn) || this.#isFollowed(fn, path)) return true;
    const call = this.#bindings.parentOf(fn);
    if (call?.type === "CallExpression" && nodeIn(call, "callee") !== fn) {
      if (this.#isTracing(call)) return true;
      return this.#sites.mapping(call) === fn && this.#isKept(call, [undefined, ...path]);
    }
    return this.#sites.callsOf(fn)?.every((one) => this.#isKept(one, path)) === true;
  }

  #isArgumentKept(call: SyntaxNode, node: SyntaxNode, path: Path): boolean {
    const index = nodesIn(call, "arguments").indexOf(node);
    if (index < 0 || argumentAt(call, index) !== node) return false;
    if (this.#isTracing(call)) return true;
    const callee = nodeIn(call, "callee");
    const value = this.#known.of(callee);
    if (value?.kind !== "function") return path.length === 0 && value === undefined && isReading(call, this.#bindings);
    if (usesArguments(value.node)) return false;
    const params = nodesIn(value.node, "params");
    if (params.some((one) => one?.type === "RestElement")) return false;
    return index >= params.length || this.#isBoundKept(params[index], path);
  }

  /** Whether Lambent itself is called: a task, a workflow, what `mapTask(…)` gives, `conditional` and the like. */
  #isTracing(call: SyntaxNode): boolean {
    return ["export", "caller", "overriding"].includes(this.#known.of(nodeIn(call, "callee"))?.kind ?? "");
  }

  #isGlobal(construction: SyntaxNode, names: readonly string[]): boolean {
    return names.some((name) => this.#bindings.isGlobal(nodeIn(construction, "callee"), name));
  }
}

function elementKey(list: SyntaxNode, element: SyntaxNode): string | undefined {
  const before = nodesIn(list, "elements");
  const index = before.indexOf(element);
  return before.slice(0, index).some((one) => one?.type === "SpreadElement") ? undefined : String(index);
}
