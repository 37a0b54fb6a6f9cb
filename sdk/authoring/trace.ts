import { NAME_CHARACTERS } from "../base/aws-limits.ts";
import {
  addressOf,
  addTask,
  type LaterDefinition,
  type TaskDefinition,
  type WorkflowDefinition,
} from "./definition.ts";
import { LambentError } from "../base/errors.ts";
import {
  RESERVED_STATES,
  type Block,
  type Expression,
  type InputDeclaration,
  type Node,
  type TaskAddress,
  type Test,
} from "../graph/graph.ts";
import { JSONATA_FUNCTIONS } from "../graph/jsonata-builtins.ts";
import { makeRef, originOf, type Origin, type Ref } from "../graph/ref.ts";
import { isObject, printPath, type Json } from "../base/json.ts";
import { isMarkName, isPlain, MAX_DEPTH } from "../values/wire.ts";
import { expressionOf, fieldExpressions } from "./expression-of.ts";
import { failingOf, failureName } from "./failing.ts";
import { given } from "./given.ts";
import { checkLiterals } from "./literal-size.ts";
import { refuseLoneWaits, withLastWait } from "./lone-waits.ts";

/** More than any graph has: some 30 definitions of the most bytes that one may have. A loop comes to it in a second. */
const MOST_NODES = 20_000;
/** No workflow of {@link MOST_NODES} reads as many fields. */
const MOST_READS = 100_000;

/** Whether an input is a file, has files within it, or is an instance. */
export type InputKind = Pick<InputDeclaration, "isFile" | "hasFiles" | "valueClass">;

/** A workflow while its function runs: collects the nodes that calls add. */
export class Trace {
  readonly workflow: string;
  readonly nodes: Node[] = [];
  /** The tasks its nodes run, those of nested workflows included. */
  readonly tasks: Set<TaskDefinition> = new Set();
  /** The workflows whose state machines its nodes start. */
  readonly started: Set<WorkflowDefinition | LaterDefinition> = new Set();
  readonly #names = new Set<string>([...JSONATA_FUNCTIONS, ...RESERVED_STATES, "states"]);
  /** By name: the number that the next of that name gets. */
  readonly #numbers = new Map<string, number>();
  #added = 0;
  #reads = 0;
  /** The innermost block is last; a Ref is known in its own block and those within it. */
  readonly #blocks: Node[][] = [this.nodes];
  /** The calls of `after` that are under way: what is added to their block runs after these variables. */
  readonly #orders: { readonly block: Node[]; readonly variables: readonly string[] }[] = [];

  constructor(workflow: string) {
    this.workflow = workflow;
  }

  /** Declare an input; its Ref is known everywhere in the workflow. */
  input(
    name: string,
    defaultValue: Json | undefined,
    kind: InputKind,
  ): { declaration: InputDeclaration; ref: Ref<unknown> } {
    const variable = this.name(name);
    return {
      declaration: {
        name,
        variable,
        ...(defaultValue === undefined ? {} : { default: defaultValue }),
        ...kind,
      },
      ref: this.#ref(variable, [], this.nodes),
    };
  }

  /** Declare an input that may be missing: a field of its variable, since a variable itself cannot be. */
  optionalInput(name: string): { declaration: InputDeclaration; ref: Ref<unknown> } {
    const variable = this.name("inputs");
    return {
      declaration: { name, variable, isOptional: true },
      ref: this.#ref(variable, [name], this.nodes),
    };
  }

  /** A name that no state and no variable of this workflow has yet. */
  name(wanted: string): string {
    const letters = wanted.replaceAll(/[^\w]/g, "_");
    const base = (/^[A-Za-z]/.test(letters) ? letters : `n${letters}`).slice(0, NAME_CHARACTERS - 6);
    let name = base;
    let number = this.#numbers.get(base) ?? 2;
    for (; this.#names.has(name); number++) name = `${base}${number}`;
    this.#numbers.set(base, number);
    this.#names.add(name);
    return name;
  }

  /** The names of a node. */
  named(wanted: string): { name: string; variable: string } {
    const name = this.name(wanted);
    return { name, variable: name };
  }

  /** Add a node, and make the Ref of its output. */
  add<O>(node: Node): Ref<O> {
    if (++this.#added > MOST_NODES)
      throw this.#endless(`it has called more than ${MOST_NODES} tasks and the like, ${node.name} last`);
    const block = this.#block();
    const orders = this.#orders.filter((order) => order.block === block).flatMap(({ variables }) => variables);
    block.push(orders.length === 0 ? node : { ...node, after: [...new Set(orders)] });
    return this.#ref(node.variable, [], block);
  }

  #ref<T>(variable: string, path: Origin["path"], scope: object): Ref<T> {
    return makeRef({ variable, path, scope, onRead: this.#noteRead });
  }

  readonly #noteRead = ({ variable, path }: Origin): void => {
    if (path.length === MAX_DEPTH) {
      throw this.#endless(`it reads ${printPath(variable, path.slice(0, 3))}… more than ${MAX_DEPTH} fields deep`);
    }
    if (++this.#reads > MOST_READS) {
      throw this.#endless(`it has read ${MOST_READS} fields of Refs, one of ${printPath(variable, path)} last`);
    }
  };

  #endless(what: string): LambentError {
    return new LambentError(
      `workflow ${this.workflow} does not come to an end: ${what}. A loop whose condition is a Ref never ends, for a Ref is always true: loop within a task, or use mapTask`,
    );
  }

  /** Note that a node runs the task, and how to reach it. */
  use(definition: TaskDefinition): TaskAddress {
    addTask(this.tasks, definition);
    return addressOf(definition);
  }

  /** Trace one branch of a choice into a block of its own, which may end in `fail(…)`. */
  block(what: string, fn: () => unknown): Block {
    return this.#within((nodes) => {
      const block = this.#ended(nodes, what, fn);
      refuseLoneWaits(what, block);
      return block;
    });
  }

  /** As {@link block}, with a variable that is known in this block alone. */
  blockWith(what: string, variable: string, fn: (ref: Ref<unknown>) => unknown): Block {
    return this.#within((nodes) => this.#ended(nodes, what, () => fn(this.#ref(variable, [], nodes))));
  }

  /**
   * Trace a round of a loop into a block of its own.
   * @param variable holds the loop's state, which is known in this block alone
   * @param ask what is asked of the state before or after a round
   * @throws {LambentError} if `ask` calls tasks, or each round fails on purpose
   */
  round(
    what: string,
    variable: string,
    ask: (state: Ref<unknown>) => Test,
    next: (state: Ref<unknown>) => unknown,
  ): { readonly test: Test; readonly block: Block } {
    return this.#within((nodes) => {
      const state = this.#ref(variable, [], nodes);
      const test = ask(state);
      const [called] = nodes;
      if (called !== undefined) {
        throw new LambentError(
          `${what} calls ${called.name} in its condition, which the state machine asks by itself: call it in do, and put what it returns into the state`,
        );
      }
      const block = withLastWait(this.#ended(nodes, `${what}.do`, () => next(state)));
      if (block.failure !== undefined)
        throw new LambentError(`${what} fails in each round (${failureName(block.failure)}): call fail(…) in a branch`);
      if (block.nodes.length > 1) refuseLoneWaits(`${what}.do`, block); // one alone is what the round is
      return { test, block };
    });
  }

  /** Have `fn` read a variable that is known while it runs, and nowhere else. */
  knowing<T>(variable: string, fn: (ref: Ref<unknown>) => T): T {
    return this.#within((nodes) => {
      const result = fn(this.#ref(variable, [], nodes));
      const [called] = nodes;
      if (called === undefined) return result;
      throw new LambentError(
        `the function of ${variable} calls ${called.name}: call it before, and use what it returns in the function`,
      );
    });
  }

  #within<T>(fn: (nodes: Node[]) => T): T {
    const nodes: Node[] = [];
    this.#blocks.push(nodes);
    try {
      return fn(nodes);
    } finally {
      this.#blocks.pop();
    }
  }

  #ended(nodes: readonly Node[], what: string, fn: () => unknown): Block {
    try {
      const result = this.expression(refuseAsync(fn(), what), `${what}'s output`);
      checkLiterals(`${what}'s output`, result);
      return { nodes, result };
    } catch (thrown) {
      const failing = failingOf(thrown, this);
      if (failing === undefined) throw thrown;
      const error = this.expression(failing.error, "fail(…)");
      const cause = this.expression(failing.cause, `fail(${JSON.stringify(failureName({ error }))}, …)`);
      return {
        nodes,
        result: { kind: "literal", value: null },
        failure: { error, cause },
      };
    }
  }

  /**
   * Have all nodes that `fn` adds run after those that hold these variables.
   * @returns what `fn` returns, and how many nodes it has added
   */
  ordered<T>(variables: readonly string[], fn: () => T): { readonly result: T; readonly added: number } {
    const added = this.#added;
    this.#orders.push({ block: this.#block(), variables });
    try {
      return { result: fn(), added: this.#added - added };
    } finally {
      this.#orders.pop();
    }
  }

  /** The block of a node that is known here, and the node; undefined if the Ref is an input's. */
  nodeOf({ variable, scope }: Origin): { readonly block: Node[]; readonly node: Node } | undefined {
    const block = this.#blocks.find((one) => one === scope);
    const node = block?.find((one) => one.variable === variable);
    return block === undefined || node === undefined ? undefined : { block, node };
  }

  /** Whether a block is one of a branch of a conditional that is within another block. */
  isWithin(inner: Node[], outer: Node[]): boolean {
    return this.#blocks.indexOf(inner) > this.#blocks.indexOf(outer);
  }

  /**
   * A value with Refs in it as an {@link Expression}.
   * @param at what it is, for messages
   */
  expression(value: unknown, at: string): Expression {
    return expressionOf(value, at, this.#refer);
  }

  /** The fields of an object, each as an {@link Expression}; those that are `undefined` are left out. */
  fields(value: object, at: string): Record<string, Expression> {
    return fieldExpressions(value, at, this.#refer);
  }

  readonly #refer = ({ variable, path, scope }: Origin, at: string): Expression => {
    if (!this.#blocks.some((block) => block === scope)) {
      throw new LambentError(
        `${at} uses ${printPath(variable, path)}, which is not known in this part of ${this.workflow}: ` +
          `it belongs to another workflow or to a branch of a conditional. Pass it as an input, or return it from the branch`,
      );
    }
    const mark = path.find((step) => typeof step === "string" && isMarkName(step));
    if (mark !== undefined) {
      throw new LambentError(
        `${at} reads a field named ${mark}, a name that Lambent keeps for itself: read it in a task`,
      );
    }
    return { kind: "ref", variable, path };
  };

  #block(): Node[] {
    return this.#blocks.at(-1) ?? this.nodes;
  }
}

/** @throws {LambentError} if `result` is a promise: its nodes would be added after the graph is closed */
export function refuseAsync(result: unknown, what: string): unknown {
  if (originOf(result) === undefined && result instanceof Promise) {
    result.catch(() => undefined); // the refusal below is the error to see
    throw new LambentError(
      `${what} is async: its function is traced, so it must return at once; do the waiting in a task`,
    );
  }
  return result;
}

/** What a call in a workflow was given, as the fields of its inputs. */
export function inputFields(trace: Trace, inputs: object, what: string): Record<string, Expression> {
  if (!isObject(inputs) || !isPlain(inputs)) {
    throw new LambentError(`${what} takes one object of inputs, ${what}({ name: value }), not ${given(inputs)}`);
  }
  return trace.fields(inputs, what);
}
