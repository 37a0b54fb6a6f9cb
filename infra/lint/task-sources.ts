import { Bindings } from "./bindings.ts";
import type { ImportedValue } from "./imports.ts";
import { stepsTo, type Step } from "./patterns.ts";
import { parseSource, placeOf } from "./source-mistakes.ts";
import {
  argumentAt,
  childrenOf,
  isFunction,
  keyOf,
  nameOf,
  nodeIn,
  nodesIn,
  unwrapped,
  type SyntaxNode,
} from "./syntax.ts";
import { Values } from "./values.ts";

/** A task as its module makes it. */
export interface TaskSource {
  readonly name: string;
  /** The variable at the module's top level that holds it, or an object or a list with it. */
  readonly variable?: string;
  /** Where it is made, from 1. */
  readonly line: number;
  readonly column: number;
  /** The names of its inputs; absent where its function does not take its object of inputs apart. */
  readonly inputs?: readonly string[];
  /** The paths in its inputs that reach cached functions; absent where that cannot be seen, or there are none. */
  readonly cachedBy?: readonly (readonly string[])[];
}

/** The tasks that a module makes by `actor.task(…)` or `task(…)`; none of one that does not parse. */
export function taskSources(path: string, text: string, imported?: ImportedValue): TaskSource[] {
  const parsed = parseSource(path, text);
  if (parsed === undefined) return [];
  const bindings = new Bindings(parsed.program, parsed.scopes);
  const values = new Values(bindings, imported ?? (() => undefined));
  return bindings.nodes.flatMap((node) => taskSource(node, bindings, values) ?? []);
}

function taskSource(call: SyntaxNode, bindings: Bindings, values: Values): TaskSource | undefined {
  if (call.type !== "CallExpression") return undefined;
  const maker = values.of(nodeIn(call, "callee"));
  if (maker?.kind !== "export" || maker.name !== "task") return undefined;
  const given = values.of(argumentAt(call, 0));
  if (given?.kind !== "function") return undefined;
  const name = nameIn(argumentAt(call, 1)) ?? functionNameOf(given.node, bindings);
  if (name === undefined) return undefined;
  const variable = variableAround(call, bindings);
  const inputs = inputNames(given.node);
  const cachedBy = new CachedInputs(given.node, bindings, values).paths;
  return {
    name,
    ...placeOf(call),
    ...(variable === undefined ? {} : { variable }),
    ...(inputs === undefined ? {} : { inputs }),
    ...(cachedBy === undefined || cachedBy.length === 0 ? {} : { cachedBy }),
  };
}

/** What `{ model, text }` takes, as the parameter of a task's function. */
function inputNames(fn: SyntaxNode): string[] | undefined {
  const [param] = nodesIn(fn, "params");
  const pattern = param?.type === "AssignmentPattern" ? nodeIn(param, "left") : param;
  if (pattern?.type !== "ObjectPattern") return undefined;
  const names = nodesIn(pattern, "properties").map((one) => (one?.type === "Property" ? keyOf(one) : undefined));
  return names.every((name) => name !== undefined) ? names : undefined;
}

/** The option `name`. */
function nameIn(options: SyntaxNode | undefined): string | undefined {
  const properties = options?.type === "ObjectExpression" ? nodesIn(options, "properties") : [];
  const named = properties.find((one) => one?.type === "Property" && keyOf(one) === "name");
  return named === undefined ? undefined : nameOf(nodeIn(named, "value"));
}

/** What JavaScript calls a function: by its own name, or that of the variable that holds it. */
function functionNameOf(fn: SyntaxNode, bindings: Bindings): string | undefined {
  const own = nodeIn(fn, "id");
  if (own !== undefined) return nameOf(own);
  const parent = bindings.parentOf(fn);
  return parent?.type === "VariableDeclarator" ? nameOf(nodeIn(parent, "id")) : undefined;
}

function variableAround(node: SyntaxNode, bindings: Bindings): string | undefined {
  const declarator = bindings.around(node, (outer) => outer.type === "VariableDeclarator" || isFunction(outer));
  return declarator?.type === "VariableDeclarator" ? nameOf(nodeIn(declarator, "id")) : undefined;
}

/** What of its inputs a task's function gives to cached functions. */
class CachedInputs {
  readonly #fn: SyntaxNode;
  readonly #bindings: Bindings;
  readonly #values: Values;
  /** Variables that are being followed: one may depend on itself. */
  readonly #within = new Set<SyntaxNode>();

  constructor(fn: SyntaxNode, bindings: Bindings, values: Values) {
    this.#fn = fn;
    this.#bindings = bindings;
    this.#values = values;
  }

  /** `undefined` if something reaches a cached function of which it cannot be seen whether it is an input. */
  get paths(): string[][] | undefined {
    const calls = callsIn(this.#fn).filter((call) => this.#values.of(nodeIn(call, "callee"))?.kind === "cached");
    const found = calls.flatMap((call) => nodesIn(call, "arguments").map((one) => this.#inputsIn(one)));
    if (found.includes(undefined)) return undefined;
    const distinct = new Map(found.flatMap((paths) => paths ?? []).map((path) => [JSON.stringify(path), path]));
    return [...distinct.values()];
  }

  /** The paths of the inputs that an expression is made of; `undefined` if it may be made of anything else that varies. */
  #inputsIn(written: SyntaxNode | undefined): string[][] | undefined {
    if (written === undefined) return [];
    const node = unwrapped(written);
    const path = this.#pathOf(node);
    if (path !== undefined) {
      if (path.length === 0) return undefined;
      const defaults = this.#all(this.#defaultsOf(node));
      return defaults === undefined ? undefined : [inValues(path), ...defaults];
    }
    switch (node.type) {
      case "Literal":
        return [];
      case "Identifier":
        return this.#inputsOfVariable(node);
      case "ThisExpression":
        return undefined;
      case "CallExpression":
        return this.#all([calledOn(nodeIn(node, "callee")), ...nodesIn(node, "arguments")]);
      case "MemberExpression":
        // `a.b` names no variable b.
        return this.#all(node["computed"] === true ? childrenOf(node) : [nodeIn(node, "object")]);
      case "Property":
        return this.#all(node["computed"] === true ? childrenOf(node) : [nodeIn(node, "value")]);
      default:
        return isFunction(node) ? undefined : this.#all(childrenOf(node).filter(({ type }) => !type.startsWith("TS")));
    }
  }

  #all(nodes: readonly (SyntaxNode | undefined)[]): string[][] | undefined {
    const found = nodes.map((node) => this.#inputsIn(node));
    return found.includes(undefined) ? undefined : found.flatMap((paths) => paths ?? []);
  }

  #inputsOfVariable(identifier: SyntaxNode): string[][] | undefined {
    const variable = this.#bindings.variableOf(identifier);
    const [definition] = variable?.defs ?? [];
    if (variable === undefined || definition === undefined || definition.type === "ImportBinding") return [];
    // What is declared outside of the task's function is the same for all its calls.
    const isOutside = this.#bindings.around(definition.name, (outer) => outer === this.#fn) === undefined;
    if (isOutside) return variable.references.some((one) => one.isWrite() && one.init !== true) ? undefined : [];
    const init = definition.type === "Variable" ? nodeIn(definition.node, "init") : undefined;
    if (init === undefined || !this.#isSetOnce(identifier) || this.#within.has(definition.node)) return undefined;
    this.#within.add(definition.node);
    const found = this.#inputsIn(init);
    this.#within.delete(definition.node);
    return found;
  }

  /** The path of an expression that is an input, or a field of one; empty for the object of all inputs. */
  #pathOf(written: SyntaxNode): string[] | undefined {
    const node = unwrapped(written);
    if (node.type === "MemberExpression") {
      const object = nodeIn(node, "object");
      const [path, key] = [object === undefined ? undefined : this.#pathOf(object), keyOf(node)];
      return path === undefined || key === undefined ? undefined : [...path, key];
    }
    if (node.type !== "Identifier" || !this.#isSetOnce(node)) return undefined;
    const [definition] = this.#bindings.variableOf(node)?.defs ?? [];
    if (definition?.type === "Parameter") {
      const param = definition.node === this.#fn ? nodesIn(this.#fn, "params")[0] : undefined;
      return param === undefined ? undefined : fieldsOf(stepsTo(definition.name, param));
    }
    if (definition?.type !== "Variable" || this.#within.has(definition.node)) return undefined;
    const [pattern, init] = [nodeIn(definition.node, "id"), nodeIn(definition.node, "init")];
    if (pattern === undefined || init === undefined) return undefined;
    this.#within.add(definition.node);
    const [path, steps] = [this.#pathOf(init), fieldsOf(stepsTo(definition.name, pattern))];
    this.#within.delete(definition.node);
    return path === undefined || steps === undefined ? undefined : [...path, ...steps];
  }

  /** What stands in for the input that an expression is, where it is not given: the defaults in the patterns that take it. */
  #defaultsOf(written: SyntaxNode): SyntaxNode[] {
    const node = unwrapped(written);
    if (node.type === "MemberExpression") {
      const object = nodeIn(node, "object");
      return object === undefined ? [] : this.#defaultsOf(object);
    }
    const [definition] = this.#bindings.variableOf(node)?.defs ?? [];
    if (definition === undefined) return [];
    const init = definition.type === "Variable" ? nodeIn(definition.node, "init") : undefined;
    return [...this.#defaultsAround(definition.name), ...(init === undefined ? [] : this.#defaultsOf(init))];
  }

  #defaultsAround(part: SyntaxNode): SyntaxNode[] {
    const parent = this.#bindings.parentOf(part);
    if (parent === undefined || parent.type === "VariableDeclarator" || isFunction(parent)) return [];
    const own = parent.type === "AssignmentPattern" ? nodeIn(parent, "right") : undefined;
    return [...(own === undefined ? [] : [own]), ...this.#defaultsAround(parent)];
  }

  #isSetOnce(identifier: SyntaxNode): boolean {
    const variable = this.#bindings.variableOf(identifier);
    return variable?.defs.length === 1 && !variable.references.some((one) => one.isWrite() && one.init !== true);
  }
}

/** What a call is made of beside its arguments: `text` of `text.trim()`, since a method is no field of a value. */
function calledOn(callee: SyntaxNode | undefined): SyntaxNode | undefined {
  const member = callee === undefined ? undefined : unwrapped(callee);
  if (member?.type !== "MemberExpression" || (member["computed"] === true && keyOf(member) === undefined))
    return callee;
  return nodeIn(member, "object");
}

/** The part of a path that reads fields of JSON values: texts and lists have a length, and no field of that name. */
function inValues(path: readonly string[]): string[] {
  const end = path.findIndex((key, depth) => depth > 0 && key === "length");
  return path.slice(0, end === -1 ? path.length : end);
}

function fieldsOf(steps: readonly Step[] | undefined): string[] | undefined {
  const fields = steps?.flatMap((step) => (step.kind === "field" ? [step.key] : []));
  return fields?.length === steps?.length ? fields : undefined;
}

function callsIn(node: SyntaxNode): SyntaxNode[] {
  return [...(node.type === "CallExpression" ? [node] : []), ...childrenOf(node).flatMap(callsIn)];
}
