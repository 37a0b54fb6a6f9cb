/**
 * Workflows started from any program, on AWS and in an emulator alike, with the types that their authors gave them.
 * @module
 */

import { LambentError, refuseUnknown } from "../../sdk/base/errors.ts";
import { workflowDefinition } from "../../sdk/authoring/called-workflow.ts";
import { checkOptions } from "../../sdk/authoring/check-options.ts";
import type { WorkflowDefinition } from "../../sdk/authoring/definition.ts";
import { launched, type LaunchPlan } from "../../sdk/authoring/launch-plan.ts";
import { given } from "../../sdk/authoring/given.ts";
import type { Workflow } from "../../sdk/authoring/workflow.ts";
import { serverError } from "../run/remote/at-server.ts";
import { findExecution } from "../run/remote/find-execution.ts";
import { findMachine } from "../run/remote/find-machine.ts";
import { findServer, type Server } from "../run/remote/server.ts";
import { ExpressExecution } from "./express-execution.ts";
import { checkedInput } from "./input.ts";
import { Pace } from "./pace.ts";
import { checkName, startNamed } from "./start-named.ts";
import { StandardExecution, type ExecutionHandle } from "./execution.ts";
import { runExpress } from "../run/remote/executions.ts";

export { ExecutionError } from "../run/execution-error.ts";
export { ExecutionNameTaken } from "./start-named.ts";
export { InvalidInputs } from "./input.ts";
export { InvalidAnswer } from "../run/remote/invalid-answer.ts";
export { StillRunning } from "./execution.ts";
export type { CancelOptions, ExecutionHandle, ExecutionStatus, ResultOptions, TaskSignal } from "./execution.ts";

/**
 * Which server has the workflows. Without any of these it is the one that the environment names (`AWS_ENDPOINT_URL_SFN`,
 * `AWS_ENDPOINT_URL`), or the emulator that serves this directory, or the only one that runs on this machine, or else AWS.
 * @example
 * const options: ClientOptions = { region: "eu-west-1", service: "shop", stage: "prod" };
 */
export interface ClientOptions {
  /** A URL, as `http://127.0.0.1:8083` of `serverless offline`. */
  readonly endpoint?: string;
  /** AWS, though an emulator runs on this machine. */
  readonly aws?: boolean;
  /** Of AWS. Default: the one that the AWS SDK finds. */
  readonly region?: string;
  /** The service's name in its serverless.yml, where several services have workflows of one name. */
  readonly service?: string;
  /** The service's stage. Default: `dev` if `service` is given, else any. */
  readonly stage?: string;
}

const OPTIONS = ["endpoint", "aws", "region", "service", "stage"];

/**
 * How an execution is started.
 * @example
 * const options: StartOptions = { name: "order-4711", overwriteCache: true };
 */
export interface StartOptions {
  /**
   * The execution's name: 1 to 80 characters. Who starts the same workflow with the same name and inputs again gets the
   * same execution, so that a start can be repeated. Default: a random one.
   */
  readonly name?: string;
  /** Of W3C Trace Context, for the tasks: `currentContext().traceparent`. */
  readonly traceparent?: string;
  /** Goes with `traceparent`. */
  readonly tracestate?: string;
  /** Compute the outputs of tasks with `cache: true` anew, and have them replace those that are stored. */
  readonly overwriteCache?: boolean;
  /** The state machine's ARN, where it need not be found by the workflow's name, or may not be. */
  readonly stateMachineArn?: string;
}

const START_OPTIONS = ["name", "traceparent", "tracestate", "overwriteCache", "stateMachineArn"];

/**
 * Starts workflows by Step Functions' API, and asks of their executions. The server is found, and the AWS SDK loaded, at
 * the first use.
 * @example
 * const client = new Client({ service: "shop", stage: "prod", region: "eu-west-1" });
 * const execution = await client.start(wf, { initValue: 2 }, { name: "monday" });
 * console.log(await execution.result());
 */
export class Client {
  readonly #options: ClientOptions;
  readonly #pace = new Pace();
  #server: Promise<Server> | undefined;

  /** @throws {LambentError} if an option is unknown, or the endpoint is no URL */
  constructor(options: ClientOptions = {}) {
    checkOptions("new Client(…)", options);
    const { endpoint, aws, region, service, stage } = options;
    const unknown = Object.entries(options).filter(([name]) => !OPTIONS.includes(name));
    refuseUnknown("new Client(…)", Object.fromEntries(unknown), OPTIONS);
    if (aws !== undefined && typeof aws !== "boolean")
      throw new LambentError(`new Client(…): aws must be true or false, not ${given(aws)}`);
    for (const [name, value] of Object.entries({ endpoint, region, service, stage })) {
      if (value === undefined || (typeof value === "string" && value !== "")) continue;
      throw new LambentError(
        `new Client(…): ${name} must be a text, not ${given(value)}: leave it out for its default`,
      );
    }
    if (endpoint !== undefined && !(/^https?:/.test(endpoint) && URL.canParse(endpoint)))
      throw new LambentError(`new Client(…): endpoint is not a URL: ${endpoint}`);
    if (endpoint !== undefined && aws === true)
      throw new LambentError("new Client(…): endpoint and aws name two servers: leave one of them out");
    this.#options = { ...options };
  }

  /**
   * Start an execution of a workflow, or of one of its launch plans with the plan's inputs. An EXPRESS workflow has run when this returns: Step Functions tells of such an
   * execution in its answer alone.
   * @param workflow what `workflow()` or `launchPlan()` returned: its service's module is imported for its types and its
   * declarations
   * @param inputs fields that are left out have the plan's values, or the workflow's defaults
   * @throws {InvalidInputs} if they are not what the workflow declares; nothing has been started then
   * @throws {ExecutionNameTaken} if an execution of this name has been started with other inputs
   * @throws {LambentError} if no server answers, or it has no such workflow
   * @example
   * const client = new Client();
   * const execution = await client.start(wf, { initValue: 2 });
   * console.log(execution.executionArn, await execution.status());
   */
  async start<I extends object, O>(
    workflow: Workflow<I, O> | LaunchPlan<I, O>,
    ...[inputs, options = {}]: {} extends I ? [inputs?: I, options?: StartOptions] : [inputs: I, options?: StartOptions]
  ): Promise<ExecutionHandle<O>> {
    checkOptions("client.start(…)", options);
    const { name, traceparent, tracestate, overwriteCache, stateMachineArn, ...unknown } = options;
    refuseUnknown("client.start(…)", unknown, START_OPTIONS);
    const start = launched("client.start(…)", workflow, inputs);
    const definition = definitionOf(start.workflow, "client.start");
    const { graph } = definition;
    if (name !== undefined) checkName(name);
    const beside = { traceparent, tracestate, overwriteCache };
    return this.#at(stateMachineArn ?? graph.workflow, async (server) => {
      const input = await checkedInput(definition, start.inputs, beside, server);
      const machine = stateMachineArn ?? (await findMachine(server, graph.workflow, this.#options.stage));
      const request = { input: JSON.stringify(input), name };
      if (graph.options?.type === "EXPRESS")
        return new ExpressExecution<O>(await runExpress(server, machine, request), server, graph.workflow);
      const executionArn = await startNamed(server, machine, request);
      return new StandardExecution<O>(executionArn, server, this.#pace, graph);
    });
  }

  /**
   * An execution that has been started before, here or elsewhere.
   * @param execution its ARN, its name, or how that begins, as `lambent describe` takes it
   * @param workflow for the type of its result, and the schemas of its answers
   * @throws {LambentError} if there is none, several are called so, or it is one of another workflow
   * @example
   * const execution = await new Client().attach("monday", wf);
   * console.log(await execution.result());
   */
  async attach<O = unknown>(execution: string, workflow?: Workflow<never, O>): Promise<ExecutionHandle<O>> {
    const graph = workflow === undefined ? undefined : definitionOf(workflow, "client.attach").graph;
    return this.#at(execution, async (server) => {
      const arn = await findExecution(server, execution);
      const handle = new StandardExecution<O>(arn, server, this.#pace, graph);
      await handle.status();
      return handle;
    });
  }

  /** Close the connections. The client may be used again, and finds its server anew. */
  async close(): Promise<void> {
    const server = await this.#server?.catch(() => undefined);
    this.#server = undefined;
    server?.client.destroy();
  }

  async #at<T>(wanted: string, ask: (server: Server) => Promise<T>): Promise<T> {
    this.#server ??= this.#find(wanted).catch((error: unknown) => {
      this.#server = undefined; // the next call looks again
      throw error;
    });
    const server = await this.#server;
    return ask(server).catch((error: unknown) => {
      throw serverError(error, server, wanted);
    });
  }

  async #find(wanted: string): Promise<Server> {
    const { service, stage = "dev", region } = this.#options;
    const server = await findServer(this.#options, wanted);
    return service === undefined ? server : { ...server, service: { service, stage, region } };
  }
}

/** @throws {LambentError} if it is no workflow, or one of a replica, which traces none */
function definitionOf(workflow: unknown, call: string): WorkflowDefinition {
  const definition = workflowDefinition(workflow);
  if (definition === undefined)
    throw new LambentError(`${call}(…) takes a workflow, made by workflow(), not ${given(workflow)}`);
  return definition;
}
