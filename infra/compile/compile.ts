import type { Block, ChoiceNode, Expression, GraphData, Node, TaskNode, WorkflowNode } from "../../sdk/graph/graph.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { Json } from "../../sdk/base/json.ts";
import {
  after,
  assign,
  assigning,
  type Chain,
  closed,
  Names,
  type Next,
  nextName,
  type Scope,
  single,
  type State,
  type Target,
} from "./chain.ts";
import { condition, literal, query, read, readStep, template, templates } from "./expression.ts";
import { inputsState, invalidInputsState } from "./input-states.ts";
import { invocation } from "./invocation-state.ts";
import { mapChain } from "./map-states.ts";
import { prefixed, renameVariables } from "./prefix.ts";
import { withBudgets } from "./budgets.ts";
import { collect, schedule, type Step, variablesOf } from "./schedule.ts";

export type { Target } from "./chain.ts";

/** An Amazon States Language document, as far as Lambent writes it: JSONata throughout. */
export interface Definition {
  readonly Comment: string;
  readonly QueryLanguage: "JSONata";
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** The largest definition that CreateStateMachine takes, in bytes. */
const DEFINITION_LIMIT = 1_048_576;

/**
 * Compile a workflow's graph into the definition that is deployed and emulated alike.
 * @throws {LambentError} if Step Functions would refuse it
 */
export function compile(traced: GraphData, target: Target): Definition {
  const graph = withBudgets(traced);
  const names = new Names(graph);
  const end = output("Output", graph.result, { Type: "Succeed" }, names);
  const body = chain(schedule(graph.nodes), { Next: end.entry }, { target, names, uses: collect(graph.result) });
  const states: [string, State][] = [
    ["Inputs", inputsState(graph.inputs, body.entry)],
    ["InvalidInputs", invalidInputsState(graph)],
    ...[...body.states, ...end.states].map(([name, state]): [string, State] => [name, state]),
  ];
  const definition: Definition = {
    Comment: `workflow ${graph.workflow}, compiled by Lambent`,
    QueryLanguage: "JSONata",
    StartAt: "Inputs",
    States: Object.fromEntries(states),
  };
  const bytes = Buffer.byteLength(JSON.stringify(definition));
  if (bytes > DEFINITION_LIMIT) {
    throw new LambentError(
      `workflow ${graph.workflow}: its definition has ${bytes} bytes, Step Functions takes ${DEFINITION_LIMIT}: ` +
        "move large literals into a task or a file, or part of it into another workflow",
    );
  }
  return definition;
}

/** The state that ends a graph with its result. */
function output(name: string, result: Expression, state: State, names: Names): Chain {
  if (result.kind === "list") {
    // Validators in the field take no list for Output, so it goes through a variable.
    const variable = names.fresh(`${name}List`);
    const assign: State = { Type: "Pass", Assign: { [variable]: template(result, "null") } };
    return after([variable, assign], single(name, { ...state, Output: query(`$${variable}`) }));
  }
  const plain = result.kind === "literal" && typeof result.value !== "string";
  return single(name, { ...state, Output: plain ? query(literal(result.value)) : template(result, "null") });
}

/** The steps one after the other, and `next` after the last. */
function chain(steps: readonly Step[], next: { readonly Next: string }, scope: Scope): Chain {
  let { uses } = scope;
  let entry = next.Next;
  const states: (readonly [string, State])[] = [];
  for (const step of steps.toReversed()) {
    const compiled =
      step.kind === "node"
        ? nodeChain(step.node, { Next: entry }, { ...scope, uses })
        : parallel(step.branches, { Next: entry }, { ...scope, uses });
    entry = compiled.entry;
    states.unshift(...compiled.states);
    uses = union(uses, stepVariables(step));
  }
  return { entry, states };
}

/** Branches side by side. A branch's variables end with it, so those read later leave it as its output. */
function parallel(branches: readonly (readonly Step[])[], next: Next, scope: Scope): Chain {
  const name = scope.names.fresh("Parallel");
  const assigned: Record<string, Json> = {};
  const compiled = branches.map((steps, index) => {
    const wanted = stepsNodes(steps)
      .map((node) => node.variable)
      .filter((variable) => scope.uses.has(variable));
    const result = readStep("$states.result", index);
    const alone = soleNode(steps);
    if (alone !== undefined) {
      if (wanted.length > 0) assigned[alone.variable] = query(result);
      return closed(nodeChain(alone, { End: true }, scope));
    }
    for (const variable of wanted) assigned[variable] = query(readStep(result, variable));
    return branch(name, steps, wanted, scope);
  });
  return single(name, { Type: "Parallel", Branches: compiled, ...assigning(assigned), Output: {}, ...next });
}

/** A branch of several nodes. What leaves it goes by another name within: an inner scope may not use an outer one's. */
function branch(name: string, steps: readonly Step[], wanted: readonly string[], scope: Scope): Json {
  const inner = new Map(wanted.map((variable) => [variable, scope.names.fresh(`${variable}_inner`)]));
  const renamed = renameSteps(steps, (variable) => inner.get(variable) ?? variable);
  const results = scope.names.fresh(`${name}Results`);
  const output = Object.fromEntries([...inner].map(([variable, own]) => [variable, query(`$${own}`)]));
  const body = chain(renamed, { Next: results }, { ...scope, uses: new Set(inner.values()) });
  return closed({
    entry: body.entry,
    states: [...body.states, [results, { Type: "Pass", Output: output, End: true }]],
  });
}

function renameSteps(steps: readonly Step[], rename: (variable: string) => string): Step[] {
  return steps.map((step) =>
    step.kind === "node"
      ? { kind: "node", node: renameVariables(step.node, rename) }
      : { kind: "parallel", branches: step.branches.map((inner) => renameSteps(inner, rename)) },
  );
}

/** The only node of a branch, if its state can end the branch with the node's output. */
function soleNode(steps: readonly Step[]): Node | undefined {
  const [step, ...others] = steps;
  if (step?.kind !== "node" || others.length > 0) return undefined;
  const { node } = step;
  return node.kind === "choice" || (node.kind === "map" && node.minSuccessRatio !== undefined) ? undefined : node;
}

function nodeChain(node: Node, next: Next, scope: Scope): Chain {
  switch (node.kind) {
    case "task":
      return single(node.name, taskState(node, next, scope.target));
    case "map":
      return mapChain(node, next, scope);
    case "choice":
      return choiceChain(node, next, scope);
    case "workflow":
      return workflowChain(node, next, scope);
  }
}

function taskState(node: TaskNode, next: Next, target: Target): State {
  return {
    ...invocation(node.address, templates(node.inputs, "absent"), node, target),
    ...assign(node, "$states.result.Payload.output", next),
  };
}

function choiceChain(node: ChoiceNode, next: Next, scope: Scope): Chain {
  const Next = nextName(next);
  function branch(block: Block, suffix: string): Chain {
    const last = scope.names.fresh(`${node.name}${suffix}`);
    const body = chain(
      schedule(block.nodes),
      { Next: last },
      { ...scope, uses: union(scope.uses, collect(block.result)) },
    );
    const pass: State = { Type: "Pass", Assign: { [node.variable]: template(block.result, "null") }, Next };
    return { entry: body.entry, states: [...body.states, [last, pass]] };
  }
  const then = branch(node.whenTrue, "Then");
  const otherwise = branch(node.whenFalse, "Else");
  const choice: State = {
    Type: "Choice",
    Choices: [{ Condition: query(condition(node.condition)), Next: then.entry }],
    Default: otherwise.entry,
  };
  return { entry: node.name, states: [[node.name, choice], ...then.states, ...otherwise.states] };
}

/** A nested workflow runs within the state machine, in one branch of its own, so that its variables end with it. */
function workflowChain(node: WorkflowNode, next: Next, scope: Scope): Chain {
  const { names, target } = scope;
  const graph = prefixed(node.graph, (name) => names.fresh(`${node.name}_${name}`));
  const start = names.fresh(`${node.name}Inputs`);
  const end = output(names.fresh(`${node.name}Output`), graph.result, { Type: "Pass", End: true }, names);
  const inputs = graph.inputs.map(({ name, variable, default: value }): [string, Json] => {
    const given = node.inputs[name];
    if (given === undefined) {
      if (value === undefined)
        throw new LambentError(`${node.name}: workflow ${graph.workflow} needs the input ${name}`);
      return [variable, template({ kind: "literal", value }, "null")];
    }
    if (given.kind !== "ref" || value === undefined) return [variable, template(given, "null")];
    return [
      variable,
      query(given.path.length === 0 ? read(given) : `$exists(${read(given)}) ? ${read(given)} : ${literal(value)}`),
    ];
  });
  const body = chain(schedule(graph.nodes), { Next: end.entry }, { target, names, uses: collect(graph.result) });
  const states: Chain["states"] = [
    [start, { Type: "Pass", ...assigning(Object.fromEntries(inputs)), Next: body.entry }],
    ...body.states,
    ...end.states,
  ];
  const branch = closed({ entry: start, states });
  return single(node.name, { Type: "Parallel", Branches: [branch], ...assign(node, "$states.result[0]", next) });
}

function stepsNodes(steps: readonly Step[]): Node[] {
  return steps.flatMap((step) => (step.kind === "node" ? [step.node] : step.branches.flatMap(stepsNodes)));
}

function stepVariables(step: Step): Set<string> {
  return new Set(stepsNodes([step]).flatMap((node) => [...variablesOf(node)]));
}

function union(left: ReadonlySet<string>, right: ReadonlySet<string>): Set<string> {
  return new Set([...left, ...right]);
}
