import { LambentError } from "../base/errors.ts";
import type { GraphData } from "../graph/graph.ts";
import {
  bindWorkflow,
  checkCall,
  workflowDefinition,
  type LaterWorkflow,
  type StartedWorkflow,
} from "./called-workflow.ts";
import type { WorkflowDefinition } from "./definition.ts";
import { given } from "./given.ts";
import type { Workflow } from "./workflow.ts";
import { checkName } from "./workflow-options.ts";

/**
 * A workflow that may be made later than the one that starts it.
 * @example
 * const right: Workflow<{ n?: number }, string> = workflow({ n: 1 }, function right({ n }) {
 *   return expr.format`right ${left.start({ n })}`;
 * });
 * const left = workflow({ n: 2 }, function left({ n }) {
 *   const next: LazyWorkflow<{ n?: number }, string> = lazy("right", () => right);
 *   return conditional(gt(n, 0), () => next.start({ n: expr.sub(n, 1) }), () => "done");
 * });
 */
export interface LazyWorkflow<I, O> {
  /** Called in a workflow: an execution of its own, which is waited for. A map of it has one for each item. */
  readonly start: StartedWorkflow<I, O>;
}

/** Refused by what takes a workflow's part in the place of `start`. */
const LAZY: unique symbol = Symbol("lazy workflow");

/**
 * Name a workflow that is made further down, or in a module that imports this one, in order to start it: workflows that
 * start each other. Around any of them there may be `maxDepth` executions, of whichever of them.
 *
 * TypeScript has to be told the type of one workflow of each circle, as of functions that call each other:
 * `const odd: Workflow<{ n?: number }, boolean> = workflow(…)`.
 * @param name the workflow's name, and that of the node
 * @param workflow gives it; called once all modules are loaded
 * @throws {LambentError} when the modules are loaded: if it gives no workflow of this name, or one that does not take the
 * inputs that it is given
 * @example
 * const even = workflow({ n: 4 }, function even({ n }) {
 *   return conditional(gt(n, 0), () => lazy("odd", () => odd).start({ n: expr.sub(n, 1) }), () => true);
 * });
 * const odd: Workflow<{ n?: number }, boolean> = workflow({ n: 3 }, function odd({ n }) {
 *   return conditional(gt(n, 0), () => even.start({ n: expr.sub(n, 1) }), () => false);
 * });
 */
export function lazy<I, O>(name: string, workflow: () => Workflow<I, O>): LazyWorkflow<I, O> {
  const what = typeof name === "string" ? `lazy("${name}", …)` : "lazy(…)";
  if (typeof name !== "string") {
    throw new LambentError(
      `${what} takes the name of a workflow first, and then () => the workflow; not ${given(name)}`,
    );
  }
  checkName(name);
  if (typeof workflow !== "function" || workflowDefinition(workflow) !== undefined) {
    throw new LambentError(`${what} takes a function that gives the workflow, () => ${name}, not ${given(workflow)}`);
  }
  const graph: GraphData = { workflow: name, inputs: [], nodes: [], result: { kind: "literal", value: null } };
  const definition = laterWorkflow(what, name, workflow);
  function call(): never {
    throw new LambentError(
      `${what}: workflow ${name} is not made yet, and a workflow cannot be within one that is within it: start it, ${what}.start({ … }), or make it before and call it`,
    );
  }
  return Object.assign(call, {
    workflowName: name,
    [LAZY]: true,
    start: bindWorkflow<I, O>({
      definition: { graph, tasks: new Set(), started: new Set(), schemas: new Map() },
      bound: {},
      starts: { definition },
    }),
  });
}

function laterWorkflow(what: string, name: string, workflow: () => unknown): LaterWorkflow {
  const calls: Parameters<LaterWorkflow["expect"]>[] = [];
  return {
    expect: (...call) => void calls.push(call),
    resolve: () => {
      const definition = resolved(what, name, workflow);
      for (const [fields, lists] of calls) checkCall(definition, fields, lists);
      return definition;
    },
  };
}

function resolved(what: string, name: string, workflow: () => unknown): WorkflowDefinition {
  const made = workflow();
  const definition = workflowDefinition(made);
  if (definition === undefined) {
    throw new LambentError(`${what}: its function is to give the workflow ${name}, not ${given(made)}`);
  }
  const { workflow: other } = definition.graph;
  if (other === name) return definition;
  throw new LambentError(`${what} gives the workflow ${other}: name that, lazy("${other}", …)`);
}

/** @throws {LambentError} for a workflow that is named by `lazy(…)`, of which only `start` is known */
export function refuseLazy(what: string, value: unknown): void {
  if (typeof value !== "function" || !Object.hasOwn(value, LAZY)) return;
  const name = String(Reflect.get(value, "workflowName"));
  throw new LambentError(
    `${what}: workflow ${name} is not made yet, and its part of another workflow not known: give it lazy("${name}", …).start`,
  );
}
