import type { Bindings, Variable } from "./bindings.ts";
import { CallSites } from "./call-sites.ts";
import { stepsTo, type Step } from "./patterns.ts";
import {
  argumentAt,
  isFunction,
  keyOf,
  nameOf,
  nodeIn,
  nodesIn,
  printed,
  unwrapped,
  type SyntaxNode,
} from "./syntax.ts";
import { common, isTested, madeBy, type Value } from "./value.ts";

/** What is known of a name that a module imports from one of the author's own modules. */
export type ImportedValue = (specifier: string, name: string) => Value | undefined;

/** The expressions of one module that are Refs, Conditions, tasks and the like, as far as its source proves it. */
export class Values {
  readonly #bindings: Bindings;
  readonly #imported: ImportedValue;
  readonly #sites: CallSites;
  /** What a workflow's function gets, by function. */
  readonly #inputs = new Map<SyntaxNode, Extract<Value, { kind: "inputs" }>>();
  /** What is being worked out: the value of a variable may depend on itself. */
  readonly #within = new Set<object>();

  constructor(bindings: Bindings, imported: ImportedValue) {
    this.#bindings = bindings;
    this.#imported = imported;
    this.#sites = new CallSites(bindings);
    for (const node of bindings.nodes) if (node.type === "CallExpression") this.#noteWorkflow(node);
  }

  /** The name of the workflow whose function, or a function within it, has a node. */
  workflowAround(node: SyntaxNode): string | undefined {
    const traced = this.#bindings.around(node, (outer) => this.#inputs.has(outer));
    return traced === undefined ? undefined : this.#inputs.get(traced)?.workflow;
  }

  /** What an expression is; `undefined` if that is not certain, or nothing that matters here. */
  of(written: SyntaxNode | undefined): Value | undefined {
    if (written === undefined) return undefined;
    const node = unwrapped(written);
    switch (node.type) {
      case "Identifier":
        return this.#ofIdentifier(node);
      case "MemberExpression":
        return this.#field(this.of(nodeIn(node, "object")), keyOf(node));
      case "CallExpression":
        return this.#ofCall(node);
      case "NewExpression":
        return this.#isExport(nodeIn(node, "callee"), "ActorEnvironment") ? { kind: "actor" } : undefined;
      case "ObjectExpression":
        return { kind: "object", node };
      case "ArrayExpression":
        return { kind: "array", node };
      case "ConditionalExpression":
        return common([this.of(nodeIn(node, "consequent")), this.of(nodeIn(node, "alternate"))]);
      case "LogicalExpression": {
        const left = this.of(nodeIn(node, "left"));
        if (!isTested(left)) return undefined;
        return node["operator"] === "&&" ? this.of(nodeIn(node, "right")) : left;
      }
      case "AssignmentExpression":
        return node["operator"] === "=" ? this.of(nodeIn(node, "right")) : undefined;
      case "SequenceExpression":
        return this.of(nodesIn(node, "expressions").at(-1));
      case "AwaitExpression": {
        const imported = nodeIn(node, "argument");
        const isLambent = imported?.type === "ImportExpression" && nameOf(nodeIn(imported, "source")) === "lambent";
        return isLambent ? { kind: "lambent" } : undefined;
      }
      default:
        return isFunction(node) ? { kind: "function", node } : undefined;
    }
  }

  /** What a part of a pattern gets: a variable, or one with a default in it. */
  ofPattern(part: SyntaxNode): Value | undefined {
    const owner = this.#bindings.around(part, (outer) => outer.type === "VariableDeclarator" || isFunction(outer));
    if (owner === undefined) return undefined;
    if (!isFunction(owner)) return this.#ofDeclarator(owner, part);
    const index = nodesIn(owner, "params").findIndex(
      (param) => param !== undefined && stepsTo(part, param) !== undefined,
    );
    const param = nodesIn(owner, "params")[index];
    if (param === undefined) return undefined;
    return this.#take(
      stepsTo(part, param),
      this.#guarded(param, () => this.#given(owner, index)),
    );
  }

  /** What is the same of all elements of a list. */
  elementOf(list: Value | undefined): Value | undefined {
    if (list?.kind === "list") return list.of;
    if (list?.kind !== "array" || this.#sites.isChanged(list.node)) return undefined;
    const elements = nodesIn(list.node, "elements");
    return common(elements.map((element) => (element?.type === "SpreadElement" ? undefined : this.of(element))));
  }

  /** What a function returns, if it ends by a `return` and is neither async nor a generator. */
  returnedBy(fn: SyntaxNode): Value | undefined {
    const body = nodeIn(fn, "body");
    if (body === undefined || fn["async"] === true || fn["generator"] === true) return undefined;
    if (body.type !== "BlockStatement") return this.#guarded(fn, () => this.of(body));
    if (nodesIn(body, "body").at(-1)?.type !== "ReturnStatement") return undefined;
    const returns = this.#sites.returnsOf(fn);
    return this.#guarded(fn, () => common(returns.map((one) => this.of(nodeIn(one, "argument")))));
  }

  #noteWorkflow(call: SyntaxNode): void {
    if (!this.#isExport(nodeIn(call, "callee"), "workflow")) return;
    const given = argumentAt(call, 1);
    const fn = this.of(given);
    if (given === undefined || fn?.kind !== "function") return;
    const declared = this.of(argumentAt(call, 0));
    const options = this.of(argumentAt(call, 2));
    const named = options?.kind === "object" ? nameOf(this.#property(options.node, "name")) : undefined;
    this.#inputs.set(fn.node, {
      kind: "inputs",
      workflow: named ?? nameOf(nodeIn(fn.node, "id")) ?? nameOf(unwrapped(given)) ?? keyOf(given) ?? "the workflow",
      declared: declared?.kind === "object" ? declaredNames(declared.node) : undefined,
    });
  }

  #isExport(node: SyntaxNode | undefined, name: string): boolean {
    const value = this.of(node);
    return value?.kind === "export" && value.name === name;
  }

  #ofIdentifier(node: SyntaxNode): Value | undefined {
    const variable = this.#bindings.variableOf(node);
    const [definition, ...others] = variable?.defs ?? [];
    if (variable === undefined || definition === undefined || others.length > 0) return undefined;
    switch (definition.type) {
      case "ImportBinding":
        return this.#ofImport(definition.node, definition.parent);
      case "FunctionName":
        return variable.references.some((one) => one.isWrite())
          ? undefined
          : { kind: "function", node: definition.node };
      case "ClassName":
        return { kind: "class", node: definition.node };
      case "Variable":
      case "Parameter":
        return this.#guarded(variable, () => this.#ofVariable(variable, node));
      default:
        return undefined;
    }
  }

  #ofImport(specifier: SyntaxNode, declaration: SyntaxNode | null | undefined): Value | undefined {
    const source = declaration ? nameOf(nodeIn(declaration, "source")) : undefined;
    if (source === undefined) return undefined;
    const isWhole = specifier.type === "ImportNamespaceSpecifier";
    const isDefault = specifier.type === "ImportDefaultSpecifier";
    const name = isWhole ? "*" : isDefault ? "default" : nameOf(nodeIn(specifier, "imported"));
    if (name === undefined) return undefined;
    if (source !== "lambent") return this.#imported(source, name);
    return isWhole ? { kind: "lambent" } : { kind: "export", name };
  }

  /** What a variable holds wherever it is read, or at least where `use` reads it. */
  #ofVariable(variable: Variable, use: SyntaxNode): Value | undefined {
    const [definition] = variable.defs;
    if (definition === undefined) return undefined;
    const writes = variable.references.filter(
      (one) => one.isWrite() && one.init !== true && !this.#sites.isDefaulting(one.identifier),
    );
    const assigned = writes.map(({ identifier }) => this.#sites.assignedTo(identifier));
    if (assigned.includes(undefined)) return undefined;
    const values = assigned.map((value) => this.of(value));
    const isBare = definition.type === "Variable" && nodeIn(definition.node, "init") === undefined;
    if (!isBare || this.#sites.isLoopVariable(definition.node)) {
      return common([this.ofPattern(definition.name), ...values]);
    }
    const isSet = writes.some(({ identifier }) => this.#sites.isSetBefore(definition.node, identifier, use));
    return isSet ? common(values) : undefined;
  }

  #ofDeclarator(declarator: SyntaxNode, part: SyntaxNode): Value | undefined {
    const pattern = nodeIn(declarator, "id");
    const list = this.#sites.loopedList(declarator);
    const value = list === undefined ? this.of(nodeIn(declarator, "init")) : this.elementOf(this.of(list));
    return pattern === undefined ? undefined : this.#take(stepsTo(part, pattern), value);
  }

  /** What a function gets for a parameter, whoever calls it. */
  #given(fn: SyntaxNode, index: number): Value | undefined {
    const inputs = index === 0 ? this.#inputs.get(fn) : undefined;
    if (inputs !== undefined) return inputs;
    const list = index === 0 ? this.#sites.listOfCallback(fn) : undefined;
    if (list !== undefined) return this.elementOf(this.of(list));
    const param = nodesIn(fn, "params")[index];
    const calls = param === undefined || CallSites.isOptional(param) ? undefined : this.#sites.callsOf(fn);
    return calls === undefined ? undefined : common(calls.map((call) => this.of(argumentAt(call, index))));
  }

  #take(steps: readonly Step[] | undefined, value: Value | undefined): Value | undefined {
    return steps?.reduce((from: Value | undefined, step) => {
      if (step.kind === "field") return this.#field(from, step.key);
      return step.kind === "rest" && from?.kind === "inputs" ? from : undefined;
    }, value);
  }

  /** A field of a value; `key` is undefined if it is not known which. */
  #field(value: Value | undefined, key: string | undefined): Value | undefined {
    if (value?.kind === "ref") return value;
    if (value === undefined || key === undefined) return undefined;
    switch (value.kind) {
      case "inputs":
        if (value.declared?.has(key) === false) return undefined;
        return { kind: "ref", origin: `an input of ${value.workflow}` };
      case "lambent":
        return { kind: "export", name: key };
      case "module":
        return value.exports.get(key);
      case "actor":
        return key === "task" ? { kind: "export", name: "task" } : undefined;
      case "caller":
        return value.isTask && key === "withOverrides" ? { kind: "overriding" } : undefined;
      case "object":
      case "class":
        return this.of(this.#property(value.node, key));
      case "array": {
        if (this.#sites.isChanged(value.node)) return undefined;
        const before = nodesIn(value.node, "elements").slice(0, Number(key) + 1);
        return before.some((one) => one?.type === "SpreadElement") ? undefined : this.of(before[Number(key)]);
      }
      case "each":
        return common(value.of.map((one) => this.#field(one, key)));
      default:
        return undefined;
    }
  }

  /** The value of a property of an object, or of a static method, that nothing written after it can replace. */
  #property(node: SyntaxNode, key: string): SyntaxNode | undefined {
    const body = nodeIn(node, "body");
    const members = body === undefined ? nodesIn(node, "properties") : nodesIn(body, "body");
    const last = members.findLastIndex((member) => member === undefined || keyOf(member) === key || !hasKey(member));
    const member = members[last];
    const isFixed = member !== undefined && hasKey(member) && (body === undefined || member["static"] === true);
    const isPlain =
      isFixed && (member["kind"] === "init" || member["kind"] === "method" || member["kind"] === undefined);
    return isPlain && !this.#sites.isChanged(node) ? nodeIn(member, "value") : undefined;
  }

  #ofCall(call: SyntaxNode): Value | undefined {
    const written = nodeIn(call, "callee");
    const callee = this.of(written);
    if (callee?.kind === "export") return madeBy(callee.name);
    if (callee?.kind === "caller" && written !== undefined)
      return { kind: "ref", origin: `what ${printed(written)}(…) gives` };
    if (callee?.kind === "overriding") return { kind: "caller", isTask: true };
    if (callee?.kind === "function") return this.returnedBy(callee.node);
    const mapped = this.#sites.mapping(call);
    const fn = mapped === undefined ? undefined : this.of(mapped);
    const element = fn?.kind === "function" ? this.returnedBy(fn.node) : undefined;
    return element === undefined ? undefined : { kind: "list", of: element };
  }

  #guarded(key: object, work: () => Value | undefined): Value | undefined {
    if (this.#within.has(key)) return undefined;
    this.#within.add(key);
    try {
      return work();
    } finally {
      this.#within.delete(key);
    }
  }
}

/** The names of the inputs that an object declares; `undefined` if it may have others. */
function declaredNames(node: SyntaxNode): ReadonlySet<string> | undefined {
  const names = nodesIn(node, "properties").map((one) => (one === undefined ? undefined : keyOf(one)));
  return names.includes(undefined) ? undefined : new Set(names.filter((name) => name !== undefined));
}

function hasKey(member: SyntaxNode): boolean {
  return keyOf(member) !== undefined;
}
