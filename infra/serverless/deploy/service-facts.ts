import type { ServiceDescription } from "../../../sdk/authoring/service.ts";
import { ALIAS, PLAIN_TASKS, replicaName } from "../../../sdk/base/function-names.ts";
import type { ServiceFacts } from "../../check/workflow-run.ts";
import { functionFacts, type FunctionFacts, type FunctionSettings } from "../../check/function-facts.ts";
import { replicasForRun } from "../../compile/replica-states.ts";
import { callerFiles } from "../../project/caller-files.ts";
import {
  coolingName,
  functionName,
  scheduleGroupName,
  stateMachineName,
  type ServiceName,
} from "../../project/names.ts";
import type { LambentConfig } from "./config.ts";

/** A service as it will be deployed, as far as its limits and its cost go by it. */
export interface DeployedService extends ServiceName {
  readonly description: ServiceDescription;
  readonly config: Pick<LambentConfig, "bucket" | "buckets">;
  readonly region: string;
  /** Settings of functions, by key. */
  readonly functions: Readonly<Record<string, FunctionSettings>>;
  /** Settings of all functions. */
  readonly provider: FunctionSettings;
}

/** Stands for the account, in ARNs of the length that they will have. */
const ACCOUNT = "000000000000";

/** What is to be known of a service's functions and definitions before they are deployed. */
export function serviceFacts(service: DeployedService): ServiceFacts {
  const { description, config, region } = service;
  const functions = description.functions.map((fn): FunctionFacts => {
    const { actor } = fn;
    const own = service.functions[actor?.name ?? PLAIN_TASKS] ?? {};
    return functionFacts(fn, functionName(service, actor?.name), own, service.provider);
  });
  function of(actor: string | undefined): FunctionFacts | undefined {
    return functions.find(({ key }) => key === (actor ?? PLAIN_TASKS));
  }
  function nameOf(actor: string | undefined, replica: number | undefined): string {
    return replicaName(of(actor)?.name ?? functionName(service, actor), replica);
  }
  return {
    workflows: description.workflows,
    functions,
    machineName: (graph) => stateMachineName(service, graph),
    target: {
      functionName: (actor, replica) =>
        `arn:aws:lambda:${region}:${ACCOUNT}:function:${nameOf(actor, replica)}:${ALIAS}`,
      replicasForRun: (actor) =>
        replicasForRun(description.functions.find((fn) => fn.actor?.name === actor)?.actor, (replica) =>
          nameOf(actor, replica),
        ),
      cooling: {
        groupName: scheduleGroupName(service),
        stateMachineArn: `arn:aws:states:${region}:${ACCOUNT}:stateMachine:${coolingName(service)}`,
        roleArn: `arn:aws:iam::${ACCOUNT}:role/${coolingName(service)}`,
      },
      queues: (actor) => of(actor)?.whenBusy === "queue",
      callerFiles: callerFiles({
        bucket: config.bucket?.name ?? `${service.service}-${service.stage}-bucket`,
        keyPrefix: `${service.service}-${service.stage}/`,
        functions: functions.map(({ name }) => name),
        granted: Object.keys(config.buckets ?? {}),
      }),
    },
  };
}
