import type { ServiceDescription } from "../../../sdk/authoring/service.ts";
import { replicaFunctions } from "../../../sdk/authoring/service.ts";
import { ALIAS, PLAIN_TASKS, replicaName } from "../../../sdk/base/function-names.ts";
import type { ServiceFacts } from "../../check/workflow-run.ts";
import { functionFacts, type FunctionFacts, type FunctionSettings } from "../../check/function-facts.ts";
import { replicasForRun } from "../../compile/replica-states.ts";
import { callerFiles } from "../../project/caller-files.ts";
import {
  coolingName,
  functionName,
  scheduleGroupName,
  machineName,
  partName,
  stateMachineName,
  type ServiceName,
} from "../../project/names.ts";
import type { LambentConfig } from "./config.ts";
import type { FunctionEntry } from "./framework.ts";
import { settingsOf } from "./written-settings.ts";

/** A service as it will be deployed, as far as its limits and its cost go by it. */
export interface DeployedService extends ServiceName {
  readonly description: ServiceDescription;
  readonly config: Pick<LambentConfig, "bucket" | "buckets">;
  readonly region: string;
  /** Settings of functions, by key. */
  readonly functions: Readonly<Record<string, FunctionEntry>>;
  /** Settings of all functions. */
  readonly provider: FunctionSettings;
}

/** Stands for the account, in ARNs of the length that they will have. */
const ACCOUNT = "000000000000";

/**
 * What is to be known of a service's functions and definitions before they are deployed.
 * @throws {LambentError} for settings that hold for all replicas of an actor, and may not
 */
export function serviceFacts(service: DeployedService): ServiceFacts {
  const { description, config, region } = service;
  const functions = description.functions.flatMap(replicaFunctions).map((fn): FunctionFacts => {
    const name = replicaName(functionName(service, fn.actor?.name), fn.replica);
    return functionFacts(fn, name, settingsOf(service.functions, fn), service.provider);
  });
  function nameOf(actor: string | undefined, replica: number | undefined): string {
    const key = replicaName(actor ?? PLAIN_TASKS, replica);
    return functions.find((fn) => fn.key === key)?.name ?? replicaName(functionName(service, actor), replica);
  }
  function machineArn(name: string): string {
    return `arn:aws:states:${region}:${ACCOUNT}:stateMachine:${name}`;
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
        stateMachineArn: machineArn(coolingName(service)),
        roleArn: `arn:aws:iam::${ACCOUNT}:role/${coolingName(service)}`,
      },
      stateMachineArn: (workflow) => machineArn(machineName(service, description, workflow)),
      partArn: (workflow, part) => machineArn(partName(machineName(service, description, workflow), part)),
      workflows: description.workflows,
      queues: (actor) => functions.some((fn) => fn.actor === (actor ?? PLAIN_TASKS) && fn.whenBusy === "queue"),
      callerFiles: callerFiles({
        bucket: config.bucket?.name ?? `${service.service}-${service.stage}-bucket`,
        keyPrefix: `${service.service}-${service.stage}/`,
        functions: description.functions.map(
          ({ actor }) => service.functions[actor?.name ?? PLAIN_TASKS]?.name ?? functionName(service, actor?.name),
        ),
        granted: Object.keys(config.buckets ?? {}),
      }),
    },
  };
}
