/**
 * What "lambent" is in a function's bundle: the same names and types as index.ts, with only the code that runs tasks
 * and caches. Workflows were traced and options checked when the service was described, so here no workflow's function
 * is called, no option is checked, and the code that does so is not loaded.
 */
import type { ActorEnvironment as Actor } from "./authoring/actor.ts";
import type { awsCall as AwsCall } from "./authoring/aws-call.ts";
import type { BoundWorkflow, StartedWorkflow } from "./authoring/called-workflow.ts";
import type { ActorOptions } from "./authoring/actor-options.ts";
import type { after as After } from "./authoring/after.ts";
import type * as conditions from "./authoring/condition.ts";
import type * as choices from "./authoring/conditional.ts";
import { cacheOf, type ActorCache } from "./cache/actor-cache.ts";
import { outsideWorkflow } from "./authoring/current-trace.ts";
import { LambentError } from "./base/errors.ts";
import type { Json } from "./base/json.ts";
import type { dynamic as Dynamic } from "./authoring/dynamic.ts";
import { callMakers, plannedCalls } from "./invocation/planned-calls.ts";
import type { expr as Expr } from "./authoring/expr.ts";
import type { fail as Fail } from "./authoring/fail.ts";
import { noteTask } from "./authoring/made-tasks.ts";
import type { launchPlan as LaunchPlan } from "./authoring/launch-plan.ts";
import type { lazy as Lazy } from "./authoring/lazy.ts";
import type * as loops from "./authoring/loop.ts";
import type { mapTask as MapTask } from "./authoring/map-task.ts";
import type { partial as Partial } from "./authoring/partial.ts";
import type * as waits from "./authoring/sleep.ts";
import type { ActorTaskOptions, task as Plain, Task, TaskFunction, TaskOptions } from "./authoring/task.ts";
import type { tryCatch as TryCatch } from "./authoring/try-catch.ts";
import type * as inputs from "./authoring/wait-for-input.ts";
import type { warmAll as WarmAll } from "./authoring/warm-all.ts";
import type { Required } from "./authoring/required.ts";
import type { workflow as TracedWorkflow } from "./authoring/workflow.ts";
import { checkedRun, schemaTasks } from "./values/checked-tasks.ts";
import type { Schema, TaskSchemas } from "./values/standard-schema.ts";

export { currentContext } from "./invocation/scope.ts";
export { LambentError, NonRetryableError } from "./base/errors.ts";
export { S3File } from "./values/file.ts";
export { asset } from "./values/replica-asset.ts";

type PublicActor = new (options: ActorOptions) => Pick<Actor, keyof Actor>;

export const ActorEnvironment: typeof Actor = class ActorEnvironment {
  readonly name: string;
  readonly cache: ActorCache;

  constructor({ name, cache }: ActorOptions) {
    this.name = name;
    this.cache = cacheOf(cache === undefined ? { name } : { name, limits: cache });
  }

  task<O, I = {}>(fn: TaskFunction<I, O>, options: ActorTaskOptions<I> = {}): Task<I, O> {
    return defineTask(fn, options, this);
  }
  // It has all public members, which `satisfies` checks. The cast is needed since the other class has private fields
  // too, and TypeScript takes classes with private fields for different types.
} satisfies PublicActor as unknown as typeof Actor;

function plainTask<O, I = {}>(fn: TaskFunction<I, O>, options: TaskOptions<NoInfer<I>> = {}): Task<I, O> {
  return defineTask(fn, options, undefined);
}
// Nobody looks at what the function of a task returns that has a token.
export const task: typeof Plain = plainTask as typeof Plain;

function defineTask<I, O>(
  fn: TaskFunction<I, O>,
  { name = fn.name, ...options }: TaskOptions<I> & TaskSchemas,
  actor: { readonly name: string } | undefined,
): Task<I, O> {
  // `run` gets the inputs of an invocation. Their type was checked where the workflow calls the task.
  const run = checkedRun(name, options, fn);
  noteTask({ ...options, name, actor, run });
  return makeTask(name, async (inputs: I): Promise<O> => run(inputs) as O);
}

/** `withOverrides` returns the same task: node options are options of states, and there are none in a replica. */
function makeTask<I, O>(taskName: string, fn: (inputs: I) => Promise<O>): Task<I, O> {
  function call(): never {
    throw outsideWorkflow(`task ${taskName}`, `to run its function here, call ${taskName}.fn(…)`);
  }
  const made: Task<I, O> = Object.assign(call, { fn, taskName, withOverrides: () => made });
  return made;
}

function partialOf<I, O>(callee: Task<I, O> | BoundWorkflow<I, O>, bound: object): unknown {
  if (!("fn" in callee)) return callee; // a workflow, which no replica calls
  return makeTask(callee.taskName, (rest: object) => callee.fn({ ...bound, ...rest } as unknown as I)); // both make an I
}
// What it returns goes by what it is given, which TypeScript does not follow.
export const partial: typeof Partial = partialOf as typeof Partial;

/** Which tasks it may call, the state machine knows: the first argument may be anything. */
function dynamicOf<I>(
  _: unknown,
  fn: (inputs: I, calls: object) => unknown,
  { name = fn.name, ...options }: TaskOptions<I> = {},
): unknown {
  const calls = callMakers(name);
  defineTask<I, Json>(
    async (inputs) => plannedCalls(name, await fn(inputs, calls)) as unknown as Json,
    { ...options, name },
    undefined,
  );
  function call(): never {
    throw outsideWorkflow(`dynamic ${name}`, `to see which calls it would make, await ${name}.fn(…)`);
  }
  return Object.assign(call, { fn: async (inputs: I) => fn(inputs, calls), taskName: name });
}
// What the types say of its calls is true of any list that its function returns.
export const dynamic: typeof Dynamic = dynamicOf as typeof Dynamic;

export const mapTask: typeof MapTask = (callee: object) => () => {
  const name = "taskName" in callee ? callee.taskName : "workflowName" in callee ? callee.workflowName : "";
  throw outsideWorkflow(`mapTask(${String(name)})`, "call it in a workflow's function");
};

export const after: typeof After = () => {
  throw outsideWorkflow("after", "call it in a workflow's function");
};

export const warmAll: typeof WarmAll = () => {
  throw outsideWorkflow("warmAll", "call it in a workflow's function");
};

export const conditional: typeof choices.conditional = () => {
  throw outsideWorkflow("conditional", "call it in a workflow's function");
};

export const choose: typeof choices.choose = () => {
  throw outsideWorkflow("choose", "call it in a workflow's function");
};

export const whileLoop: typeof loops.whileLoop = () => {
  throw outsideWorkflow("whileLoop", "call it in a workflow's function");
};

export const repeatUntil: typeof loops.repeatUntil = () => {
  throw outsideWorkflow("repeatUntil", "call it in a workflow's function");
};

export const sleep: typeof waits.sleep = () => {
  throw outsideWorkflow("sleep", "call it in a workflow's function");
};

export const sleepUntil: typeof waits.sleepUntil = () => {
  throw outsideWorkflow("sleepUntil", "call it in a workflow's function");
};

export const tryCatch: typeof TryCatch = () => {
  throw outsideWorkflow("tryCatch", "call it in a workflow's function, or use try and catch in a task");
};

export const waitForInput: typeof inputs.waitForInput = () => {
  throw outsideWorkflow("waitForInput", "call it in a workflow's function");
};

export const approve: typeof inputs.approve = () => {
  throw outsideWorkflow("approve", "call it in a workflow's function");
};

// Without the mark, bundles that do not use it would have it all the same.
export const expr: typeof Expr = /* @__PURE__ */ new Proxy({} as typeof Expr, {
  get: (_, name) => () => {
    throw outsideWorkflow(
      `expr.${String(name)}`,
      "it is computed by the state machine; here, compute it in TypeScript",
    );
  },
});

export const awsCall: typeof AwsCall = () => {
  throw outsideWorkflow("awsCall", "call it in a workflow's function, or use the service's AWS SDK client in a task");
};

export const fail: typeof Fail = () => {
  throw outsideWorkflow("fail", "throw an Error in a task, and call fail in the branch of a conditional");
};

// Conditions are of workflows' functions too.
const CONDITION = {} as conditions.Condition; // nobody looks at it
export const and: typeof conditions.and = () => CONDITION;
export const eq: typeof conditions.eq = () => CONDITION;
export const ge: typeof conditions.ge = () => CONDITION;
export const gt: typeof conditions.gt = () => CONDITION;
export const isIn: typeof conditions.isIn = () => CONDITION;
export const isNull: typeof conditions.isNull = () => CONDITION;
export const isTrue: typeof conditions.isTrue = () => CONDITION;
export const le: typeof conditions.le = () => CONDITION;
export const lt: typeof conditions.lt = () => CONDITION;
export const ne: typeof conditions.ne = () => CONDITION;
export const not: typeof conditions.not = () => CONDITION;
export const or: typeof conditions.or = () => CONDITION;

export function required<T>(): Required<T> {
  return {} as Required<T>; // workflow() below looks for schemas alone
}

export const lazy: typeof Lazy = (name) => ({ start: startOf(name) });

/** Of a workflow, which nothing starts in a replica. */
function startOf<I, O>(workflowName: string): StartedWorkflow<I, O> {
  function start(): never {
    throw outsideWorkflow(
      `workflow ${workflowName}`,
      "start its state machine, or call run(workflow, inputs) of lambent/local",
    );
  }
  return Object.assign(start, { workflowName, withOverrides: () => startOf<I, O>(workflowName) });
}

// Nothing starts a plan in a replica, and its inputs are checked where it is described.
export const launchPlan: typeof LaunchPlan = ({ workflowName }) => ({ workflowName });

function workflowOf(
  inputs: object,
  fn: Function,
  { name = fn.name, output }: { readonly name?: string; readonly output?: Schema } = {},
): object {
  for (const task of schemaTasks(name, inputs, output)) noteTask(task);
  function call(): never {
    throw outsideWorkflow(
      `workflow ${name}`,
      "start its state machine, or call run(workflow, inputs) of lambent/local",
    );
  }
  const start = Object.assign(() => call(), { workflowName: name, withOverrides: () => start });
  const named = Object.assign(call, { workflowName: name, withOverrides: () => named, start });
  return Object.defineProperty(named, "graph", {
    get(): never {
      throw new LambentError(
        `workflow ${name} has no graph in a replica, which traces nothing: read it in a script or a test`,
      );
    },
  });
}
// Its types are those of the function that traces.
export const workflow: typeof TracedWorkflow = workflowOf as unknown as typeof TracedWorkflow;
