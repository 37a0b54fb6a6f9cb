import type { JsonObject } from "../../../sdk/base/json.ts";
import { type Job, type JobFacts, type Known, need, type Request } from "./job.ts";

/** Queries and jobs over data, and the clusters and applications that they run on. */
export const DATA_JOBS: Readonly<Record<string, Job>> = {
  "athena:startQueryExecution": {
    describe: ({ started }) => ["getQueryExecution", { QueryExecutionId: need(started, "QueryExecutionId") }],
    document: "QueryExecution",
    status: "Status.State",
    succeeded: ["SUCCEEDED"],
    failed: ["FAILED", "CANCELLED"],
    as: "QueryExecution",
    stop: ({ started }) => ["stopQueryExecution", { QueryExecutionId: need(started, "QueryExecutionId") }],
  },
  "databrew:startJobRun": {
    describe: ({ asked, started }) => ["describeJobRun", { Name: need(asked, "Name"), RunId: need(started, "RunId") }],
    status: "State",
    succeeded: ["SUCCEEDED"],
    failed: ["FAILED", "STOPPED", "TIMEOUT"],
    stop: ({ asked, started }) => ["stopJobRun", { Name: need(asked, "Name"), RunId: need(started, "RunId") }],
  },
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
};

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
