import type { Json } from "../base/json.ts";
import type { ClassName } from "../values/value-classes.ts";

// A new kind of node, expression or test is answered for in walk.ts and print-graph.ts, and where the compiler writes
// its state: none of them compiles before.

/** Nodes in call order, and what they come to: a graph's own, or one way of a choice. */
export interface Block extends Ending {
  readonly nodes: readonly Node[];
}

/** What a block comes to once its nodes have run. */
export interface Ending {
  readonly result: Expression;
  /** With what the execution fails; `result` is then null. Absent: it goes on. */
  readonly failure?: Failure;
}

/** As the fields of a Fail state, each a text. */
export interface Failure {
  readonly error: Expression;
  readonly cause: Expression;
}

/** A workflow's nodes in call order, and what it returns. Plain data, so that it can leave its process. */
export interface GraphData extends Signature, Block {
  /** The launch plans that are exported of it. Absent: none. */
  readonly plans?: readonly LaunchPlanData[];
}

/** Inputs by a name, and when an execution starts with them. */
export interface LaunchPlanData extends Omit<Schedule, "expression" | "input"> {
  readonly name: string;
  readonly input: Readonly<Record<string, Json>>;
  /** Absent: nothing starts by itself. */
  readonly expression?: string;
  /** Executions of the schedule's that run at once, at most. Absent: any number. */
  readonly maxConcurrent?: number;
}

/** States that every state machine has beside those of its nodes. */
export const RESERVED_STATES: readonly string[] = ["Inputs", "InvalidInputs", "Output"];

/** What a workflow is to those who start it. */
export interface Signature {
  readonly workflow: string;
  readonly inputs: readonly InputDeclaration[];
  /** Absent: a STANDARD state machine without a schedule. */
  readonly options?: StateMachineOptions;
}

/** What an author says of a workflow's state machine. */
export interface StateMachineOptions {
  /** Default `STANDARD`. `EXPRESS` lasts five minutes at most, may run a state twice, and keeps no history but its log. */
  readonly type?: ExecutionType;
  /** When it starts by itself: `rate(1 hour)`, `cron(0 6 * * ? *)` or `at(2027-01-01T00:00:00)`. */
  readonly schedule?: string | Schedule;
  /** Seconds that an execution may take. More, and it ends with `TIMED_OUT`, which nothing catches. Default: no limit. */
  readonly timeout?: number;
  /** What a workflow does when one of its nodes has failed. Default `atOnce`. */
  readonly failurePolicy?: FailurePolicy;
  /**
   * How many executions may be around one of this workflow, each started by the one around it. One more, and it fails
   * with `TooDeep`. Default: 25 if the workflow starts itself, else no limit.
   */
  readonly maxDepth?: number;
}

/**
 * `atOnce`: the workflow fails, and what runs beside the failed node is ended. `afterExecutable`: what does not need the
 * failed node still runs, and then the workflow fails with its error; of several, with that of the first in call order.
 */
export const FAILURE_POLICIES = ["atOnce", "afterExecutable"] as const;
export type FailurePolicy = (typeof FAILURE_POLICIES)[number];

/** As EventBridge Scheduler has it. */
export interface Schedule {
  /** `rate(…)`, `cron(…)` or `at(…)`. */
  readonly expression: string;
  /** Default UTC. Such as `Europe/Berlin`. */
  readonly timezone?: string;
  /** The execution's input. Default: every input's default. */
  readonly input?: Readonly<Record<string, Json>>;
  /** Default true. */
  readonly enabled?: boolean;
}

/**
 * {@link GraphData} that prints itself.
 * @example
 * const twice = workflow({ value: 1 }, function twice({ value }) {
 *   return evaluate({ value: evaluate({ value, state: 3 }), state: 3 });
 * });
 * const graph: Graph = twice.graph;
 * console.log(String(graph)); // a line for each node
 */
export interface Graph extends GraphData {
  /** The workflow with its inputs, a line for each node, and what it returns. */
  toString(): string;
}

export interface InputDeclaration {
  readonly name: string;
  /** The JSONata variable that holds it; if it is optional, an object with it as a field, if it was given. */
  readonly variable: string;
  /** Absent: the caller must give it, unless it is optional. */
  readonly default?: Json;
  /** Whether its default is `undefined`: where it is not given, tasks get no such field. Absent: no. */
  readonly isOptional?: true;
  /** Whether it is an `S3File`, which callers may give by its address alone. Absent: no. */
  readonly isFile?: true;
  /** The class of which it is an instance, such as `Date`, which callers may give in its plain form. Absent: none. */
  readonly valueClass?: ClassName;
  /** Whether there are `S3File`s within it, which callers may then give there. Absent: no. */
  readonly hasFiles?: true;
  /** Of an input with a schema: what the state machine looks at, before a task looks at all of it. Absent: it has none. */
  readonly shape?: Shape;
}

/** What a node is given: a tree of literals and of values known only at run time. */
export type Expression =
  | { readonly kind: "literal"; readonly value: Json }
  | Reference
  | { readonly kind: "object"; readonly fields: Readonly<Record<string, Expression>> }
  | { readonly kind: "list"; readonly items: readonly Expression[] };

/** What a Ref becomes: a variable of the state machine, and a path into it. */
export interface Reference {
  readonly kind: "ref";
  readonly variable: string;
  readonly path: readonly (string | number)[];
}

/** One call in a workflow. `B` is what stands within it: blocks as they are traced, or as they will run. */
export type Node<B = Block> =
  | TaskNode
  | ComputeNode
  | AwsCallNode
  | MapNode
  | WorkflowMapNode<B>
  | ChoiceNode<B>
  | LoopNode<B>
  | WaitNode
  | TryNode<B>
  | InputNode
  | StartNode
  | WorkflowNode<B>;

/** Which function runs a task, and under what name it knows it. */
export interface TaskAddress {
  /** The actor's name; absent for a plain task. */
  readonly actor?: string;
  readonly task: string;
  /** Whether each replica is a function of its own, and a call goes to the one that is meant for its key. Absent: no. */
  readonly affinity?: Affinity;
}

/** How a call of a task finds its replica. */
export interface Affinity {
  /** How many replicas the actor has; their numbers begin with 0. */
  readonly replicas: number;
  /**
   * The values at these paths of the task's inputs are its key. Absent: the author has not said, and the task's source
   * has not been read yet.
   */
  readonly paths?: readonly KeyPath[];
  /** Of a map: whether all keys are on the first replica of their rankings, as in single calls. Absent: shared out evenly. */
  readonly isByRanking?: true;
}

/** The name of an input, and the steps into it; the index of a list's element is a step too. */
export type KeyPath = readonly [input: string, ...steps: string[]];

/** The fields of an ASL `Retry` entry, in this API's casing. */
export interface Retry {
  /** Retries after the first attempt. */
  readonly maxAttempts: number;
  /** Seconds before the first retry. Default 1. */
  readonly intervalSeconds?: number;
  /** Each wait is this many times the one before. Default 2. */
  readonly backoffRate?: number;
  readonly maxDelaySeconds?: number;
  readonly jitter?: boolean;
  /** Error names, as ASL's `ErrorEquals`. Default: `["States.ALL"]`. */
  readonly errors?: readonly string[];
  /** Of those that are names of classes: the names of the classes that these extend. */
  readonly classes?: ErrorClasses;
  /** Names of errors that are not tried again, whatever else is said. Absent until `withAwaitedErrors` has seen it. */
  readonly never?: readonly string[];
}

/** By the name of a class of errors: the names of the classes that it extends. */
export type ErrorClasses = Readonly<Record<string, readonly string[]>>;

export interface NodeOptions {
  /** A number is short for `{ maxAttempts }`. */
  readonly retries?: number | Retry;
  /** Seconds that one attempt may take. */
  readonly timeout?: number;
  /** Of a task that waits for its token: seconds within which a heartbeat has to come, again and again. */
  readonly heartbeat?: number;
  /**
   * Names by which an error is reported, the most specific of its own, since something waits for them. Absent until
   * `withAwaitedErrors` has seen it.
   */
  readonly awaited?: readonly string[];
}

/** What is sent to a node that waits for its token. It becomes the node's output, if it is what it has to be. */
export interface Answer {
  /** Absent: any JSON value. */
  readonly shape?: Shape;
  /** The input of the node's task that is the token. Absent: none, it is in the task's context alone. */
  readonly tokenInput?: string;
}

/** What a value is, as far as the state machine looks: words of JSON Schema. Without any: anything. */
export interface Shape {
  readonly type?: ShapeType | readonly ShapeType[];
  readonly enum?: readonly Json[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  /** Of a text: 1, it is not empty. */
  readonly minLength?: number;
  /** Of an object. It may have others. */
  readonly properties?: Readonly<Record<string, Shape>>;
  /** Of `properties` those that may not be missing. */
  readonly required?: readonly string[];
  /** Of an object, of its fields that are not in `properties`. False: it has none. */
  readonly additionalProperties?: false | Shape;
  /** Of each element of a list. */
  readonly items?: Shape;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** For people: what stands for it where it is missing. */
  readonly default?: Json;
}

export type ShapeType = "string" | "number" | "integer" | "boolean" | "null" | "array" | "object";

interface NodeBase {
  /** The state's name, its row in the timeline. */
  readonly name: string;
  /** The variable that holds its output: its name, as it is traced. */
  readonly variable: string;
  /** The variables of nodes that it runs after, though it need not read them. Absent: none. */
  readonly after?: readonly string[];
}

export interface TaskNode extends NodeBase {
  readonly kind: "task";
  readonly address: TaskAddress;
  readonly inputs: Readonly<Record<string, Expression>>;
  /** An object that has all inputs at run time, in the place of `inputs`, which are none then. Absent: these are all. */
  readonly whole?: Reference;
  readonly options: NodeOptions;
  /** Its output comes from whoever has the token that the task gets. Absent: it is what the task returns. */
  readonly answer?: Answer;
}

/** A Task that calls no function and waits for an answer, which is its output. */
export interface InputNode extends NodeBase {
  readonly kind: "input";
  readonly options: NodeOptions;
  readonly answer: Answer;
}

/** What the state machine computes itself, by functions of `expr`. */
export const COMPUTATIONS = [
  "length",
  "range",
  "slice",
  "merge",
  "join",
  "format",
  "add",
  "sub",
  "mul",
  "div",
  "mod",
  "round",
  "min",
  "max",
  "parse",
  "hash",
  "uuid",
  "now",
] as const;
export type Computation = (typeof COMPUTATIONS)[number];

/** Computed once, when the execution comes to it. */
export interface ComputeNode extends NodeBase {
  readonly kind: "compute";
  readonly computation: Computation;
  readonly operands: readonly Expression[];
}

/** A Task that calls an action of an AWS service, without a function. */
export interface AwsCallNode extends NodeBase {
  readonly kind: "awsCall";
  /** As a Task's `Resource` has it after `arn:aws:states:::`, such as `dynamodb:getItem` and `aws-sdk:s3:getObject`. */
  readonly action: string;
  /** As Step Functions takes them: the names of fields begin with capital letters. */
  readonly arguments: Readonly<Record<string, Expression>>;
  readonly options: NodeOptions;
  /** What its role may do, in the place of what follows from its action and its arguments. Absent: that. */
  readonly rights?: readonly Right[];
  /** The variable by which its arguments read the token that it waits for. Absent: it waits for none. */
  readonly token?: string;
}

/** Actions of IAM, and the ARNs on which they are allowed. */
export interface Right {
  /** Absent: those that follow from the call's action. */
  readonly actions?: readonly string[];
  readonly resources: readonly string[];
}

/** What is done once for each element of some lists. */
interface MapBase extends NodeBase {
  /** The same for every item. */
  readonly bound: Readonly<Record<string, Expression>>;
  /** One element for each item. */
  readonly lists: Readonly<Record<string, Expression>>;
  /** ASL `MaxConcurrency`; absent: no limit. */
  readonly concurrency?: number;
  /** Whether the author asks for more at once than an Inline Map runs. */
  readonly asksForMany?: true;
  readonly minSuccessRatio?: number;
}

/** A task for each element. */
export interface MapNode extends MapBase {
  readonly kind: "map";
  readonly address: TaskAddress;
  /** Absent: each item is an invocation of its own. */
  readonly batch?: Batching;
  /** Absent: what suits the number of items, found when the map runs if it is not known before. */
  readonly mode?: MapMode;
  /** Of the child executions, where the map is distributed. Absent: `STANDARD`. */
  readonly executionType?: ExecutionType;
  readonly options: NodeOptions;
}

/** A workflow for each element: its nodes run within the map's item. */
export interface WorkflowMapNode<B = Block> extends MapBase {
  readonly kind: "workflowMap";
  /** Its names are its own. `bound` and `lists` together are its inputs. */
  readonly graph: Signature & B;
  /** Absent: what suits the number of items, found when the map runs if it is not known before. */
  readonly mode?: MapMode;
  /** Of an item, from the workflow's first node on. */
  readonly retries?: number | Retry;
}

/** Where the items of a map run: in the workflow's own execution, or in child executions. */
export const MAP_MODES = ["inline", "distributed"] as const;
export type MapMode = (typeof MAP_MODES)[number];

/** As ASL's `ExecutionType`. */
export const EXECUTION_TYPES = ["STANDARD", "EXPRESS"] as const;
export type ExecutionType = (typeof EXECUTION_TYPES)[number];

/** How the items of a map are put together into invocations. */
export interface Batching {
  /** Items in a batch at most. `auto`: as many as suit the list and the replicas, found when the map runs. */
  readonly size: number | "auto";
  /** Items are together whose value at this path is the same: the name of a list, and a path in its elements. */
  readonly by?: readonly string[];
  /** Items of a batch at work at once. */
  readonly concurrentItems: number;
  /** Among how many replicas the batches are shared out. */
  readonly replicas: number;
  /** Items that end before their function's time is over, if each takes all of the task's timeout. Absent: it has none. */
  readonly inTime?: number;
}

/** Of the ways of a choice one is gone: the first whose test holds, and `otherwise` where none does. */
export interface ChoiceNode<B = Block> extends NodeBase {
  readonly kind: "choice";
  readonly ways: readonly Way<B>[];
  readonly otherwise: B;
}

export interface Way<B = Block> {
  readonly test: Test;
  readonly block: B;
}

/** A block that runs again and again, each time with what it came to the time before. Its output is the last of these. */
export interface LoopNode<B = Block> extends NodeBase {
  readonly kind: "loop";
  /** What it begins with. */
  readonly initial: Expression;
  /** The variable that holds what it is at, for its test and its block. */
  readonly state: string;
  /** Whether there is another round. */
  readonly test: Test;
  /** Rounds without asking, 0 or 1. */
  readonly fewest: 0 | 1;
  /** More rounds than these and the execution fails. */
  readonly most: number;
  /** Comes to the next state. */
  readonly block: B;
}

/** A Wait state. Its output is null. */
export interface WaitNode extends NodeBase {
  readonly kind: "wait";
  /** The state's field: for how long, or until when. */
  readonly field: "Seconds" | "Timestamp";
  readonly value: Expression;
}

/** A block, and another that runs in its place if it fails. */
export interface TryNode<B = Block> extends NodeBase {
  readonly kind: "try";
  readonly block: B;
  /** Names of the errors that are caught. Absent: all that can be. */
  readonly errors?: readonly string[];
  /** As those of {@link Retry}. */
  readonly classes?: ErrorClasses;
  /** The variable that holds the error, for the handler: `{name, message, cause}`, each a text. */
  readonly error: string;
  readonly handler: B;
}

export interface WorkflowNode<B = Block> extends NodeBase {
  readonly kind: "workflow";
  readonly inputs: Readonly<Record<string, Expression>>;
  /** Of the call, from the workflow's first node on. */
  readonly retries?: number | Retry;
  /** Its names are its own: another graph may have the same. */
  readonly graph: Signature & B;
}

/** An execution of a workflow's own state machine, which is waited for. Its output is that of the execution. */
export interface StartNode extends NodeBase {
  readonly kind: "start";
  /** The name of the workflow. It is of the same service. */
  readonly workflow: string;
  readonly inputs: Readonly<Record<string, Expression>>;
  /** Each attempt is an execution of its own. */
  readonly retries?: number | Retry;
  /** Seconds that one execution may take. */
  readonly timeout?: number;
  /** Names of errors that something around it waits for. Absent until `withAwaitedErrors` has seen it. */
  readonly awaited?: readonly string[];
  /** A task of the workflow, whose function works on the lists of a map of such executions. Absent: it has none. */
  readonly worker?: TaskAddress;
}

/** JSONata's operators of comparison. */
export type Comparison = "=" | "!=" | ">" | ">=" | "<" | "<=" | "in";

/** A condition that the state machine evaluates. */
export type Test =
  | {
      readonly kind: "compare";
      readonly operator: Comparison;
      readonly left: Expression;
      /** Of `in`: a list of literals and references, or a reference to a list. */
      readonly right: Expression;
    }
  | { readonly kind: "isTrue" | "isNull"; readonly value: Expression }
  | { readonly kind: "and" | "or"; readonly tests: readonly Test[] }
  | { readonly kind: "not"; readonly test: Test };
