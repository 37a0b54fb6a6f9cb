import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import { StateError } from "../../language/state-error.ts";
import type { Api } from "../aws/aws-call.ts";

/** What there is to know a job by. */
export interface JobFacts {
  /** The arguments of the Task. */
  readonly asked: JsonObject;
  /** What the API answered with when it took the job on. */
  readonly started: JsonObject;
}

/** An action of the API and what it is given. */
export type Request = readonly [action: string, input: JsonObject];

/** How the end of a job is waited for that an action with `.sync` has begun. */
export interface Job {
  readonly describe: (facts: JobFacts) => Request;
  /** Where the job's document is in the answer to `describe`. Default: it is the answer. */
  readonly document?: string;
  /** Where its state is in that document. */
  readonly status: string;
  readonly succeeded: readonly string[];
  readonly failed: readonly string[];
  /** Whether a job in a state of `succeeded` has failed all the same. */
  readonly hasFailed?: (document: JsonObject, api: Api) => Promise<boolean>;
  /** The member of the result that the document is, beside these of `started`. Default: it is the result. */
  readonly as?: string;
  readonly beside?: readonly string[];
  /** It has succeeded when the API no longer knows it: it is a deletion. */
  readonly endsUnknown?: true;
  /** Absent: it goes on when the Task no longer waits, as on AWS. */
  readonly stop?: (facts: JobFacts) => Request;
}

const CREATED = { succeeded: ["ACTIVE"], failed: ["FAILED", "CREATE_FAILED", "DELETING", "DELETE_FAILED"] };
const DELETED = { succeeded: [], failed: ["DELETE_FAILED"], endsUnknown: true } as const;

/** By the action that begins them, as it stands in the Resource before `.sync`. */
export const JOBS: Readonly<Record<string, Job>> = {
  "athena:startQueryExecution": {
    describe: ({ started }) => ["getQueryExecution", { QueryExecutionId: need(started, "QueryExecutionId") }],
    document: "QueryExecution",
    status: "Status.State",
    succeeded: ["SUCCEEDED"],
    failed: ["FAILED", "CANCELLED"],
    as: "QueryExecution",
    stop: ({ started }) => ["stopQueryExecution", { QueryExecutionId: need(started, "QueryExecutionId") }],
  },
  "batch:submitJob": {
    describe: ({ started }) => ["describeJobs", { Jobs: [need(started, "JobId")] }],
    document: "Jobs.0",
    status: "Status",
    succeeded: ["SUCCEEDED"],
    failed: ["FAILED"],
    stop: ({ started }) => ["terminateJob", { JobId: need(started, "JobId"), Reason: "Aborted by AWS Step Functions" }],
  },
  "bedrock:createModelCustomizationJob": {
    describe: ({ started }) => ["getModelCustomizationJob", { JobIdentifier: need(started, "JobArn") }],
    status: "Status",
    succeeded: ["Completed"],
    failed: ["Failed", "Stopped"],
    stop: ({ started }) => ["stopModelCustomizationJob", { JobIdentifier: need(started, "JobArn") }],
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
  "databrew:startJobRun": {
    describe: ({ asked, started }) => ["describeJobRun", { Name: need(asked, "Name"), RunId: need(started, "RunId") }],
    status: "State",
    succeeded: ["SUCCEEDED"],
    failed: ["FAILED", "STOPPED", "TIMEOUT"],
    stop: ({ asked, started }) => ["stopJobRun", { Name: need(asked, "Name"), RunId: need(started, "RunId") }],
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
  "elasticmapreduce:createCluster": {
    ...emrCluster(({ started }) => need(started, "ClusterId")),
    // A cluster that is not kept alive without steps never waits for one.
    succeeded: ["WAITING", "TERMINATED"],
    failed: ["TERMINATED_WITH_ERRORS"],
  },
  "elasticmapreduce:terminateCluster": {
    ...emrCluster(({ asked }) => need(asked, "ClusterId")),
    succeeded: ["TERMINATED", "TERMINATED_WITH_ERRORS"],
    failed: [],
  },
  "elasticmapreduce:addStep": {
    describe: ({ asked, started }) => [
      "describeStep",
      { ClusterId: need(asked, "ClusterId"), StepId: need(started, "StepId") },
    ],
    document: "Step",
    status: "Status.State",
    succeeded: ["COMPLETED"],
    failed: ["FAILED", "CANCELLED", "INTERRUPTED"],
    as: "Step",
    beside: ["StepId"],
    stop: ({ asked, started }) => [
      "cancelSteps",
      { ClusterId: need(asked, "ClusterId"), StepIds: [need(started, "StepId")] },
    ],
  },
  "emr-containers:createVirtualCluster": {
    ...virtualCluster(({ started }) => need(started, "Id")),
    succeeded: ["RUNNING"],
    failed: ["TERMINATING", "TERMINATED", "ARRESTED"],
  },
  "emr-containers:deleteVirtualCluster": {
    ...virtualCluster(({ asked }) => need(asked, "Id")),
    succeeded: ["TERMINATED"],
    failed: ["ARRESTED"],
  },
  "emr-containers:startJobRun": {
    describe: ({ asked, started }) => ["describeJobRun", virtualClusterRun(asked, started)],
    document: "JobRun",
    status: "State",
    succeeded: ["COMPLETED"],
    failed: ["FAILED", "CANCELLED"],
    stop: ({ asked, started }) => ["cancelJobRun", virtualClusterRun(asked, started)],
  },
  "emr-serverless:createApplication": {
    ...application(({ started }) => need(started, "ApplicationId")),
    succeeded: ["CREATED", "STARTING", "STARTED"],
    failed: ["TERMINATED"],
  },
  "emr-serverless:startApplication": {
    ...application(({ asked }) => need(asked, "ApplicationId")),
    succeeded: ["STARTED"],
    failed: ["STOPPING", "STOPPED", "TERMINATED"],
  },
  "emr-serverless:stopApplication": {
    ...application(({ asked }) => need(asked, "ApplicationId")),
    succeeded: ["STOPPED"],
    failed: ["TERMINATED"],
  },
  "emr-serverless:deleteApplication": {
    ...application(({ asked }) => need(asked, "ApplicationId")),
    succeeded: ["TERMINATED"],
    failed: [],
    endsUnknown: true,
  },
  "emr-serverless:startJobRun": {
    describe: ({ started }) => ["getJobRun", serverlessRun(started)],
    document: "JobRun",
    status: "State",
    succeeded: ["SUCCESS"],
    failed: ["FAILED", "CANCELLED"],
    stop: ({ started }) => ["cancelJobRun", serverlessRun(started)],
  },
  "glue:startJobRun": {
    describe: ({ asked, started }) => [
      "getJobRun",
      { JobName: need(asked, "JobName"), RunId: need(started, "JobRunId") },
    ],
    document: "JobRun",
    status: "JobRunState",
    succeeded: ["SUCCEEDED"],
    failed: ["FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"],
    stop: ({ asked, started }) => [
      "batchStopJobRun",
      { JobName: need(asked, "JobName"), JobRunIds: [need(started, "JobRunId")] },
    ],
  },
  "mediaconvert:createJob": {
    describe: ({ started }) => ["getJob", { Id: need(started, "Job.Id") }],
    document: "Job",
    status: "Status",
    succeeded: ["COMPLETE"],
    failed: ["ERROR", "CANCELED"],
    as: "Job",
    stop: ({ started }) => ["cancelJob", { Id: need(started, "Job.Id") }],
  },
  "sagemaker:createHyperParameterTuningJob": sagemaker("HyperParameterTuningJob"),
  "sagemaker:createLabelingJob": sagemaker("LabelingJob"),
  "sagemaker:createProcessingJob": sagemaker("ProcessingJob"),
  "sagemaker:createTrainingJob": sagemaker("TrainingJob"),
  "sagemaker:createTransformJob": sagemaker("TransformJob"),
};

/** What is at a path of members and indices. */
export function at(value: Json | undefined, path: string): Json | undefined {
  return path.split(".").reduce<Json | undefined>((part, step) => {
    if (Array.isArray(part)) return part[Number(step)];
    return isJsonObject(part) ? part[step] : undefined;
  }, value);
}

/** @throws {StateError} if the document does not say what the job is known by */
function need(document: JsonObject, path: string): Json {
  const found = at(document, path);
  if (found !== undefined) return found;
  throw new StateError(
    "States.TaskFailed",
    `The end of the job cannot be waited for: there is no ${path} in ${JSON.stringify(document)}`,
  );
}

type Known = (facts: JobFacts) => Json;

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

function emrCluster(id: Known) {
  return {
    describe: (facts: JobFacts): Request => ["describeCluster", { ClusterId: id(facts) }],
    document: "Cluster",
    status: "Status.State",
    as: "Cluster",
    beside: ["ClusterId"],
  };
}

function virtualCluster(id: Known) {
  return {
    describe: (facts: JobFacts): Request => ["describeVirtualCluster", { Id: id(facts) }],
    document: "VirtualCluster",
    status: "State",
  };
}

function virtualClusterRun(asked: JsonObject, started: JsonObject): JsonObject {
  return { Id: need(started, "Id"), VirtualClusterId: need(asked, "VirtualClusterId") };
}

function application(id: Known) {
  return {
    describe: (facts: JobFacts): Request => ["getApplication", { ApplicationId: id(facts) }],
    document: "Application",
    status: "State",
  };
}

function serverlessRun(started: JsonObject): JsonObject {
  return { ApplicationId: need(started, "ApplicationId"), JobRunId: need(started, "JobRunId") };
}

function sagemaker(kind: string): Job {
  function named({ asked }: JobFacts): JsonObject {
    return { [`${kind}Name`]: need(asked, `${kind}Name`) };
  }
  return {
    describe: (facts) => [`describe${kind}`, named(facts)],
    status: `${kind}Status`,
    succeeded: ["Completed"],
    failed: ["Failed", "Stopped", "DeleteFailed"],
    stop: (facts) => [`stop${kind}`, named(facts)],
  };
}
