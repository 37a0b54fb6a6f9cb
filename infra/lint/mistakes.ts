import { Bindings, type ScopeManager } from "./bindings.ts";
import { returnsOf } from "./call-sites.ts";
import { comparison, type Mistake, type Misuse, misuse, truth } from "./messages.ts";
import { argumentAt, childrenOf, isFunction, keyOf, nodeIn, nodesIn, unwrapped, type SyntaxNode } from "./syntax.ts";
import { isTested, type Value } from "./value.ts";
import type { ImportedValue } from "./imports.ts";
import { isPlain } from "./plain.ts";
import { mayThrow } from "./throwing.ts";
import { Values } from "./values.ts";

/**
 * The mistakes of a module that type-check and take the wrong branch: what a workflow's function, or the `affinityKey` of a task, asks of Refs and
 * Conditions, which are objects while it is traced. Nothing is reported that the source does not prove.
 * @param imported what the author's own modules export, as far as it is known
 */
export function mistakesIn(
  program: SyntaxNode,
  scopes: ScopeManager,
  imported: ImportedValue = () => undefined,
): Mistake[] {
  const bindings = new Bindings(program, scopes);
  if (bindings.nodes.some((node) => bindings.isGlobal(node, "eval"))) return []; // it may set any variable
  const values = new Values(bindings, imported);
  const search = new Search(bindings, values);
  for (const node of bindings.nodes) search.visit(node);
  return search.found;
}

const EQUALITIES: ReadonlySet<unknown> = new Set(["==", "!=", "===", "!=="]);
const ORDERS: ReadonlySet<unknown> = new Set(["<", ">", "<=", ">="]);
/** Methods that take what their function returns for true or false. */
const PREDICATES: ReadonlySet<string> = new Set([
  "filter",
  "some",
  "every",
  "find",
  "findIndex",
  "findLast",
  "findLastIndex",
]);
/** Methods of lists, sets and maps that look for a value by identity. */
const LOOKUPS: ReadonlySet<string> = new Set(["includes", "indexOf", "lastIndexOf", "has", "get"]);

class Search {
  readonly found: Mistake[] = [];
  readonly #bindings: Bindings;
  readonly #values: Values;

  constructor(bindings: Bindings, values: Values) {
    this.#bindings = bindings;
    this.#values = values;
  }

  visit(node: SyntaxNode): void {
    switch (node.type) {
      case "IfStatement":
      case "ConditionalExpression":
      case "WhileStatement":
      case "DoWhileStatement":
      case "ForStatement":
        this.#test(nodeIn(node, "test"), node);
        break;
      case "LogicalExpression":
        this.#test(nodeIn(node, "left"), node);
        break;
      case "AssignmentExpression":
        if (/^(\|\||&&|\?\?)=$/.test(String(node["operator"]))) this.#test(nodeIn(node, "left"), node);
        break;
      case "UnaryExpression":
        if (node["operator"] === "!") this.#test(nodeIn(node, "argument"), node);
        if (node["operator"] === "typeof") this.#misuse("typeof", nodeIn(node, "argument"), node);
        break;
      case "BinaryExpression":
        this.#binary(node);
        break;
      case "SwitchStatement":
        this.#identify(
          node,
          nodeIn(node, "discriminant"),
          nodesIn(node, "cases").map((one) => one && nodeIn(one, "test")),
        );
        break;
      case "AssignmentPattern":
        this.#default(node);
        break;
      case "MemberExpression":
        if (node["optional"] === true && !isElement(nodeIn(node, "object"))) {
          this.#misuse("chain", nodeIn(node, "object"), node);
        }
        break;
      case "TryStatement":
        this.#try(node);
        break;
      case "CallExpression":
        this.#call(node);
        break;
    }
  }

  /** What is taken for true or false: the expression itself, or those that its value comes from. */
  #test(written: SyntaxNode | undefined, construct: SyntaxNode): void {
    if (written === undefined) return;
    const node = unwrapped(written);
    switch (node.type) {
      case "LogicalExpression": // its left side is visited with it
      case "SequenceExpression":
        this.#test(nodeIn(node, "right") ?? nodesIn(node, "expressions").at(-1), construct);
        break;
      case "ConditionalExpression":
        this.#test(nodeIn(node, "consequent"), construct);
        this.#test(nodeIn(node, "alternate"), construct);
        break;
      default:
        this.#report(node, (value) => truth(construct, node, value));
    }
  }

  /** What is compared by identity, with something that is certain to be another. */
  #identify(construct: SyntaxNode, left: SyntaxNode | undefined, rights: readonly (SyntaxNode | undefined)[]): void {
    const isLeftPlain = this.#isPlain(left);
    if (isLeftPlain || rights.every((right) => this.#isPlain(right))) {
      this.#compare(construct, isLeftPlain ? rights : [left]);
    }
  }

  #isPlain(node: SyntaxNode | undefined): boolean {
    return isPlain(node, this.#bindings, (member) => this.#values.writtenAt(member));
  }

  #compare(construct: SyntaxNode, sides: readonly (SyntaxNode | undefined)[]): void {
    const side = sides.find((one) => isTested(this.#values.of(one)));
    if (side !== undefined) this.#report(unwrapped(side), (value) => comparison(construct, unwrapped(side), value));
  }

  #binary(node: SyntaxNode): void {
    const [left, right] = [nodeIn(node, "left"), nodeIn(node, "right")];
    if (EQUALITIES.has(node["operator"])) this.#identify(node, left, [right]);
    if (ORDERS.has(node["operator"])) this.#compare(node, [left, right]);
    if (node["operator"] === "instanceof") this.#misuse("instanceof", left, node);
    if (node["operator"] === "in") this.#misuse("in", right, node);
  }

  #misuse(kind: Misuse, used: SyntaxNode | undefined, construct: SyntaxNode): void {
    if (used !== undefined) this.#report(unwrapped(used), (value) => misuse(kind, unwrapped(used), value, construct));
  }

  #report(
    node: SyntaxNode,
    tell: (value: Extract<Value, { kind: "ref" | "condition" }>) => Omit<Mistake, "node" | "workflow">,
  ): void {
    const value = this.#values.of(node);
    if (isTested(value)) this.#add(node, tell(value));
  }

  #add(node: SyntaxNode, told: Omit<Mistake, "node" | "workflow">): void {
    const workflow = this.#values.workflowAround(node);
    this.found.push({ node, ...(workflow === undefined ? {} : { workflow }), ...told });
  }

  /** A Ref is never undefined, so that no default of a pattern takes its place. */
  #default(node: SyntaxNode): void {
    const value = this.#values.ofPattern(node);
    const part = nodeIn(node, "left");
    if (part !== undefined && value?.kind === "ref") this.#add(node, misuse("default", part, value, node));
  }

  /** Tasks fail when the function that called them has long returned. */
  #try(node: SyntaxNode): void {
    const block = nodeIn(node, "block");
    if (block !== undefined && mayThrow(block, (one) => this.#values.of(one))) return;
    const call = block === undefined ? undefined : this.#firstNode(block);
    const value = this.#values.of(call);
    if (call !== undefined && isTested(value)) this.#add(node, misuse("try", call, value, node));
  }

  /** The first call within a statement that adds a node to the graph. */
  #firstNode(node: SyntaxNode): SyntaxNode | undefined {
    if (node.type === "CallExpression" && this.#values.of(node)?.kind === "ref") return node;
    if (isFunction(node)) return undefined;
    for (const child of childrenOf(node)) {
      const found = this.#firstNode(child);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #call(node: SyntaxNode): void {
    const callee = nodeIn(node, "callee");
    const [first] = nodesIn(node, "arguments");
    if (this.#bindings.isGlobal(callee, "Boolean")) this.#test(argumentAt(node, 0), node);
    const isNumeric = ["isNaN", "isFinite"].some((name) => this.#bindings.isGlobal(callee, name));
    if (isNumeric) this.#misuse("number", argumentAt(node, 0), node);
    if (callee?.type !== "MemberExpression" || first === undefined) return;
    const [object, method] = [nodeIn(callee, "object"), keyOf(callee) ?? ""];
    if (this.#bindings.isGlobal(object, "Object") && method === "is")
      this.#identify(node, argumentAt(node, 0), [argumentAt(node, 1)]);
    if (this.#bindings.isGlobal(object, "Array") && method === "isArray") this.#misuse("check", first, node);
    if (this.#bindings.isGlobal(object, "Number") && method.startsWith("is")) this.#misuse("check", first, node);
    if (LOOKUPS.has(method) && object !== undefined && this.#isPlainCollection(object))
      this.#misuse("lookup", first, node);
    if (PREDICATES.has(method)) this.#predicate(object, first, node);
  }

  /** Whether it is a list, a map or a set in which there are no Refs. */
  #isPlainCollection(object: SyntaxNode): boolean {
    const made = unwrapped(object);
    const isNew = ["Map", "Set"].some((name) => this.#bindings.isGlobal(nodeIn(made, "callee"), name));
    if (made.type === "NewExpression" && isNew) {
      const given = nodesIn(made, "arguments")[0];
      return given === undefined || this.#isPlainCollection(given);
    }
    const list = this.#values.of(made);
    return list?.kind === "array" && !this.#values.isChanged(list.node) && this.#isPlain(list.node);
  }

  #predicate(list: SyntaxNode | undefined, given: SyntaxNode, construct: SyntaxNode): void {
    if (!this.#values.isList(list)) return;
    const element = this.#values.elementOf(this.#values.of(list));
    if (this.#bindings.isGlobal(given, "Boolean")) {
      if (isTested(element)) this.#add(given, truth(construct, given, element));
      return;
    }
    if (!isFunction(given)) return;
    const body = nodeIn(given, "body");
    const results = body?.type === "BlockStatement" ? returnsOf(given).map((one) => nodeIn(one, "argument")) : [body];
    for (const result of results) this.#test(result, construct);
  }
}

/** `list[0]`, after which TypeScript may ask for `?.`, by its option noUncheckedIndexedAccess. */
function isElement(node: SyntaxNode | undefined): boolean {
  return node?.type === "MemberExpression" && node["computed"] === true;
}
