import { join } from "node:path";
import { FUNCTION_SECONDS } from "../../sdk/base/aws-limits.ts";
import { invoke, type Invocation, type Tasks } from "../../handlers/invocation.ts";
import { tasksOf } from "../../handlers/handler.ts";
import { keepHashesIn } from "../../sdk/authoring/asset-location.ts";
import { currentStore, setDefaultStore } from "../../sdk/store/current-store.ts";
import { PLAIN_TASKS } from "../../sdk/base/function-names.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { Json } from "../../sdk/base/json.ts";
import { decode, encode } from "../../sdk/values/wire.ts";
import { workflowDefinition, type Workflow } from "../../sdk/authoring/workflow.ts";
import { given } from "../../sdk/authoring/given.ts";
import { compile } from "../compile/compile.ts";
import {
  FunctionServiceError,
  StepFunctions,
  type Functions,
  type InvokeRequest,
  type InvokeResponse,
} from "../emulator/index.ts";
import { errorDocument } from "../emulator/replicas/error-document.ts";
import { HEAD_OBJECT, headObject } from "./head-object.ts";
import { withRequiredFiles } from "./required-files.ts";
import { LAMBENT_DIRECTORY } from "../project/names.ts";

// At the import and not in the first `run`, so that a script can upload files before it.
setDefaultStore(join(process.cwd(), LAMBENT_DIRECTORY, "store"));
keepHashesIn(join(process.cwd(), LAMBENT_DIRECTORY, "assets"));

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
 * @param workflow what `workflow()` returned
 * @param inputs the execution's input; fields that are left out have the workflow's defaults
 * @returns what the workflow's function returns, with values in the places of Refs
 * @throws {ExecutionError} if the execution fails; its `cause` is the error that the task threw
 * @throws {LambentError} if `workflow` is none, or the inputs cannot be JSON
 * @example
 * const result = await run(wf, { initValue: 2 });
 */
export async function run<I extends object, O>(
  workflow: Workflow<I, O>,
  ...[inputs]: {} extends I ? [inputs?: I] : [inputs: I]
): Promise<O> {
  const definition = workflowDefinition(workflow);
  if (definition === undefined) {
    throw new LambentError(`run(…) takes a workflow, made by workflow(), not ${given(workflow)}`);
  }
  const functions = new InProcessFunctions({ workflow });
  const states = new StepFunctions({ functions, integrations: INTEGRATIONS });
  const graph = await withRequiredFiles(definition.graph, inputs ?? {});
  const { stateMachineArn } = states.createStateMachine({
    name: "local",
    definition: JSON.stringify(
      compile(graph, { functionName: functionNameOf, queues: () => false, localStore: localStore() }),
    ),
    roleArn: "arn:aws:iam::000000000000:role/local",
  });
  const input = JSON.stringify(encode(inputs ?? {}, workflow.workflowName));
  const { executionArn } = states.startExecution({ stateMachineArn, input });
  const { status, output, error, cause } = await states.executionEnd(executionArn);
  if (status !== "SUCCEEDED" || output === undefined) {
    throw new ExecutionError(`workflow ${workflow.workflowName} ${status.toLowerCase()}`, error, cause, {
      cause: functions.errors.get(cause ?? ""),
    });
  }
  // No marks of stored values are in it: the compiler's budgets keep what a workflow returns in the state machine. The
  // workflow's type says that its function returns an O.
  return decode(JSON.parse(output) as Json, []) as O;
}

const INTEGRATIONS = { [HEAD_OBJECT]: headObject(async () => (await currentStore()).store, "us-east-1") };

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
      this.errors.set(payload, error);
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
