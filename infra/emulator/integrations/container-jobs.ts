import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import type { Api } from "../aws/aws-call.ts";
import { at, type Job, type JobFacts, type Known, need, type Request } from "./job.ts";

const CREATED = { succeeded: ["ACTIVE"], failed: ["FAILED", "CREATE_FAILED", "DELETING", "DELETE_FAILED"] };
const DELETED = { succeeded: [], failed: ["DELETE_FAILED"], endsUnknown: true } as const;

/** Builds, tasks and clusters of containers. */
export const CONTAINER_JOBS: Readonly<Record<string, Job>> = {
  "batch:submitJob": {
    describe: ({ started }) => ["describeJobs", { Jobs: [need(started, "JobId")] }],
    document: "Jobs.0",
    status: "Status",
    succeeded: ["SUCCEEDED"],
    failed: ["FAILED"],
    stop: ({ started }) => ["terminateJob", { JobId: need(started, "JobId"), Reason: "Aborted by AWS Step Functions" }],
  },
  "codebuild:startBuild": {
    describe: ({ started }) => ["batchGetBuilds", { Ids: [need(started, "Build.Id")] }],
    document: "Builds.0",
    status: "BuildStatus",
    succeeded: ["SUCCEEDED"],
    failed: ["FAILED", "FAULT", "TIMED_OUT", "STOPPED"],
    as: "Build",
    stop: ({ started }) => ["stopBuild", { Id: need(started, "Build.Id") }],
  },
  "codebuild:startBuildBatch": buildBatch(({ started }) => need(started, "BuildBatch.Id")),
  "codebuild:retryBuildBatch": buildBatch(({ started }) => need(started, "BuildBatch.Id")),
  "codebuild:deleteBuildBatch": {
    ...buildBatch(({ asked }) => need(asked, "Id")),
    succeeded: [],
    failed: [],
    endsUnknown: true,
  },
  "ecs:runTask": {
    describe: ({ started }) => ["describeTasks", ecsTask(started, (arn) => ({ Tasks: [arn] }))],
    document: "Tasks.0",
    status: "LastStatus",
    succeeded: ["STOPPED"],
    failed: [],
    hasFailed: ecsTaskHasFailed,
    stop: ({ started }) => [
      "stopTask",
      ecsTask(started, (arn) => ({ Task: arn, Reason: "Aborted by AWS Step Functions" })),
    ],
  },
  "eks:createCluster": { ...eks("Cluster", "Name"), ...CREATED },
  "eks:deleteCluster": { ...eks("Cluster", "Name"), ...DELETED },
  "eks:createFargateProfile": { ...eks("FargateProfile", "ClusterName", "FargateProfileName"), ...CREATED },
  "eks:deleteFargateProfile": { ...eks("FargateProfile", "ClusterName", "FargateProfileName"), ...DELETED },
  "eks:createNodegroup": { ...eks("Nodegroup", "ClusterName", "NodegroupName"), ...CREATED },
  "eks:deleteNodegroup": { ...eks("Nodegroup", "ClusterName", "NodegroupName"), ...DELETED },
};

function buildBatch(id: Known): Job {
  return {
    describe: (facts) => ["batchGetBuildBatches", { Ids: [id(facts)] }],
    document: "BuildBatches.0",
    status: "BuildBatchStatus",
    succeeded: ["SUCCEEDED"],
    failed: ["FAILED", "FAULT", "TIMED_OUT", "STOPPED"],
    as: "BuildBatch",
    stop: (facts) => ["stopBuildBatch", { Id: id(facts) }],
  };
}

function ecsTask(started: JsonObject, more: (arn: Json) => JsonObject): JsonObject {
  return { Cluster: need(started, "Tasks.0.ClusterArn"), ...more(need(started, "Tasks.0.TaskArn")) };
}

/** It has not come up, somebody has stopped it, or a container that is essential has ended with another code than 0. */
async function ecsTaskHasFailed(task: JsonObject, api: Api): Promise<boolean> {
  const { StopCode = "EssentialContainerExited", Containers = [], TaskDefinitionArn = "" } = task;
  if (StopCode !== "EssentialContainerExited") return true;
  const failed = asList(Containers).filter(({ ExitCode = 0 }) => ExitCode !== 0);
  if (failed.length === 0) return false;
  const { output } = await api("describeTaskDefinition", { TaskDefinition: TaskDefinitionArn });
  const defined = asList(at(output, "TaskDefinition.ContainerDefinitions"));
  const optional = new Set(defined.filter(({ Essential }) => Essential === false).map(({ Name }) => Name));
  return failed.some(({ Name }) => !optional.has(Name));
}

function asList(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function eks(kind: "Cluster" | "FargateProfile" | "Nodegroup", ...names: readonly string[]) {
  return {
    describe: ({ asked }: JobFacts): Request => [
      `describe${kind}`,
      Object.fromEntries(names.map((name) => [name, need(asked, name)])),
    ],
    document: kind,
    status: "Status",
    as: kind,
  };
}
