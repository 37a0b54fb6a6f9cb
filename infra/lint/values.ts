import type { Bindings, Variable } from "./bindings.ts";
import { CallSites, returnsOf } from "./call-sites.ts";
import { Constancy } from "./constancy.ts";
import { ends, isSetBefore } from "./setting.ts";
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
import { type ImportedValue, importOf } from "./imports.ts";
import { inputsOf, keyFunctionOf } from "./inputs.ts";
import { propertyOf } from "./objects.ts";
import { common, isTested, madeBy, type Value } from "./value.ts";

/** Methods of lists that give a list of the same elements, or of some of them. */
const SELECTORS: ReadonlySet<string> = new Set(["filter", "slice", "toReversed", "toSorted", "values"]);

/** The expressions of one module that are Refs, Conditions, tasks and the like, as far as its source proves it. */
export class Values {
  readonly #bindings: Bindings;
  readonly #imported: ImportedValue;
  readonly #sites: CallSites;
  readonly #constancy: Constancy;
  /** What a workflow's function gets, by function. */
  readonly #inputs = new Map<SyntaxNode, Extract<Value, { kind: "inputs" }>>();
  /** What the `affinityKey` of a task gets, by function. */
  readonly #keyed = new Map<SyntaxNode, Value>();
  /** What is being worked out: the value of a variable may depend on itself. */
  readonly #within = new Set<object>();
  /** How often what is being worked out was asked for. */
  #circles = 0;
  /** What has been worked out and does not depend on itself. */
  readonly #known = new Map<object, Value | undefined>();

  constructor(bindings: Bindings, imported: ImportedValue) {
    this.#bindings = bindings;
    this.#imported = imported;
    this.#sites = new CallSites(bindings);
    this.#constancy = new Constancy(bindings, this.#sites, {
      of: (node) => this.of(node),
      isTraced: (fn) => this.#inputs.has(fn),
    });
    for (const node of bindings.nodes) {
      const inputs = node.type === "CallExpression" ? inputsOf(node, this) : undefined;
      if (inputs !== undefined) this.#inputs.set(inputs.made, inputs);
      const keyed = node.type === "CallExpression" ? keyFunctionOf(node, this) : undefined;
      if (keyed !== undefined) this.#keyed.set(keyed.fn, keyed.gets);
    }
    this.#constancy.clear();
    this.#known.clear(); // some of it was worked out before all workflows were noted
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
      case "TaggedTemplateExpression": {
        const tag = nodeIn(node, "tag");
        const called = this.of(tag);
        return tag && called && this.#calling(called, printed(tag));
      }
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
        if (!isTested(left) && left?.kind !== "pending") return undefined;
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
    if (param.type === "RestElement") {
      const made = nodeIn(param, "argument") ?? param;
      return this.#take(stepsTo(part, made), { kind: "rest", fn: owner, from: index, made });
    }
    return this.#take(
      stepsTo(part, param),
      this.#guarded(param, () => this.#given(owner, index)),
    );
  }

  /** What is the same of all elements of a list. */
  elementOf(list: Value | undefined): Value | undefined {
    switch (list?.kind) {
      case "list":
        return this.#constancy.isChanged(list.node) ? undefined : list.of;
      case "array":
        return this.#constancy.isChanged(list.node) ? undefined : this.#commonOf(nodesIn(list.node, "elements"));
      case "rest": {
        const calls = this.#constancy.isChanged(list.made) ? undefined : this.#sites.callsOf(list.fn);
        return calls && this.#commonOf(calls.flatMap((call) => nodesIn(call, "arguments").slice(list.from)));
      }
      default:
        return undefined;
    }
  }

  /** What a function returns, if it ends by a `return` and is neither async nor a generator. */
  returnedBy(fn: SyntaxNode): Value | undefined {
    const body = nodeIn(fn, "body");
    if (body === undefined || fn["async"] === true || fn["generator"] === true) return undefined;
    if (body.type !== "BlockStatement") return this.#guarded(fn, () => this.of(body));
    if (!ends(body)) return undefined;
    const returns = returnsOf(fn);
    return this.#guarded(fn, () => common(returns.map((one) => this.of(nodeIn(one, "argument")))));
  }

  /** The value of `object.key`, if the object is known and stays as it was made. */
  writtenAt(member: SyntaxNode): SyntaxNode | undefined {
    const [value, key] = [this.of(nodeIn(member, "object")), keyOf(member)];
    return value?.kind === "object" && key !== undefined ? this.property(value.node, key) : undefined;
  }

  /** Whether an expression is certain to be a list, of whatever. */
  isList(node: SyntaxNode | undefined): boolean {
    return ["array", "list", "rest"].includes(this.of(node)?.kind ?? "");
  }

  #commonOf(elements: readonly (SyntaxNode | undefined)[]): Value | undefined {
    return common(elements.map((element) => (element?.type === "SpreadElement" ? undefined : this.of(element))));
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
        return importOf(definition.node, definition.parent ?? undefined, this.#imported);
      case "FunctionName":
        return variable.references.some((one) => one.isWrite())
          ? undefined
          : { kind: "function", node: definition.node };
      case "ClassName":
        return { kind: "class", node: definition.node }; // Constancy looks whether the name is set
      case "Variable":
      case "Parameter":
        return this.#guarded(variable, () => this.#ofVariable(variable, node), node);
      default:
        return undefined;
    }
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
    const loop = definition.type === "Variable" ? this.#sites.loopOf(definition.node) : undefined;
    const isBare = definition.type === "Variable" && nodeIn(definition.node, "init") === undefined;
    if (isBare && loop === undefined) {
      return isSetBefore(this.#bindings, variable, use) ? common(values) : undefined;
    }
    const value = common([this.ofPattern(definition.name), ...values]);
    const isEverywhere = definition.parent?.["kind"] !== "var" || !isTested(value); // where others are unset they throw
    if (isEverywhere || this.#bindings.around(use, (outer) => outer === loop) !== undefined) return value;
    return isSetBefore(this.#bindings, variable, use) ? value : undefined;
  }

  #ofDeclarator(declarator: SyntaxNode, part: SyntaxNode): Value | undefined {
    const pattern = nodeIn(declarator, "id");
    const list = this.#sites.loopedList(declarator);
    const value = list === undefined ? this.of(nodeIn(declarator, "init")) : this.elementOf(this.of(list));
    return pattern === undefined ? undefined : this.#take(stepsTo(part, pattern), value);
  }

  /** What a function gets for a parameter, whoever calls it. */
  #given(fn: SyntaxNode, index: number): Value | undefined {
    const inputs = index === 0 ? (this.#inputs.get(fn) ?? this.#keyed.get(fn)) : undefined;
    if (inputs !== undefined) return inputs;
    if (index === 1 && this.#inputs.has(fn)) return { kind: "self" };
    const list = index === 0 ? this.#sites.listOfCallback(fn) : undefined;
    if (list !== undefined) return this.elementOf(this.of(list));
    const reduction = this.#sites.reductionBy(fn);
    if (reduction !== undefined) {
      const element = this.elementOf(this.of(reduction.list));
      if (index === 1) return element;
      const first = reduction.seed === undefined ? element : this.of(reduction.seed);
      return index === 0 && this.isList(reduction.list) ? common([first, this.returnedBy(fn)]) : undefined;
    }
    const param = nodesIn(fn, "params")[index];
    return param === undefined || CallSites.isOptional(param) ? undefined : this.#argument(fn, index);
  }

  /** What all calls of a function give it at a place. */
  #argument(fn: SyntaxNode, index: number): Value | undefined {
    const calls = this.#sites.callsOf(fn);
    return calls === undefined ? undefined : common(calls.map((call) => this.of(argumentAt(call, index))));
  }

  #take(steps: readonly Step[] | undefined, value: Value | undefined): Value | undefined {
    return steps?.reduce((from: Value | undefined, step) => this.#step(from, step), value);
  }

  #step(from: Value | undefined, step: Step): Value | undefined {
    if (from?.kind === "entry") return step.kind === "field" && step.key === "1" ? from.of : undefined;
    if (step.kind === "field") return this.#field(from, step.key);
    if (step.kind !== "rest" || from?.kind !== "inputs" || step.without.includes(undefined)) return undefined;
    const declared = new Set([...from.declared].filter((name) => !step.without.includes(name)));
    return { ...from, declared, made: step.into };
  }

  /** A field of a value; `key` is undefined if it is not known which. */
  #field(value: Value | undefined, key: string | undefined): Value | undefined {
    if (value?.kind === "ref" || value?.kind === "pending") return value;
    if (value === undefined || key === undefined) return undefined;
    switch (value.kind) {
      case "inputs":
        if (!value.declared.has(key) || this.#constancy.isChanged(value.made)) return undefined;
        return { kind: "ref", origin: `an input of ${value.workflow}` };
      case "lambent":
        return { kind: "export", name: key };
      case "export":
        return value.name === "expr" ? { kind: "export", name: `expr.${key}` } : undefined;
      case "module":
        return value.exports.get(key);
      case "actor":
        return key === "task" || key === "cache" ? { kind: "export", name: key } : undefined;
      case "caller":
        if (value.isOverridable && key === "start") return value;
        return value.isOverridable && key === "withOverrides" ? { kind: "overriding" } : undefined;
      case "self":
        return key === "start" ? { kind: "caller", isOverridable: true } : undefined;
      case "object":
      case "class":
        return this.of(this.property(value.node, key));
      case "array": {
        if (this.#constancy.isChanged(value.node)) return undefined;
        const before = nodesIn(value.node, "elements").slice(0, Number(key) + 1);
        return before.some((one) => one?.type === "SpreadElement") ? undefined : this.of(before[Number(key)]);
      }
      case "rest": {
        const isIndex = /^\d+$/.test(key) && !this.#constancy.isChanged(value.made);
        return isIndex ? this.#argument(value.fn, value.from + Number(key)) : undefined;
      }
      case "each":
        return common(value.of.map((one) => this.#field(one, key)));
      default:
        return undefined;
    }
  }

  /** The value of a property of an object, or of a static member of a class, that stays as it was made. */
  property(node: SyntaxNode, key: string): SyntaxNode | undefined {
    return this.isChanged(node) ? undefined : propertyOf(node, key);
  }

  /** Whether an object or a list may be another than as it was made. */
  isChanged(made: SyntaxNode): boolean {
    return this.#constancy.isChanged(made);
  }

  #ofCall(call: SyntaxNode): Value | undefined {
    const written = nodeIn(call, "callee");
    if (written === undefined) return undefined;
    if (this.#bindings.isGlobal(written, "require") && nameOf(argumentAt(call, 0)) === "lambent")
      return { kind: "lambent" };
    const callee = this.of(written);
    if (callee !== undefined) return this.#calling(callee, printed(written));
    return written.type === "MemberExpression" ? this.#listOf(call, written) : undefined;
  }

  /** The list that a method of a list gives, or one of `Array` and `Object`. */
  #listOf(call: SyntaxNode, method: SyntaxNode): Value | undefined {
    const isMade = this.#sites.isListMade(method);
    const list = isMade ? undefined : nodeIn(method, "object");
    if (!isMade && !this.isList(list)) return undefined;
    const mapped = this.#sites.mapping(call);
    if (mapped !== undefined) {
      const fn = this.of(mapped);
      return { kind: "list", of: fn && this.#calling(fn, printed(mapped)), node: call };
    }
    if (isMade) return { kind: "list", of: undefined, node: call };
    const element = this.elementOf(this.of(list));
    if (keyOf(method) === "entries") return { kind: "list", of: { kind: "entry", of: element }, node: call };
    return SELECTORS.has(keyOf(method) ?? "") ? { kind: "list", of: element, node: call } : undefined;
  }

  /** What a call gives. */
  #calling(callee: Value, text: string): Value | undefined {
    switch (callee.kind) {
      case "export":
        return madeBy(callee.name);
      case "caller":
        return { kind: "ref", origin: `what ${text}(…) gives` };
      case "overriding":
        return { kind: "caller", isOverridable: true };
      case "function":
        return this.returnedBy(callee.node);
      case "each":
        return common(callee.of.map((one) => this.#calling(one, text)));
      default:
        return undefined;
    }
  }

  /** @param place what the value depends on beside the key: where a variable is read */
  #guarded(key: object, work: () => Value | undefined, place = key): Value | undefined {
    if (this.#known.has(place)) return this.#known.get(place);
    if (this.#within.has(key)) {
      this.#circles++;
      return { kind: "pending" };
    }
    const circles = this.#circles;
    this.#within.add(key);
    const found = work();
    this.#within.delete(key);
    const value = found?.kind === "pending" && this.#within.size === 0 ? undefined : found;
    if (circles === this.#circles) this.#known.set(place, value);
    return value;
  }
}
