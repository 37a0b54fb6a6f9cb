import type { ActorDefinition } from "../../sdk/authoring/definition.ts";
import type { Target } from "../compile/compile.ts";
import { coolingDefinition } from "../compile/cooling.ts";
import { replicasForRun } from "../compile/replica-states.ts";
import type { StepFunctions } from "../emulator/index.ts";
import type {
  ProvisionedConcurrency,
  ProvisionedConcurrencyConfig,
  ProvisionedTarget,
} from "../emulator/lambda/provisioned-concurrency.ts";
import { lambdaTime, noProvisionedConcurrency } from "../emulator/lambda/provisioned-requests.ts";

export const ROLE = "arn:aws:iam::000000000000:role/local";

const SCHEDULES = { groupName: "local", roleArn: ROLE };

/** What the compiler has to know of actors with `ttlSeconds`, and what takes their replicas back; nothing if there are none. */
export function replicasHere(
  states: StepFunctions,
  actors: readonly (ActorDefinition | undefined)[],
  functionName: (actor: string) => string,
): Pick<Target, "replicasForRun" | "cooling"> {
  if (actors.every((actor) => actor?.ttlSeconds === undefined)) return {};
  const definition = JSON.stringify(coolingDefinition(SCHEDULES));
  const { stateMachineArn } = states.createStateMachine({ name: "cooling", definition, roleArn: ROLE });
  return {
    cooling: { ...SCHEDULES, stateMachineArn },
    replicasForRun(name) {
      const actor = actors.find((one) => one?.name === name);
      // This process is all replicas, be they one function on AWS or, with affinity, one each.
      return replicasForRun(actor === undefined ? undefined : { ...actor, affinity: false }, () => functionName(name));
    },
  };
}

/** There is nothing to start: this process is as many replicas as are asked for. */
export class InProcessReplicas implements ProvisionedConcurrency {
  readonly #configs = new Map<string, ProvisionedConcurrencyConfig>();

  async put({ functionName }: ProvisionedTarget, count: number): Promise<ProvisionedConcurrencyConfig> {
    const config: ProvisionedConcurrencyConfig = {
      RequestedProvisionedConcurrentExecutions: count,
      AvailableProvisionedConcurrentExecutions: count,
      AllocatedProvisionedConcurrentExecutions: count,
      Status: "READY",
      LastModified: lambdaTime(new Date()),
    };
    this.#configs.set(functionName, config);
    return config;
  }

  async get({ functionName }: ProvisionedTarget): Promise<ProvisionedConcurrencyConfig> {
    const config = this.#configs.get(functionName);
    if (config === undefined) throw noProvisionedConcurrency();
    return config;
  }

  async delete({ functionName }: ProvisionedTarget): Promise<void> {
    this.#configs.delete(functionName);
  }

  async list(): Promise<readonly (ProvisionedConcurrencyConfig & { readonly FunctionArn: string })[]> {
    return [...this.#configs].map(([FunctionArn, config]) => ({ FunctionArn, ...config }));
  }
}
