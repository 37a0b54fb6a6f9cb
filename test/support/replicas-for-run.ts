import { PLAIN_TASKS, replicaName } from "../../sdk/base/function-names.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { GraphData } from "../../sdk/graph/graph.ts";
import { compile, type Target } from "../../infra/compile/compile.ts";
import { coolingDefinition } from "../../infra/compile/cooling.ts";
import { replicasForRun } from "../../infra/compile/replica-states.ts";
import { FunctionServiceError, StepFunctions, type Functions } from "../../infra/emulator/index.ts";
import type { Integration } from "../../infra/emulator/integrations/integrations.ts";
import type {
  ProvisionedConcurrencyConfig,
  ProvisionedConcurrency,
} from "../../infra/emulator/lambda/provisioned-concurrency.ts";
import { lambdaTime, noProvisionedConcurrency } from "../../infra/emulator/lambda/provisioned-requests.ts";

/** What an actor of the tests is told; the workflow's own actor says the same. */
export interface TestActor {
  readonly name: string;
  readonly replicaCount: number;
  readonly ttlSeconds: number;
  readonly warmStart?: boolean;
  readonly affinity?: boolean;
}

type Integrations = Readonly<Record<string, Integration>>;
type Handler = (task: string, inputs: Json) => Json | Promise<Json>;

/**
 * Step Functions and a Lambda with provisioned concurrency, on a clock that jumps from wait to wait. What happens at a
 * certain time is an execution with Waits, see {@link World.at}.
 */
export class World {
  readonly states: StepFunctions;
  readonly cooling: string;
  /** What was asked of Lambda, in order: `put math 2`, `invoke math.add warm`. */
  readonly calls: string[] = [];
  /** Functions with provisioned concurrency, with what is told of each. */
  readonly provisioned = new Map<string, { Status: ProvisionedConcurrencyConfig["Status"]; count: number }>();
  /** How often a function that was just put answers that it is in progress. */
  looks = 0;
  /** What becomes of it then. */
  becomes: "READY" | "FAILED" | "IN_PROGRESS" = "READY";
  /** Called before provisioned concurrency is put or deleted; may throw. */
  before: (operation: string, functionName: string) => void | Promise<void> = () => {};
  readonly #actors: readonly TestActor[];

  /** @param functions in the place of a Lambda whose tasks the handler answers for; integrations in the place of the emulator's */
  constructor(
    actors: readonly TestActor[],
    handler: Handler = () => null,
    functions?: Functions,
    integrations: Integrations = {},
  ) {
    this.#actors = actors;
    const own: Functions = {
      provisioned: lambdaOf(this),
      invoke: async ({ functionName, payload }) => {
        const { task, inputs } = JSON.parse(payload) as { task: string; inputs: Json };
        const name = functionName.split(":")[6] ?? "";
        const isWarm = this.provisioned.get(name)?.Status === "READY";
        this.calls.push(`invoke ${name}.${task} ${isWarm ? "warm" : "cold"}`);
        const answer = { statusCode: 200, executedVersion: "1", requestId: "r" };
        try {
          const output = await handler(task, inputs);
          return { ...answer, payload: JSON.stringify({ output }) };
        } catch (error) {
          const { name: errorType, message: errorMessage } = error as Error;
          return { ...answer, functionError: "Unhandled", payload: JSON.stringify({ errorType, errorMessage }) };
        }
      },
    };
    this.states = new StepFunctions({ functions: functions ?? own, seed: 1, integrations });
    this.cooling = this.create("cooling", coolingDefinition(COOLING));
  }

  create(name: string, definition: object, type: "STANDARD" | "EXPRESS" = "STANDARD"): string {
    const roleArn = "arn:aws:iam::000000000000:role/test";
    return this.states.createStateMachine({ name, type, definition: JSON.stringify(definition), roleArn })
      .stateMachineArn;
  }

  /** A workflow as it is deployed. @returns its state machine's ARN */
  deploy(graph: GraphData): string {
    return this.create(graph.workflow, compile(graph, this.target()), graph.options?.type);
  }

  /** What the compiler has to know of the actors. */
  target(): Target {
    return {
      functionName: (actor, replica) => `arn:aws:lambda:us-east-1:000000000000:function:${nameOf(actor, replica)}:live`,
      queues: () => false,
      cooling: COOLING,
      replicasForRun: (actor) =>
        replicasForRun(
          this.#actors.find(({ name }) => name === actor),
          (replica) => nameOf(actor, replica),
        ),
    };
  }

  /** Run to the end, and past the end of all schedules. @returns the run, and when replicas were taken back */
  async run(stateMachineArn: string, input: Json = {}) {
    const { executionArn } = this.states.startExecution({ stateMachineArn, input: JSON.stringify(input) });
    const end = await this.states.executionEnd(executionArn);
    await this.settled();
    return { ...end, takenBack: this.takenBack() };
  }

  /** Do things at their seconds from now, each a Task of an execution. @returns their results, once replicas are gone */
  async at(steps: readonly (readonly [seconds: number, resource: string, args: Json])[]): Promise<Json[]> {
    let before = 0;
    const states = steps.flatMap(([seconds, Resource, Arguments], index) => {
      const Next = index + 1 < steps.length ? `Wait${index + 1}` : "End";
      const wait = { Type: "Wait", Seconds: seconds - before, Next: `Do${index}` };
      before = seconds;
      return [
        [`Wait${index}`, wait],
        [
          `Do${index}`,
          { Type: "Task", Resource, Arguments, Assign: { [`done${index}`]: "{% $states.result %}" }, Next },
        ],
      ] as const;
    });
    const results = steps.map((_, index) => `{% $done${index} %}`);
    const definition = {
      QueryLanguage: "JSONata",
      StartAt: "Wait0",
      States: { ...Object.fromEntries(states), End: { Type: "Succeed", Output: results } },
    };
    const stateMachineArn = this.create(`plan${Math.random().toString(36).slice(2)}`, definition);
    const { executionArn } = this.states.startExecution({ stateMachineArn });
    const { output, cause } = await this.states.executionEnd(executionArn);
    if (output === undefined) throw new Error(cause);
    await this.settled();
    return JSON.parse(output) as Json[];
  }

  /** How many schedules are left. */
  async schedules(): Promise<number> {
    const list = { Type: "Task", Resource: "arn:aws:states:::aws-sdk:scheduler:listSchedules", Arguments: {} };
    const Output = "{% $count($states.result.Schedules) %}";
    const definition = { QueryLanguage: "JSONata", StartAt: "L", States: { L: { ...list, Output, End: true } } };
    const stateMachineArn = this.create("list", definition);
    const { output = "" } = await this.states.executionEnd(
      this.states.startExecution({ stateMachineArn }).executionArn,
    );
    return Number(output);
  }

  /** Until nothing runs and no replicas are there. */
  async settled(): Promise<void> {
    for (let quiet = 0; quiet < 20;) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      quiet = this.provisioned.size === 0 && this.#running() === 0 ? quiet + 1 : 0;
    }
  }

  #running(): number {
    const { executions } = this.states.listExecutions({ stateMachineArn: this.cooling, statusFilter: "RUNNING" });
    return executions.length;
  }

  /** When the last execution of a state machine ended. */
  lastEnd(stateMachineArn: string): Date | undefined {
    const { executions } = this.states.listExecutions({ stateMachineArn, maxResults: 1000 });
    return executions
      .map(({ stopDate }) => stopDate)
      .toSorted((one, other) => (one?.getTime() ?? 0) - (other?.getTime() ?? 0))
      .at(-1);
  }

  /** What became of the cooling's executions. */
  coolings(): string[] {
    const { executions } = this.states.listExecutions({ stateMachineArn: this.cooling, maxResults: 1000 });
    return executions.map(({ status }) => status);
  }

  /** How many events an execution's history has. */
  events(executionArn: string): number {
    let [count, nextToken]: [number, string | undefined] = [0, undefined];
    do {
      const more = nextToken === undefined ? {} : { nextToken };
      const page = this.states.getExecutionHistory({ executionArn, maxResults: 1000, ...more });
      count += page.events.length;
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return count;
  }

  /** When the cooling deleted provisioned concurrency, in milliseconds. */
  takenBack(): number[] {
    return this.#entered("TakeBack");
  }

  /** Of executions of the cooling, the earliest first. */
  #entered(state: string): number[] {
    const { executions } = this.states.listExecutions({ stateMachineArn: this.cooling, maxResults: 1000 });
    const times = executions.flatMap(({ executionArn }) =>
      this.states
        .getExecutionHistory({ executionArn, maxResults: 1000 })
        .events.filter(({ stateEnteredEventDetails: entered }) => entered?.name === state)
        .map(({ timestamp }) => timestamp.getTime()),
    );
    return times.toSorted((one, other) => one - other);
  }
}

function nameOf(actor: string | undefined, replica: number | undefined): string {
  return replicaName(actor ?? PLAIN_TASKS, replica);
}

/** Lambda's operations, on the functions of a world. */
function lambdaOf(world: World): ProvisionedConcurrency {
  let left = 0;
  function describe(functionName: string): ProvisionedConcurrencyConfig {
    const found = world.provisioned.get(functionName);
    if (found === undefined) throw noProvisionedConcurrency();
    if (found.Status === "IN_PROGRESS" && left-- <= 0) found.Status = world.becomes;
    return {
      RequestedProvisionedConcurrentExecutions: found.count,
      AvailableProvisionedConcurrentExecutions: found.Status === "READY" ? found.count : 0,
      AllocatedProvisionedConcurrentExecutions: found.Status === "READY" ? found.count : 0,
      Status: found.Status,
      ...(found.Status === "FAILED" ? { StatusReason: "FUNCTION_ERROR_INIT_FAILURE" } : {}),
      LastModified: lambdaTime(new Date(0)),
    };
  }
  return {
    async put({ functionName, qualifier }, count) {
      await world.before("put", functionName);
      if (qualifier !== "live") throw new FunctionServiceError("ResourceNotFoundException", 404, "no such alias");
      world.calls.push(`put ${functionName} ${count}`);
      left = world.looks;
      world.provisioned.set(functionName, { Status: "IN_PROGRESS", count });
      return describe(functionName);
    },
    async get({ functionName }) {
      await world.before("get", functionName);
      return describe(functionName);
    },
    async delete({ functionName }) {
      await world.before("delete", functionName);
      world.calls.push(`delete ${functionName}`);
      world.provisioned.delete(functionName);
    },
    async list() {
      return [];
    },
  };
}

const COOLING = {
  groupName: "shop-dev",
  stateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:cooling",
  roleArn: "arn:aws:iam::000000000000:role/schedules",
};
