import type {
  Block,
  ChoiceNode,
  Expression,
  GraphData,
  InputDeclaration,
  MapNode,
  Node,
  Retry,
  TaskAddress,
  TaskNode,
  WorkflowNode,
} from "../sdk/graph.ts";
import { LambentError } from "../sdk/errors.ts";
import type { Json } from "../sdk/ref.ts";
import { condition, literal, query, read, readStep, template, templates } from "./expression.ts";
import { prefixed } from "./prefix.ts";
import { collect, schedule, variablesOf, type Step } from "./schedule.ts";

/** What the compiler must know of the service that a workflow belongs to. */
export interface Target {
  /** `FunctionName` for the function that runs an actor's tasks, or the plain ones: an alias's ARN. */
  functionName(actor: string | undefined): string;
  /** Whether throttled calls should wait for a replica rather than give up soon. */
  queues(actor: string | undefined): boolean;
}

/** An Amazon States Language document, as far as Lambent writes it: JSONata throughout. */
export interface Definition {
  readonly Comment: string;
  readonly QueryLanguage: "JSONata";
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface State {
  readonly Type: "Task" | "Map" | "Parallel" | "Choice" | "Pass" | "Succeed" | "Fail";
  readonly [field: string]: Json | undefined;
}

/** Where a state goes when it is done. */
type Next = { readonly Next: string } | { readonly End: true };

/** States in the order they were called, and the one to enter by. */
interface Chain {
  readonly entry: string;
  readonly states: readonly (readonly [string, State])[];
}

/** The largest definition that CreateStateMachine takes, in bytes. */
const DEFINITION_LIMIT = 1_048_576;

/**
 * Compile a workflow's graph into the definition that is deployed and emulated alike.
 * @throws {LambentError} if Step Functions would refuse it
 */
export function compile(graph: GraphData, target: Target): Definition {
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

/** What compiling a part of a graph needs to know of the whole. */
interface Scope {
  readonly target: Target;
  readonly names: Names;
  /** The variables that are read after this part. */
  readonly uses: ReadonlySet<string>;
}

/** Keeps the names of states and variables apart: those of nodes, and those the compiler adds. */
class Names {
  readonly #taken = new Set(["Inputs", "InvalidInputs", "Output"]);

  constructor(graph: GraphData) {
    for (const input of graph.inputs) this.#taken.add(input.variable);
    this.#take(graph.nodes);
  }

  /** `wanted`, numbered if it is taken. */
  fresh(wanted: string): string {
    let name = wanted.slice(0, 76);
    for (let number = 2; this.#taken.has(name); number++) name = `${wanted.slice(0, 76)}${number}`;
    this.#taken.add(name);
    return name;
  }

  #take(nodes: readonly Node[]): void {
    for (const node of nodes) {
      this.#taken.add(node.name);
      if (node.kind === "choice") for (const block of [node.whenTrue, node.whenFalse]) this.#take(block.nodes);
    }
  }
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
      .map((node) => node.name)
      .filter((variable) => scope.uses.has(variable));
    const result = readStep("$states.result", index);
    const alone = soleNode(steps);
    if (alone !== undefined) {
      if (wanted.length > 0) assigned[alone.name] = query(result);
      return closed(nodeChain(alone, { End: true }, scope));
    }
    for (const variable of wanted) assigned[variable] = query(readStep(result, variable));
    const results = scope.names.fresh(`${name}Results`);
    const output = Object.fromEntries(wanted.map((variable) => [variable, query(`$${variable}`)]));
    const body = chain(steps, { Next: results }, { ...scope, uses: new Set(wanted) });
    return closed({
      entry: body.entry,
      states: [...body.states, [results, { Type: "Pass", Output: output, End: true }]],
    });
  });
  return single(name, { Type: "Parallel", Branches: compiled, Assign: assigned, Output: {}, ...next });
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
    ...assign(node, "$states.result.Payload.output"),
    ...next,
  };
}

/** A state that invokes the task's function, without what becomes of its output. */
function invocation(address: TaskAddress, inputs: Json, node: TaskNode | MapNode, target: Target): State {
  const { timeout } = node.options;
  return {
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Arguments: {
      FunctionName: target.functionName(address.actor),
      Payload: { task: address.task, inputs, execution: query("$states.context.Execution.Id") },
    },
    ...(timeout === undefined ? {} : { TimeoutSeconds: timeout }),
    Retry: retriers(node.options.retries, target.queues(address.actor)),
  };
}

function assign(node: Node, value: string): { Assign: Json; Output: Json } {
  return { Assign: { [node.name]: query(value) }, Output: query(value) };
}

/** Lambda's transient errors as AWS recommends to retry them, and the author's own retries. */
function retriers(retries: number | Retry | undefined, queues: boolean): Json[] {
  const own =
    retries === undefined ? [] : authorRetrier(typeof retries === "number" ? { maxAttempts: retries } : retries);
  const lambda: Json[] = [
    {
      ErrorEquals: [
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.ServiceException",
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
      ],
      IntervalSeconds: 2,
      MaxAttempts: 6,
      BackoffRate: 2,
    },
    // Where replicas are not to be exceeded, being throttled is how Lambda says "wait for one".
    {
      ErrorEquals: ["Lambda.TooManyRequestsException"],
      IntervalSeconds: 1,
      MaxAttempts: queues ? 60 : 6,
      BackoffRate: 2,
      MaxDelaySeconds: 20,
      JitterStrategy: "FULL",
    },
    { ErrorEquals: ["Lambda.Unknown"], IntervalSeconds: 2, MaxAttempts: 2, BackoffRate: 2 },
  ];
  const all = own.some((retrier) => retrier.ErrorEquals.includes("States.ALL"));
  return all ? [...lambda, ...own] : [...own, ...lambda];
}

interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly [field: string]: Json;
}

function authorRetrier(retry: Retry): Retrier[] {
  if (retry.maxAttempts === 0) return [];
  const errors = retry.errors ?? ["States.ALL"];
  return [
    {
      ErrorEquals: errors.includes("States.ALL") ? ["States.ALL"] : errors,
      IntervalSeconds: retry.intervalSeconds ?? 1,
      MaxAttempts: retry.maxAttempts,
      BackoffRate: retry.backoffRate ?? 2,
      ...(retry.maxDelaySeconds === undefined ? {} : { MaxDelaySeconds: retry.maxDelaySeconds }),
      ...(retry.jitter === true ? { JitterStrategy: "FULL" } : {}),
    },
  ];
}

function mapChain(node: MapNode, next: Next, scope: Scope): Chain {
  const { target, names } = scope;
  const item = names.fresh(`${node.name}Item`);
  const lists = mapLists(node, names);
  const task = invocation(node.address, { ...templates(node.bound, "absent"), ...lists.inputs }, node, target);
  const { minSuccessRatio } = node;
  const failed = names.fresh(`${node.name}Failed`);
  const states: Record<string, Json> =
    minSuccessRatio === undefined
      ? { [item]: { ...task, Output: query("$states.result.Payload.output"), End: true } }
      : {
          [item]: {
            ...task,
            Output: { output: query("$states.result.Payload.output") },
            Catch: [{ ErrorEquals: ["States.ALL"], Next: failed }],
            End: true,
          },
          [failed]: { Type: "Pass", Output: {}, End: true },
        };
  const map: State = {
    Type: "Map",
    Items: lists.items,
    ...(node.concurrency === undefined ? {} : { MaxConcurrency: node.concurrency }),
    ItemProcessor: { ProcessorConfig: { Mode: "INLINE" }, StartAt: item, States: states },
  };
  if (minSuccessRatio === undefined) {
    const compiled = single(node.name, { ...map, ...assign(node, "$states.result"), ...next });
    return after(lists.assigned, compiled);
  }
  const ratio = names.fresh(`${node.name}Ratio`);
  const tooFew = names.fresh(`${node.name}TooFewSucceeded`);
  const succeeded = names.fresh(`${node.name}_succeeded`);
  // Elements may be lists, which JSONata would flatten: only $map keeps them apart, and [] keeps one element a list.
  const outputs = "$map($states.result, function($item) { $exists($item.output) ? $item.output : null })[]";
  const done = nextName(next);
  return after(lists.assigned, {
    entry: node.name,
    states: [
      [
        node.name,
        {
          ...map,
          Assign: {
            [node.name]: query(`$count($states.result) = 0 ? [] : ${outputs}`),
            [succeeded]: query("$count($filter($states.result, function($item) { $exists($item.output) }))"),
          },
          Output: {},
          Next: ratio,
        },
      ],
      [
        ratio,
        {
          Type: "Choice",
          Choices: [{ Condition: query(`$${succeeded} < ${minSuccessRatio} * $count($${node.name})`), Next: tooFew }],
          Default: done,
        },
      ],
      [
        tooFew,
        {
          Type: "Fail",
          Error: "TooFewSucceeded",
          Cause: query(
            `"${node.name}: " & $${succeeded} & " of " & $count($${node.name}) & " items succeeded, minSuccessRatio is ${minSuccessRatio}"`,
          ),
        },
      ],
    ],
  });
}

interface MapLists {
  readonly items: Json;
  /** The inputs that differ from item to item. */
  readonly inputs: Record<string, Json>;
  /** A state that must come first, if lists have to be put into variables. */
  readonly assigned: readonly [string, State] | undefined;
}

function mapLists(node: MapNode, names: Names): MapLists {
  const entries = Object.entries(node.lists);
  const [first, ...others] = entries;
  if (first !== undefined && others.length === 0) {
    const [key, list] = first;
    return { items: template(list, "null"), inputs: { [key]: query("$states.input") }, assigned: undefined };
  }
  const variables: Record<string, Json> = {};
  const sources = entries.map(([key, list]): [string, string] => {
    if (list.kind === "ref") return [key, read(list)];
    const variable = names.fresh(`${node.name}_${key}`);
    variables[variable] = template(list, "null");
    return [key, `$${variable}`];
  });
  const [[, source] = ["", "[]"]] = sources;
  const same = sources
    .slice(1)
    .map(([, other]) => `$count(${other}) = $count(${source})`)
    .join(" and ");
  const lengths = sources
    .map(([key, list]) => `"${key.replaceAll('"', "")} has " & $count(${list})`)
    .join(' & ", " & ');
  return {
    // Items are indices; each item looks its elements up. $zip would cut longer lists short in silence.
    items: query(
      `${same} ? [0..$count(${source}) - 1] : $error("${node.name}: the lists differ in length: " & ${lengths})`,
    ),
    inputs: Object.fromEntries(sources.map(([key, list]) => [key, query(`(${list})[$states.input]`)])),
    assigned:
      Object.keys(variables).length === 0
        ? undefined
        : [names.fresh(`${node.name}Lists`), { Type: "Pass", Assign: variables }],
  };
}

function choiceChain(node: ChoiceNode, next: Next, scope: Scope): Chain {
  const Next = nextName(next);
  const branch = (block: Block, suffix: string): Chain => {
    const last = scope.names.fresh(`${node.name}${suffix}`);
    const body = chain(
      schedule(block.nodes),
      { Next: last },
      { ...scope, uses: union(scope.uses, collect(block.result)) },
    );
    const pass: State = { Type: "Pass", Assign: { [node.name]: template(block.result, "null") }, Next };
    return { entry: body.entry, states: [...body.states, [last, pass]] };
  };
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
    [start, { Type: "Pass", Assign: Object.fromEntries(inputs), Next: body.entry }],
    ...body.states,
    ...end.states,
  ];
  const branch = closed({ entry: start, states });
  return single(node.name, { Type: "Parallel", Branches: [branch], ...assign(node, "$states.result[0]"), ...next });
}

/** The first state: refuses inputs that the workflow does not declare, and fills in the defaults. */
function inputsState(inputs: readonly InputDeclaration[], next: string): State {
  return {
    Type: "Choice",
    Choices: [{ Condition: query(`$count(${inputProblems(inputs)}) > 0`), Next: "InvalidInputs" }],
    Default: next,
    Assign: Object.fromEntries(
      inputs.map(({ name, variable, default: value }) => {
        const given = readStep("$states.input", name);
        return [variable, query(value === undefined ? given : `$exists(${given}) ? ${given} : ${literal(value)}`)];
      }),
    ),
  };
}

function invalidInputsState({ workflow, inputs }: GraphData): State {
  const problems = `$join(${inputProblems(inputs)}, "; ")`;
  return { Type: "Fail", Error: "InvalidInputs", Cause: query(`${literal(`workflow ${workflow}: `)} & ${problems}`) };
}

/** A JSONata list of messages, empty if the execution's input fits the declared inputs. */
function inputProblems(inputs: readonly InputDeclaration[]): string {
  const names = inputs.map((input) => input.name);
  const known = names.length === 0 ? "it takes none" : `it takes ${names.join(", ")}`;
  const checks = inputs.flatMap(({ name, default: value }) => {
    const given = readStep("$states.input", name);
    if (value === undefined) return `$exists(${given}) ? [] : ${literal(`${name} is required`)}`;
    if (value === null) return []; // a default of null tells nothing of the type
    const type = Array.isArray(value) ? "array" : typeof value;
    const wrong = `${literal(`${name} must be of type ${type}, not `)} & $type(${given})`;
    return `$exists(${given}) and $type(${given}) != "${type}" ? ${wrong} : []`;
  });
  const unknown =
    `$map($filter($keys($states.input), function($key) { $not($key in ${literal(names)}) }), ` +
    `function($key) { "there is no input " & $key & ", ${known}" })`;
  return `($type($states.input) = "object" ? [${[...checks, unknown].join(", ")}] : ["the input must be an object, not " & $type($states.input)])`;
}

function single(name: string, state: State): Chain {
  return { entry: name, states: [[name, state]] };
}

/** A chain as a branch of Parallel. */
function closed({ entry, states }: Chain): Json {
  return { StartAt: entry, States: Object.fromEntries(states) as Record<string, Json> }; // a State's fields are JSON
}

function after(first: readonly [string, State] | undefined, rest: Chain): Chain {
  if (first === undefined) return rest;
  const [name, state] = first;
  return { entry: name, states: [[name, { ...state, Next: rest.entry }], ...rest.states] };
}

/** Only the states that `soleNode` admits may end a branch. */
function nextName(next: Next): string {
  if ("Next" in next) return next.Next;
  throw new Error("this state cannot be the last of a branch");
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
