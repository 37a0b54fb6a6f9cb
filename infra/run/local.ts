/**
 * Workflows in this process, for tests and scripts. To import it gives files and large values a place: `.lambent/store`.
 * @module
 */

import { join } from "node:path";
import { FUNCTION_SECONDS } from "../../sdk/base/aws-limits.ts";
import { invoke, type Tasks } from "../../handlers/invocation.ts";
import type { Invocation } from "../../handlers/payload.ts";
import { ReportedError } from "../../handlers/reported-error.ts";
import { tasksOf } from "../../handlers/handler.ts";
import { keepHashesIn } from "../../sdk/authoring/asset-location.ts";
import { currentStore, setDefaultStore } from "../../sdk/store/current-store.ts";
import { storeBucket } from "../../sdk/store/store-bucket.ts";
import { PLAIN_TASKS } from "../../sdk/base/function-names.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { Json } from "../../sdk/base/json.ts";
import { decodeValue } from "../../sdk/values/crossing.ts";
import { workflowDefinition } from "../../sdk/authoring/called-workflow.ts";
import { withStarted, type WorkflowDefinition } from "../../sdk/authoring/definition.ts";
import type { Workflow } from "../../sdk/authoring/workflow.ts";
import type { GraphData, TaskAddress } from "../../sdk/graph/graph.ts";
import { mapAddresses } from "../../sdk/graph/walk.ts";
import { given } from "../../sdk/authoring/given.ts";
import { launched, type LaunchPlan } from "../../sdk/authoring/launch-plan.ts";
import { answering } from "./answers.ts";
import { takeHeartbeats } from "./local-heartbeats.ts";
import { compileWorkflow, type Target } from "../compile/compile.ts";
import {
  type ExecutionDescription,
  FunctionServiceError,
  StepFunctions,
  type Functions,
  type InvokeRequest,
  type InvokeResponse,
} from "../emulator/index.ts";
import type { ProvisionedConcurrency } from "../emulator/lambda/provisioned-concurrency.ts";
import { errorDocument } from "../emulator/replicas/error-document.ts";
import { executionInput } from "./execution-input.ts";
import { ExecutionError } from "./execution-error.ts";
import { Failures } from "./failures.ts";
import { InProcessReplicas, replicasHere, ROLE } from "./local-replicas.ts";
import { HEAD_OBJECT, headObject } from "./head-object.ts";
import { checkSource } from "./source-mistakes.ts";
import { withRequiredFiles } from "./required-files.ts";
import { callerFiles } from "../project/caller-files.ts";
import { LAMBENT_DIRECTORY, partName } from "../project/names.ts";
import { checkRun, type RunOptions } from "./run-options.ts";

const STORE = join(process.cwd(), LAMBENT_DIRECTORY, "store");

// At the import and not in the first `run`, so that a script can upload files before it.
setDefaultStore(STORE);
keepHashesIn(join(process.cwd(), LAMBENT_DIRECTORY, "assets"));

export type { Answers } from "./answers.ts";
export type { RunOptions } from "./run-options.ts";
export { ExecutionError } from "./execution-error.ts";

/**
 * Run a workflow's state machine in this process, for tests and scripts: the definition that is deployed, run by the
 * emulator's interpreter, with this process as the only replica of every actor. Files and large values are kept in
 * `.lambent/store` unless the environment names a store.
 * With `{ bundled: true }` the tasks run as they are deployed: from artifacts that have what Lambda would have, in
 * replicas. Bundling and starting these takes seconds, and all of them are ended afterwards.
 * @param startable what `workflow()` or `launchPlan()` returned
 * @param inputs the execution's input; fields that are left out have the plan's values, or the workflow's defaults. Beside them any workflow
 * takes `traceparent` and `tracestate`
 * @returns what the workflow's function returns, with values in the places of Refs
 * @throws {ExecutionError} if the execution fails; its `cause` is the error that the task threw
 * @throws {LambentError} for an option that is unknown, or whose value does not fit; if it is given neither, its function asks a Ref for what only a task can tell, the inputs cannot be JSON, or its modules cannot be bundled
 * @example
 * const result = await run(wf, { initValue: 2 });
 * const asOnLambda = await run(wf, { initValue: 2 }, { bundled: true });
 */
export async function run<I extends object, O>(
  startable: Workflow<I, O> | LaunchPlan<I, O>,
  ...[own, options = {}]: {} extends I
    ? [inputs?: Traced<I>, options?: RunOptions]
    : [inputs: Traced<I>, options?: RunOptions]
): Promise<O> {
  checkRun(options);
  const { workflow: started, inputs } = launched("run(…)", startable, own);
  const definition = workflowDefinition(started);
  if (definition === undefined) {
    throw new LambentError(`run(…) takes a workflow, made by workflow(), not ${given(started)}`);
  }
  const workflow = started as Workflow<never, O>; // what has a definition is one
  await checkSource(definition);
  const graph = await withRequiredFiles(definition.graph, inputs);
  const { bundled = false, answers = {}, integrations = {}, overwriteCache, ...bundledOptions } = options;
  const asked = overwriteCache === true ? { ...inputs, overwriteCache } : inputs;
  const input = JSON.stringify(executionInput(graph, asked));
  const failures = new Failures();
  if (!bundled) {
    const here = { answers, integrations, buckets: options.buckets ?? [] };
    const ended = await runHere(workflow, { ...definition, graph }, input, failures, here);
    return outputOf(workflow, ended, failures);
  }
  const { runBundled } = await import("./bundled-run.ts");
  const environment = { LAMBENT_STORE: process.env["LAMBENT_STORE"] ?? STORE };
  const onProgress = failures.see;
  const surroundings = { environment, onProgress, answers, integrations };
  return outputOf(workflow, await runBundled(definition, input, surroundings, bundledOptions), failures);
}

/** What any workflow takes beside its inputs; one that declares an input of such a name takes that. */
type Traced<I> = I &
  Omit<
    {
      /** Of https://www.w3.org/TR/trace-context/: what tasks have in `currentContext()`. */
      readonly traceparent?: string;
      readonly tracestate?: string;
    },
    keyof I
  >;

/** Run an execution in this process. @returns its end */
async function runHere(
  workflow: Workflow<never, unknown>,
  definition: WorkflowDefinition,
  input: string,
  failures: Failures,
  { answers, integrations, buckets }: Required<Pick<RunOptions, "answers" | "integrations" | "buckets">>,
): Promise<ExecutionDescription> {
  const functions = new InProcessFunctions({ workflow });
  const states = new StepFunctions({
    functions,
    integrations: { ...INTEGRATIONS, ...integrations },
    onProgress: failures.see,
  });
  const definitions = [...withStarted([definition])];
  const actors = definitions.flatMap(({ tasks }) => [...tasks]).map(({ actor }) => actor);
  const started = await Promise.all(definitions.slice(1).map(({ graph }) => withKnownFiles(graph)));
  const graphs = [definition.graph, ...started];
  const target: Target = {
    workflows: graphs,
    functionName: functionNameOf,
    stateMachineArn: machineArn,
    partArn: (own, part) => machineArn(partName(own, part)),
    queues: () => false,
    localStore: localStore(),
    callerFiles: callerFiles({ bucket: storeBucket(), keyPrefix: "", functions: [], granted: buckets }),
    ...replicasHere(states, actors, functionNameOf),
  };
  for (const graph of graphs) {
    const { definition: main, parts } = compileWorkflow(mapAddresses(graph, withoutAffinity), target);
    const machines = [
      { name: graph.workflow, definition: main },
      ...parts.map(({ part, definition: own }) => ({ name: partName(graph.workflow, part), definition: own })),
    ];
    const type = graph.options?.type ?? "STANDARD";
    for (const { name, definition: own } of machines)
      states.createStateMachine({ name, type, definition: JSON.stringify(own), roleArn: ROLE });
  }
  const stateMachineArn = machineArn(definition.graph.workflow);
  const unanswered = answering(states.taskTokens, answers);
  const stopHeartbeats = takeHeartbeats(states.taskTokens);
  const { executionArn } = states.startExecution({ stateMachineArn, input });
  try {
    return await Promise.race([states.executionEnd(executionArn), unanswered]);
  } finally {
    stopHeartbeats();
    states.close(); // a schedule that is still to come would keep the process until then
  }
}

function outputOf<O>({ workflowName }: Workflow<never, O>, execution: ExecutionDescription, failures: Failures): O {
  const { status, output, error, cause } = execution;
  if (status !== "SUCCEEDED" || output === undefined) {
    const { where, explanation } = failures;
    const what = `workflow ${workflowName} ${status.toLowerCase().replace("_", " ")}`;
    throw new ExecutionError(what, error, cause, { where, explanation, cause: failures.cause(execution) });
  }
  // No marks of stored values are in it: the compiler's budgets keep what a workflow returns in the state machine. The
  // workflow's type says that its function returns an O.
  return decodeValue(JSON.parse(output) as Json) as O;
}

/** A workflow that another one starts: what it is given is not known before. */
function withKnownFiles(graph: GraphData): Promise<GraphData> {
  return withRequiredFiles(graph, Object.fromEntries(graph.inputs.map(({ name }) => [name, ""])));
}

function machineArn(name: string): string {
  return `arn:aws:states:us-east-1:000000000000:stateMachine:${name}`;
}

const INTEGRATIONS = {
  [HEAD_OBJECT]: headObject(async () => (await currentStore()).store, {}, "us-east-1"),
};

/** Paths by which a caller may name a file in this process's store. */
function localStore(): string[] {
  const directory = join(LAMBENT_DIRECTORY, "store");
  return [process.env["LAMBENT_STORE"] ?? join(process.cwd(), directory), directory];
}

/** Affinity is a hint, and where this process is the only replica there is nothing to choose. */
function withoutAffinity({ actor, task }: TaskAddress): TaskAddress {
  return actor === undefined ? { task } : { actor, task };
}

function functionNameOf(actor: string | undefined): string {
  return actor === undefined ? PLAIN_TASKS : `actor-${actor}`;
}

/**
 * This process as a replica of each function. Payloads are JSON text, so that what JSON cannot carry fails as on AWS.
 */
class InProcessFunctions implements Functions {
  readonly #module: Readonly<Record<string, unknown>>;
  readonly #functions = new Map<string, Tasks>();
  readonly provisioned: ProvisionedConcurrency = new InProcessReplicas();

  constructor(module: Readonly<Record<string, unknown>>) {
    this.#module = module;
  }

  async invoke({ functionName, payload }: InvokeRequest): Promise<InvokeResponse> {
    const tasks = this.#tasks(functionName);
    const invocation = JSON.parse(payload) as Invocation; // the payload of a state that the compiler wrote
    const answer = { statusCode: 200, executedVersion: "$LATEST", requestId: crypto.randomUUID() };
    try {
      const outcome = await invoke(tasks, invocation, REPLICA, () => FUNCTION_SECONDS * 1000);
      return { ...answer, payload: JSON.stringify(outcome) };
    } catch (error) {
      const payload = JSON.stringify(errorDocument(error));
      return { ...answer, functionError: "Unhandled", payload, thrown: ReportedError.thrownOf(error) };
    }
  }

  #tasks(functionName: string): Tasks {
    let tasks = this.#functions.get(functionName);
    if (tasks === undefined) {
      tasks = tasksOf(functionName === PLAIN_TASKS ? undefined : functionName.slice("actor-".length), [this.#module]);
      if (tasks.size === 0)
        throw new FunctionServiceError("ResourceNotFoundException", 404, `Function not found: ${functionName}`);
      this.#functions.set(functionName, tasks);
    }
    return tasks;
  }
}

const REPLICA = { id: `local-${process.pid}`, initializationType: "on-demand" };
