import { join } from "node:path";
import { CAUSE_CHARACTERS, FUNCTION_SECONDS } from "../../sdk/base/aws-limits.ts";
import { invoke, type Invocation, type Tasks } from "../../handlers/invocation.ts";
import { ReportedError } from "../../handlers/reported-error.ts";
import { tasksOf } from "../../handlers/handler.ts";
import { keepHashesIn } from "../../sdk/authoring/asset-location.ts";
import { currentStore, setDefaultStore } from "../../sdk/store/current-store.ts";
import { PLAIN_TASKS } from "../../sdk/base/function-names.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { Json } from "../../sdk/base/json.ts";
import { decode, encode } from "../../sdk/values/wire.ts";
import { workflowDefinition, type Workflow } from "../../sdk/authoring/workflow.ts";
import type { GraphData } from "../../sdk/graph/graph.ts";
import { given } from "../../sdk/authoring/given.ts";
import { compile } from "../compile/compile.ts";
import {
  type ExecutionDescription,
  FunctionServiceError,
  StepFunctions,
  type Functions,
  type InvokeRequest,
  type InvokeResponse,
} from "../emulator/index.ts";
import { errorDocument } from "../emulator/replicas/error-document.ts";
import { s3ClientConfig } from "../emulator/integrations/s3-access.ts";
import { HEAD_OBJECT, headObject } from "./head-object.ts";
import { withRequiredFiles } from "./required-files.ts";
import { LAMBENT_DIRECTORY } from "../project/names.ts";
import type { BundledOptions } from "./bundled-run.ts";

const STORE = join(process.cwd(), LAMBENT_DIRECTORY, "store");

// At the import and not in the first `run`, so that a script can upload files before it.
setDefaultStore(STORE);
keepHashesIn(join(process.cwd(), LAMBENT_DIRECTORY, "assets"));

/** How {@link run} runs a workflow's tasks: `root`, `workflows` and `settings` are for bundled ones. */
export interface RunOptions extends BundledOptions {
  /** As on Lambda: bundled, in replicas that are processes of their own, away from the project. Default: in this process. */
  readonly bundled?: boolean;
}

/**
 * Thrown by {@link run} for an execution that did not succeed. Its `cause` is the error that the task threw, if one
 * did.
 */
export class ExecutionError extends LambentError {
  override readonly name: string = "ExecutionError";
  /** The field `error` of Step Functions' DescribeExecution: for a task's error, the error's name. */
  readonly error: string | undefined;
  /** The field `cause` of DescribeExecution: for a task's error, JSON with `errorType`, `errorMessage` and `trace`. */
  readonly errorCause: string | undefined;

  constructor(what: string, error: string | undefined, errorCause: string | undefined, options?: ErrorOptions) {
    super(`${what}: ${error ?? "no error was given"}: ${printCause(errorCause)}`, options);
    this.error = error;
    this.errorCause = errorCause;
  }
}

/**
 * Run a workflow's state machine in this process, for tests and scripts: the definition that is deployed, run by the
 * emulator's interpreter, with this process as the only replica of every actor. Files and large values are kept in
 * `.lambent/store` unless the environment names a store.
 * With `{ bundled: true }` the tasks run as they are deployed: from artifacts that have what Lambda would have, in
 * replicas. Bundling and starting these takes seconds, and all of them are ended afterwards.
 * @param workflow what `workflow()` returned
 * @param inputs the execution's input; fields that are left out have the workflow's defaults
 * @returns what the workflow's function returns, with values in the places of Refs
 * @throws {ExecutionError} if the execution fails; its `cause` is the error that the task threw, if that was in this
 * process
 * @throws {LambentError} if `workflow` is none, the inputs cannot be JSON, or its modules cannot be bundled
 * @example
 * const result = await run(wf, { initValue: 2 });
 * const asOnLambda = await run(wf, { initValue: 2 }, { bundled: true });
 */
export async function run<I extends object, O>(
  workflow: Workflow<I, O>,
  ...[inputs, options = {}]: {} extends I ? [inputs?: I, options?: RunOptions] : [inputs: I, options?: RunOptions]
): Promise<O> {
  const definition = workflowDefinition(workflow);
  if (definition === undefined) {
    throw new LambentError(`run(…) takes a workflow, made by workflow(), not ${given(workflow)}`);
  }
  const input = JSON.stringify(encode(inputs ?? {}, workflow.workflowName));
  const { bundled = false, ...bundledOptions } = options;
  if (!bundled) {
    const graph = await withRequiredFiles(definition.graph, inputs ?? {});
    return outputOf(workflow, ...(await runHere(workflow, graph, input)));
  }
  const { runBundled } = await import("./bundled-run.ts");
  const environment = { LAMBENT_STORE: process.env["LAMBENT_STORE"] ?? STORE };
  return outputOf(workflow, await runBundled(definition, input, environment, bundledOptions));
}

/** Run an execution in this process. @returns its end, and what its tasks threw by the cause that this would be */
async function runHere(
  workflow: Workflow<never, unknown>,
  graph: GraphData,
  input: string,
): Promise<[ExecutionDescription, ReadonlyMap<string, unknown>]> {
  const functions = new InProcessFunctions({ workflow });
  const states = new StepFunctions({ functions, integrations: INTEGRATIONS });
  const { stateMachineArn } = states.createStateMachine({
    name: "local",
    definition: JSON.stringify(
      compile(graph, { functionName: functionNameOf, queues: () => false, localStore: localStore() }),
    ),
    roleArn: "arn:aws:iam::000000000000:role/local",
  });
  const { executionArn } = states.startExecution({ stateMachineArn, input });
  return [await states.executionEnd(executionArn), functions.errors];
}

function outputOf<O>(
  { workflowName }: Workflow<never, O>,
  { status, output, error, cause }: ExecutionDescription,
  errors: ReadonlyMap<string, unknown> = new Map(),
): O {
  if (status !== "SUCCEEDED" || output === undefined) {
    throw new ExecutionError(`workflow ${workflowName} ${status.toLowerCase()}`, error, cause, {
      cause: errors.get(cause ?? ""),
    });
  }
  // No marks of stored values are in it: the compiler's budgets keep what a workflow returns in the state machine. The
  // workflow's type says that its function returns an O.
  return decode(JSON.parse(output) as Json, []) as O;
}

const INTEGRATIONS = {
  [HEAD_OBJECT]: headObject(
    async () => (await currentStore()).store,
    () => s3ClientConfig({}, "us-east-1"),
  ),
};

/** Paths by which a caller may name a file in this process's store. */
function localStore(): string[] {
  const directory = join(LAMBENT_DIRECTORY, "store");
  return [process.env["LAMBENT_STORE"] ?? join(process.cwd(), directory), directory];
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
  /**
   * What tasks threw, by the text that the execution's cause will be. That text has neither the class nor the object.
   */
  readonly errors = new Map<string, unknown>();

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
      this.errors.set(payload.slice(0, CAUSE_CHARACTERS), ReportedError.thrownOf(error));
      return { ...answer, functionError: "Unhandled", payload };
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

/** The stack that is in a task's error, if the cause is one; otherwise the cause as it is. */
function printCause(cause: string | undefined): string {
  if (cause === undefined) return "no cause was given";
  try {
    const { errorMessage, trace }: { errorMessage?: unknown; trace?: unknown } = JSON.parse(cause);
    return Array.isArray(trace) && trace.length > 0 ? trace.join("\n") : String(errorMessage ?? cause);
  } catch {
    return cause;
  }
}
