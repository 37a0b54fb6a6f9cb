import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import { runtimeError } from "../../language/state-error.ts";
import type { Api, Called } from "../aws/aws-call.ts";
import type { OwnAction } from "./own-action.ts";

/**
 * Of `elasticmapreduce`: one cluster and one step where the API has lists.
 * See https://docs.aws.amazon.com/step-functions/latest/dg/connect-emr.html
 */
export const EMR_ACTIONS: Readonly<Record<string, OwnAction>> = {
  async createCluster(input, api) {
    return answered(await api("runJobFlow", input), ({ JobFlowId = null }) => ({ ClusterId: JobFlowId }));
  },
  setClusterTerminationProtection: ({ ClusterId = null, ...rest }, api) =>
    api("setTerminationProtection", { ...rest, JobFlowIds: [ClusterId] }),
  terminateCluster: ({ ClusterId = null }, api) => api("terminateJobFlows", { JobFlowIds: [ClusterId] }),
  async addStep({ ClusterId = null, Step = null, ...rest }, api) {
    const called = await api("addJobFlowSteps", { ...rest, JobFlowId: ClusterId, Steps: [Step] });
    return answered(called, ({ StepIds }) => ({ StepId: firstOf(StepIds) }));
  },
  async cancelStep({ ClusterId = null, StepId = null, ...rest }, api) {
    const called = await api("cancelSteps", { ...rest, ClusterId, StepIds: [StepId] });
    return answered(called, ({ CancelStepsInfoList }) => ({ CancelStepsInfo: firstOf(CancelStepsInfoList) }));
  },
  async modifyInstanceFleetByName({ ClusterId = null, InstanceFleetName = null, InstanceFleet }, api) {
    const InstanceFleetId = await idOf("InstanceFleets", ClusterId, InstanceFleetName, api);
    return api("modifyInstanceFleet", { ClusterId, InstanceFleet: { ...asObject(InstanceFleet), InstanceFleetId } });
  },
  async modifyInstanceGroupByName({ ClusterId = null, InstanceGroupName = null, InstanceGroup }, api) {
    const InstanceGroupId = await idOf("InstanceGroups", ClusterId, InstanceGroupName, api);
    return api("modifyInstanceGroups", {
      ClusterId,
      InstanceGroups: [{ ...asObject(InstanceGroup), InstanceGroupId }],
    });
  },
};

/** Of `emr-serverless`: what the API answers with nothing is answered with the application. */
export const EMR_SERVERLESS_ACTIONS: Readonly<Record<string, OwnAction>> = {
  startApplication: (input, api) => withApplication("startApplication", input, api),
  stopApplication: (input, api) => withApplication("stopApplication", input, api),
  deleteApplication: (input, api) => withApplication("deleteApplication", input, api),
};

async function withApplication(action: string, input: JsonObject, api: Api): Promise<Called> {
  const { ApplicationId = null } = input;
  return answered(await api(action, input), () => ({ ApplicationId }));
}

function answered(called: Called, output: (answer: JsonObject) => JsonObject): Called {
  return { ...called, output: output(called.output) };
}

function firstOf(list: Json | undefined): Json {
  return (Array.isArray(list) ? list[0] : undefined) ?? null;
}

function asObject(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** The id of a cluster's fleet or group, of which the Task has the name. @throws {StateError} if there is none */
async function idOf(kind: "InstanceFleets" | "InstanceGroups", cluster: Json, name: Json, api: Api): Promise<Json> {
  let marker: JsonObject = {};
  for (;;) {
    const { output } = await api(`list${kind}`, { ClusterId: cluster, ...marker });
    const found = asList(output[kind]).find(({ Name }) => Name === name);
    if (found !== undefined) return found["Id"] ?? null;
    const { Marker } = output;
    if (typeof Marker !== "string") break;
    marker = { Marker };
  }
  throw runtimeError(`The cluster ${String(cluster)} has none of its ${kind} with the name ${String(name)}.`);
}

function asList(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
